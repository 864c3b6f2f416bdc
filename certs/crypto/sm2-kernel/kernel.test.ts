import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { CURVES } from "../curves.ts";
import { compileKernel } from "./compile.ts";
import { Sm2Kernel } from "./kernel.ts";
import { octetsOf, pointOctets, questionOf, Sm2Point } from "./test-curve.ts";
import { newKey, randomScalar, signDigest } from "./test-signatures.ts";

test("the committed kernel is what its source compiles to", async () => {
  const committed = readFileSync(new URL("./sm2-kernel.wasm", import.meta.url));
  expect(Buffer.from(await compileKernel("-O3")).equals(committed)).toBe(true);
});

const kernel = Sm2Kernel.start();
const { p } = CURVES.SM2;

describe("a key's table", () => {
  const { x, y } = Sm2Point.BASE.multiply(randomScalar()).toAffine();
  const octets = (x: bigint, y: bigint): Uint8Array => Buffer.concat([octetsOf(x), octetsOf(y)]);

  test.each([
    ["a point of the curve", octets(x, y), "built"],
    ["its negative", octets(x, p - y), "built"],
    ["x + 1", octets(x + 1n, y), "not on the curve"],
    ["y + 1", octets(x, y + 1n), "not on the curve"],
    ["zeros", octets(0n, 0n), "not on the curve"],
    ["x and y exchanged", octets(y, x), "not on the curve"],
    ["x not below p", octets(p, y), "not on the curve"],
    ["y not below p", octets(x, 2n ** 256n - 1n), "not on the curve"],
    ["63 octets", octets(x, y).subarray(1), "not on the curve"],
    ["65 octets", Buffer.concat([Buffer.of(4), octets(x, y)]), "not on the curve"],
  ])("%s: %s", (_, point, outcome) => expect(kernel.build(3, point)).toBe(outcome));

  test("a coordinate between p and 2^256 is not taken modulo p", () => {
    const root = Sm2Point.BASE.toAffine();
    expect(kernel.build(3, octets(root.x, root.y))).toBe("built");
    // The curve has a point with x = 2, say; x + p must be none.
    const low = [...Array(50).keys()].map(BigInt).find((at) => isOnCurve(at));
    expect(low).toBeDefined();
    const { x, y } = lift(low ?? 0n);
    expect(kernel.build(3, octets(x, y))).toBe("built");
    expect(kernel.build(3, octets(x + p, y))).toBe("not on the curve");
  });

  test("one that is refused leaves what is in the slot", () => {
    const { d, point } = newKey();
    const nonce = randomScalar();
    const signature = questionOf(signDigest(d, 5n, nonce, Sm2Point.BASE.multiply(nonce).toAffine().x));
    kernel.build(1, pointOctets(point));
    kernel.build(1, octets(x, y + 1n));
    expect(kernel.verify(1, signature)).toBe(true);
  });
});

describe("a question", () => {
  const { d, point } = newKey();
  const nonce = randomScalar();
  const good = questionOf(signDigest(d, 5n, nonce, Sm2Point.BASE.multiply(nonce).toAffine().x));
  const padded = (octets: Uint8Array, ...front: number[]): Uint8Array => Buffer.concat([Buffer.from(front), octets]);
  kernel.build(0, pointOctets(point));

  test.each([
    ["as it is", good, true],
    ["zeros in front", { ...good, r: padded(good.r, 0), s: padded(good.s, 0, 0) }, true],
    ["r + 2^256", { ...good, r: padded(good.r, 1) }, false],
    ["s + 2^264", { ...good, s: padded(good.s, 1, 0) }, false],
    ["no r", { ...good, r: new Uint8Array() }, false],
    ["e of 31 octets", { ...good, e: good.e.subarray(1) }, false],
    ["e of 33 octets", { ...good, e: padded(good.e, 0) }, false],
  ])("%s", (_, question, answer) => {
    expect(kernel.verify(0, question)).toBe(answer);
    expect(kernel.verifyCarefully(0, question)).toBe(answer);
  });

  test("short integers are not mixed with what was asked before", () => {
    expect(kernel.verify(0, { ...good, r: Buffer.of(1), s: Buffer.of(1) })).toBe(false);
    expect(kernel.verify(0, good)).toBe(true);
  });
});

function isOnCurve(x: bigint): boolean {
  try {
    return lift(x).x === x;
  } catch {
    return false; // the third implementation throws for an x without a point
  }
}

const lift = (x: bigint): { readonly x: bigint; readonly y: bigint } =>
  Sm2Point.fromBytes(Buffer.concat([Buffer.of(2), octetsOf(x)])).toAffine();
