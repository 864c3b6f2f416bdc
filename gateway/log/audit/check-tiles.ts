import { HASH_BYTES } from "../tlog/hashing.ts";
import {
  hashAt,
  hashesAt,
  readTilePath,
  subtreeRoot,
  TILE_WIDTH,
  type TileFile,
  type TilePlace,
  tilePath,
  TOP_LEVEL,
  widthOf,
} from "../tlog/tiles.ts";
import { TileTree } from "../tlog/tile-tree.ts";
import type { Checkpoint } from "../tlog/checkpoint.ts";
import { LogBreak } from "./audit-faults.ts";
import type { LogSource } from "./log-source.ts";

/** Compares the log's tiles with those that its entries make. */
export class TileCheck {
  readonly #source: LogSource;
  readonly #checkpoint: Checkpoint;

  constructor(source: LogSource, checkpoint: Checkpoint) {
    this.#source = source;
    this.#checkpoint = checkpoint;
  }

  /** `expected`: a tile as the entries make it. Throws LogBreak or LogUnreadError. */
  async check({ path, bytes }: TileFile): Promise<void> {
    const place = readTilePath(path);
    if (place === null || place.level === "entries") throw new RangeError(`${path} is no tile`);
    const stored = await this.read(place);
    const at = firstDifference(stored, bytes);
    if (at !== null) throw await this.#difference(place, at, stored);
    await this.#checkLeftOver(place, bytes);
  }

  /** A tile as it stands in the log. A partial one may have given way to the full one. */
  async read(place: TilePlace): Promise<Buffer> {
    const { level, n, width } = place;
    const file = tilePath(level, n, width);
    const exact = await this.#source.read(place);
    const tile = exact ?? (width < TILE_WIDTH ? await this.#cut(place) : null);
    const at = typeof level === "number" ? { file, level } : { file };
    if (tile === null) throw new LogBreak("TILE_MISSING", at, "not there");
    if (tile.length !== width * HASH_BYTES) throw new LogBreak("TILE_MALFORMED", at, `${tile.length} bytes`);
    return tile;
  }

  async #cut({ level, n, width }: TilePlace): Promise<Buffer | null> {
    const full = await this.#source.read({ level, n, width: TILE_WIDTH });
    return full === null ? null : full.subarray(0, width * HASH_BYTES);
  }

  /** All below agrees with the entries: if what stands above this tile agrees with it, they were changed, else this tile was. */
  async #difference(place: TilePlace, at: number, stored: Buffer): Promise<LogBreak> {
    const { n, width } = place;
    const level = Number(place.level);
    const file = tilePath(level, n, width);
    const first = (n * TILE_WIDTH + at) * TILE_WIDTH ** level;
    const entry = level === 0 ? first : null;
    const below = level === 0 ? "its entry" : `the tile of level ${level - 1}`;
    if (!(await this.#isCovered({ ...place, level }, stored)))
      return new LogBreak("TILE_CHANGED", { file, entry, level }, `hash ${at} is not that of ${below}`);
    const detail = `not what ${file} has, with which the tree above agrees`;
    if (level === 0) {
      const bundle = tilePath("entries", n, width);
      return new LogBreak("ENTRY_CHANGED", { file: bundle, entry, level }, detail);
    }
    const lower = tilePath(level - 1, n * TILE_WIDTH + at, TILE_WIDTH);
    return new LogBreak("ENTRIES_CHANGED", { file: lower, entry: first, level: level - 1 }, detail);
  }

  /** Whether what stands above a tile was made of it. */
  async #isCovered(place: TilePlace & { readonly level: number }, stored: Buffer): Promise<boolean> {
    try {
      return place.width === TILE_WIDTH ? await this.#isInParent(place, stored) : await this.#makesRoot(place, stored);
    } catch (error) {
      if (error instanceof LogBreak) return false;
      throw error;
    }
  }

  async #isInParent({ level, n }: TilePlace & { readonly level: number }, stored: Buffer): Promise<boolean> {
    const parent = Math.floor(n / TILE_WIDTH);
    const width = widthOf(level + 1, parent, this.#checkpoint.size);
    const above = await this.read({ level: level + 1, n: parent, width });
    return hashAt(above, n % TILE_WIDTH).equals(subtreeRoot(stored, 0, TILE_WIDTH));
  }

  /** A partial tile goes into the root, together with those of the other levels. */
  async #makesRoot(place: TilePlace, stored: Buffer): Promise<boolean> {
    const { size, root } = this.#checkpoint;
    const edge: Buffer[] = [];
    for (let level = 0; level <= TOP_LEVEL; level++) {
      const n = Math.floor(hashesAt(level, size) / TILE_WIDTH);
      const width = widthOf(level, n, size);
      const other = width === 0 ? Buffer.alloc(0) : await this.read({ level, n, width });
      edge.push(level === place.level ? stored : other);
    }
    return TileTree.restore(size, (level) => edge[level] ?? Buffer.alloc(0))
      .root()
      .equals(root);
  }

  async #checkLeftOver({ level, n, width }: TilePlace, expected: Buffer): Promise<void> {
    const widths = await this.#source.leftOver(level, n);
    for (const narrow of widths.filter((each) => each < width)) {
      const tile = await this.#source.read({ level, n, width: narrow });
      // Gone since: the full one is there.
      if (tile === null || tile.equals(expected.subarray(0, narrow * HASH_BYTES))) continue;
      const file = tilePath(level, n, narrow);
      throw new LogBreak("TILE_LEFT_OVER", { file, level: Number(level) }, "it is not the beginning of the tile");
    }
  }
}

/** The first hash that differs; null when none does. */
function firstDifference(stored: Buffer, expected: Buffer): number | null {
  if (stored.equals(expected)) return null;
  for (let at = 0; ; at++) if (!hashAt(stored, at).equals(hashAt(expected, at))) return at;
}
