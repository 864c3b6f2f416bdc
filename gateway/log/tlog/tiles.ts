import { HASH_BYTES, nodeHash } from "./hashing.ts";
import { MalformedError } from "./malformed.ts";

/** Hashes of a full tile, and entries of a full bundle (C2SP tlog-tiles). */
export const TILE_WIDTH = 256;
/** Levels of the tree between two levels of tiles. */
export const TILE_HEIGHT = 8;
/** Of a tree of at most 2^53 - 1 leaves. */
export const TOP_LEVEL = 6;

export type TileLevel = number | "entries";
export type TileFile = { readonly path: string; readonly bytes: Buffer };
/** Where a tile or bundle stands; `width` 256 for a full one. */
export type TilePlace = { readonly level: TileLevel; readonly n: number; readonly width: number };
/** The hashes of a tile, 32 × `width` bytes. `width` of 256 is a full tile. Throws whatever reading throws. */
export type TileReader = (level: number, n: number, width: number) => Uint8Array;

/** As in `tile/0/x001/x234/067.p/12`: relative to the log's prefix (C2SP tlog-tiles, Merkle Tree). */
export function tilePath(level: TileLevel, n: number, width: number): string {
  const last = String(n % 1000).padStart(3, "0");
  let path = last;
  for (let rest = Math.floor(n / 1000); rest > 0; rest = Math.floor(rest / 1000))
    path = `x${String(rest % 1000).padStart(3, "0")}/${path}`;
  return `tile/${level}/${path}${width === TILE_WIDTH ? "" : `.p/${width}`}`;
}

const PATH = /^tile\/(entries|[0-6])\/((?:x[0-9]{3}\/){0,5})([0-9]{3})(?:\.p\/([1-9][0-9]{0,2}))?$/;

/** The place that a path names; null unless `tilePath` writes exactly this path for it. */
export function readTilePath(path: string): TilePlace | null {
  const [, level, higher = "", last = "", partial] = PATH.exec(path) ?? [];
  if (level === undefined) return null;
  const place: TilePlace = {
    level: level === "entries" ? level : Number(level),
    n: Number(higher.replaceAll(/[x/]/g, "") + last),
    width: partial === undefined ? TILE_WIDTH : Number(partial),
  };
  return Number.isSafeInteger(place.n) && tilePath(place.level, place.n, place.width) === path ? place : null;
}

/** Hashes at a level of tiles in a tree of this size: full tiles below count, the rest is not there yet. */
export const hashesAt = (level: number, size: number): number => Math.floor(size / TILE_WIDTH ** level);

/** How wide tile `n` of a level is in a tree of this size; 0 where there is none. */
export const widthOf = (level: number, n: number, size: number): number =>
  Math.max(0, Math.min(TILE_WIDTH, hashesAt(level, size) - n * TILE_WIDTH));

/** Throws MalformedError unless the tile holds exactly `width` hashes. */
export function checkTile(tile: Uint8Array, { level, n, width }: TilePlace): Uint8Array {
  if (tile.length === width * HASH_BYTES) return tile;
  throw new MalformedError("TILE_MALFORMED", `${tilePath(level, n, width)}: ${tile.length} bytes`);
}

/** The hash that stands at a place of a tile; a view. */
export const hashAt = (tile: Uint8Array, at: number): Buffer =>
  Buffer.from(tile.buffer, tile.byteOffset + at * HASH_BYTES, HASH_BYTES);

/** Root over `count` hashes of a tile, a power of two. */
export function subtreeRoot(tile: Uint8Array, from: number, count: number): Buffer {
  if (count === 1) return Buffer.from(hashAt(tile, from));
  const half = count / 2;
  return nodeHash(subtreeRoot(tile, from, half), subtreeRoot(tile, from + half, half));
}
