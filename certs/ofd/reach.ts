import type { Entries } from "./entries.ts";
import { resolveLocation, trimXml } from "./location.ts";
import { shown } from "./notes.ts";

/** One that is missing is as good as all of them: the document is not whole. */
const MOST_MISSING = 1000;

/** What one document reaches. The first way by which an entry is reached is the one that is kept. */
export class Reach {
  readonly reached = new Map<string, string>();
  readonly missing = new Map<string, string>();
  readonly count: (references: number) => void;
  readonly #entries: Entries;

  /** `count` throws when a package refers to more than any honest one. */
  constructor(entries: Entries, count: (references: number) => void) {
    this.#entries = entries;
    this.count = count;
  }

  /** Follows an ST_Loc that stands in a file of `directory`; an empty one leads nowhere. Returns the path when it names an entry. */
  follow(directory: string, location: string, via: string): string | null {
    this.count(1);
    if (trimXml(location) === "") return null;
    const path = resolveLocation(directory, location);
    if (path !== null && this.#entries.has(path)) {
      if (!this.reached.has(path)) this.reached.set(path, via);
      return path;
    }
    const name = path ?? `(no path) ${shown(location)}`;
    this.lose(name, via);
    return null;
  }

  /** Notes a reference that leads nowhere. */
  lose(name: string, via: string): void {
    if (!this.missing.has(name) && this.missing.size < MOST_MISSING) this.missing.set(name, via);
  }

  /** The entry that a location names, without reaching it. */
  locate(directory: string, location: string): string | null {
    this.count(1);
    const path = resolveLocation(directory, location);
    return path !== null && this.#entries.has(path) ? path : null;
  }
}
