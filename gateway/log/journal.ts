import { closeSync, openSync } from "node:fs";
import { type JournalRecord, readFrame, recordIn } from "./journal-frame.ts";
import { readAt, SEGMENT_HEAD, type Segment, segmentsIn } from "./journal-segments.ts";

/** A place in the journal that cannot be read. `offset` in bytes. */
export class JournalDamageError extends Error {
  override readonly name = "JournalDamageError";
  readonly file: string;
  readonly offset: number;
  readonly index: number;

  constructor({ file, offset, index }: { file: string; offset: number; index: number }, why: string) {
    super(`${file}: entry ${index}, at byte ${offset}: ${why}`);
    this.file = file;
    this.offset = offset;
    this.index = index;
  }
}

const WINDOW = 1024 * 1024;
const NOTHING = Buffer.alloc(0);

type Open = { readonly descriptor: number; readonly segment: Segment; offset: number };

/**
 * Reads the journal from an entry on, and again as it grows, where it left off. What is not durable yet must not be asked for: it may be
 * taken back. Throws JournalDamageError.
 */
export class JournalReader {
  readonly #directory: string;
  #next: number;
  #open: Open | null = null;
  /** Bytes of the open segment that were read and not yet given out, from `offset` on. */
  #window = NOTHING;
  /** Entries that were durable when the window was read: what it holds behind them may since have been taken back. */
  #windowUntil = 0;

  /** `directory`: of the journal. `from`: the entry to begin with; it may lie at the journal's end. */
  constructor(directory: string, from: number) {
    this.#directory = directory;
    this.#next = from;
  }

  /** The entry that comes next. */
  get next(): number {
    return this.#next;
  }

  /** The entries up to, not including, `until`; at most `limit` of them. Fewer when the journal holds no more. */
  read(until: number, limit: number): JournalRecord[] {
    const records: JournalRecord[] = [];
    const segments = segmentsIn(this.#directory);
    this.#letGo(segments);
    if (until > this.#windowUntil) this.#window = NOTHING;
    this.#windowUntil = until;
    while (this.#next < until && records.length < limit) {
      const open = this.#openAt(segments);
      const record = open === null ? null : this.#record(open);
      if (record === null) break;
      records.push(record);
    }
    return records;
  }

  close(): void {
    if (this.#open !== null) closeSync(this.#open.descriptor);
    this.#open = null;
    this.#window = NOTHING;
  }

  /** A deleted segment takes up its place on the disk for as long as it is open. */
  #letGo(segments: readonly Segment[]): void {
    if (!segments.some(({ first }) => first === this.#open?.segment.first)) this.close();
  }

  /** The segment that holds the next entry, read up to it; null when there is none yet. */
  #openAt(segments: readonly Segment[]): Open | null {
    const segment = segments.findLast(({ first }) => first <= this.#next);
    if (segment === undefined) return this.#missing(segments);
    if (this.#open?.segment.first === segment.first) return this.#open;
    this.close();
    this.#open = { descriptor: openSync(segment.file, "r"), segment, offset: SEGMENT_HEAD.length };
    this.#skipTo(this.#next, this.#open);
    return this.#open;
  }

  #missing([first]: readonly Segment[]): null {
    if (first === undefined) return null;
    const place = { file: first.file, offset: 0, index: this.#next };
    throw new JournalDamageError(place, `the journal begins with entry ${first.first}`);
  }

  #skipTo(wanted: number, open: Open): void {
    this.#next = open.segment.first;
    while (this.#next < wanted) {
      if (this.#record(open) !== null) continue;
      const place = { file: open.segment.file, offset: open.offset, index: this.#next };
      this.#next = wanted;
      this.close();
      throw new JournalDamageError(place, `the journal ends here, before entry ${wanted}`);
    }
  }

  /** Null when there is no whole record yet. */
  #record(open: Open): JournalRecord | null {
    for (;;) {
      const reading = readFrame(this.#window, 0);
      if (reading.kind === "frame") {
        const record = recordIn(this.#window, reading.frame);
        this.#expect(record.index, open);
        this.#window = this.#window.subarray(reading.frame.end);
        open.offset += reading.frame.end;
        this.#next++;
        return record;
      }
      const place = { file: open.segment.file, offset: open.offset, index: this.#next };
      if (reading.kind === "damaged") throw new JournalDamageError(place, reading.why);
      if (!this.#readMore(open, reading.missing)) return null;
    }
  }

  #expect(index: number, { segment, offset }: Open): void {
    if (index === this.#next) return;
    throw new JournalDamageError({ file: segment.file, offset, index: this.#next }, `entry ${index} stands there`);
  }

  #readMore({ descriptor, offset }: Open, missing: number): boolean {
    const bytes = Buffer.allocUnsafe(this.#window.length + Math.max(missing, WINDOW));
    const length = readAt(descriptor, offset, bytes);
    const hasGrown = length > this.#window.length;
    this.#window = bytes.subarray(0, length);
    return hasGrown;
  }
}

const AT_ONCE = 256;

/** The whole, checksummed records of a journal from an entry on. Throws JournalDamageError at the first that is damaged. */
export function* readJournal(directory: string, fromIndex: number): Generator<JournalRecord, void> {
  const reader = new JournalReader(directory, fromIndex);
  try {
    for (;;) {
      const records = reader.read(Number.POSITIVE_INFINITY, AT_ONCE);
      if (records.length === 0) return;
      yield* records;
    }
  } finally {
    reader.close();
  }
}
