import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { DISK } from "./disk.ts";
import { JournalDamageError, JournalReader, readJournal } from "./journal.ts";
import { segmentFile, segmentsIn } from "./journal-segments.ts";
import { JournalWriter } from "./journal-writer.ts";
import { framesOf, testEntries } from "./test-journal.ts";

let directory: string;
beforeEach(() => (directory = join(mkdtempSync(join(tmpdir(), "journal-")), "journal")));
afterEach(() => rmSync(join(directory, ".."), { recursive: true, force: true }));

const writer = (size = 0, segmentBytes = 4096): JournalWriter =>
  new JournalWriter({ directory, size, segmentBytes, disk: DISK });

/** Appends in batches of seven. */
function fill(journal: JournalWriter, until: number) {
  const entries = testEntries(journal.size, until);
  for (let at = 0; at < entries.length; at += 7) {
    const batch = entries.slice(at, at + 7);
    journal.append(framesOf(batch), batch.length);
  }
  return entries;
}

test("what was appended is read back as it was, over several files, from any entry on", () => {
  const journal = writer();
  const records = fill(journal, 100);
  journal.rotate();
  expect(segmentsIn(directory).length).toBeGreaterThan(3);
  expect([...readJournal(directory, 0)]).toEqual(records);
  for (const from of [1, 7, 8, 50, 99, 100]) expect([...readJournal(directory, from)]).toEqual(records.slice(from));
});

test("a reader goes on where it stopped, as far as it is told and no further", () => {
  const journal = writer();
  const reader = new JournalReader(directory, 0);
  expect(reader.read(0, 10)).toEqual([]);
  const first = fill(journal, 20);
  expect(reader.read(20, 5)).toEqual(first.slice(0, 5));
  expect(reader.read(13, 100)).toEqual(first.slice(5, 13));
  expect(reader.next).toBe(13);
  const second = fill(journal, 60);
  expect(reader.read(60, 100)).toEqual([...first.slice(13), ...second]);
  reader.close();
  expect(reader.read(60, 100)).toEqual([]);
  const third = fill(journal, 61);
  expect(reader.read(61, 100)).toEqual(third);
  reader.close();
});

test("what stood behind the durable entries when they were read is read again", () => {
  const journal = writer(0, 1_000_000);
  const records = fill(journal, 7);
  const file = segmentFile(directory, 0);
  const durable = statSync(file).size;
  // A batch that is being written, and is refused afterwards.
  appendFileSync(file, framesOf(testEntries(7, 12)));
  const reader = new JournalReader(directory, 0);
  expect(reader.read(7, 3)).toEqual(records.slice(0, 3));
  expect(reader.read(7, 100)).toEqual(records.slice(3));
  truncateSync(file, durable);
  records.push(...fill(journal, 12));
  expect(reader.read(12, 100)).toEqual(records.slice(7));
  reader.close();
});

test("what stands behind the entry that the next file begins with is passed over", () => {
  const journal = writer();
  const records = fill(journal, 7);
  // A batch that was refused and could not be cut off.
  appendFileSync(segmentFile(directory, 0), framesOf(testEntries(7, 9)));
  const again = writer(7);
  records.push(...fill(again, 14));
  expect([...readJournal(directory, 0)]).toEqual(records);
});

test("files are deleted once all their entries lie before a size, and never the one that is written", async () => {
  const journal = writer();
  const records = fill(journal, 100);
  journal.rotate();
  records.push(...fill(journal, 103));
  const firsts = segmentsIn(directory).map(({ first }) => first);
  const second = firsts[1] ?? 0;
  await journal.drop(second - 1);
  expect(segmentsIn(directory).map(({ first }) => first)).toEqual(firsts);
  await journal.drop(second);
  expect(segmentsIn(directory).map(({ first }) => first)).toEqual(firsts.slice(1));
  expect(() => [...readJournal(directory, 0)]).toThrow(`entry 0, at byte 0: the journal begins with entry ${second}`);
  await journal.drop(103);
  expect(segmentsIn(directory)).toHaveLength(1);
  records.push(...fill(journal, 105));
  expect([...readJournal(directory, 102)]).toEqual(records.slice(102));
  journal.rotate();
  await journal.drop(105);
  expect(segmentsIn(directory)).toEqual([]);
});

test("a reader lets go of a deleted file, and reads what comes after it", async () => {
  const journal = writer();
  fill(journal, 30);
  const reader = new JournalReader(directory, 0);
  expect(reader.read(30, 100)).toHaveLength(30);
  journal.rotate();
  await journal.drop(30);
  expect(reader.read(30, 100)).toEqual([]);
  const records = fill(journal, 40);
  expect(reader.read(40, 100)).toEqual(records);
  reader.close();
});

test("a flipped byte is found, with its place", () => {
  const journal = writer(0, 1_000_000);
  fill(journal, 7);
  const file = segmentFile(directory, 0);
  const good = readFileSync(file);
  const third = 16 + framesOf(testEntries(0, 3)).length;
  const bytes = Buffer.from(good);
  bytes[third + 40] = (bytes[third + 40] ?? 0) ^ 1;
  writeFileSync(file, bytes);
  const reader = new JournalReader(directory, 0);
  expect(reader.read(3, 100)).toHaveLength(3);
  expect(() => reader.read(7, 100)).toThrow(JournalDamageError);
  expect(() => reader.read(7, 100)).toThrow(`${file}: entry 3, at byte ${third}: its checksum does not fit`);
  reader.close();
});

test("a journal that ends before the entry that is asked for says so", () => {
  fill(writer(), 7);
  expect(() => [...readJournal(directory, 9)]).toThrow("entry 7, at byte");
});
