import { randomBytes, randomInt } from "node:crypto";
import { CURVES } from "../curves.ts";
import { digest } from "../algorithms.ts";
import type { PublicKey } from "../public-key.ts";
import { integerOf, inverse, modulo, publicKeyOf, type Signature, Sm2Point } from "./test-curve.ts";

const { p, n } = CURVES.SM2;

export type TestKey = { readonly d: bigint; readonly point: Sm2Point; readonly publicKey: PublicKey };

/** A signature as it was asked about: under a key by its place in the list, maybe changed. */
export type Signed = {
  readonly key: number;
  readonly message: Uint8Array;
  readonly signature: Signature;
  readonly isGood: boolean;
};

export const randomScalar = (): bigint => modulo(integerOf(randomBytes(40)), n - 1n) + 1n;

export function newKey(d: bigint = randomScalar()): TestKey {
  const point = Sm2Point.BASE.multiply(d);
  return { d, point, publicKey: publicKeyOf(point) };
}

/** GB/T 32918.2, 6.1, for a chosen digest; x is that of the nonce's point. */
export function signDigest(d: bigint, e: bigint, nonce: bigint, x: bigint): Signature {
  const r = modulo(e + x);
  return { e, r, s: modulo(inverse(1n + d) * (nonce - r * d)) };
}

/** Nonces that share one inversion. */
const BATCH = 250;
type Affine = { readonly x: bigint; readonly y: bigint };
const MULTIPLES: readonly Affine[] = Array.from({ length: BATCH }, (_, index) =>
  Sm2Point.BASE.multiplyUnsafe(BigInt(index + 1)).toAffine(),
);

/** Signatures by random keys of the list over random messages, cheaply: one scalar multiplication for BATCH nonces. Every fourth is changed in some place. */
export function* signatures(count: number, keys: readonly TestKey[]): Generator<Signed> {
  for (let made = 0; made < count; made += BATCH)
    for (const [index, { nonce, x }] of nonces()
      .slice(0, count - made)
      .entries()) {
      const key = randomInt(keys.length);
      const message = randomBytes(randomInt(80));
      const e = integerOf(digest("sm3", message));
      const good = { key, message, signature: signDigest(keys[key]?.d ?? 1n, e, nonce, x), isGood: true };
      yield index % 4 === 3 ? changed(good, keys.length) : good;
    }
}

function nonces(): { readonly nonce: bigint; readonly x: bigint }[] {
  const first = randomScalar();
  const { x: x0, y: y0 } = Sm2Point.BASE.multiply(first).toAffine();
  const inverses = invertAll(MULTIPLES.map(({ x }) => modulo(x - x0, p)));
  return MULTIPLES.map(({ x, y }, index) => {
    const slope = modulo((y - y0) * (inverses[index] ?? 0n), p);
    return { nonce: modulo(first + BigInt(index + 1)), x: modulo(slope * slope - x0 - x, p) };
  });
}

/** Modulo p. */
function invertAll(values: readonly bigint[]): bigint[] {
  const prefixes = [1n];
  for (const value of values) prefixes.push(modulo((prefixes.at(-1) ?? 1n) * value, p));
  let rest = inverse(prefixes.at(-1) ?? 1n, p);
  return values.reduceRight<bigint[]>((inverses, value, index) => {
    inverses[index] = modulo(rest * (prefixes[index] ?? 1n), p);
    rest = modulo(rest * value, p);
    return inverses;
  }, []);
}

function changed({ key, message, signature }: Signed, keys: number): Signed {
  const { e, r, s } = signature;
  const bit = 1n << BigInt(randomInt(256));
  switch (randomInt(4)) {
    case 0:
      return { key, message, signature: { e, r: r ^ bit, s }, isGood: false };
    case 1:
      return { key, message, signature: { e, r, s: s ^ bit }, isGood: false };
    case 2:
      return { key: (key + 1) % keys, message, signature, isGood: false };
    default: {
      const other = Buffer.concat([message, Buffer.of(0)]);
      return { key, message: other, signature: { e: integerOf(digest("sm3", other)), r, s }, isGood: false };
    }
  }
}
