import { assert, integer, property } from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { encodeBundle } from "./entry-bundle.ts";
import { leafHash } from "./hashing.ts";
import { MemoryTiles } from "./memory-tiles.ts";
import { naiveRoot } from "./naive-tree.ts";
import { TileTree } from "./tile-tree.ts";
import { readTilePath } from "./tiles.ts";

const leaf = (at: number): Buffer => Buffer.from(`leaf ${at}`);
const leaves = (count: number, from = 0): Buffer[] => Array.from({ length: count }, (_, at) => leaf(from + at));

function grown(size: number): TileTree {
  const tree = TileTree.empty();
  for (const each of leaves(size)) tree.append(each);
  return tree;
}

/** Of certificate-transparency's own tests: leaves and the roots after each. */
const VECTORS = [
  ["", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"],
  ["00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
  ["10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"],
  ["2021", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"],
  ["3031", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"],
  ["40414243", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"],
  ["5051525354555657", "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"],
  ["606162636465666768696a6b6c6d6e6f", "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"],
] as const;

test("the roots of RFC 6962's reference implementation", () => {
  const tree = TileTree.empty();
  for (const [entry, root] of VECTORS) {
    tree.append(Buffer.from(entry, "hex"));
    expect(tree.root().toString("hex")).toBe(root);
  }
});

test("the root at every size is that of the definition", () => {
  const tree = TileTree.empty();
  const all = leaves(270);
  for (const [size, each] of [...all, leaf(270)].entries()) {
    expect(tree.size).toBe(size);
    expect(tree.root()).toEqual(naiveRoot(all.slice(0, size)));
    tree.append(each);
  }
});

describe("a tree of 70,000", () => {
  const tiles = new MemoryTiles();
  const all = leaves(70_000);
  beforeAll(() => tiles.take(grown(70_000)));

  test("has exactly the files of C2SP tlog-tiles", () => {
    const count = (level: string) => [...tiles.files.keys()].filter((path) => path.startsWith(`tile/${level}/`)).length;
    expect([count("0"), count("1"), count("2"), count("3"), count("entries")]).toEqual([274, 2, 1, 0, 274]);
    const partial = [...tiles.files.keys()].filter((path) => path.includes(".p/"));
    expect(partial.sort()).toEqual(["tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1", "tile/entries/273.p/112"]);
  });

  test.each([
    ["tile/0/000", 0, 1],
    ["tile/0/272", 272 * 256, 1],
    ["tile/0/273.p/112", 273 * 256, 1],
    ["tile/1/000", 0, 256],
    ["tile/1/001.p/17", 65_536, 256],
    ["tile/2/000.p/1", 0, 65_536],
  ])("the hashes of %s are those of their ranges", (path, start, span) => {
    const tile = tiles.files.get(path) ?? Buffer.alloc(0);
    expect(tile).toHaveLength(32 * (readTilePath(path)?.width ?? 0));
    for (const at of new Set([0, 1, tile.length / 64, tile.length / 32 - 1].map(Math.floor)))
      if (at * 32 < tile.length)
        expect(tile.subarray(at * 32, at * 32 + 32)).toEqual(
          naiveRoot(all.slice(start + at * span, start + (at + 1) * span)),
        );
  });

  test("its bundles hold its entries", () => {
    expect(tiles.files.get("tile/entries/001")).toEqual(encodeBundle(leaves(256, 256)));
    expect(tiles.files.get("tile/entries/273.p/112")).toEqual(encodeBundle(leaves(112, 273 * 256)));
  });
});

test("what is full is handed over once, and before what covers it", () => {
  const tree = grown(65_536);
  const paths = tree.takeFull().map(({ path }) => path);
  expect(paths).toHaveLength(256 + 256 + 1);
  expect(paths.indexOf("tile/entries/255")).toBeLessThan(paths.indexOf("tile/0/255"));
  expect(paths.at(-1)).toBe("tile/1/000");
  expect(tree.takeFull()).toEqual([]);
  expect(tree.partials().map(({ path }) => path)).toEqual(["tile/2/000.p/1"]);
});

test("tiles that were handed over do not change as the tree goes on", () => {
  const tree = grown(300);
  const before = [...tree.takeFull(), ...tree.partials()].map(({ path, bytes }) => [path, bytes.toString("hex")]);
  const held = grown(300);
  const files = [...held.takeFull(), ...held.partials()];
  for (const each of leaves(700, 300)) held.append(each);
  expect(files.map(({ path, bytes }) => [path, bytes.toString("hex")])).toEqual(before);
});

describe("restored", () => {
  test("at any size, it grows on as if it had never been away", () => {
    assert(
      property(integer({ min: 0, max: 2100 }), integer({ min: 0, max: 600 }), (size, more) => {
        const [tiles, expected] = [new MemoryTiles(), new MemoryTiles()];
        tiles.take(grown(size));
        expected.take(grown(size));
        const tree = TileTree.restore(size, tiles.read, tiles.readBundle);
        const undisturbed = grown(size);
        undisturbed.takeFull();
        expect(tree.root()).toEqual(undisturbed.root());
        for (const each of leaves(more, size)) for (const grows of [tree, undisturbed]) grows.append(each);
        tiles.take(tree);
        expected.take(undisturbed);
        expect(tree.root()).toEqual(undisturbed.root());
        expect(tiles.files).toEqual(expected.files);
      }),
      { numRuns: 60 },
    );
  });

  test("across a tile of the second level", () => {
    const tiles = new MemoryTiles();
    tiles.take(grown(65_500));
    const tree = TileTree.restore(65_500, tiles.read, tiles.readBundle);
    for (const each of leaves(100, 65_500)) tree.append(each);
    expect(tree.root()).toEqual(grown(65_600).root());
  });

  test("without its entries it makes hash tiles, no bundles", () => {
    const tiles = new MemoryTiles();
    tiles.take(grown(300));
    const tree = TileTree.restore(300, tiles.read);
    for (const each of leaves(300, 300)) tree.append(each);
    expect(tree.root()).toEqual(grown(600).root());
    expect([...tree.takeFull(), ...tree.partials()].filter(({ path }) => path.includes("entries"))).toEqual([]);
  });

  test("not from a tile or bundle of another width, nor from entries that are not the tile's", () => {
    const tiles = new MemoryTiles();
    tiles.take(grown(300));
    const short = (): Buffer => Buffer.alloc(32 * 43);
    const changed = (): Buffer => encodeBundle([...leaves(43, 256), Buffer.from("another")]);
    const fewer = (): Buffer => encodeBundle(leaves(43, 256));
    expect(() => TileTree.restore(300, short, tiles.readBundle)).toThrow(/1376 bytes/);
    expect(() => TileTree.restore(300, tiles.read, fewer)).toThrow(/43/);
    expect(() => TileTree.restore(300, tiles.read, changed)).toThrow(
      expect.objectContaining({ code: "BUNDLE_MALFORMED" }),
    );
  });
});

test("an entry that no bundle could hold is refused, and the tree stays as it was", () => {
  const tree = grown(3);
  expect(() => tree.append(Buffer.alloc(65_536))).toThrow(RangeError);
  expect(tree.size).toBe(3);
  expect(tree.root()).toEqual(grown(3).root());
  tree.append(Buffer.alloc(65_535));
  expect(tree.root()).toEqual(naiveRoot([...leaves(3), Buffer.alloc(65_535)]));
});

test("a tree of one leaf is its hash", () => {
  expect(grown(1).root()).toEqual(leafHash(leaf(0)));
});
