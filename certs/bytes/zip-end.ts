import { Refusal } from "../refusal.ts";

/** Where the central directory lies. All offsets count from the first byte of the file. */
export type ZipEnd = { readonly directory: number; readonly directoryEnd: number; readonly count: number };

const LOCAL_SIGNATURE = 0x04034b50;
const END_SIGNATURE = 0x06054b50;
const END_SIZE = 22;
const LOCATOR_SIGNATURE = 0x07064b50;
const LOCATOR_SIZE = 20;
const WIDE_SIGNATURE = 0x06064b50;
const WIDE_SIZE = 56;
const END_MARK = Buffer.from("PK\u0005\u0006", "latin1");

/** A 64-bit field; past 2^53 it loses digits, and is then past every bound as well. */
export const readWide = (view: DataView, at: number): number =>
  view.getUint32(at + 4, true) * 0x1_0000_0000 + view.getUint32(at, true);

/**
 * Reads the end of central directory record, which must be the last 22 bytes: archive comments, bytes after the record and
 * a second record that would end the file as well are refused (APPNOTE 4.3.16, 4.3.14). Throws Refusal.
 */
export function readEnd(bytes: Buffer, view: DataView): ZipEnd {
  const at = bytes.length - END_SIZE;
  if (at < 0 || view.getUint32(at, true) !== END_SIGNATURE || view.getUint16(at + 20, true) !== 0)
    throw refusalWithoutEnd(bytes, view);
  refuseSecondEnd(bytes, view, at);
  const locator = at - LOCATOR_SIZE;
  if (locator >= 0 && view.getUint32(locator, true) === LOCATOR_SIGNATURE) return readWideEnd(view, at, locator);
  refuseDisks(view.getUint16(at + 4, true), view.getUint16(at + 6, true));
  const end = {
    directory: view.getUint32(at + 16, true),
    directoryEnd: at,
    count: view.getUint16(at + 10, true),
  };
  checkEnd(end, view.getUint16(at + 8, true), view.getUint32(at + 12, true));
  return end;
}

/** Zip64 (APPNOTE 4.3.14, 4.3.15): each 32-bit field must be all ones or say the same. */
function readWideEnd(view: DataView, at: number, locator: number): ZipEnd {
  const record = readWide(view, locator + 8);
  if (record + WIDE_SIZE > locator || view.getUint32(record, true) !== WIDE_SIGNATURE)
    throw new Refusal("ZIP_MALFORMED", "the zip64 end record is not where its locator says");
  if (record + WIDE_SIZE !== locator || readWide(view, record + 4) !== WIDE_SIZE - 12)
    throw new Refusal("ZIP_EXTRA_BYTES", "bytes between the zip64 end record and its locator");
  refuseDisks(view.getUint32(locator + 4, true), view.getUint32(record + 16, true), view.getUint32(record + 20, true));
  if (view.getUint32(locator + 16, true) > 1) refuseDisks(1);
  const count = readWide(view, record + 32);
  const size = readWide(view, record + 40);
  const directory = readWide(view, record + 48);
  agree(view.getUint16(at + 4, true), 0, 0xffff);
  agree(view.getUint16(at + 6, true), 0, 0xffff);
  agree(view.getUint16(at + 8, true), count, 0xffff);
  agree(view.getUint16(at + 10, true), count, 0xffff);
  agree(view.getUint32(at + 12, true), size, 0xffffffff);
  agree(view.getUint32(at + 16, true), directory, 0xffffffff);
  const end = { directory, directoryEnd: record, count };
  checkEnd(end, readWide(view, record + 24), size);
  return end;
}

function agree(narrow: number, wide: number, absent: number): void {
  if (narrow !== wide && narrow !== absent)
    throw new Refusal("ZIP_MISMATCH", "the zip64 end record contradicts the end record");
}

function refuseDisks(...disks: readonly number[]): void {
  if (disks.some((disk) => disk !== 0)) throw new Refusal("ZIP_UNSUPPORTED", "an archive of several disks");
}

function checkEnd(end: ZipEnd, countOnDisk: number, size: number): void {
  if (countOnDisk !== end.count) throw new Refusal("ZIP_MALFORMED", "the end record has two counts of entries");
  const stop = end.directory + size;
  if (stop < end.directoryEnd)
    throw new Refusal("ZIP_EXTRA_BYTES", "bytes before the archive, or between its directory and the end record");
  if (stop > end.directoryEnd) throw new Refusal("ZIP_MALFORMED", "the directory goes past the end record");
}

/** Readers that search forward, or backward for a fitting comment length, would take the other record. */
function refuseSecondEnd(bytes: Buffer, view: DataView, last: number): void {
  const from = Math.max(0, last - 0xffff);
  for (let at = bytes.indexOf(END_MARK, from); at < last; at = bytes.indexOf(END_MARK, at + 1))
    if (at + END_SIZE + view.getUint16(at + 20, true) === bytes.length)
      throw new Refusal("ZIP_EXTRA_BYTES", "two end records");
}

function refusalWithoutEnd(bytes: Buffer, view: DataView): Refusal {
  const at = bytes.lastIndexOf(END_MARK);
  const whole = at >= 0 && at + END_SIZE <= bytes.length;
  const commentEnd = whole ? at + END_SIZE + view.getUint16(at + 20, true) : 0;
  if (whole && commentEnd === bytes.length) return new Refusal("ZIP_EXTRA_BYTES", "an archive comment");
  const first = bytes.length >= 4 ? view.getUint32(0, true) : 0;
  if (first !== LOCAL_SIGNATURE && first !== END_SIGNATURE) return new Refusal("NOT_OFD", "not a zip archive");
  if (whole && commentEnd < bytes.length && view.getUint32(at + 16, true) + view.getUint32(at + 12, true) === at)
    return new Refusal("ZIP_EXTRA_BYTES", "bytes after the end record");
  return new Refusal("ZIP_MALFORMED", "no end record: the archive is cut short");
}
