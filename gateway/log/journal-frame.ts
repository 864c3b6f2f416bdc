import { crc32 } from "node:zlib";

/**
 * One entry as the journal keeps it; texts in UTF-8. `leaf`: what the public log holds. `salts`: 48 bytes, for request, record and answer.
 * `target`: what was committed to as the request, null for acts. `subject`, `persons`: keyed pseudonyms. `record`: the exact JSON text.
 */
export type JournalRecord = {
  readonly index: number;
  readonly leaf: Buffer;
  readonly salts: Buffer;
  readonly target: Buffer | null;
  readonly subject: string | null;
  readonly persons: readonly string[];
  readonly record: Buffer;
};

/** What is written of it. */
export type JournalEntry = Pick<JournalRecord, "index" | "subject" | "persons"> & {
  readonly leaf: Uint8Array;
  readonly salts: Uint8Array;
  readonly target: Uint8Array | null;
  readonly record: Uint8Array;
};
/** A text, or its UTF-8. */
type Content = string | Uint8Array;

/** A whole, checksummed record within `bytes`; `end` is where the next one begins. */
export type Frame = { readonly index: number; readonly start: number; readonly end: number };

/** Length and CRC-32 of what follows, both big-endian. */
const HEAD = 8;
const INDEX_BYTES = 6;
const SALTS_BYTES = 48;
const FIXED = INDEX_BYTES + SALTS_BYTES;
const LENGTH_BYTES = 4;
const ABSENT = 0xffff_ffff;
/** UTF-8 takes at most three bytes for a UTF-16 unit. */
const UTF8_BYTES = 3;
/** Leaf, target, subject and record, each with its length. */
const SMALLEST = FIXED + 4 * LENGTH_BYTES;
/** Bytes of one record: many times the largest report. The first byte of its length is always zero. */
export const MAX_RECORD_BYTES = 16 * 1024 * 1024 - 1;

/** Bytes that a record takes at most. */
export const roomFor = ({ leaf, target, subject, persons, record }: JournalEntry): number =>
  HEAD +
  SMALLEST +
  leaf.length +
  mostBytes(target) +
  mostBytes(subject) +
  mostBytes(record) +
  persons.reduce((room, person) => room + LENGTH_BYTES + mostBytes(person), 0);

const mostBytes = (content: Content | null): number =>
  typeof content === "string" ? UTF8_BYTES * content.length : (content?.length ?? 0);

/** Writes a record at `start`; returns where it ends. There has to be room for it (`roomFor`). */
export function writeFrame(bytes: Buffer, start: number, entry: JournalEntry): number {
  const body = start + HEAD;
  bytes.writeUIntBE(entry.index, body, INDEX_BYTES);
  bytes.set(entry.salts, body + INDEX_BYTES);
  let at = body + FIXED;
  bytes.writeUInt32BE(entry.leaf.length, at);
  bytes.set(entry.leaf, at + LENGTH_BYTES);
  at = writeContent(bytes, at + LENGTH_BYTES + entry.leaf.length, entry.target);
  at = writeContent(bytes, at, entry.subject);
  at = writeContent(bytes, at, entry.record);
  for (const person of entry.persons) at = writeContent(bytes, at, person);
  bytes.writeUInt32BE(at - body, start);
  bytes.writeUInt32BE(crc32(bytes.subarray(body, at)), start + LENGTH_BYTES);
  return at;
}

function writeContent(bytes: Buffer, at: number, content: Content | null): number {
  const from = at + LENGTH_BYTES;
  if (content === null) return bytes.writeUInt32BE(ABSENT, at);
  if (typeof content !== "string") bytes.set(content, from);
  const length = typeof content === "string" ? bytes.write(content, from) : content.length;
  bytes.writeUInt32BE(length, at);
  return from + length;
}

/** What begins at a place: a whole record; one that lacks so many bytes at least; or none, and why. */
export type FrameReading =
  | { readonly kind: "frame"; readonly frame: Frame }
  | { readonly kind: "incomplete"; readonly missing: number }
  | { readonly kind: "damaged"; readonly why: string };

export function readFrame(bytes: Buffer, start: number): FrameReading {
  const body = start + HEAD;
  if (body > bytes.length) return { kind: "incomplete", missing: body - bytes.length };
  const length = bytes.readUInt32BE(start);
  if (length < SMALLEST || length > MAX_RECORD_BYTES) return { kind: "damaged", why: "its length is impossible" };
  const end = body + length;
  if (end > bytes.length) return { kind: "incomplete", missing: end - bytes.length };
  if (crc32(bytes.subarray(body, end)) !== bytes.readUInt32BE(start + LENGTH_BYTES))
    return { kind: "damaged", why: "its checksum does not fit" };
  return { kind: "frame", frame: { index: bytes.readUIntBE(body, INDEX_BYTES), start, end } };
}

/** Its bytes are views of these. Throws RangeError when the lengths in a checksummed record do not add up: it was not written by `writeFrame`. */
export function recordIn(bytes: Buffer, { index, start, end }: Frame): JournalRecord {
  const salts = start + HEAD + INDEX_BYTES;
  const [leaf, target, subject, record, ...persons] = contentsIn(bytes, salts + SALTS_BYTES, end);
  if (!leaf || !record || target === undefined || subject === undefined)
    throw new RangeError("a record without leaf or text");
  return {
    index,
    leaf,
    salts: bytes.subarray(salts, salts + SALTS_BYTES),
    target,
    subject: subject?.toString() ?? null,
    persons: persons.filter((person) => person !== null).map((person) => person.toString()),
    record,
  };
}

function contentsIn(bytes: Buffer, from: number, end: number): (Buffer | null)[] {
  const contents: (Buffer | null)[] = [];
  let at = from;
  while (at < end) {
    const length = bytes.readUInt32BE(at);
    const begin = at + LENGTH_BYTES;
    at = begin + (length === ABSENT ? 0 : length);
    if (at > end) throw new RangeError("a text beyond its record");
    contents.push(length === ABSENT ? null : bytes.subarray(begin, at));
  }
  return contents;
}

/** The leaf alone, as bytes of its own. */
export function leafIn(bytes: Buffer, { start }: Frame): Buffer {
  const at = start + HEAD + FIXED;
  const begin = at + LENGTH_BYTES;
  return Buffer.from(bytes.subarray(begin, begin + bytes.readUInt32BE(at)));
}
