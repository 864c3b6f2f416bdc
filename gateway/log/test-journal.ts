import { randomBytes } from "node:crypto";
import type { JournalEntry, JournalRecord } from "./journal-frame.ts";
import { roomFor, writeFrame } from "./journal-frame.ts";

/** An entry with texts that are hard to carry, different for each index. */
export const testEntry = (index: number): JournalRecord => ({
  index,
  leaf: Buffer.from(`{"id":"leaf-${index}"}`),
  salts: randomBytes(48),
  target: index % 3 === 0 ? null : Buffer.from(`POST /v1/lookups?n=${index}\nsha256:${"ab".repeat(32)}`),
  subject: index % 2 === 0 ? null : `subject-${index}`,
  persons: Array.from({ length: index % 4 }, (_, person) => `person-${index}-${person}`),
  record: Buffer.from(JSON.stringify({ index, name: "不动产权第🀄号", text: "\n\u0000\ud83c".repeat(index % 5) })),
});

export function framesOf(entries: readonly JournalEntry[]): Buffer {
  const bytes = Buffer.alloc(entries.reduce((sum, entry) => sum + roomFor(entry), 0));
  let end = 0;
  for (const entry of entries) end = writeFrame(bytes, end, entry);
  return bytes.subarray(0, end);
}

export const testEntries = (from: number, until: number): JournalRecord[] =>
  Array.from({ length: until - from }, (_, at) => testEntry(from + at));
