/**
 * Integers modulo n, the order of the base point: four 64-bit words, 32 bytes in memory, least first.
 */

/** Bytes of an integer. */
export const INTEGER: i32 = 32;

export const N: usize = memory.data<u64>([
  0x53bbf40939d54123, 0x7203df6b21c6052b, 0xffffffffffffffff, 0xfffffffeffffffff,
]);
export const P: usize = memory.data<u64>([
  0xffffffffffffffff, 0xffffffff00000000, 0xffffffffffffffff, 0xfffffffeffffffff,
]);

/** d = the integer of 32 octets, most significant first. */
export function readOctets(d: usize, octets: usize): void {
  for (let i = 0; i < INTEGER; i += 8) store<u64>(d + i, bswap<u64>(load<u64>(octets + 24 - i)));
}

export function isZeroInteger(a: usize): bool {
  return (load<u64>(a) | load<u64>(a, 8) | load<u64>(a, 16) | load<u64>(a, 24)) == 0;
}

/** Whether a < b. */
export function isBelow(a: usize, b: usize): bool {
  for (let i = 24; i >= 0; i -= 8) {
    const x = load<u64>(a + i);
    const y = load<u64>(b + i);
    if (x != y) return x < y;
  }
  return false;
}

/** d = a + b modulo 2^256; gives the carry. */
export function addIntegers(d: usize, a: usize, b: usize): u64 {
  let carry: u64 = 0;
  for (let i = 0; i < INTEGER; i += 8) {
    const x = load<u64>(a + i);
    const y = x + load<u64>(b + i);
    const sum = y + carry;
    carry = u64(y < x) | u64(sum < y);
    store<u64>(d + i, sum);
  }
  return carry;
}

/** d = a - b modulo 2^256; gives the borrow. */
export function subtractIntegers(d: usize, a: usize, b: usize): u64 {
  let borrow: u64 = 0;
  for (let i = 0; i < INTEGER; i += 8) {
    const x = load<u64>(a + i);
    const y = x - load<u64>(b + i);
    const difference = y - borrow;
    borrow = u64(y > x) | u64(difference > y);
    store<u64>(d + i, difference);
  }
  return borrow;
}

/** d = a + b mod n, for a and b below n. */
export function addModN(d: usize, a: usize, b: usize): void {
  const carry = addIntegers(d, a, b);
  if (carry != 0 || !isBelow(d, N)) subtractIntegers(d, d, N);
}

/** d = a - b mod n, for a and b below n. */
export function subtractModN(d: usize, a: usize, b: usize): void {
  if (subtractIntegers(d, a, b) != 0) addIntegers(d, d, N);
}
