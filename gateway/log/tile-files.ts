import { readFileSync } from "node:fs";
import { join } from "node:path";
import { decodeBundle, encodeBundle } from "./tlog/entry-bundle.ts";
import { HASH_BYTES } from "./tlog/hashing.ts";
import { TILE_WIDTH, type TileLevel, tilePath, type TileReader } from "./tlog/tiles.ts";
import type { BundleReader } from "./tlog/tile-tree.ts";

/** Reads tiles and bundles out of a log's directory. A partial one that gave way to the full one is cut out of that. */
export type TileFiles = { readonly tile: TileReader; readonly bundle: BundleReader };

export const tileFilesIn = (directory: string): TileFiles => {
  const read = (level: TileLevel, n: number, width: number): Buffer =>
    readFileSync(join(directory, tilePath(level, n, width)));
  return {
    tile: (level, n, width) =>
      withFull(width, {
        exact: () => read(level, n, width),
        cut: () => read(level, n, TILE_WIDTH).subarray(0, width * HASH_BYTES),
      }),
    bundle: (n, width) =>
      withFull(width, {
        exact: () => read("entries", n, width),
        cut: () => encodeBundle(decodeBundle(read("entries", n, TILE_WIDTH), TILE_WIDTH).slice(0, width)),
      }),
  };
};

/** Reads each tile once: one proof looks into the same few again and again. */
export function remembering(read: TileReader): TileReader {
  const tiles = new Map<string, Uint8Array>();
  return (level, n, width) => {
    const path = tilePath(level, n, width);
    const tile = tiles.get(path) ?? read(level, n, width);
    tiles.set(path, tile);
    return tile;
  };
}

type Ways = { readonly exact: () => Buffer; readonly cut: () => Buffer };

function withFull(width: number, { exact, cut }: Ways): Buffer {
  try {
    return exact();
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    if (!isMissing || width === TILE_WIDTH) throw error;
    return cut();
  }
}
