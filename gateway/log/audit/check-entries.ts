import { type Leaf, parseLeaf } from "../leaf.ts";
import { decodeBundle, encodeBundle } from "../tlog/entry-bundle.ts";
import { MalformedError } from "../tlog/malformed.ts";
import { TILE_WIDTH, tilePath, widthOf } from "../tlog/tiles.ts";
import { LogBreak } from "./audit-faults.ts";
import type { LogSource } from "./log-source.ts";

/** One bundle, read. `first`: index of its first entry. */
export type ReadBundle = { readonly n: number; readonly first: number; readonly entries: readonly Buffer[] };

/** Bundles that are asked for before the first is needed. */
const AHEAD = 8;

/** Every bundle of a log of this size, in order. Throws LogBreak or LogUnreadError. */
export async function* bundlesOf(source: LogSource, size: number): AsyncGenerator<ReadBundle> {
  const waiting: Promise<ReadBundle>[] = [];
  const count = Math.ceil(size / TILE_WIDTH);
  for (let n = 0, asked = 0; n < count; n++) {
    for (; asked < count && asked < n + AHEAD; asked++) {
      const bundle = readBundle(source, asked, size);
      // Told when it is its turn.
      bundle.catch(() => {});
      waiting.push(bundle);
    }
    const next = waiting.shift();
    if (next !== undefined) yield await next;
  }
}

async function readBundle(source: LogSource, n: number, size: number): Promise<ReadBundle> {
  const width = widthOf(0, n, size);
  const file = tilePath("entries", n, width);
  const first = n * TILE_WIDTH;
  const exact = await source.read({ level: "entries", n, width });
  const full =
    exact === null && width < TILE_WIDTH ? await source.read({ level: "entries", n, width: TILE_WIDTH }) : null;
  const bundle = exact ?? full;
  if (bundle === null) throw new LogBreak("BUNDLE_MISSING", { file, entry: first }, "not there");
  try {
    const entries = decodeBundle(bundle, exact === null ? TILE_WIDTH : width).slice(0, width);
    await checkLeftOver(source, n, entries);
    return { n, first, entries };
  } catch (error) {
    if (error instanceof MalformedError) throw new LogBreak("BUNDLE_MALFORMED", { file, entry: first }, error.message);
    throw error;
  }
}

async function checkLeftOver(source: LogSource, n: number, entries: readonly Buffer[]): Promise<void> {
  const widths = await source.leftOver("entries", n);
  for (const width of widths.filter((each) => each < entries.length)) {
    const bundle = await source.read({ level: "entries", n, width });
    if (bundle === null || bundle.equals(encodeBundle(entries.slice(0, width)))) continue;
    const file = tilePath("entries", n, width);
    throw new LogBreak("BUNDLE_LEFT_OVER", { file }, "it is not the beginning of the bundle");
  }
}

export type SameTime = { readonly entries: number; readonly mostInARow: number };

/** Reads entries one after the other, whose times may stand still but not go back. */
export class EntryCheck {
  #last = "";
  #sameTime = 0;
  #inARow = 1;
  #mostInARow = 1;

  /** Entries of the time of the entry before, and how many of one time there are in a row: a busy millisecond, or a clock that was set back. */
  get sameTime(): SameTime {
    return { entries: this.#sameTime, mostInARow: this.#mostInARow };
  }

  /** Time of the last entry; null before the first. */
  get last(): string | null {
    return this.#last === "" ? null : this.#last;
  }

  /** Throws LogBreak. */
  read(bytes: Buffer, entry: number, n: number): Leaf {
    const leaf = this.#parse(bytes, entry, n);
    if (leaf.time < this.#last)
      throw new LogBreak("TIME_BACKWARDS", { file: fileOf(n), entry }, `${leaf.time} after ${this.#last}`);
    const isSame = leaf.time === this.#last;
    if (isSame) this.#sameTime++;
    this.#inARow = isSame ? this.#inARow + 1 : 1;
    this.#mostInARow = Math.max(this.#mostInARow, this.#inARow);
    this.#last = leaf.time;
    return leaf;
  }

  #parse(bytes: Buffer, entry: number, n: number): Leaf {
    try {
      return parseLeaf(bytes);
    } catch (error) {
      if (error instanceof MalformedError)
        throw new LogBreak("ENTRY_MALFORMED", { file: fileOf(n), entry }, error.message);
      throw error;
    }
  }
}

const fileOf = (n: number): string => tilePath("entries", n, TILE_WIDTH);
