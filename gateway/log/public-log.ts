import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { diskCode } from "./disk.ts";
import { decodeBundle, encodeBundle } from "./tlog/entry-bundle.ts";
import { HASH_BYTES } from "./tlog/hashing.ts";
import { hashesAt, readTilePath, TILE_WIDTH, type TilePlace, tilePath } from "./tlog/tiles.ts";

/** What anybody may read of the log (C2SP tlog-tiles): nothing of it is about anybody. */
export type PublicLog = {
  /** The signed note. Throws Fault LOG_UNAVAILABLE before the first. */
  readonly checkpoint: () => string;
  /** Public keys of the log in C2SP's text form, a line each. */
  readonly keys: () => string;
  /** A tile or bundle by its path, as in `tile/0/x001/234.p/12`; null for everything that the published checkpoint does not need. */
  readonly tile: (path: string) => Promise<Buffer | null>;
};

/** `published`: entries under the published checkpoint. Only paths that `tilePath` writes are opened, and what is not published is not there. */
export function tilesOf(directory: string, published: () => number): PublicLog["tile"] {
  return async (path) => {
    const place = readTilePath(path);
    if (place === null || !isPublished(place, published())) return null;
    return (await readTile(directory, place)) ?? (await cutOfFull(directory, place, published()));
  };
}

function isPublished({ level, n, width }: TilePlace, size: number): boolean {
  const hashes = hashesAt(level === "entries" ? 0 : level, size);
  return n * TILE_WIDTH + width <= hashes;
}

async function readTile(directory: string, { level, n, width }: TilePlace): Promise<Buffer | null> {
  try {
    return await readFile(join(directory, tilePath(level, n, width)));
  } catch (error) {
    if (diskCode(error) === "ENOENT") return null;
    throw error;
  }
}

/** A partial tile is let go when the full one is durable, and still has its address. */
async function cutOfFull(directory: string, place: TilePlace, size: number): Promise<Buffer | null> {
  const whole = { ...place, width: TILE_WIDTH };
  if (place.width === TILE_WIDTH || !isPublished(whole, size)) return null;
  const full = await readTile(directory, whole);
  if (full === null) return null;
  if (place.level !== "entries") return full.subarray(0, place.width * HASH_BYTES);
  return encodeBundle(decodeBundle(full, TILE_WIDTH).slice(0, place.width));
}
