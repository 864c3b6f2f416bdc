import { randomBytes } from "node:crypto";
import type { JournalEntry, JournalRecord } from "./journal-frame.ts";
import { roomFor, writeFrame } from "./journal-frame.ts";

type TestEntry = JournalEntry & Pick<JournalRecord, "target" | "record">;

/** An entry with texts that are hard to carry, different for each index. */
export const testEntry = (index: number): TestEntry => ({
  index,
  leaf: Buffer.from(`{"id":"leaf-${index}"}`),
  salts: randomBytes(48),
  target: index % 3 === 0 ? null : `POST /v1/lookups?n=${index}\nsha256:${"ab".repeat(32)}`,
  subject: index % 2 === 0 ? null : `subject-${index}`,
  persons: Array.from({ length: index % 4 }, (_, person) => `person-${index}-${person}`),
  record: JSON.stringify({ index, name: "不动产权第🀄号", text: "\n\u0000\ud83c".repeat(index % 5) }),
});

/** As the journal gives it back. */
export const asRecord = (entry: TestEntry): JournalRecord => ({
  ...entry,
  leaf: Buffer.from(entry.leaf).toString(),
  salts: Buffer.from(entry.salts).toString("base64"),
});

export function framesOf(entries: readonly JournalEntry[]): Buffer {
  const bytes = Buffer.alloc(entries.reduce((sum, entry) => sum + roomFor(entry), 0));
  let end = 0;
  for (const entry of entries) end = writeFrame(bytes, end, entry);
  return bytes.subarray(0, end);
}

export const testEntries = (from: number, until: number): TestEntry[] =>
  Array.from({ length: until - from }, (_, at) => testEntry(from + at));
