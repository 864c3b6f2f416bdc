import { type WeierstrassPoint, weierstrass } from "@noble/curves/abstract/weierstrass.js";
import { createVerify } from "node:crypto";
import { bits, integer, oid, sequence } from "../../issue/der.ts";
import { CURVES } from "../curves.ts";
import { type PublicKey, readPublicKey } from "../public-key.ts";
import type { KernelQuestion } from "./kernel.ts";

const { p, n, b } = CURVES.SM2;

/** The curve in an implementation that shares nothing with the kernel or OpenSSL. */
export const Sm2Point = weierstrass({
  p,
  n,
  h: 1n,
  a: p - 3n,
  b,
  Gx: 0x32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7n,
  Gy: 0xbc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0n,
});
export type Sm2Point = WeierstrassPoint<bigint>;

/** Its modulus is n unless it says otherwise. */
export const modulo = (value: bigint, modulus: bigint = n): bigint => ((value % modulus) + modulus) % modulus;

export function inverse(value: bigint, modulus: bigint = n): bigint {
  let [r0, r1, t0, t1] = [modulus, modulo(value, modulus), 0n, 1n];
  while (r1 !== 0n) {
    const quotient = r0 / r1;
    [r0, r1, t0, t1] = [r1, r0 - quotient * r1, t1, t0 - quotient * t1];
  }
  return modulo(t0, modulus);
}

/** 32 octets, most significant first. */
export const octetsOf = (value: bigint): Uint8Array => Buffer.from(value.toString(16).padStart(64, "0"), "hex");
export const integerOf = (octets: Uint8Array): bigint => BigInt(`0x${Buffer.from(octets).toString("hex")}`);

/** x ‖ y */
export function pointOctets(point: Sm2Point): Uint8Array {
  const { x, y } = point.toAffine();
  return Buffer.concat([octetsOf(x), octetsOf(y)]);
}

export const publicKeyOf = (point: Sm2Point): PublicKey =>
  readPublicKey(
    sequence(
      sequence(oid("1.2.840.10045.2.1"), oid(CURVES.SM2.oid)),
      bits(Buffer.concat([Buffer.of(4), pointOctets(point)])),
    ),
  );

/** An integer may have more than 256 bits: it stands as it is. */
export type Signature = { readonly e: bigint; readonly r: bigint; readonly s: bigint };

export const questionOf = ({ e, r, s }: Signature): KernelQuestion => ({
  e: octetsOf(e),
  r: octetsOf(r),
  s: octetsOf(s),
});

/** GB/T 32918.2, 7.1, as it reads. */
export function isSigned(key: Sm2Point, { e, r, s }: Signature): boolean {
  if (r < 1n || r >= n || s < 1n || s >= n) return false;
  const t = modulo(r + s);
  if (t === 0n) return false;
  const sum = Sm2Point.BASE.multiplyUnsafe(s).add(key.multiplyUnsafe(t));
  return !sum.is0() && modulo(e + sum.toAffine().x) === r;
}

/** By node:crypto; the message is all that goes into SM3. */
export const isSignedNatively = (key: PublicKey, message: Uint8Array, { r, s }: Omit<Signature, "e">): boolean =>
  createVerify("sm3")
    .update(message)
    .verify(key.object, sequence(integer(r), integer(s)));
