import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { DISK } from "./disk.ts";
import { tilesOf } from "./public-log.ts";
import { TileWriter } from "./sequencer/tile-writer.ts";
import { TileTree } from "./tlog/tile-tree.ts";

let directory: string;
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), "public-log-"))));
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Tiles of a tree of 600, and the partial ones of 300. */
function writeTree(): void {
  const tree = TileTree.empty();
  const tiles = new TileWriter(directory, DISK);
  for (const size of [300, 600]) {
    while (tree.size < size) tree.append(Buffer.from(`entry ${tree.size}`));
    tiles.write(tree.takeFull());
    tiles.writePartialsNow(tree.partials());
  }
}

const filesIn = (): string[] =>
  readdirSync(directory, { recursive: true, encoding: "utf8" }).filter((name) =>
    statSync(join(directory, name)).isFile(),
  );

test("of the tiles on the disk those are there that the published checkpoint covers", async () => {
  writeTree();
  const atSize = async (size: number): Promise<string[]> => {
    const tile = tilesOf(directory, () => size);
    const found = await Promise.all(filesIn().map(async (path) => ((await tile(path)) === null ? [] : [path])));
    return found.flat().toSorted();
  };
  const first = ["tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1", "tile/entries/000", "tile/entries/001.p/44"];
  const second = ["tile/0/001", "tile/0/002.p/88", "tile/1/000.p/2", "tile/entries/001", "tile/entries/002.p/88"];
  expect(await atSize(600)).toEqual([...first, ...second].toSorted());
  expect(await atSize(599)).toEqual([...first, "tile/0/001", "tile/1/000.p/2", "tile/entries/001"].toSorted());
  expect(await atSize(300)).toEqual(first);
  expect(await atSize(299)).toEqual(["tile/0/000", "tile/1/000.p/1", "tile/entries/000"]);
  expect(await atSize(255)).toEqual([]);
});

test("a path that is written otherwise, or leads elsewhere, opens nothing", async () => {
  writeTree();
  const tile = tilesOf(directory, () => 600);
  for (const path of ["tile/0/000/", "/tile/0/000", "tile/0/./000", "tile/0/../0/000", "tile/0/000\0", "tile/00/000"])
    expect(await tile(path), path).toBeNull();
  expect(await tile("tile/0/000")).toHaveLength(8192);
});
