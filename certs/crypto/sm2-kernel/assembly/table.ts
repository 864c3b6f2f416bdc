/**
 * Tables of multiples of one point, and the digits by which they are used.
 *
 * LAYOUT. With digits of w bits, 256 / w + 1 windows. Window j has 2^(w - 1) affine points of 64 bytes, 1 to 2^(w - 1) times 2^(w j) P, one
 * after the other; the windows follow one another. A scalar k is the sum of d_j 2^(w j) with digits in (-2^(w - 1), 2^(w - 1)], and k P the
 * sum of one entry or its negative a window: no doublings at all (E. F. Brickell, D. M. Gordon, K. S. McCurley, D. B. Wilson, Fast
 * exponentiation with precomputation, EUROCRYPT '92, with signed digits).
 *
 * BUILDING. The 2^(w j) P come by doubling and are made affine together. Then entries 1 to m of all windows give m + 1 to 2 m by affine
 * additions of entry m. All divisions of a step share one inversion (P. L. Montgomery, Speeding the Pollard and elliptic curve methods,
 * Math. Comp. 48 (1987)). No exceptional point can come up: P is on the curve and not infinity, so its order is n, a prime; entries i < m
 * of a window, multiples of the same point by at most 2^(w - 2), are neither equal nor opposite, and none has y = 0.
 */

import { add, copy, ELEMENT, fromWords, invert, isZero, mul, mulMinus, ONE, pack, sqr, sqrMinus, sub, unpack, ZERO } from "./field";
import { AFFINE, double, setAffine, SUM, Y, ZZ, ZZZ } from "./point";

export function windowsOf(width: i32): i32 {
  return 256 / width + 1;
}


/** Bytes of a table. */
export function tableBytes(width: i32): i32 {
  return (windowsOf(width) << (width - 1)) * AFFINE;
}

/** Adds to the list the signed points whose sum is scalar times the table's point; gives the list's new end. The scalar is six words, the upper two 0. */
export function listPoints(list: usize, scalar: usize, table: usize, width: i32): usize {
  const windows = windowsOf(width);
  const half: u32 = 1 << (width - 1);
  let carry: u32 = 0;
  let end = list;
  for (let j = 0; j < windows; j++) {
    const position = j * width;
    const word = scalar + ((position >> 6) << 3);
    const shift: u64 = position & 63;
    const bits = (load<u64>(word) >> shift) | ((load<u64>(word, 8) << 1) << (63 - shift));
    let digit = (u32(bits) & (2 * half - 1)) + carry;
    carry = u32(digit > half);
    if (carry) digit = 2 * half - digit;
    if (digit != 0) {
      store<u32>(end, table + (digit - 1) * AFFINE + carry);
      end += 4;
    }
    table += half * AFFINE;
  }
  return end;
}

/** Divisions that share one inversion. */
const SHARED: i32 = 512;
const DENOMINATORS: usize = memory.data(SHARED * ELEMENT, 8);
const PREFIXES: usize = memory.data(SHARED * ELEMENT, 8);
const INVERSE: usize = memory.data(ELEMENT, 8);

/** Each of the first `count` DENOMINATORS, none 0, becomes its inverse. */
function invertDenominators(count: i32): void {
  copy(PREFIXES, DENOMINATORS);
  for (let i = 1; i < count; i++) mul(prefix(i), prefix(i - 1), denominator(i));
  invert(INVERSE, prefix(count - 1));
  for (let i = count - 1; i > 0; i--) {
    mul(prefix(i), INVERSE, prefix(i - 1));
    mul(INVERSE, INVERSE, denominator(i));
    copy(denominator(i), prefix(i));
  }
  copy(DENOMINATORS, INVERSE);
}

function denominator(i: i32): usize {
  return DENOMINATORS + i * ELEMENT;
}

function prefix(i: i32): usize {
  return PREFIXES + i * ELEMENT;
}


/** Sums for the points 2^(w j) P; 65 of them for digits of 4 bits. */
const BASES: usize = memory.data(65 * SUM, 8);
function base(j: i32): usize {
  return BASES + j * SUM;
}


const XA: usize = memory.data(ELEMENT, 8);
const YA: usize = memory.data(ELEMENT, 8);
const XB: usize = memory.data(ELEMENT, 8);
const YB: usize = memory.data(ELEMENT, 8);
const SLOPE: usize = memory.data(ELEMENT, 8);
const T: usize = memory.data(ELEMENT, 8);

/** Fills the table; its first entry is there, a point of the curve. */
export function fillTable(table: usize, width: i32): void {
  fillBases(table, width);
  for (let known = 1; known < 1 << (width - 1); known <<= 1) {
    const all = windowsOf(width) * known;
    for (let from = 0; from < all; from += SHARED) fillEntries(table, width, known, from, min(all, from + SHARED));
  }
}

/** The first entry of each window. x = X (ZZ / ZZZ)^2, since ZZ / ZZZ is 1 / Z. */
function fillBases(table: usize, width: i32): void {
  const windows = windowsOf(width);
  setAffine(base(0), table);
  copy(denominator(0), ONE);
  for (let j = 1; j < windows; j++) {
    memory.copy(base(j), base(j - 1), SUM);
    for (let i = 0; i < width; i++) double(base(j));
    copy(denominator(j), base(j) + ZZZ);
  }
  invertDenominators(windows);
  for (let j = 1; j < windows; j++) {
    mul(T, base(j) + ZZ, denominator(j));
    sqr(T, T);
    mul(XA, base(j), T);
    mul(YA, base(j) + Y, denominator(j));
    const entry = table + (j << (width - 1)) * AFFINE;
    pack(entry, XA);
    pack(entry + 32, YA);
  }
}

/**
 * Entry known + k from entries a = k and b = known, for the pairs (window, k) numbered from `from` to `end`: slope (yb - ya) / (xb - xa), or
 * 3 (x^2 - 1) / 2 y where a is b; x = slope^2 - xa - xb, y = slope (xa - x) - ya.
 */
function fillEntries(table: usize, width: i32, known: i32, from: i32, end: i32): void {
  for (let i = from; i < end; i++) {
    loadPair(table, width, known, i);
    if (i % known == known - 1) add(denominator(i - from), YB, YB);
    else sub(denominator(i - from), XB, XA);
  }
  invertDenominators(end - from);
  for (let i = from; i < end; i++) {
    const entry = loadPair(table, width, known, i) + known * AFFINE;
    if (i % known == known - 1) {
      sqr(SLOPE, XA);
      sub(T, SLOPE, ONE);
      add(SLOPE, T, T);
      add(SLOPE, SLOPE, T);
    } else sub(SLOPE, YB, YA);
    mul(SLOPE, SLOPE, denominator(i - from));
    add(T, XA, XB);
    sqrMinus(XB, SLOPE, T, ZERO);
    sub(T, XA, XB);
    mulMinus(YB, SLOPE, T, YA);
    pack(entry, XB);
    pack(entry + 32, YB);
  }
}

/** Loads a and b of pair i; gives the address of a. */
function loadPair(table: usize, width: i32, known: i32, i: i32): usize {
  const window = table + ((i / known) << (width - 1)) * AFFINE;
  const a = window + (i % known) * AFFINE;
  const b = window + (known - 1) * AFFINE;
  unpack(XA, a, 0);
  unpack(YA, a + 32, 0);
  unpack(XB, b, 0);
  unpack(YB, b + 32, 0);
  return a;
}

const CURVE_B: usize = memory.data<u64>([
  0xddbcbd414d940e93, 0xf39789f515ab8f92, 0x4d5a9e4bcf6509a7, 0x28e9fa9e9d9f5e34,
]);

/** Makes the point x, y (integers below p) the first entry of a table; false when it is not on the curve. */
export function setFirstEntry(table: usize, x: usize, y: usize): bool {
  fromWords(XA, x);
  fromWords(YA, y);
  fromWords(XB, CURVE_B);
  sqr(T, XA);
  sub(T, T, ONE);
  sub(T, T, ONE);
  sub(T, T, ONE);
  mul(T, T, XA);
  add(T, T, XB);
  sqr(YB, YA);
  sub(T, T, YB);
  if (!isZero(T)) return false;
  pack(table, XA);
  pack(table + 32, YA);
  return true;
}
