import { crc32, inflateRawSync } from "node:zlib";
import type { Limits } from "../limits.ts";
import type { Remark } from "../reasons.ts";
import { Refusal } from "../refusal.ts";
import { type ZipEnd, readEnd, readWide } from "./zip-end.ts";
import { type ZipExtra, readExtra, widen } from "./zip-extra.ts";
import { NameRegister, checkUnicodePath, readName } from "./zip-names.ts";

/** `name` is as in the archive, decoded; `size` is in bytes, uncompressed. */
export type ZipEntry = { readonly name: string; readonly size: number; readonly directory: boolean };

/** An entry as it lies in the archive, with what its headers say: all that its content follows from. `packed` is a view on the input. */
export type ZipEntryBytes = {
  readonly packed: Uint8Array;
  readonly method: number;
  readonly crc: number;
  readonly size: number;
};

/** `read` inflates anew at every call, checks size and CRC-32 and throws Refusal; an unknown name throws an Error. Stored entries are views on the input. */
export type ZipArchive = {
  readonly entries: ReadonlyMap<string, ZipEntry>;
  readonly remarks: readonly Remark[];
  read(name: string): Uint8Array;
  /** An unknown name throws an Error. */
  packed(name: string): ZipEntryBytes;
};

/** What the directory says of an entry, and `data`, the offset of its content. */
type Located = ZipEntry & {
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly compressed: number;
  readonly header: number;
  readonly nameAt: number;
  readonly nameLength: number;
  readonly gbk: boolean;
  readonly next: number;
  data: number;
};

const CENTRAL_SIGNATURE = 0x02014b50;
const CENTRAL_SIZE = 46;
const LOCAL_SIGNATURE = 0x04034b50;
const LOCAL_SIZE = 30;
const DESCRIPTOR_SIGNATURE = 0x08074b50;
const STORED = 0;
const DEFLATED = 8;
const ABSENT = 0xffffffff;
const FLAG_STREAMED = 1 << 3;
const FLAG_UTF8 = 1 << 11;
/** Bits 1 and 2 tell the effort of compression. All others mean encryption, patches or nothing yet (APPNOTE 4.4.4). */
const ALLOWED_FLAGS = 0b110 | FLAG_STREAMED | FLAG_UTF8;
const RATIO_FROM = 1024 * 1024;
const NO_BYTES = new Uint8Array(0);

/**
 * Reads the structure of a zip archive whose entries, directory and end record fill `bytes` exactly; local headers and
 * directory must agree in everything that names or bounds an entry. Nothing is inflated. Source: PKWARE APPNOTE 6.3.10. Throws Refusal.
 */
export function readZip(bytes: Uint8Array, limits: Limits): ZipArchive {
  if (bytes.length > limits.maxBytes) throw new Refusal("TOO_LARGE", `more than ${limits.maxBytes} bytes`);
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = readEnd(buffer, view);
  if (end.count > limits.maxEntries) throw tooMany(limits);
  const located = readDirectory(buffer, view, end, limits);
  checkTiling(buffer, view, located, end.directory);
  const entries = new Map<string, Located>();
  let legacy = 0;
  for (const entry of located) {
    entries.set(entry.name, entry);
    if (entry.gbk) legacy++;
  }
  return {
    entries,
    remarks: legacy === 0 ? [] : [{ code: "LENIENT_GBK_NAME", detail: `entries: ${legacy}` }],
    read: (name) => readContent(bytes, entries.get(name)),
    packed: (name) => packedOf(bytes, entries.get(name)),
  };
}

function readDirectory(bytes: Buffer, view: DataView, end: ZipEnd, limits: Limits): Located[] {
  const found: Located[] = [];
  const names = new NameRegister();
  let total = 0;
  let at = end.directory;
  while (at < end.directoryEnd) {
    if (found.length === limits.maxEntries) throw tooMany(limits);
    const entry = readCentral(bytes, view, at, end.directoryEnd);
    total += entry.size;
    if (total > limits.maxUncompressed || isBomb(entry, limits))
      throw new Refusal("ZIP_BOMB", "the entries are larger than allowed, or compressed beyond belief");
    names.add(entry.name, entry.directory);
    found.push(entry);
    at = entry.next;
  }
  if (found.length !== end.count) throw new Refusal("ZIP_MALFORMED", "the directory does not hold the number it tells");
  return found;
}

const tooMany = (limits: Limits): Refusal => new Refusal("ZIP_TOO_MANY", `more than ${limits.maxEntries} entries`);

const isBomb = (entry: Located, limits: Limits): boolean =>
  entry.size > RATIO_FROM && entry.size > entry.compressed * limits.maxRatio;

function readCentral(bytes: Buffer, view: DataView, at: number, stop: number): Located {
  if (at + CENTRAL_SIZE > stop || view.getUint32(at, true) !== CENTRAL_SIGNATURE)
    throw new Refusal("ZIP_MALFORMED", "something else where a directory header belongs");
  const nameAt = at + CENTRAL_SIZE;
  const nameLength = view.getUint16(at + 28, true);
  const extraAt = nameAt + nameLength;
  const next = extraAt + view.getUint16(at + 30, true);
  if (next > stop) throw new Refusal("ZIP_MALFORMED", "a directory header goes past the directory");
  if (view.getUint16(at + 32, true) !== 0) throw new Refusal("ZIP_EXTRA_BYTES", "an entry with a comment");
  const flags = view.getUint16(at + 8, true);
  const method = view.getUint16(at + 10, true);
  if ((flags & ~ALLOWED_FLAGS) !== 0) throw new Refusal("ZIP_UNSUPPORTED", "an encrypted entry, or unknown flags");
  if (method !== STORED && method !== DEFLATED) throw new Refusal("ZIP_UNSUPPORTED", `compression method ${method}`);
  if (view.getUint16(at + 34, true) !== 0) throw new Refusal("ZIP_UNSUPPORTED", "an entry on another disk");
  const { name, gbk } = readName(bytes, nameAt, extraAt, (flags & FLAG_UTF8) !== 0);
  const extra = readExtra(view, extraAt, next);
  checkPath(bytes, extra, nameAt, nameLength, name);
  const [size = 0, compressed = 0, header = 0] = centralSizes(view, at, extra);
  const directory = name.endsWith("/");
  checkAttributes(view.getUint32(at + 38, true), directory);
  if (method === STORED && size !== compressed)
    throw new Refusal("ZIP_MISMATCH", "a stored entry with two different sizes");
  const crc = view.getUint32(at + 16, true);
  return { name, size, directory, flags, method, crc, compressed, header, nameAt, nameLength, gbk, next, data: 0 };
}

function centralSizes(view: DataView, at: number, extra: ZipExtra): readonly number[] {
  return widen(view, extra, [
    view.getUint32(at + 24, true),
    view.getUint32(at + 20, true),
    view.getUint32(at + 42, true),
  ]);
}

function checkPath(bytes: Buffer, extra: ZipExtra, nameAt: number, nameLength: number, name: string): void {
  if (extra.pathAt < 0) return;
  checkUnicodePath(bytes, extra.pathAt, extra.pathLength, bytes.subarray(nameAt, nameAt + nameLength), name);
}

/** Upper half: Unix mode, whatever the host says; lower half: DOS attributes, of which 0x08 is a volume label and 0x10 a folder. */
function checkAttributes(attributes: number, directory: boolean): void {
  const kind = (attributes >>> 16) & 0xf000;
  const folder = kind === 0x4000 || (attributes & 0x10) !== 0;
  if ((kind !== 0 && kind !== 0x8000 && kind !== 0x4000) || (attributes & 0x08) !== 0 || (folder && !directory))
    throw new Refusal("ZIP_LINK", "a link, device or folder in place of a file");
}

/** Entries, in the order of their offsets, must follow one another from byte 0 to the directory. */
function checkTiling(bytes: Buffer, view: DataView, located: readonly Located[], directory: number): void {
  const ordered = isOrdered(located) ? located : located.toSorted((a, b) => a.header - b.header);
  if ((ordered[0]?.header ?? directory) !== 0) throw new Refusal("ZIP_EXTRA_BYTES", "bytes before the first entry");
  for (let i = 0; i < ordered.length; i++) {
    const entry = ordered[i];
    if (entry === undefined) return;
    const next = ordered[i + 1]?.header ?? directory;
    if (next > directory) throw new Refusal("ZIP_MALFORMED", "an entry begins after the directory");
    const stop = locate(bytes, view, entry, next);
    if (stop > next) throw new Refusal("ZIP_OVERLAP", "an entry runs into the next one or the directory");
    if (stop < next) throw new Refusal("ZIP_EXTRA_BYTES", "bytes between entries");
    if (entry.directory) checkFolder(view, entry);
  }
}

function isOrdered(located: readonly Located[]): boolean {
  let last = -1;
  for (const entry of located) {
    if (entry.header < last) return false;
    last = entry.header;
  }
  return true;
}

/** Compares the local header with the directory, sets `data` and returns where the entry ends, descriptor included. */
function locate(bytes: Buffer, view: DataView, entry: Located, next: number): number {
  const at = entry.header;
  if (at + LOCAL_SIZE > next) throw new Refusal("ZIP_OVERLAP", "local headers overlap");
  if (view.getUint32(at, true) !== LOCAL_SIGNATURE)
    throw new Refusal("ZIP_MALFORMED", "no local header where the directory says");
  if (view.getUint16(at + 6, true) !== entry.flags || view.getUint16(at + 8, true) !== entry.method)
    throw new Refusal("ZIP_MISMATCH", "flags or method differ from the directory");
  const nameAt = at + LOCAL_SIZE;
  const extraAt = nameAt + entry.nameLength;
  if (view.getUint16(at + 26, true) !== entry.nameLength || !sameName(bytes, entry, nameAt))
    throw new Refusal("ZIP_MISMATCH", "a local name differs from the directory");
  entry.data = extraAt + view.getUint16(at + 28, true);
  if (entry.data > next) throw new Refusal("ZIP_OVERLAP", "a local header runs into the next entry");
  const extra = readExtra(view, extraAt, entry.data);
  checkPath(bytes, extra, nameAt, entry.nameLength, entry.name);
  checkLocalSizes(view, entry, extra);
  const stop = entry.data + entry.compressed;
  return (entry.flags & FLAG_STREAMED) === 0 || stop > next ? stop : checkDescriptor(view, entry, stop, next);
}

function sameName(bytes: Buffer, entry: Located, at: number): boolean {
  for (let i = 0; i < entry.nameLength; i++) if (bytes[at + i] !== bytes[entry.nameAt + i]) return false;
  return true;
}

/** With a data descriptor the local fields may be zero (APPNOTE 4.4.4, bit 3). */
function checkLocalSizes(view: DataView, entry: Located, extra: ZipExtra): void {
  const at = entry.header;
  const unknown = (entry.flags & FLAG_STREAMED) === 0 ? -1 : 0;
  const crc = view.getUint32(at + 14, true);
  let compressed = view.getUint32(at + 18, true);
  let size = view.getUint32(at + 22, true);
  if (extra.wideAt >= 0 || compressed === ABSENT || size === ABSENT)
    [size = 0, compressed = 0] = widen(view, extra, [size, compressed]);
  if (
    (crc !== entry.crc && crc !== unknown) ||
    (size !== entry.size && size !== unknown) ||
    (compressed !== entry.compressed && compressed !== unknown)
  )
    throw new Refusal("ZIP_MISMATCH", "sizes or checksum differ from the directory");
}

/** The descriptor fills the space up to `next`: with or without signature, with 32- or 64-bit sizes (APPNOTE 4.3.9). */
function checkDescriptor(view: DataView, entry: Located, at: number, next: number): number {
  const length = next - at;
  const signed = length === 16 || length === 24;
  const wide = length === 20 || length === 24;
  if (length > 24) throw new Refusal("ZIP_EXTRA_BYTES", "bytes after a data descriptor");
  if (!signed && !wide && length !== 12) throw new Refusal("ZIP_MISMATCH", "no data descriptor where one belongs");
  const start = signed ? at + 4 : at;
  const compressed = wide ? readWide(view, start + 4) : view.getUint32(start + 4, true);
  const size = wide ? readWide(view, start + 12) : view.getUint32(start + 8, true);
  if (
    (signed && view.getUint32(at, true) !== DESCRIPTOR_SIGNATURE) ||
    view.getUint32(start, true) !== entry.crc ||
    compressed !== entry.compressed ||
    size !== entry.size
  )
    throw new Refusal("ZIP_MISMATCH", "a data descriptor differs from the directory");
  return next;
}

/** A folder holds nothing: no bytes, or the two bytes of an empty deflate stream, which some writers leave. */
function checkFolder(view: DataView, entry: Located): void {
  const empty = entry.compressed === 0 || (entry.compressed === 2 && view.getUint16(entry.data, true) === 3);
  if (entry.size !== 0 || entry.crc !== 0 || !empty) throw new Refusal("ZIP_MISMATCH", "a folder with content");
}

function packedOf(bytes: Uint8Array, entry: Located | undefined): ZipEntryBytes {
  if (entry === undefined) throw new Error("no entry of this name");
  const { data, compressed, method, crc, size } = entry;
  return { packed: bytes.subarray(data, data + compressed), method, crc, size };
}

function readContent(bytes: Uint8Array, entry: Located | undefined): Uint8Array {
  if (entry === undefined) throw new Error("no entry of this name");
  if (entry.directory) return NO_BYTES;
  const packed = bytes.subarray(entry.data, entry.data + entry.compressed);
  const content = entry.method === STORED ? packed : inflate(packed, entry.size);
  if (crc32(content) !== entry.crc) throw new Refusal("ZIP_CRC", "the checksum of an entry is wrong");
  return content;
}

function inflate(packed: Uint8Array, size: number): Uint8Array {
  const { buffer, engine } = inflateBounded(packed, size);
  if (buffer.length !== size) throw new Refusal("ZIP_MISMATCH", "an entry is smaller than declared");
  if (engine.bytesWritten !== packed.length) throw new Refusal("ZIP_EXTRA_BYTES", "bytes after an entry's content");
  return buffer;
}

/** One byte of room more than `size`, so that a stream of just that size ends in the first round. */
function inflateBounded(packed: Uint8Array, size: number): { buffer: Buffer; engine: { bytesWritten: number } } {
  try {
    const options = { info: true, maxOutputLength: Math.max(1, size), chunkSize: Math.max(64, size + 1) };
    return inflateRawSync(packed, options) as unknown as { buffer: Buffer; engine: { bytesWritten: number } };
  } catch (error) {
    if (error instanceof RangeError && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE")
      throw new Refusal("ZIP_MISMATCH", "an entry is larger than declared");
    throw new Refusal("ZIP_MALFORMED", "an entry that does not inflate");
  }
}
