import { EMPTY_ROOT, HASH_BYTES, nodeHash } from "./hashing.ts";
import { SubtreeRoots } from "./subtree-roots.ts";
import { checkTile, subtreeRoot, TILE_HEIGHT, TILE_WIDTH, type TileReader, widthOf } from "./tiles.ts";

/** A tree of `size` leaves, as it stands in tiles. `roots` outlives one proof. */
type Tree = { readonly size: number; readonly read: TileReader; readonly roots: SubtreeRoots };

/**
 * From the leaf's sibling up (RFC 9162 2.1.3.1); `roots` are those of the same log. Throws RangeError unless 0 ≤ index < size; MalformedError
 * for a tile of another width.
 */
export function inclusionProof(
  index: number,
  size: number,
  read: TileReader,
  roots: SubtreeRoots = new SubtreeRoots(),
): Buffer[] {
  if (!isSize(size) || !isSize(index) || index >= size) throw new RangeError(`no entry ${index} in a tree of ${size}`);
  const tree = { size, read, roots };
  const proof: Buffer[] = [];
  let start = 0;
  let end = size;
  while (end - start > 1) {
    const middle = start + split(end - start);
    if (index < middle) {
      proof.push(hashOf(tree, middle, end));
      end = middle;
    } else {
      proof.push(hashOf(tree, start, middle));
      start = middle;
    }
  }
  return proof.reverse();
}

/** That the tree of size `from` is a prefix of that of size `to` (RFC 9162 2.1.4.1); empty for 0 and for equal sizes. Throws like inclusionProof. */
export function consistencyProof(from: number, to: number, read: TileReader): Buffer[] {
  if (!isSize(from) || !isSize(to) || from > to) throw new RangeError(`no tree of ${to} has one of ${from} before it`);
  if (from === 0 || from === to) return [];
  const tree = { size: to, read, roots: new SubtreeRoots() };
  const proof: Buffer[] = [];
  let start = 0;
  let end = to;
  while (from !== end) {
    const middle = start + split(end - start);
    if (from <= middle) {
      proof.push(hashOf(tree, middle, end));
      end = middle;
    } else {
      proof.push(hashOf(tree, start, middle));
      start = middle;
    }
  }
  // Whoever has the old root knows this hash when it is that root itself.
  if (start > 0) proof.push(hashOf(tree, start, end));
  return proof.reverse();
}

/** The root of the tree's first `size` leaves, out of the tiles of exactly that size. */
export const rootAt = (size: number, read: TileReader): Buffer =>
  size === 0 ? EMPTY_ROOT : hashOf({ size, read, roots: new SubtreeRoots() }, 0, size);

/** Hash of the leaves from `start` until before `end`, where `start` is a multiple of a power of two that is no less than their number. */
function hashOf(tree: Tree, start: number, end: number): Buffer {
  const count = end - start;
  if (isPowerOfTwo(count)) return perfectHash(tree, start, count);
  const middle = start + split(count);
  return nodeHash(perfectHash(tree, start, middle - start), hashOf(tree, middle, end));
}

/** Hash of a whole subtree: stands in one tile, or is made of up to 128 neighbours in it. */
function perfectHash({ size, read, roots }: Tree, start: number, count: number): Buffer {
  const height = Math.log2(count);
  const level = Math.floor(height / TILE_HEIGHT);
  const first = start / TILE_WIDTH ** level;
  const n = Math.floor(first / TILE_WIDTH);
  const width = widthOf(level, n, size);
  const tile = (): Uint8Array => checkTile(read(level, n, width), { level, n, width });
  const [from, hashes] = [first % TILE_WIDTH, 2 ** (height % TILE_HEIGHT)];
  return level === 0 ? subtreeRoot(tile(), from, hashes) : roots.root({ level, n, from, count: hashes }, tile);
}

/** The largest power of two below `count`, which is at least 2. */
function split(count: number): number {
  let power = 1;
  while (power * 2 < count) power *= 2;
  return power;
}

function isPowerOfTwo(count: number): boolean {
  return count === 1 || split(count) * 2 === count;
}

const isSize = (size: number): boolean => Number.isSafeInteger(size) && size >= 0;

export type InclusionClaim = {
  readonly leafHash: Uint8Array;
  readonly index: number;
  readonly size: number;
  readonly proof: readonly Uint8Array[];
  readonly root: Uint8Array;
};

/** RFC 9162 2.1.3.2. */
export function verifyInclusion({ leafHash, index, size, proof, root }: InclusionClaim): boolean {
  if (!isSize(index) || !isSize(size) || index >= size || !areHashes(leafHash, root, ...proof)) return false;
  let place = index;
  let last = size - 1;
  let hash = leafHash;
  for (const sibling of proof) {
    if (last === 0) return false;
    if (isOdd(place) || place === last) {
      hash = nodeHash(sibling, hash);
      while (!isOdd(place) && place !== 0) [place, last] = [half(place), half(last)];
    } else {
      hash = nodeHash(hash, sibling);
    }
    [place, last] = [half(place), half(last)];
  }
  return last === 0 && Buffer.compare(hash, root) === 0;
}

export type ConsistencyClaim = {
  readonly from: number;
  readonly fromRoot: Uint8Array;
  readonly to: number;
  readonly toRoot: Uint8Array;
  readonly proof: readonly Uint8Array[];
};

/** RFC 9162 2.1.4.2. From 0 (its root is EMPTY_ROOT) every tree is consistent, with an empty proof. */
export function verifyConsistency({ from, fromRoot, to, toRoot, proof }: ConsistencyClaim): boolean {
  if (!isSize(from) || !isSize(to) || from > to || !areHashes(fromRoot, toRoot, ...proof)) return false;
  if (from === 0) return proof.length === 0 && EMPTY_ROOT.equals(fromRoot) && (to > 0 || EMPTY_ROOT.equals(toRoot));
  if (from === to) return proof.length === 0 && Buffer.compare(fromRoot, toRoot) === 0;
  const [first, ...path] = isPowerOfTwo(from) ? [fromRoot, ...proof] : proof;
  if (first === undefined) return false;
  let place = from - 1;
  let last = to - 1;
  while (isOdd(place)) [place, last] = [half(place), half(last)];
  let [old, all] = [first, first];
  for (const sibling of path) {
    if (last === 0) return false;
    if (isOdd(place) || place === last) {
      old = nodeHash(sibling, old);
      all = nodeHash(sibling, all);
      while (!isOdd(place) && place !== 0) [place, last] = [half(place), half(last)];
    } else {
      all = nodeHash(all, sibling);
    }
    [place, last] = [half(place), half(last)];
  }
  return last === 0 && Buffer.compare(old, fromRoot) === 0 && Buffer.compare(all, toRoot) === 0;
}

const half = (count: number): number => Math.floor(count / 2);
const isOdd = (count: number): boolean => count % 2 === 1;
const areHashes = (...hashes: readonly Uint8Array[]): boolean => hashes.every(({ length }) => length === HASH_BYTES);
