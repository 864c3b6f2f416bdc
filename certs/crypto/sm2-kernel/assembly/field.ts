/**
 * The field of integers modulo p = 2^256 - 2^224 - 2^96 + 2^64 - 1.
 *
 * REPRESENTATION. An element is nine signed limbs of 29 bits, each an i64 in memory, least first: v = sum of limb[i] * 2^(29 i). It stands
 * for v / R mod p with R = 2^261 (Montgomery's form). WebAssembly multiplies 64 x 64 bits to 64 only; with 29 bits nine products are summed
 * in one column without a carry. Eight limbs of 32 bits need 64 products in place of 81, but each of them split and carried at once.
 *
 * BOUNDS. Every function leaves limbs 0 to 7 in [0, 2^29) and limb 8 signed and small, and takes nothing else. Values are not reduced to
 * [0, p): "within b" is |v| < b p. Since R > 32 p, a product of values within b and c is within b c / 32 + 1. The formulas of point.ts keep
 * all values within 8; then limb 8 is below 2^28, and no column reaches 2^63: the largest is the difference of two products,
 * 2 * 9 * 2^58 < 2^62.2, with carries below 2^54.
 *
 * REDUCTION. p = -1 modulo 2^64, so the digit m with which Montgomery's reduction clears a column is the column's own lowest 29 bits: no
 * multiplication finds it, and none adds m p = m 2^256 - m 2^224 - m 2^96 + m 2^64 - m, since 2^64 = 2^(2*29 + 6), 2^96 = 2^(3*29 + 9),
 * 2^224 = 2^(7*29 + 21), 2^256 = 2^(8*29 + 24). P. L. Montgomery, Modular multiplication without trial division, Math. Comp. 44 (1985);
 * the prime is one of J. A. Solinas's (Generalized Mersenne numbers, CORR 99-39).
 *
 * Nothing here is secret: time may depend on values.
 */

/** Bytes of an element. */
export const ELEMENT: i32 = 72;

const LIMB: i64 = 0x1fffffff;

/** p, and R^2 mod p, by which multiplying brings into Montgomery's form; as integers. */
const P: usize = memory.data<i64>([
  0x1fffffff, 0x1fffffff, 0x3f, 0x1ffffe00, 0x1fffffff, 0x1fffffff, 0x1fffffff, 0x1fdfffff, 0xffffff,
]);
const R_SQUARED: usize = memory.data<i64>([
  0xc00, 0x4000, 0x1fff0000, 0x17ffff, 0x400000, 0x2000000, 0x0, 0x1, 0x10,
]);
/** 1 in Montgomery's form. */
export const ONE: usize = memory.data<i64>([
  0x20, 0x0, 0x1ffff800, 0x3fff, 0x0, 0x0, 0x0, 0x4000000, 0x0,
]);

export const ZERO: usize = memory.data(ELEMENT, 8);

/** d = columns / R, where column k counts 2^(29 k): Montgomery's nine steps on columns 0 to 8, then the carries of columns 9 to 17. */
// @ts-ignore: decorator
@inline
function reduce(
  d: usize,
  c0: i64, c1: i64, c2: i64, c3: i64, c4: i64, c5: i64, c6: i64, c7: i64, c8: i64,
  c9: i64, c10: i64, c11: i64, c12: i64, c13: i64, c14: i64, c15: i64, c16: i64, c17: i64,
): void {
  let m = c0 & LIMB;
  c1 += c0 >> 29;
  c2 += m << 6;
  c3 -= m << 9;
  c7 -= m << 21;
  c8 += m << 24;
  m = c1 & LIMB;
  c2 += c1 >> 29;
  c3 += m << 6;
  c4 -= m << 9;
  c8 -= m << 21;
  c9 += m << 24;
  m = c2 & LIMB;
  c3 += c2 >> 29;
  c4 += m << 6;
  c5 -= m << 9;
  c9 -= m << 21;
  c10 += m << 24;
  m = c3 & LIMB;
  c4 += c3 >> 29;
  c5 += m << 6;
  c6 -= m << 9;
  c10 -= m << 21;
  c11 += m << 24;
  m = c4 & LIMB;
  c5 += c4 >> 29;
  c6 += m << 6;
  c7 -= m << 9;
  c11 -= m << 21;
  c12 += m << 24;
  m = c5 & LIMB;
  c6 += c5 >> 29;
  c7 += m << 6;
  c8 -= m << 9;
  c12 -= m << 21;
  c13 += m << 24;
  m = c6 & LIMB;
  c7 += c6 >> 29;
  c8 += m << 6;
  c9 -= m << 9;
  c13 -= m << 21;
  c14 += m << 24;
  m = c7 & LIMB;
  c8 += c7 >> 29;
  c9 += m << 6;
  c10 -= m << 9;
  c14 -= m << 21;
  c15 += m << 24;
  m = c8 & LIMB;
  c9 += c8 >> 29;
  c10 += m << 6;
  c11 -= m << 9;
  c15 -= m << 21;
  c16 += m << 24;
  store<i64>(d, c9 & LIMB, 0);
  c10 += c9 >> 29;
  store<i64>(d, c10 & LIMB, 8);
  c11 += c10 >> 29;
  store<i64>(d, c11 & LIMB, 16);
  c12 += c11 >> 29;
  store<i64>(d, c12 & LIMB, 24);
  c13 += c12 >> 29;
  store<i64>(d, c13 & LIMB, 32);
  c14 += c13 >> 29;
  store<i64>(d, c14 & LIMB, 40);
  c15 += c14 >> 29;
  store<i64>(d, c15 & LIMB, 48);
  c16 += c15 >> 29;
  store<i64>(d, c16 & LIMB, 56);
  c17 += c16 >> 29;
  store<i64>(d, c17, 64);
}

/** d = a b - c; c is none when 0. */
// @ts-ignore: decorator
@inline
function multiply(d: usize, a: usize, b: usize, c: usize): void {
  const a0 = load<i64>(a, 0);
  const a1 = load<i64>(a, 8);
  const a2 = load<i64>(a, 16);
  const a3 = load<i64>(a, 24);
  const a4 = load<i64>(a, 32);
  const a5 = load<i64>(a, 40);
  const a6 = load<i64>(a, 48);
  const a7 = load<i64>(a, 56);
  const a8 = load<i64>(a, 64);
  const b0 = load<i64>(b, 0);
  const b1 = load<i64>(b, 8);
  const b2 = load<i64>(b, 16);
  const b3 = load<i64>(b, 24);
  const b4 = load<i64>(b, 32);
  const b5 = load<i64>(b, 40);
  const b6 = load<i64>(b, 48);
  const b7 = load<i64>(b, 56);
  const b8 = load<i64>(b, 64);
  reduce(
    d,
    a0 * b0,
    a0 * b1 + a1 * b0,
    a0 * b2 + a1 * b1 + a2 * b0,
    a0 * b3 + a1 * b2 + a2 * b1 + a3 * b0,
    a0 * b4 + a1 * b3 + a2 * b2 + a3 * b1 + a4 * b0,
    a0 * b5 + a1 * b4 + a2 * b3 + a3 * b2 + a4 * b1 + a5 * b0,
    a0 * b6 + a1 * b5 + a2 * b4 + a3 * b3 + a4 * b2 + a5 * b1 + a6 * b0,
    a0 * b7 + a1 * b6 + a2 * b5 + a3 * b4 + a4 * b3 + a5 * b2 + a6 * b1 + a7 * b0,
    a0 * b8 + a1 * b7 + a2 * b6 + a3 * b5 + a4 * b4 + a5 * b3 + a6 * b2 + a7 * b1 + a8 * b0,
    a1 * b8 + a2 * b7 + a3 * b6 + a4 * b5 + a5 * b4 + a6 * b3 + a7 * b2 + a8 * b1 - (c ? load<i64>(c, 0) : 0),
    a2 * b8 + a3 * b7 + a4 * b6 + a5 * b5 + a6 * b4 + a7 * b3 + a8 * b2 - (c ? load<i64>(c, 8) : 0),
    a3 * b8 + a4 * b7 + a5 * b6 + a6 * b5 + a7 * b4 + a8 * b3 - (c ? load<i64>(c, 16) : 0),
    a4 * b8 + a5 * b7 + a6 * b6 + a7 * b5 + a8 * b4 - (c ? load<i64>(c, 24) : 0),
    a5 * b8 + a6 * b7 + a7 * b6 + a8 * b5 - (c ? load<i64>(c, 32) : 0),
    a6 * b8 + a7 * b7 + a8 * b6 - (c ? load<i64>(c, 40) : 0),
    a7 * b8 + a8 * b7 - (c ? load<i64>(c, 48) : 0),
    a8 * b8 - (c ? load<i64>(c, 56) : 0),
    0 - (c ? load<i64>(c, 64) : 0),
  );
}

/** d = a b */
export function mul(d: usize, a: usize, b: usize): void {
  multiply(d, a, b, 0);
}

/** d = a b - c */
export function mulMinus(d: usize, a: usize, b: usize, c: usize): void {
  multiply(d, a, b, c);
}

/** d = a b - f g, reduced once. */
export function mulDifference(d: usize, a: usize, b: usize, f: usize, g: usize): void {
  const a0 = load<i64>(a, 0);
  const a1 = load<i64>(a, 8);
  const a2 = load<i64>(a, 16);
  const a3 = load<i64>(a, 24);
  const a4 = load<i64>(a, 32);
  const a5 = load<i64>(a, 40);
  const a6 = load<i64>(a, 48);
  const a7 = load<i64>(a, 56);
  const a8 = load<i64>(a, 64);
  const b0 = load<i64>(b, 0);
  const b1 = load<i64>(b, 8);
  const b2 = load<i64>(b, 16);
  const b3 = load<i64>(b, 24);
  const b4 = load<i64>(b, 32);
  const b5 = load<i64>(b, 40);
  const b6 = load<i64>(b, 48);
  const b7 = load<i64>(b, 56);
  const b8 = load<i64>(b, 64);
  const f0 = load<i64>(f, 0);
  const f1 = load<i64>(f, 8);
  const f2 = load<i64>(f, 16);
  const f3 = load<i64>(f, 24);
  const f4 = load<i64>(f, 32);
  const f5 = load<i64>(f, 40);
  const f6 = load<i64>(f, 48);
  const f7 = load<i64>(f, 56);
  const f8 = load<i64>(f, 64);
  const g0 = load<i64>(g, 0);
  const g1 = load<i64>(g, 8);
  const g2 = load<i64>(g, 16);
  const g3 = load<i64>(g, 24);
  const g4 = load<i64>(g, 32);
  const g5 = load<i64>(g, 40);
  const g6 = load<i64>(g, 48);
  const g7 = load<i64>(g, 56);
  const g8 = load<i64>(g, 64);
  reduce(
    d,
    a0 * b0 - f0 * g0,
    a0 * b1 - f0 * g1 + a1 * b0 - f1 * g0,
    a0 * b2 - f0 * g2 + a1 * b1 - f1 * g1 + a2 * b0 - f2 * g0,
    a0 * b3 - f0 * g3 + a1 * b2 - f1 * g2 + a2 * b1 - f2 * g1 + a3 * b0 - f3 * g0,
    a0 * b4 - f0 * g4 + a1 * b3 - f1 * g3 + a2 * b2 - f2 * g2 + a3 * b1 - f3 * g1 + a4 * b0 - f4 * g0,
    a0 * b5 - f0 * g5 + a1 * b4 - f1 * g4 + a2 * b3 - f2 * g3 + a3 * b2 - f3 * g2 + a4 * b1 - f4 * g1 + a5 * b0 - f5 * g0,
    a0 * b6 - f0 * g6 + a1 * b5 - f1 * g5 + a2 * b4 - f2 * g4 + a3 * b3 - f3 * g3 + a4 * b2 - f4 * g2 + a5 * b1 - f5 * g1 + a6 * b0 - f6 * g0,
    a0 * b7 - f0 * g7 + a1 * b6 - f1 * g6 + a2 * b5 - f2 * g5 + a3 * b4 - f3 * g4 + a4 * b3 - f4 * g3 + a5 * b2 - f5 * g2 + a6 * b1 - f6 * g1 + a7 * b0 - f7 * g0,
    a0 * b8 - f0 * g8 + a1 * b7 - f1 * g7 + a2 * b6 - f2 * g6 + a3 * b5 - f3 * g5 + a4 * b4 - f4 * g4 + a5 * b3 - f5 * g3 + a6 * b2 - f6 * g2 + a7 * b1 - f7 * g1 + a8 * b0 - f8 * g0,
    a1 * b8 - f1 * g8 + a2 * b7 - f2 * g7 + a3 * b6 - f3 * g6 + a4 * b5 - f4 * g5 + a5 * b4 - f5 * g4 + a6 * b3 - f6 * g3 + a7 * b2 - f7 * g2 + a8 * b1 - f8 * g1,
    a2 * b8 - f2 * g8 + a3 * b7 - f3 * g7 + a4 * b6 - f4 * g6 + a5 * b5 - f5 * g5 + a6 * b4 - f6 * g4 + a7 * b3 - f7 * g3 + a8 * b2 - f8 * g2,
    a3 * b8 - f3 * g8 + a4 * b7 - f4 * g7 + a5 * b6 - f5 * g6 + a6 * b5 - f6 * g5 + a7 * b4 - f7 * g4 + a8 * b3 - f8 * g3,
    a4 * b8 - f4 * g8 + a5 * b7 - f5 * g7 + a6 * b6 - f6 * g6 + a7 * b5 - f7 * g5 + a8 * b4 - f8 * g4,
    a5 * b8 - f5 * g8 + a6 * b7 - f6 * g7 + a7 * b6 - f7 * g6 + a8 * b5 - f8 * g5,
    a6 * b8 - f6 * g8 + a7 * b7 - f7 * g7 + a8 * b6 - f8 * g6,
    a7 * b8 - f7 * g8 + a8 * b7 - f8 * g7,
    a8 * b8 - f8 * g8,
    0,
  );
}

/** d = a^2 - b - 2 c; b and c are none when 0. */
// @ts-ignore: decorator
@inline
function square(d: usize, a: usize, b: usize, c: usize): void {
  const a0 = load<i64>(a, 0);
  const a1 = load<i64>(a, 8);
  const a2 = load<i64>(a, 16);
  const a3 = load<i64>(a, 24);
  const a4 = load<i64>(a, 32);
  const a5 = load<i64>(a, 40);
  const a6 = load<i64>(a, 48);
  const a7 = load<i64>(a, 56);
  const a8 = load<i64>(a, 64);
  const t0 = a0 << 1;
  const t1 = a1 << 1;
  const t2 = a2 << 1;
  const t3 = a3 << 1;
  const t4 = a4 << 1;
  const t5 = a5 << 1;
  const t6 = a6 << 1;
  const t7 = a7 << 1;
  reduce(
    d,
    a0 * a0,
    t0 * a1,
    t0 * a2 + a1 * a1,
    t0 * a3 + t1 * a2,
    t0 * a4 + t1 * a3 + a2 * a2,
    t0 * a5 + t1 * a4 + t2 * a3,
    t0 * a6 + t1 * a5 + t2 * a4 + a3 * a3,
    t0 * a7 + t1 * a6 + t2 * a5 + t3 * a4,
    t0 * a8 + t1 * a7 + t2 * a6 + t3 * a5 + a4 * a4,
    t1 * a8 + t2 * a7 + t3 * a6 + t4 * a5 - (b ? load<i64>(b, 0) : 0) - (c ? load<i64>(c, 0) << 1 : 0),
    t2 * a8 + t3 * a7 + t4 * a6 + a5 * a5 - (b ? load<i64>(b, 8) : 0) - (c ? load<i64>(c, 8) << 1 : 0),
    t3 * a8 + t4 * a7 + t5 * a6 - (b ? load<i64>(b, 16) : 0) - (c ? load<i64>(c, 16) << 1 : 0),
    t4 * a8 + t5 * a7 + a6 * a6 - (b ? load<i64>(b, 24) : 0) - (c ? load<i64>(c, 24) << 1 : 0),
    t5 * a8 + t6 * a7 - (b ? load<i64>(b, 32) : 0) - (c ? load<i64>(c, 32) << 1 : 0),
    t6 * a8 + a7 * a7 - (b ? load<i64>(b, 40) : 0) - (c ? load<i64>(c, 40) << 1 : 0),
    t7 * a8 - (b ? load<i64>(b, 48) : 0) - (c ? load<i64>(c, 48) << 1 : 0),
    a8 * a8 - (b ? load<i64>(b, 56) : 0) - (c ? load<i64>(c, 56) << 1 : 0),
    0 - (b ? load<i64>(b, 64) : 0) - (c ? load<i64>(c, 64) << 1 : 0),
  );
}

/** d = a^2 */
export function sqr(d: usize, a: usize): void {
  square(d, a, 0, 0);
}

/** d = a^2 - b - 2 c */
export function sqrMinus(d: usize, a: usize, b: usize, c: usize): void {
  square(d, a, b, c);
}

/** d = a + b */
export function add(d: usize, a: usize, b: usize): void {
  let carry: i64 = 0;
  for (let i = 0; i < 64; i += 8) {
    carry += load<i64>(a + i) + load<i64>(b + i);
    store<i64>(d + i, carry & LIMB);
    carry >>= 29;
  }
  store<i64>(d, carry + load<i64>(a, 64) + load<i64>(b, 64), 64);
}

/** d = a - b */
export function sub(d: usize, a: usize, b: usize): void {
  let carry: i64 = 0;
  for (let i = 0; i < 64; i += 8) {
    carry += load<i64>(a + i) - load<i64>(b + i);
    store<i64>(d + i, carry & LIMB);
    carry >>= 29;
  }
  store<i64>(d, carry + load<i64>(a, 64) - load<i64>(b, 64), 64);
}

export function copy(d: usize, a: usize): void {
  memory.copy(d, a, ELEMENT);
}

/** a, a value within 8, becomes the one in [0, p). Comparing from the top limb is enough: all limbs are then in [0, 2^29). */
export function freeze(a: usize): void {
  while (load<i64>(a, 64) < 0) add(a, a, P);
  while (isAtLeastP(a)) sub(a, a, P);
}

function isAtLeastP(a: usize): bool {
  for (let i = 64; i >= 0; i -= 8) {
    const difference = load<i64>(a + i) - load<i64>(P + i);
    if (difference != 0) return difference > 0;
  }
  return true;
}

/** Whether a is 0 modulo p. a is frozen. */
export function isZero(a: usize): bool {
  freeze(a);
  let all: i64 = 0;
  for (let i = 0; i < ELEMENT; i += 8) all |= load<i64>(a + i);
  return all == 0;
}

const A_2: usize = memory.data(ELEMENT, 8);
const A_4: usize = memory.data(ELEMENT, 8);
const A_8: usize = memory.data(ELEMENT, 8);
const A_16: usize = memory.data(ELEMENT, 8);
const A_30: usize = memory.data(ELEMENT, 8);
const A_32: usize = memory.data(ELEMENT, 8);
const POWER: usize = memory.data(ELEMENT, 8);

/** d = a^(2^count) b */
function shiftAndMultiply(d: usize, a: usize, count: i32, b: usize): void {
  sqr(POWER, a);
  for (let i = 1; i < count; i++) sqr(POWER, POWER);
  mul(d, POWER, b);
}

/**
 * d = 1 / a = a^(p - 2), by Fermat; 0 for 0. A_k is a^(2^k - 1), k ones. From the top, p - 2 in binary has 31 ones and a 0, four times 32
 * ones, 32 zeros, 32 ones, 30 ones, a 0 and a 1.
 */
export function invert(d: usize, a: usize): void {
  shiftAndMultiply(A_2, a, 1, a);
  shiftAndMultiply(A_4, A_2, 2, A_2);
  shiftAndMultiply(A_8, A_4, 4, A_4);
  shiftAndMultiply(A_16, A_8, 8, A_8);
  shiftAndMultiply(A_30, A_16, 8, A_8);
  shiftAndMultiply(A_30, A_30, 4, A_4);
  shiftAndMultiply(A_30, A_30, 2, A_2);
  shiftAndMultiply(A_32, A_30, 2, A_2);
  const r: usize = A_16;
  shiftAndMultiply(r, A_30, 1, a);
  sqr(r, r);
  for (let i = 0; i < 4; i++) shiftAndMultiply(r, r, 32, A_32);
  for (let i = 0; i < 32; i++) sqr(r, r);
  shiftAndMultiply(r, r, 32, A_32);
  shiftAndMultiply(r, r, 30, A_30);
  shiftAndMultiply(d, r, 2, a);
}

/** Brings an integer of four 64-bit words into Montgomery's form. */
export function fromWords(d: usize, words: usize): void {
  unpack(d, words, 0);
  mul(d, d, R_SQUARED);
}

/** d = the limbs of four 64-bit words, least first, each negated when sign is -1: then in (-2^29, 0], which mulMinus and sub take as well. */
export function unpack(d: usize, words: usize, sign: i64): void {
  const w0 = load<u64>(words);
  const w1 = load<u64>(words, 8);
  const w2 = load<u64>(words, 16);
  const w3 = load<u64>(words, 24);
  put(d, w0, sign, 0);
  put(d, w0 >> 29, sign, 8);
  put(d, (w0 >> 58) | (w1 << 6), sign, 16);
  put(d, w1 >> 23, sign, 24);
  put(d, (w1 >> 52) | (w2 << 12), sign, 32);
  put(d, w2 >> 17, sign, 40);
  put(d, (w2 >> 46) | (w3 << 18), sign, 48);
  put(d, w3 >> 11, sign, 56);
  put(d, w3 >> 40, sign, 64);
}

// @ts-ignore: decorator
@inline
function put(d: usize, bits: u64, sign: i64, offset: usize): void {
  store<i64>(d + offset, (((bits as i64) & LIMB) ^ sign) - sign);
}

/** words = the four 64-bit words of a, least first. a is frozen. */
export function pack(words: usize, a: usize): void {
  freeze(a);
  const a2 = load<u64>(a, 16);
  const a4 = load<u64>(a, 32);
  const a6 = load<u64>(a, 48);
  store<u64>(words, load<u64>(a) | (load<u64>(a, 8) << 29) | (a2 << 58));
  store<u64>(words, (a2 >> 6) | (load<u64>(a, 24) << 23) | (a4 << 52), 8);
  store<u64>(words, (a4 >> 12) | (load<u64>(a, 40) << 17) | (a6 << 46), 16);
  store<u64>(words, (a6 >> 18) | (load<u64>(a, 56) << 11) | (load<u64>(a, 64) << 40), 24);
}
