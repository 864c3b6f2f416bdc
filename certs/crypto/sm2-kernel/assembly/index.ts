/**
 * SM2 verification (GB/T 32918.2, 7) for keys that recur: s G + t P by tables of multiples of G and of the key's point P, without a doubling
 * and without an inversion. Public data only. The other files say how: integer.ts modulo n, field.ts modulo p, point.ts, table.ts.
 */

import { fromWords, isZero, mulMinus } from "./field";
import { addIntegers, addModN, INTEGER, isBelow, isZeroInteger, N, P, readOctets, subtractModN } from "./integer";
import { addAffine, addAffineCarefully, setAffine, setInfinity, SUM, ZZ } from "./point";
import { fillTable, listPoints, setFirstEntry, tableBytes } from "./table";

/**
 * Bits of a digit: of G's table, of which there is one (33 windows of 128 points, 264 KiB), and of a key's (43 windows of 32 points, 86 KiB).
 * Measured over 200 keys at random with others on the machine, native verification = 1, in two runs: keys' digits of 4 bits (32 KiB) 10.0;
 * of 5 (52 KiB) 11.5 and 12.9; of 6 12.1 and 14.7; of 7 (148 KiB) 16.8 and 14.0: what they save is lost where caches are full.
 */
const WIDTH_G: i32 = 8;
const WIDTH_KEY: i32 = 6;

const GX: usize = memory.data<u64>([
  0x715a4589334c74c7, 0x8fe30bbff2660be1, 0x5f9904466a39c994, 0x32c4ae2c1f198119,
]);
const GY: usize = memory.data<u64>([
  0x02df32e52139f0a0, 0xd0a9877cc62a4740, 0x59bdcee36b692153, 0xbc3736a2f4f6779c,
]);

/** Where the caller writes: x and y of a key, or e, r and s; 32 octets each, most significant first. */
export const input: usize = memory.data(96, 8);

function tableOfG(): usize {
  return (__heap_base + 63) & ~63;
}

function tableOf(slot: i32): usize {
  return tableOfG() + tableBytes(WIDTH_G) + slot * tableBytes(WIDTH_KEY);
}


/** Bytes of memory that G's table and this many keys' tables need. */
export function bytesFor(slots: i32): i32 {
  return i32(tableOf(slots));
}

/** Builds G's table. Everything else needs it. */
export function prepare(): void {
  setFirstEntry(tableOfG(), GX, GY);
  fillTable(tableOfG(), WIDTH_G);
}

const E: usize = memory.data(INTEGER, 8);
const R: usize = memory.data(INTEGER, 8);
const S: usize = memory.data(INTEGER + 16, 8);
const T: usize = memory.data(INTEGER + 16, 8);
const X: usize = memory.data(INTEGER, 8);

/** Builds the table of the key x, y in this slot; false when it is no point of the curve, with coordinates below p. */
export function build(slot: i32): bool {
  readOctets(E, input);
  readOctets(R, input + 32);
  if (!isBelow(E, P) || !isBelow(R, P) || !setFirstEntry(tableOf(slot), E, R)) return false;
  fillTable(tableOf(slot), WIDTH_KEY);
  return true;
}

const LIST: usize = memory.data(4 * 130, 4);
const POINT: usize = memory.data(SUM, 8);

/** Whether (r, s) signs e under the key of this slot. */
export function verify(slot: i32): bool {
  if (!readQuestion()) return false;
  const end = listAll(slot);
  setAffine(POINT, load<u32>(LIST));
  for (let each = LIST + 4; each < end; each += 4) addAffine(POINT, load<u32>(each));
  return isZero(POINT + ZZ) ? verifyCarefully(slot) : hasWantedX();
}

/** As verify, with an addition that looks out for exceptional points. */
export function verifyCarefully(slot: i32): bool {
  if (!readQuestion()) return false;
  const end = listAll(slot);
  setInfinity(POINT);
  for (let each = LIST; each < end; each += 4) addAffineCarefully(POINT, load<u32>(each));
  return !isZero(POINT + ZZ) && hasWantedX();
}

/** Reads e, r and s; makes T = r + s and X = r - e, the wanted x(s G + t P), modulo n. False when r, s or r + s is out of range. */
function readQuestion(): bool {
  readOctets(E, input);
  readOctets(R, input + 32);
  readOctets(S, input + 64);
  if (isZeroInteger(R) || !isBelow(R, N) || isZeroInteger(S) || !isBelow(S, N)) return false;
  addModN(T, R, S);
  if (isZeroInteger(T)) return false;
  if (!isBelow(E, N)) subtractModN(E, E, N);
  subtractModN(X, R, E);
  return true;
}

const TOUCHED: usize = memory.data(8, 8);

/**
 * LIST gets the points whose sum is s G + t P: one at least, since s is not 0 modulo n. Each is read once here, one right after the other: those
 * that are in no cache come from memory at the same time, not each when its addition waits for it. Saves a tenth on a quiet machine, a third
 * where neighbours empty the caches.
 */
function listAll(slot: i32): usize {
  const end = listPoints(listPoints(LIST, S, tableOfG(), WIDTH_G), T, tableOf(slot), WIDTH_KEY);
  let touched: u64 = 0;
  for (let each = LIST; each < end; each += 4) touched ^= load<u64>(load<u32>(each) & ~1);
  store<u64>(TOUCHED, touched); // so that no compiler leaves the reading out
  return end;
}

const WANTED: usize = memory.data(72, 8);

/** Whether x of POINT is X modulo n: X itself, or X + n where that is still below p. */
function hasWantedX(): bool {
  if (isX()) return true;
  return addIntegers(X, X, N) == 0 && isBelow(X, P) && isX();
}

/** x = X / ZZ, so no division is needed. */
function isX(): bool {
  fromWords(WANTED, X);
  mulMinus(WANTED, WANTED, POINT + ZZ, POINT);
  return isZero(WANTED);
}
