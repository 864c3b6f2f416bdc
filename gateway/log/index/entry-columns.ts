import type { JournalRecord } from "../journal-frame.ts";
import { aboutRecord } from "./about-record.ts";

/** What is known of an entry without reading its content. Those that are erased with it are bytes: `persons` holds PERSON_BYTES for each. */
export type EntryColumns = {
  readonly entry: number;
  readonly id: Buffer;
  /** Milliseconds since the epoch, by the log's clock. */
  readonly time: number;
  readonly kind: string;
  readonly client: string | null;
  readonly organisation: string | null;
  readonly item: string | null;
  readonly resource: string | null;
  readonly outcome: string | null;
  readonly caseNumber: Buffer;
  readonly subject: Buffer;
  readonly persons: Buffer;
};

/** Of a pseudonym: enough to tell persons apart. */
export const PERSON_BYTES = 16;
const NOTHING = Buffer.alloc(0);

/** The leaf is our own writing, in which nothing else can stand (see leaf.ts). */
const LEAF_HEAD = /^\{"id":"([^"]+)","time":"([^"]+)"/;

/** What columns are made of. */
type Described = Pick<JournalRecord, "index" | "leaf" | "subject" | "persons" | "record">;

export function columnsOf({ index, leaf, subject, persons, record }: Described): EntryColumns {
  const [, id = "", time = ""] = LEAF_HEAD.exec(leaf.toString("latin1")) ?? [];
  const { caseNumber, ...about } = aboutRecord(record);
  return {
    entry: index,
    id: idBytes(id),
    time: Date.parse(time),
    ...about,
    caseNumber: Buffer.from(caseNumber ?? ""),
    subject: subject === null ? NOTHING : Buffer.from(subject, "base64url"),
    persons: persons.length === 0 ? NOTHING : Buffer.concat(persons.map(personBytes)),
  };
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const UUID_BYTES = 16;

/** Half the length of its text. What is no UUID stays a text, so that it is found again. */
export const idBytes = (id: string): Buffer =>
  UUID.test(id) ? Buffer.from(id.replaceAll("-", ""), "hex") : Buffer.from(id);

export function idText(bytes: Uint8Array): string {
  const { buffer, byteOffset, length } = bytes;
  const own = Buffer.from(buffer, byteOffset, length);
  if (length !== UUID_BYTES) return own.toString();
  return own.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** Of a pseudonym as the log makes it, or of one that was shortened to these bytes. */
export const personBytes = (pseudonym: string): Buffer => Buffer.from(pseudonym, "base64url").subarray(0, PERSON_BYTES);

export function personsIn(persons: Uint8Array): Buffer[] {
  const bytes = Buffer.from(persons.buffer, persons.byteOffset, persons.length);
  return Array.from({ length: bytes.length / PERSON_BYTES }, (_, at) =>
    bytes.subarray(at * PERSON_BYTES, (at + 1) * PERSON_BYTES),
  );
}

/** Zeros stand where something was erased. */
export const isErased = (bytes: Uint8Array): boolean => bytes.length > 0 && bytes.every((byte) => byte === 0);

type Raw = Readonly<Record<string, unknown>>;

/** The columns of `entries`. */
export const entryRow = (row: Raw): EntryColumns => ({
  entry: Number(row["entry"]),
  id: bytesIn(row["id"]),
  time: Number(row["time"]),
  kind: String(row["kind"]),
  client: textIn(row["client"]),
  organisation: textIn(row["organisation"]),
  item: textIn(row["item"]),
  resource: textIn(row["resource"]),
  outcome: textIn(row["outcome"]),
  caseNumber: bytesIn(row["case_number"]),
  subject: bytesIn(row["subject"]),
  persons: bytesIn(row["persons"]),
});

const textIn = (value: unknown): string | null => (typeof value === "string" ? value : null);

export const bytesIn = (value: unknown): Buffer =>
  value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.length) : Buffer.alloc(0);
