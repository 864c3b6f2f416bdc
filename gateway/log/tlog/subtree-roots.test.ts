import { expect, test } from "vitest";
import { MemoryTiles } from "./memory-tiles.ts";
import { inclusionProof } from "./proofs.ts";
import { SubtreeRoots } from "./subtree-roots.ts";
import { TileTree } from "./tile-tree.ts";
import type { TileReader } from "./tiles.ts";

const SIZES = [600, 700, 1023, 1024, 1025, 5000, 5120, 70_000] as const;
const tiles = new MemoryTiles();
const growing = TileTree.empty();
for (const size of SIZES) {
  while (growing.size < size) growing.append(Buffer.from(`leaf ${growing.size}`));
  tiles.take(growing);
}

/** Counts the tiles that are read above the lowest level. */
function counting(): { readonly read: TileReader; upper: number } {
  const counted = {
    upper: 0,
    read: (level: number, n: number, width: number) => {
      if (level > 0) counted.upper += 1;
      return tiles.read(level, n, width);
    },
  };
  return counted;
}

test("proofs are the same with what earlier proofs left, whatever the tree has grown to since", () => {
  const roots = new SubtreeRoots();
  for (const size of SIZES)
    for (let index = 0; index < size; index += 1 + Math.floor(size / 97))
      expect(inclusionProof(index, size, tiles.read, roots)).toEqual(inclusionProof(index, size, tiles.read));
});

test("what was made once is not read again", () => {
  const roots = new SubtreeRoots();
  const first = counting();
  const proof = inclusionProof(3, 70_000, first.read, roots);
  const second = counting();
  expect(inclusionProof(3, 70_000, second.read, roots)).toEqual(proof);
  expect(first.upper).toBeGreaterThan(100);
  expect(second.upper).toBeLessThan(4);
});
