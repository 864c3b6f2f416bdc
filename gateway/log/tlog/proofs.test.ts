import { array, assert, integer, nat, property } from "fast-check";
import { describe, expect, test } from "vitest";
import { leafHash, nodeHash } from "./hashing.ts";
import { MemoryTiles } from "./memory-tiles.ts";
import { naiveConsistency, naiveInclusion, naiveRoot } from "./naive-tree.ts";
import { consistencyProof, inclusionProof, rootAt, verifyConsistency, verifyInclusion } from "./proofs.ts";
import { TileTree } from "./tile-tree.ts";
import type { TileReader } from "./tiles.ts";

const MOST = 700;
const leaves = Array.from({ length: MOST }, (_, at) => Buffer.from(`leaf ${at}`));
/** The tiles of every size, as a log has them that published each. */
const tiles = new MemoryTiles();
const growing = TileTree.empty();
for (const leaf of leaves) {
  growing.append(leaf);
  tiles.take(growing);
}
const { read } = tiles;
const root = (size: number): Buffer => rootAt(size, read);
const included = (index: number, size: number, proof = inclusionProof(index, size, read)): boolean =>
  verifyInclusion({ leafHash: leafHash(leaves[index] ?? Buffer.alloc(0)), index, size, proof, root: root(size) });
const consistent = (from: number, to: number, proof = consistencyProof(from, to, read)): boolean =>
  verifyConsistency({ from, fromRoot: root(from), to, toRoot: root(to), proof });

describe("as RFC 9162 defines them", () => {
  test("every inclusion proof of every tree until 40", () => {
    for (let size = 1; size <= 40; size++)
      for (let index = 0; index < size; index++) {
        expect(inclusionProof(index, size, read)).toEqual(naiveInclusion(index, leaves.slice(0, size)));
        expect(included(index, size)).toBe(true);
      }
  });

  test("every consistency proof between trees until 40", () => {
    for (let to = 1; to <= 40; to++)
      for (let from = 1; from <= to; from++) {
        expect(consistencyProof(from, to, read)).toEqual(naiveConsistency(from, leaves.slice(0, to)));
        expect(consistent(from, to)).toBe(true);
      }
  });

  test("any in larger trees", () => {
    assert(
      property(integer({ min: 1, max: MOST }), nat(), (size, place) => {
        const index = place % size;
        const from = 1 + (place % size);
        expect(inclusionProof(index, size, read)).toEqual(naiveInclusion(index, leaves.slice(0, size)));
        expect(consistencyProof(from, size, read)).toEqual(naiveConsistency(from, leaves.slice(0, size)));
        expect([included(index, size), consistent(from, size)]).toEqual([true, true]);
      }),
    );
  });

  test("the root at every size", () => {
    for (const size of [0, 1, 255, 256, 257, 511, 512, 513, 700])
      expect(root(size)).toEqual(naiveRoot(leaves.slice(0, size)));
  });
});

describe("nothing else holds", () => {
  const size = integer({ min: 2, max: MOST });
  const flipped = (hash: Uint8Array, bit: number): Buffer => {
    const copy = Buffer.from(hash);
    copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    return copy;
  };

  test("a bit turned, a hash left out, put in, or moved", () => {
    assert(
      property(size, nat(), nat({ max: 255 }), (size, place, bit) => {
        const index = place % size;
        const proof = inclusionProof(index, size, read);
        const at = place % proof.length;
        const bad = [
          proof.with(at, flipped(proof[at] ?? Buffer.alloc(32), bit)),
          proof.toSpliced(at, 1),
          proof.toSpliced(at, 0, proof[at] ?? Buffer.alloc(32)),
          [...proof, root(size)],
          proof.with(at, Buffer.alloc(31)),
        ];
        for (const each of bad) expect(included(index, size, each)).toBe(false);
      }),
    );
  });

  test("the same proof for a leaf elsewhere, or for a tree of another size", () => {
    assert(
      property(size, nat(), nat(), (size, place, other) => {
        const [index, wrong] = [place % size, other % size];
        const proof = inclusionProof(index, size, read);
        const claim = { leafHash: leafHash(leaves[index] ?? Buffer.alloc(0)), proof, root: root(size) };
        if (wrong !== index) expect(verifyInclusion({ ...claim, index: wrong, size })).toBe(false);
        expect(verifyInclusion({ ...claim, index, size: index })).toBe(false);
        expect(verifyInclusion({ ...claim, index: -1, size })).toBe(false);
        expect(verifyInclusion({ ...claim, index: index + 0.5, size })).toBe(false);
        expect(verifyInclusion({ ...claim, index, size: Number.NaN })).toBe(false);
      }),
    );
  });

  test("consistency with another past, or to another present", () => {
    assert(
      property(size, nat(), nat({ max: 255 }), (to, place, bit) => {
        const from = 1 + (place % (to - 1));
        const claim = { from, fromRoot: root(from), to, toRoot: root(to), proof: consistencyProof(from, to, read) };
        const at = place % claim.proof.length;
        const turned = claim.proof.with(at, flipped(claim.proof[at] ?? Buffer.alloc(32), bit));
        expect(verifyConsistency({ ...claim, fromRoot: flipped(claim.fromRoot, bit) })).toBe(false);
        expect(verifyConsistency({ ...claim, toRoot: flipped(claim.toRoot, bit) })).toBe(false);
        expect(verifyConsistency({ ...claim, proof: turned })).toBe(false);
        expect(verifyConsistency({ ...claim, proof: claim.proof.toSpliced(at, 1) })).toBe(false);
        expect(verifyConsistency({ ...claim, proof: [...claim.proof, root(to)] })).toBe(false);
        expect(verifyConsistency({ ...claim, from: to + 1 })).toBe(false);
        expect(verifyConsistency({ ...claim, from: to })).toBe(false);
      }),
    );
  });

  test("a node passed off as a leaf, or a tree as a smaller one: the path has another length", () => {
    const [first, second, third, fourth] = leaves.map(leafHash) as [Buffer, Buffer, Buffer, Buffer];
    const [left, right] = [nodeHash(first, second), nodeHash(third, fourth)];
    expect(verifyInclusion({ leafHash: right, index: 3, size: 4, proof: [left], root: root(4) })).toBe(false);
    expect(verifyInclusion({ leafHash: second, index: 0, size: 1, proof: [first], root: root(2) })).toBe(false);
  });

  test("a tree that was rewritten and then grew", () => {
    const rewritten = TileTree.empty();
    const others = new MemoryTiles();
    for (const [at, leaf] of leaves.slice(0, 20).entries()) rewritten.append(at === 3 ? Buffer.from("another") : leaf);
    others.take(rewritten);
    for (let from = 4; from < 20; from++) {
      const proof = consistencyProof(from, 20, others.read);
      expect(verifyConsistency({ from, fromRoot: root(from), to: 20, toRoot: rewritten.root(), proof })).toBe(false);
    }
  });

  test("from the empty tree: only its root, and only with an empty proof", () => {
    expect(consistent(0, 5)).toBe(true);
    expect(consistent(0, 0)).toBe(true);
    expect(consistent(0, 5, [root(5)])).toBe(false);
    const toRoot = root(5);
    expect(verifyConsistency({ from: 0, fromRoot: root(1), to: 5, toRoot, proof: [] })).toBe(false);
    expect(verifyConsistency({ from: 0, fromRoot: root(0), to: 0, toRoot, proof: [] })).toBe(false);
  });
});

test.each([
  [-1, 5],
  [5, 5],
  [6, 5],
  [0, 0],
  [0.5, 5],
  [0, 2 ** 53],
])("no inclusion proof of %d in %d", (index, size) => {
  expect(() => inclusionProof(index, size, read)).toThrow(RangeError);
});

test("no consistency proof backwards", () => {
  expect(() => consistencyProof(6, 5, read)).toThrow(RangeError);
  expect(() => consistencyProof(-1, 5, read)).toThrow(RangeError);
});

test("a tile that is too short is told, not hashed", () => {
  const short: TileReader = (level, n, width) => read(level, n, width).subarray(32);
  expect(() => inclusionProof(3, 700, short)).toThrow(expect.objectContaining({ code: "TILE_MALFORMED" }));
});

describe("up to 2^53 - 1 leaves, all alike", () => {
  /** Root of the whole tree of 2^h leaves. */
  const heights: Buffer[] = [];
  let whole = leafHash(Buffer.from("same"));
  for (let height = 0; height <= 56; height++) {
    heights.push(whole);
    whole = nodeHash(whole, whole);
  }
  const alike: TileReader = (level, _, width) =>
    Buffer.concat(Array.from({ length: width }, () => heights[8 * level] ?? Buffer.alloc(0)));
  const large = Number.MAX_SAFE_INTEGER;

  test.each([0, 1, 2 ** 32 - 1, 2 ** 32, 2 ** 52, large - 2, large - 1])("leaf %d", (index) => {
    const proof = inclusionProof(index, large, alike);
    const claim = { leafHash: heights[0] ?? Buffer.alloc(0), index, size: large, proof, root: rootAt(large, alike) };
    expect(verifyInclusion(claim)).toBe(true);
    expect(verifyInclusion({ ...claim, proof: proof.slice(1) })).toBe(false);
  });

  test("consistency from any size", () => {
    assert(
      property(array(nat({ max: 1 }), { minLength: 53, maxLength: 53 }), (bits) => {
        const from = bits.reduce((sum, bit, at) => sum + bit * 2 ** at, 0);
        const proof = consistencyProof(from, large, alike);
        const [fromRoot, toRoot] = [rootAt(from, alike), rootAt(large, alike)];
        expect(verifyConsistency({ from, fromRoot, to: large, toRoot, proof })).toBe(true);
      }),
      { numRuns: 30 },
    );
  });
});
