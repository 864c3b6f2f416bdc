import { createHash } from "node:crypto";

/** The tree of RFC 9162 2.1 word for word, slow: what the tests compare with. */
export function naiveRoot(leaves: readonly Uint8Array[]): Buffer {
  const [first] = leaves;
  if (first === undefined) return createHash("sha256").digest();
  if (leaves.length === 1) return createHash("sha256").update(Buffer.of(0)).update(first).digest();
  const middle = naiveSplit(leaves.length);
  return createHash("sha256")
    .update(Buffer.of(1))
    .update(naiveRoot(leaves.slice(0, middle)))
    .update(naiveRoot(leaves.slice(middle)))
    .digest();
}

/** 2.1.3.1. */
export function naiveInclusion(index: number, leaves: readonly Uint8Array[]): Buffer[] {
  if (leaves.length === 1) return [];
  const middle = naiveSplit(leaves.length);
  const [left, right] = [leaves.slice(0, middle), leaves.slice(middle)];
  return index < middle
    ? [...naiveInclusion(index, left), naiveRoot(right)]
    : [...naiveInclusion(index - middle, right), naiveRoot(left)];
}

/** 2.1.4.1; `from` at least 1. */
export const naiveConsistency = (from: number, leaves: readonly Uint8Array[]): Buffer[] =>
  subproof(from, leaves, "whole");

function subproof(from: number, leaves: readonly Uint8Array[], old: "whole" | "part"): Buffer[] {
  if (from === leaves.length) return old === "whole" ? [] : [naiveRoot(leaves)];
  const middle = naiveSplit(leaves.length);
  const [left, right] = [leaves.slice(0, middle), leaves.slice(middle)];
  return from <= middle
    ? [...subproof(from, left, old), naiveRoot(right)]
    : [...subproof(from - middle, right, "part"), naiveRoot(left)];
}

function naiveSplit(count: number): number {
  let power = 1;
  while (power * 2 < count) power *= 2;
  return power;
}
