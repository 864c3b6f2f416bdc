import { assert, constantFrom, integer, maxSafeInteger, oneof, property } from "fast-check";
import { describe, expect, test } from "vitest";
import { checkTile, hashesAt, readTilePath, type TileLevel, tilePath, widthOf } from "./tiles.ts";

test.each<[TileLevel, number, number, string]>([
  [0, 0, 256, "tile/0/000"],
  [0, 999, 1, "tile/0/999.p/1"],
  [1, 1000, 255, "tile/1/x001/000.p/255"],
  // The example of C2SP tlog-tiles.
  [0, 1_234_067, 256, "tile/0/x001/x234/067"],
  ["entries", 1_000_000, 12, "tile/entries/x001/x000/000.p/12"],
])("%s %i of width %i is %s", (level, n, width, path) => {
  expect(tilePath(level, n, width)).toBe(path);
  expect(readTilePath(path)).toEqual({ level, n, width });
});

test("every path is read back", () => {
  const level = oneof(integer({ min: 0, max: 6 }), constantFrom<TileLevel>("entries"));
  assert(
    property(level, maxSafeInteger(), integer({ min: 1, max: 256 }), (level, n, width) => {
      const place = { level, n: Math.abs(n), width };
      expect(readTilePath(tilePath(level, place.n, width))).toEqual(place);
    }),
  );
});

test.each([
  "",
  "tile/0/0",
  "tile/0/00",
  "tile/0/0000",
  "tile/00/000",
  "tile/7/000",
  "tile/63/000",
  "tile/-1/000",
  "tile/0/x000/000",
  "tile/0/x001/x000",
  "tile/0/001/000",
  "tile/0/X001/000",
  "tile/0/000.p/0",
  "tile/0/000.p/01",
  "tile/0/000.p/256",
  "tile/0/000.p/1000",
  "tile/0/000.p",
  "tile/0/000.p/",
  "tile/0/000/",
  "/tile/0/000",
  "tile/0/000\n",
  "tile/0/../0/000",
  "tile/entries/0",
  "tile/Entries/000",
  "tile/0/x999/x999/x999/x999/x999/999",
  "tile/0/x001/x000/x000/x000/x000/x000/000",
])("no tile at %j", (path) => {
  expect(readTilePath(path)).toBeNull();
});

describe("which tiles a tree of 70,000 has (C2SP tlog-tiles)", () => {
  test.each([
    [0, 273, 112],
    [1, 1, 17],
    [2, 0, 1],
  ])("level %i ends with tile %i of width %i", (level, n, width) => {
    expect(widthOf(level, n, 70_000)).toBe(width);
    expect(widthOf(level, n + 1, 70_000)).toBe(0);
    expect(hashesAt(level, 70_000)).toBe(n * 256 + width);
  });

  test("what is before the last is full", () => {
    expect([widthOf(0, 0, 70_000), widthOf(0, 272, 70_000), widthOf(1, 0, 70_000)]).toEqual([256, 256, 256]);
    expect([widthOf(0, 0, 256), widthOf(1, 0, 256), widthOf(1, 0, 255)]).toEqual([256, 1, 0]);
  });
});

test("a tile holds exactly its hashes", () => {
  const place = { level: 0, n: 0, width: 2 };
  expect(checkTile(Buffer.alloc(64), place)).toHaveLength(64);
  for (const length of [0, 32, 63, 65, 96, 8192])
    expect(() => checkTile(Buffer.alloc(length), place)).toThrow(expect.objectContaining({ code: "TILE_MALFORMED" }));
});
