import type { BundleReader, TileTree } from "./tile-tree.ts";
import { type TileFile, tilePath, type TileReader } from "./tiles.ts";

/** The files of a log, in memory: for tests. A partial tile is also read out of what replaced it. */
export class MemoryTiles {
  readonly files = new Map<string, Buffer>();

  /** What has become full since, and the right edge at this size. */
  take(tree: TileTree): void {
    this.put([...tree.takeFull(), ...tree.partials()]);
  }

  put(files: readonly TileFile[]): void {
    for (const { path, bytes } of files) this.files.set(path, bytes);
  }

  readonly read: TileReader = (level, n, width) => {
    const exact = this.files.get(tilePath(level, n, width));
    const full = this.files.get(tilePath(level, n, 256));
    const tile = exact ?? full?.subarray(0, 32 * width);
    if (tile === undefined) throw new Error(`no ${tilePath(level, n, width)}`);
    return tile;
  };

  readonly readBundle: BundleReader = (n, width) => {
    const bundle = this.files.get(tilePath("entries", n, width));
    if (bundle === undefined) throw new Error(`no ${tilePath("entries", n, width)}`);
    return bundle;
  };
}
