import { type Recent, recent } from "#policies/recent.ts";
import type { Case, Entries } from "./entities.ts";
import type { Change, Kept } from "./registry.ts";
import { type Readings, readingsOf } from "./registry-readings.ts";
import { NO_SHELVES, type ShelfKind, shelfOf, type Shelves } from "./registry-shelves.ts";

const RECENT_CASES = 4096;

type Listener = (change: Change) => void;

/** What the registry answers from without the disk, and who is told when it changes. */
export class RegistryMemory {
  readonly #onTrouble: (what: string, detail: string) => void;
  readonly #listeners: Listener[] = [];
  /** By id; null for one that was taken out. */
  readonly cases: Recent<Case | null> = recent(RECENT_CASES);
  #readings: Readings = readingsOf(NO_SHELVES, null);
  #sequence = 0;
  #generation = 0;

  constructor(onTrouble: (what: string, detail: string) => void) {
    this.#onTrouble = onTrouble;
  }

  get readings(): Readings {
    return this.#readings;
  }

  /** Of the newest change that it knows. */
  get sequence(): number {
    return this.#sequence;
  }

  get generation(): number {
    return this.#generation;
  }

  listen(listener: Listener): void {
    this.#listeners.push(listener);
  }

  kept<Kind extends ShelfKind>(kind: Kind, id: string): Kept<Entries[Kind]> | null {
    return shelfOf(this.#readings.shelves, kind).get(id) ?? null;
  }

  list<Kind extends ShelfKind>(kind: Kind, after: string, limit: number): readonly Kept<Entries[Kind]>[] {
    const shelf = shelfOf(this.#readings.shelves, kind);
    const ids = [...shelf.keys()].filter((id) => id > after).sort();
    return ids.slice(0, limit).flatMap((id) => shelf.get(id) ?? []);
  }

  /** Takes over what has become durable. */
  adopt(shelves: Shelves, sequence: number, changes: readonly Change[]): void {
    if (changes.some(({ kind }) => kind !== "case") || shelves !== this.#readings.shelves) this.#generation += 1;
    this.#readings = readingsOf(shelves, this.#readings);
    this.#sequence = sequence;
    for (const { kind, id, entry } of changes) if (kind === "case") this.cases.set(id, entry as Case | null);
    for (const change of changes) for (const listener of this.#listeners) this.#tell(listener, change);
  }

  /** The change is durable: a listener that fails must not make it look as if it were not. */
  #tell(listener: Listener, change: Change): void {
    try {
      listener(change);
    } catch (error) {
      this.#onTrouble("a listener of the registry failed", error instanceof Error ? error.message : "unknown error");
    }
  }
}
