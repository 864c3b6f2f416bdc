import { requestContent, type LogEntry } from "../log-entry.ts";

/** Entries on their way to the sequencer, in bytes that change hands: copying texts from thread to thread costs more than writing them once. */
export type PackedBatch = {
  readonly count: number;
  /** Milliseconds since the epoch when it was handed over, by the gateway's clock. */
  readonly at: number;
  /** See BatchPacker; `length` of it is used. */
  readonly bytes: ArrayBuffer;
  readonly length: number;
};

/** `request` as it is committed to; null where there was none. `record` is the JSON text. All in UTF-8. */
export type PackedEntry = {
  readonly id: string;
  readonly record: Uint8Array;
  readonly request: Uint8Array | null;
  readonly answer: Uint8Array | null;
  readonly subject: string | null;
  readonly persons: readonly string[];
};

const LENGTH_BYTES = 4;
const ABSENT = 0xffff_ffff;
/** UTF-8 takes at most three bytes for a UTF-16 unit. */
const UTF8_BYTES = 3;
const FIRST_ROOM = 64 * 1024;

/** Writes entries one after the other: of each id, record, request, answer, subject, how many persons, and these, each with its length before it. */
export class BatchPacker {
  #bytes: Buffer;
  #end = 0;
  #count = 0;

  /** `room`: of a batch that is done with, to be written over. */
  constructor(room: ArrayBuffer | null = null) {
    this.#bytes = room === null ? Buffer.allocUnsafeSlow(FIRST_ROOM) : Buffer.from(room);
  }

  get count(): number {
    return this.#count;
  }

  get length(): number {
    return this.#end;
  }

  /** `record`: the entry's record as JSON. What throws leaves nothing behind: the others of its batch come out whole. */
  add(entry: LogEntry, record: string): void {
    const start = this.#end;
    try {
      this.#writeEntry(entry, record);
      this.#count++;
    } catch (error) {
      this.#end = start;
      throw error;
    }
  }

  #writeEntry({ record: { id }, request, answer, subject, persons }: LogEntry, record: string): void {
    this.#write(id);
    this.#write(record);
    this.#write(request === null ? null : requestContent(request));
    if (answer === null) this.#writeNumber(ABSENT);
    else this.#copy(answer);
    this.#write(subject);
    this.#writeNumber(persons.length);
    for (const person of persons) this.#write(person);
  }

  /** Hands the bytes over; nothing can be added after. */
  finish(at: number): PackedBatch {
    return { count: this.#count, at, bytes: this.#bytes.buffer as ArrayBuffer, length: this.#end };
  }

  #write(text: string | null): void {
    if (text === null) return this.#writeNumber(ABSENT);
    this.#makeRoom(LENGTH_BYTES + UTF8_BYTES * text.length);
    const length = this.#bytes.write(text, this.#end + LENGTH_BYTES);
    this.#bytes.writeUInt32BE(length, this.#end);
    this.#end += LENGTH_BYTES + length;
  }

  #copy(content: Uint8Array): void {
    this.#makeRoom(LENGTH_BYTES + content.length);
    this.#writeNumber(content.length);
    this.#bytes.set(content, this.#end);
    this.#end += content.length;
  }

  #writeNumber(number: number): void {
    this.#makeRoom(LENGTH_BYTES);
    this.#end = this.#bytes.writeUInt32BE(number, this.#end);
  }

  #makeRoom(room: number): void {
    const least = this.#end + room;
    if (least <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(least, 2 * this.#bytes.length));
    this.#bytes.copy(grown, 0, 0, this.#end);
    this.#bytes = grown;
  }
}

/** Contents are views of the batch. Throws TypeError or RangeError when the bytes are not what BatchPacker makes. */
export function unpackBatch({ count, bytes, length }: PackedBatch): PackedEntry[] {
  const reader = new Reader(Buffer.from(bytes, 0, length));
  const entries = Array.from({ length: count }, () => readEntry(reader));
  if (reader.at !== length) throw new TypeError("a batch of another length");
  return entries;
}

function readEntry(reader: Reader): PackedEntry {
  const id = textOf(reader.content());
  const record = reader.content();
  if (id === null || record === null) throw new TypeError("a text is missing in a batch");
  const [request, answer, subject] = [reader.content(), reader.content(), textOf(reader.content())];
  const persons: string[] = [];
  for (let left = reader.number(); left > 0; left--) persons.push(textOf(reader.content()) ?? "");
  return { id, record, request, answer, subject, persons };
}

const textOf = (content: Buffer | null): string | null => content?.toString() ?? null;

class Reader {
  readonly #bytes: Buffer;
  at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  number(): number {
    const number = this.#bytes.readUInt32BE(this.at);
    this.at += LENGTH_BYTES;
    return number;
  }

  content(): Buffer | null {
    const length = this.number();
    if (length === ABSENT) return null;
    this.at += length;
    if (this.at > this.#bytes.length) throw new RangeError("a text beyond its batch");
    return this.#bytes.subarray(this.at - length, this.at);
  }
}
