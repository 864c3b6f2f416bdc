import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { EMPTY_ROOT, leafHash, nodeHash } from "./hashing.ts";
import { naiveRoot } from "./naive-tree.ts";

test("no leaves", () => {
  expect(EMPTY_ROOT).toEqual(createHash("sha256").digest());
});

test.each([0, 1, 255, 65_534, 65_535, 65_536, 200_000])("a leaf of %i bytes", (length) => {
  const entry = Buffer.alloc(length, 0xa5);
  expect(leafHash(entry)).toEqual(naiveRoot([entry]));
});

test("a node is neither a leaf of the same bytes, nor the same with its sides exchanged", () => {
  const [left, right] = [leafHash(Buffer.of(1)), leafHash(Buffer.of(2))];
  expect(nodeHash(left, right)).toEqual(naiveRoot([Buffer.of(1), Buffer.of(2)]));
  expect(nodeHash(left, right)).not.toEqual(leafHash(Buffer.concat([left, right])));
  expect(nodeHash(left, right)).not.toEqual(nodeHash(right, left));
});

test("a hash stays what it was when others are made", () => {
  const first = leafHash(Buffer.of(1));
  const copy = Buffer.from(first);
  for (let at = 0; at < 1000; at++) leafHash(Buffer.of(at));
  expect(first).toEqual(copy);
});

test.each([0, 31, 33])("no node over %i bytes", (length) => {
  const whole = Buffer.alloc(32);
  expect(() => nodeHash(whole, Buffer.alloc(length))).toThrow(RangeError);
  expect(() => nodeHash(Buffer.alloc(length), whole)).toThrow(RangeError);
});
