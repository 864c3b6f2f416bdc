import { decodeBundle, encodeBundle, MAX_ENTRY } from "./entry-bundle.ts";
import { EMPTY_ROOT, HASH_BYTES, leafHash, nodeHash } from "./hashing.ts";
import { MalformedError } from "./malformed.ts";
import {
  checkTile,
  hashAt,
  hashesAt,
  subtreeRoot,
  TILE_HEIGHT,
  TILE_WIDTH,
  type TileFile,
  tilePath,
  type TileReader,
  TOP_LEVEL,
} from "./tiles.ts";

/** The entry bundle, encoded, with exactly `width` entries. */
export type BundleReader = (n: number, width: number) => Uint8Array;

/** The last tile of a level, as it fills. */
type Edge = { readonly hashes: Buffer; n: number; width: number };

/**
 * A growing Merkle tree (RFC 9162 2.1) that is written as tiles (C2SP tlog-tiles). Only its right edge is in memory: one tile to a level,
 * the entries of one bundle, and the roots of the whole subtrees to the left. An append makes two hashes on average.
 */
export class TileTree {
  #size = 0;
  /** Root of the whole subtree of 2^h leaves at the right edge: there where bit h of the size is set. */
  readonly #peaks: (Buffer | null)[] = [];
  readonly #edges: Edge[] = [];
  #entries: Uint8Array[] = [];
  #full: TileFile[] = [];
  /** False when the tree was restored without its entries: then it makes hash tiles only. */
  readonly #bundles: boolean;

  private constructor(bundles: "with bundles" | "hash tiles only") {
    this.#bundles = bundles === "with bundles";
  }

  /** A tree without leaves. */
  static empty(): TileTree {
    return new TileTree("with bundles");
  }

  /**
   * The tree of this size again, out of its partial tiles; without `readBundle` it will make no entry bundles. Throws MalformedError when a
   * tile has another width, or entries do not hash to their tile. Whether the root is the one that was signed is for the caller to compare.
   */
  static restore(size: number, read: TileReader, readBundle?: BundleReader): TileTree {
    const tree = new TileTree(readBundle === undefined ? "hash tiles only" : "with bundles");
    tree.#size = size;
    for (let level = 0; level <= TOP_LEVEL && hashesAt(level, size) > 0; level++) tree.#restoreEdge(level, read);
    if (readBundle !== undefined) tree.#restoreEntries(readBundle);
    return tree;
  }

  get size(): number {
    return this.#size;
  }

  /** `leaf` is kept until its bundle is full: it must not change. Throws RangeError when it is too long for a bundle. */
  append(leaf: Uint8Array): void {
    if (leaf.length > MAX_ENTRY) throw new RangeError(`an entry has at most ${MAX_ENTRY} bytes`);
    if (this.#bundles) this.#addEntry(leaf);
    this.#addHash(leafHash(leaf));
    this.#size++;
  }

  /** Of the current size. */
  root(): Buffer {
    let root: Buffer | null = null;
    for (const peak of this.#peaks) if (peak !== null) root = root === null ? peak : nodeHash(peak, root);
    return root ?? EMPTY_ROOT;
  }

  /** Tiles and bundles that became full since the last call, each before those that cover it. */
  takeFull(): TileFile[] {
    const full = this.#full;
    this.#full = [];
    return full;
  }

  /** The partial tiles and the partial bundle of the current size. */
  partials(): TileFile[] {
    const files: TileFile[] = [];
    const count = this.#entries.length;
    if (count > 0)
      files.push({ path: tilePath("entries", this.#bundleNumber(), count), bytes: encodeBundle(this.#entries) });
    for (const [level, { hashes, n, width }] of this.#edges.entries())
      if (width > 0)
        files.push({ path: tilePath(level, n, width), bytes: Buffer.from(hashes.subarray(0, width * HASH_BYTES)) });
    return files;
  }

  #bundleNumber(): number {
    return Math.floor(this.#size / TILE_WIDTH);
  }

  #addEntry(leaf: Uint8Array): void {
    if (this.#entries.push(leaf) < TILE_WIDTH) return;
    const path = tilePath("entries", this.#bundleNumber(), TILE_WIDTH);
    this.#full.push({ path, bytes: encodeBundle(this.#entries) });
    this.#entries = [];
  }

  /** As in a binary counter: two subtrees of one height make one of the next; every eighth height stands in tiles. */
  #addHash(leaf: Buffer): void {
    let hash = leaf;
    for (let height = 0; ; height++) {
      if (height % TILE_HEIGHT === 0) this.#addToTile(height / TILE_HEIGHT, hash);
      const left = this.#peaks[height] ?? null;
      if (left === null) {
        this.#peaks[height] = hash;
        return;
      }
      this.#peaks[height] = null;
      hash = nodeHash(left, hash);
    }
  }

  #addToTile(level: number, hash: Buffer): void {
    const edge = (this.#edges[level] ??= { hashes: Buffer.alloc(TILE_WIDTH * HASH_BYTES), n: 0, width: 0 });
    edge.hashes.set(hash, edge.width * HASH_BYTES);
    if (++edge.width < TILE_WIDTH) return;
    this.#full.push({ path: tilePath(level, edge.n, TILE_WIDTH), bytes: Buffer.from(edge.hashes) });
    edge.n++;
    edge.width = 0;
  }

  #restoreEdge(level: number, read: TileReader): void {
    const count = hashesAt(level, this.#size);
    const edge = { hashes: Buffer.alloc(TILE_WIDTH * HASH_BYTES), n: Math.floor(count / TILE_WIDTH), width: 0 };
    edge.width = count % TILE_WIDTH;
    this.#edges[level] = edge;
    const place = { level, n: edge.n, width: edge.width };
    if (edge.width > 0) edge.hashes.set(checkTile(read(level, edge.n, edge.width), place));
    this.#restorePeaks(level, edge);
  }

  /** The tile's hashes from the left, in whole subtrees of 128, 64, … 1. */
  #restorePeaks(level: number, { hashes, width }: Edge): void {
    let from = 0;
    for (let row = TILE_HEIGHT - 1; row >= 0; row--) {
      const isThere = (width & (1 << row)) !== 0;
      this.#peaks[level * TILE_HEIGHT + row] = isThere ? subtreeRoot(hashes, from, 1 << row) : null;
      if (isThere) from += 1 << row;
    }
  }

  #restoreEntries(readBundle: BundleReader): void {
    const count = this.#size % TILE_WIDTH;
    if (count === 0) return;
    this.#entries = decodeBundle(readBundle(this.#bundleNumber(), count), count);
    const hashes = this.#edges[0]?.hashes;
    for (const [at, entry] of this.#entries.entries())
      if (hashes === undefined || !leafHash(entry).equals(hashAt(hashes, at)))
        throw new MalformedError("BUNDLE_MALFORMED", `entry ${at} of the last bundle does not hash to its tile`);
  }
}
