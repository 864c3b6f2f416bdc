/**
 * Points of y^2 = x^3 - 3 x + b over the field of field.ts.
 *
 * An affine point is 64 bytes: x and y, each as four 64-bit words, in Montgomery's form and reduced to [0, p). That is one line of the
 * processor's cache. A sum is X, Y, ZZ, ZZZ with x = X / ZZ, y = Y / ZZZ, ZZ^3 = ZZZ^2 (four elements); ZZ = 0 is the point at infinity.
 * Formulas: D. J. Bernstein and T. Lange, Explicit-Formulas Database, short Weierstrass curves, xyzz: madd-2008-s (8 products and 2 squares;
 * a verification has no doublings, so it beats Jacobian coordinates with 7 and 4) and dbl-2008-s-1.
 *
 * EXCEPTIONAL POINTS. madd-2008-s does not hold when the two points are equal or opposite: then X2 ZZ1 = X1, so P = 0 and ZZ3 = 0, and ZZ stays
 * 0 in all sums after it, since each is a multiple of the one before. addAffine therefore tests nothing: whoever uses it looks at ZZ
 * once, at the end, and on 0 begins again with addAffineCarefully, which tells the cases apart.
 *
 * BOUNDS (field.ts), kept by every function here: X within 5, Y within 2.1, ZZ and ZZZ within 2. For madd-2008-s: P within 6.1, R within 3.2, PP
 * within 2.2, PPP within 1.5, Q within 1.4; X3 in (-4.2, 2.5), Q - X3 within 5.6, Y3 within 1.7, ZZ3 and ZZZ3 within 1.2. For dbl-2008-s-1: U
 * within 4.2, V within 1.6, W and S within 1.3, X - ZZ and X + ZZ within 7, M within 7.7; X3 within 3, S - X3 within 4.2, Y3 within 2.1.
 */

import { add, copy, ELEMENT, isZero, mul, mulDifference, mulMinus, ONE, sqr, sqrMinus, sub, unpack, ZERO } from "./field";

/** Bytes of an affine point, and of a sum. */
export const AFFINE: i32 = 64;
export const SUM: i32 = 4 * ELEMENT;

/** Offsets in a sum; X stands first. */
export const Y: i32 = ELEMENT;
export const ZZ: i32 = 2 * ELEMENT;
export const ZZZ: i32 = 3 * ELEMENT;

const X2: usize = memory.data(ELEMENT, 8);
const Y2: usize = memory.data(ELEMENT, 8);
const DX: usize = memory.data(ELEMENT, 8);
const DY: usize = memory.data(ELEMENT, 8);
const PP: usize = memory.data(ELEMENT, 8);
const PPP: usize = memory.data(ELEMENT, 8);
const Q: usize = memory.data(ELEMENT, 8);
const T: usize = memory.data(ELEMENT, 8);

/** An affine point or minus it: its address, and 1 in the lowest bit for minus. */
export type SignedPoint = usize;

// @ts-ignore: decorator
@inline
function loadSigned(point: SignedPoint): void {
  const address = point & ~1;
  unpack(X2, address, 0);
  unpack(Y2, address + 32, -((point & 1) as i64));
}

/** sum = point */
export function setAffine(sum: usize, point: SignedPoint): void {
  loadSigned(point);
  copy(sum, X2);
  copy(sum + ZZ, ONE);
  copy(sum + ZZZ, ONE);
  sub(sum + Y, Y2, ZERO);
}

export function setInfinity(sum: usize): void {
  memory.fill(sum, 0, SUM);
}

/** sum = sum + point; with ZZ = 0 modulo p from the first exceptional addition on. */
export function addAffine(sum: usize, point: SignedPoint): void {
  loadSigned(point);
  mulMinus(DX, X2, sum + ZZ, sum);
  mulMinus(DY, Y2, sum + ZZZ, sum + Y);
  finishAddition(sum);
}

/** The rest of madd-2008-s: DX is its P, DY its R. */
function finishAddition(sum: usize): void {
  sqr(PP, DX);
  mul(PPP, DX, PP);
  mul(Q, sum, PP);
  sqrMinus(sum, DY, PPP, Q);
  sub(T, Q, sum);
  mulDifference(sum + Y, DY, T, sum + Y, PPP);
  mul(sum + ZZ, sum + ZZ, PP);
  mul(sum + ZZZ, sum + ZZZ, PPP);
}

/** sum = sum + point, whatever they are. */
export function addAffineCarefully(sum: usize, point: SignedPoint): void {
  if (isZero(sum + ZZ)) return setAffine(sum, point);
  loadSigned(point);
  mulMinus(DX, X2, sum + ZZ, sum);
  mulMinus(DY, Y2, sum + ZZZ, sum + Y);
  if (!isZero(DX)) return finishAddition(sum);
  if (!isZero(DY)) return setInfinity(sum);
  setAffine(sum, point);
  double(sum);
}

/** sum = 2 sum, by dbl-2008-s-1 with a = -3: M = 3 (X - ZZ) (X + ZZ). Infinity stays infinity. No point has y = 0: the order n is odd. */
export function double(sum: usize): void {
  add(Y2, sum + Y, sum + Y);
  sqr(PP, Y2);
  mul(PPP, Y2, PP);
  mul(Q, sum, PP);
  sub(T, sum, sum + ZZ);
  add(X2, sum, sum + ZZ);
  mul(T, T, X2);
  add(X2, T, T);
  add(DY, X2, T);
  sqrMinus(sum, DY, ZERO, Q);
  sub(T, Q, sum);
  mulDifference(sum + Y, DY, T, sum + Y, PPP);
  mul(sum + ZZ, sum + ZZ, PP);
  mul(sum + ZZZ, sum + ZZZ, PPP);
}
