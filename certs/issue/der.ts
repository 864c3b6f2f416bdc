import { TAG, constructed, context } from "../bytes/der.ts";

/** Writes DER. For issuing (demo, tests, bench); nothing on the verify path encodes. */
export type DerBytes = Uint8Array;

export function der(tag: number, ...parts: readonly Uint8Array[]): DerBytes {
  const content = Buffer.concat(parts);
  if (content.length < 0x80) return Buffer.concat([Buffer.of(tag, content.length), content]);
  let hex = content.length.toString(16);
  if (hex.length % 2 === 1) hex = `0${hex}`;
  return Buffer.concat([Buffer.of(tag, 0x80 | (hex.length / 2)), Buffer.from(hex, "hex"), content]);
}

export const sequence = (...parts: readonly Uint8Array[]): DerBytes => der(TAG.sequence, ...parts);
/** SET OF: members in ascending order of their encodings (X.690 11.6). */
export const setOf = (...parts: readonly Uint8Array[]): DerBytes => der(TAG.set, ...parts.toSorted(Buffer.compare));
export const octets = (bytes: Uint8Array): DerBytes => der(TAG.octetString, bytes);
export const bits = (bytes: Uint8Array, unused = 0): DerBytes => der(TAG.bitString, Buffer.of(unused), bytes);
export const boolean = (value: boolean): DerBytes => der(TAG.boolean, Buffer.of(value ? 0xff : 0));
export const nil = (): DerBytes => der(TAG.null);
export const explicit = (n: number, ...parts: readonly Uint8Array[]): DerBytes => der(constructed(n), ...parts);
/** An IMPLICIT context tag on a primitive value's content. */
export const implicit = (n: number, content: Uint8Array): DerBytes => der(context(n), content);
export const utf8 = (text: string): DerBytes => der(TAG.utf8String, Buffer.from(text, "utf8"));
export const printable = (text: string): DerBytes => der(TAG.printableString, Buffer.from(text, "latin1"));
export const ia5 = (text: string): DerBytes => der(TAG.ia5String, Buffer.from(text, "latin1"));

export function integer(value: bigint | number): DerBytes {
  const whole = BigInt(value);
  let width = 1;
  while (BigInt.asIntN(width * 8, whole) !== whole) width++;
  const hex = BigInt.asUintN(width * 8, whole)
    .toString(16)
    .padStart(width * 2, "0");
  return der(TAG.integer, Buffer.from(hex, "hex"));
}

export function oid(dotted: string): DerBytes {
  const [first = 0n, second = 0n, ...rest] = dotted.split(".").map(BigInt);
  const content: number[] = [];
  for (const arc of [first * 40n + second, ...rest]) {
    const groups = [Number(arc & 0x7fn)];
    for (let left = arc >> 7n; left > 0n; left >>= 7n) groups.unshift(Number(left & 0x7fn) | 0x80);
    content.push(...groups);
  }
  return der(TAG.oid, Buffer.from(content));
}

/** BIT STRING of named bits, trailing zeros cut (X.690 11.2.2). */
export function namedBits(...set: readonly number[]): DerBytes {
  const last = Math.max(-1, ...set);
  const content = Buffer.alloc((last >> 3) + 1);
  for (const bit of set) content[bit >> 3] = (content[bit >> 3] ?? 0) | (0x80 >> (bit & 7));
  return bits(content, last < 0 ? 0 : 7 - (last & 7));
}

const digits = (time: number): string => new Date(time).toISOString().replace(/[-:T]|\.\d+/g, "");
/** `time` in milliseconds since 1970. */
export const generalizedTime = (time: number): DerBytes => der(TAG.generalizedTime, Buffer.from(digits(time)));
export const utcTime = (time: number): DerBytes => der(TAG.utcTime, Buffer.from(digits(time).slice(2)));
