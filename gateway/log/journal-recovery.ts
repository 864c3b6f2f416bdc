import { readFileSync } from "node:fs";
import { type Disk, syncDirectory } from "./disk.ts";
import { JournalDamageError } from "./journal.ts";
import { type Frame, readFrame, type FrameReading } from "./journal-frame.ts";
import { SEGMENT_HEAD, type Segment, segmentsIn } from "./journal-segments.ts";

/** What a journal holds. `first` is null when it has no segment; `torn`: what a write that was cut short left at its end. */
export type JournalState = {
  readonly first: number | null;
  /** The index after the last entry; null when it has no segment. */
  readonly size: number | null;
  readonly torn: { readonly file: string; readonly offset: number; readonly bytes: number } | null;
};

type Place = { readonly file: string; readonly offset: number; readonly index: number };
type Torn = JournalState["torn"];
export type Visit = (bytes: Buffer, frame: Frame) => void;

/**
 * Reads the whole journal; `visit` sees each record, in order. Only its very end may be torn: an incomplete record, or zeros. Anything else
 * throws JournalDamageError, which names the place: to cut there would lose evidence that was acknowledged.
 */
export function examineJournal(directory: string, visit: Visit): JournalState {
  const segments = segmentsIn(directory);
  const [head] = segments;
  if (head === undefined) return { first: null, size: null, torn: null };
  let torn: Torn = null;
  let size = head.first;
  for (const [at, segment] of segments.entries()) {
    const next = segments[at + 1]?.first ?? null;
    ({ size, torn } = examineSegment(segment, next, visit));
  }
  return { first: head.first, size, torn };
}

/**
 * Cuts a torn tail off, and makes what was read durable: a process that is killed between write and fdatasync leaves records that are
 * read back like any other, and would be gone after a power cut.
 */
export function settleEnd(directory: string, torn: Torn, disk: Disk): void {
  // All files before the last one were synced before it was begun.
  const last = segmentsIn(directory).at(-1);
  if (last === undefined) return;
  const descriptor = disk.open(last.file, "r+");
  try {
    if (torn !== null) disk.truncate(descriptor, torn.offset);
    disk.sync(descriptor);
  } finally {
    disk.close(descriptor);
  }
  syncDirectory(disk, directory);
}

/** `next`: where the following segment begins, null for the last one. */
function examineSegment({ first, file }: Segment, next: number | null, visit: Visit) {
  const bytes = readFileSync(file);
  if (next === null && isTornHead(bytes)) return { size: first, torn: { file, offset: 0, bytes: bytes.length } };
  if (bytes.length > 0 || next !== null) checkHead(bytes, { file, offset: 0, index: first });
  let at = SEGMENT_HEAD.length;
  let size = first;
  while (at < bytes.length && size !== next) {
    const reading = readFrame(bytes, at);
    const place = { file, offset: at, index: size };
    if (reading.kind !== "frame") return { size, torn: tornAt(bytes, place, reading, next) };
    const { frame } = reading;
    if (frame.index !== size) throw new JournalDamageError(place, `entry ${frame.index} stands there`);
    visit(bytes, frame);
    at = frame.end;
    size++;
  }
  if (next !== null && size !== next)
    throw new JournalDamageError({ file, offset: at, index: size }, `the file ends before entry ${next}`);
  return { size, torn: null };
}

/** A segment that was begun when the process ended may lack a part of its head, or hold zeros in place of it. */
function isTornHead(bytes: Buffer): boolean {
  if (bytes.length === 0) return false;
  const isCut = bytes.length < SEGMENT_HEAD.length && SEGMENT_HEAD.subarray(0, bytes.length).equals(bytes);
  return isCut || bytes.every((byte) => byte === 0);
}

function checkHead(bytes: Buffer, place: Place): void {
  if (bytes.subarray(0, SEGMENT_HEAD.length).equals(SEGMENT_HEAD)) return;
  throw new JournalDamageError(place, "it does not begin as a segment of the journal");
}

type NoFrame = Exclude<FrameReading, { readonly kind: "frame" }>;

function tornAt(bytes: Buffer, place: Place, reading: NoFrame, next: number | null): NonNullable<Torn> {
  const { file, offset, index } = place;
  const rest = bytes.subarray(offset);
  const why = reading.kind === "damaged" ? reading.why : "the record is incomplete";
  if (next !== null) throw new JournalDamageError(place, `${why}, and entry ${next} stands in the next file`);
  const later = findFrame(bytes, offset + 1, index);
  if (later !== null)
    throw new JournalDamageError(
      place,
      `${why}, and entry ${later.index} stands whole behind it, at byte ${later.start}`,
    );
  if (reading.kind === "incomplete" || rest.every((byte) => byte === 0)) return { file, offset, bytes: rest.length };
  throw new JournalDamageError(
    place,
    `${why}, and no write that was cut short leaves such a record. If power was lost, cut the file there (truncate --size=${offset})`,
  );
}

/** Bytes of the shortest record, and fewer. */
const RECORD_BYTES = 64;

/** A whole record of this entry or a later one, anywhere from `from` on. No text of a record can hold one: its length begins with a zero byte. */
function findFrame(bytes: Buffer, from: number, index: number): Frame | null {
  const last = index + Math.ceil(bytes.length / RECORD_BYTES);
  for (let at = bytes.indexOf(0, from); at !== -1; at = bytes.indexOf(0, at + 1)) {
    const reading = readFrame(bytes, at);
    if (reading.kind === "frame" && reading.frame.index >= index && reading.frame.index <= last) return reading.frame;
  }
  return null;
}
