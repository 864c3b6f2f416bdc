import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DISK, type Disk } from "./disk.ts";
import { readJournal } from "./journal.ts";
import { examineJournal, settleEnd } from "./journal-recovery.ts";
import { segmentFile, segmentsIn } from "./journal-segments.ts";
import { JournalWriter } from "./journal-writer.ts";
import { TestDisk } from "./test-disk.ts";
import { framesOf, testEntries } from "./test-journal.ts";

let directory: string;
beforeEach(() => (directory = join(mkdtempSync(join(tmpdir(), "journal-writer-")), "journal")));
afterEach(() => rmSync(join(directory, ".."), { recursive: true, force: true }));

const open = (disk: Disk, size = 0): JournalWriter =>
  new JournalWriter({ directory, size, segmentBytes: 1_000_000, disk });
const append = (journal: JournalWriter, count: number): void =>
  journal.append(framesOf(testEntries(journal.size, journal.size + count)), count);
const indices = (from = 0): number[] => [...readJournal(directory, from)].map(({ index }) => index);
const upTo = (size: number): number[] => Array.from({ length: size }, (_, index) => index);
const examine = () => examineJournal(directory, () => {});

/** Appends batches on a disk, one of them to a full one, then cuts the power; whether all that was acknowledged is there. */
function survives(testDisk: TestDisk, disk: Disk): boolean {
  const journal = open(disk);
  append(journal, 3);
  testDisk.room = 100;
  expect(() => append(journal, 5)).toThrow("ENOSPC");
  testDisk.room = Number.POSITIVE_INFINITY;
  append(journal, 4);
  testDisk.losePower(directory);
  return indices().length >= journal.size;
}

test("what was acknowledged survives a power cut", () => {
  const testDisk = new TestDisk();
  expect(survives(testDisk, testDisk.disk)).toBe(true);
});

test("a journal that acknowledges before it syncs is found out", () => {
  const testDisk = new TestDisk();
  expect(survives(testDisk, { ...testDisk.disk, datasync: () => {} })).toBe(false);
});

test("a batch is one write and one sync, and a new file is known to its directory before anything is acknowledged", () => {
  const testDisk = new TestDisk();
  const journal = open(testDisk.disk);
  append(journal, 3);
  const file = segmentFile(directory, 0);
  const first = testDisk.calls.indexOf(`open ${file}`);
  expect(testDisk.calls.slice(first)).toEqual([
    `open ${file}`,
    `write ${file}`,
    `open ${directory}`,
    `sync ${directory}`,
    `open ${join(directory, "..")}`,
    `sync ${join(directory, "..")}`,
    `write ${file}`,
    `datasync ${file}`,
  ]);
  const before = testDisk.calls.length;
  append(journal, 200);
  expect(testDisk.calls.slice(before)).toEqual([`write ${file}`, `datasync ${file}`]);
});

test("a full disk: the part of the batch that was written is taken back, and the next batch stands in its place", () => {
  const testDisk = new TestDisk();
  const journal = open(testDisk.disk);
  append(journal, 3);
  const before = readFileSync(segmentFile(directory, 0));
  for (const room of [0, 1, 7, 8, 9, 500]) {
    testDisk.room = room;
    expect(() => append(journal, 5)).toThrow("ENOSPC");
    expect(readFileSync(segmentFile(directory, 0))).toEqual(before);
  }
  testDisk.room = Number.POSITIVE_INFINITY;
  append(journal, 2);
  expect(indices()).toEqual(upTo(5));
  expect(examine()).toEqual({ first: 0, size: 5, torn: null });
});

test("a full disk from which nothing can be taken back: a new file is begun, and the remains count for nothing", () => {
  const testDisk = new TestDisk();
  const journal = open(testDisk.disk);
  append(journal, 3);
  testDisk.room = 2000;
  testDisk.failures.set("truncate", "EIO");
  expect(() => append(journal, 50)).toThrow("ENOSPC");
  testDisk.room = Number.POSITIVE_INFINITY;
  append(journal, 2);
  expect(segmentsIn(directory).map(({ first }) => first)).toEqual([0, 3]);
  expect(indices()).toEqual(upTo(5));
  expect(examine()).toEqual({ first: 0, size: 5, torn: null });
});

test("after a failed sync the file is cut and never written to again", () => {
  const testDisk = new TestDisk();
  const journal = open(testDisk.disk);
  append(journal, 3);
  const before = readFileSync(segmentFile(directory, 0));
  testDisk.failures.set("datasync", "EIO");
  expect(() => append(journal, 5)).toThrow("EIO");
  expect(readFileSync(segmentFile(directory, 0))).toEqual(before);
  // Nothing of the next file was durable either: it is begun anew.
  expect(() => append(journal, 1)).toThrow("EIO");
  testDisk.failures.clear();
  append(journal, 2);
  expect(segmentsIn(directory).map(({ first }) => first)).toEqual([0, 3]);
  expect(indices()).toEqual(upTo(5));
});

test("a file that cannot be begun refuses the batch, and the next one begins it", () => {
  const testDisk = new TestDisk();
  const journal = open(testDisk.disk);
  for (const operation of ["makeDirectory", "open", "write", "sync"] as const) {
    testDisk.failures.set(operation, "EIO");
    expect(() => append(journal, 1), operation).toThrow("EIO");
    testDisk.failures.clear();
  }
  append(journal, 4);
  expect(indices()).toEqual(upTo(4));
});

describe("deleting", () => {
  /** A disk on which it takes until `done` is called. */
  function slowDisk(testDisk: TestDisk): { readonly disk: Disk; readonly done: () => void } {
    const { promise, resolve } = Promise.withResolvers<void>();
    const removeLater = async (path: string): Promise<void> => {
      await promise;
      await testDisk.disk.removeLater(path);
    };
    return { disk: { ...testDisk.disk, removeLater }, done: resolve };
  }

  test("a file that was given up is left to whoever begins it anew: what is acknowledged meanwhile stays", async () => {
    const testDisk = new TestDisk();
    const { disk, done } = slowDisk(testDisk);
    const journal = open(disk);
    append(journal, 3);
    journal.rotate();
    testDisk.failures.set("datasync", "EIO");
    expect(() => append(journal, 1)).toThrow("EIO");
    testDisk.failures.clear();
    expect(segmentsIn(directory).map(({ first }) => first)).toEqual([0, 3]);
    const dropped = journal.drop(3);
    append(journal, 2);
    done();
    await dropped;
    expect(indices(3)).toEqual([3, 4]);
    expect(segmentsIn(directory).map(({ first }) => first)).toEqual([3]);
  });

  test("is not said to be done before what was deleted just now is gone for good", async () => {
    const testDisk = new TestDisk();
    const { disk, done } = slowDisk(testDisk);
    const journal = open(disk);
    append(journal, 3);
    journal.rotate();
    const synced = () => testDisk.calls.filter((call) => call === `syncLater ${directory}`).length;
    void journal.drop(3);
    const second = journal.drop(3).then(synced);
    done();
    expect(await second).toBe(1);
  });

  test("is made durable by the next one where the directory could not be synced", async () => {
    const testDisk = new TestDisk();
    const journal = open(testDisk.disk);
    append(journal, 3);
    journal.rotate();
    testDisk.failures.set("syncLater", "EIO");
    await expect(journal.drop(3)).rejects.toThrow("EIO");
    await expect(journal.drop(3)).rejects.toThrow("EIO");
    testDisk.failures.clear();
    await journal.drop(3);
    expect(segmentsIn(directory)).toEqual([]);
  });
});

test("a probe tells whether there is room, and leaves nothing behind", () => {
  const testDisk = new TestDisk();
  const journal = open(testDisk.disk);
  append(journal, 3);
  const before = readFileSync(segmentFile(directory, 0));
  journal.probe();
  expect(readFileSync(segmentFile(directory, 0))).toEqual(before);
  testDisk.room = 60_000;
  expect(() => journal.probe()).toThrow("ENOSPC");
  expect(readFileSync(segmentFile(directory, 0))).toEqual(before);
  testDisk.room = Number.POSITIVE_INFINITY;
  testDisk.failures.set("datasync", "EIO");
  expect(() => journal.probe()).toThrow("EIO");
  testDisk.failures.clear();
  journal.probe();
  append(journal, 2);
  expect(indices()).toEqual(upTo(5));
  // The power fails between writing and taking back.
  testDisk.failures.set("truncate", "EIO");
  journal.probe();
  const [last] = segmentsIn(directory).slice(-1);
  expect(examine()).toMatchObject({ size: 5, torn: { file: last?.file, bytes: 65_536 } });
});

/** A journal of seven entries in one file, and where the records begin. */
function journalOfSeven(): { file: string; bytes: Buffer; starts: number[] } {
  append(open(DISK), 7);
  const file = segmentFile(directory, 0);
  const starts: number[] = [];
  examineJournal(directory, (_bytes, frame) => starts.push(frame.start));
  return { file, bytes: readFileSync(file), starts };
}

test("a torn tail is cut, wherever the last write stopped", () => {
  const { file, bytes, starts } = journalOfSeven();
  for (let end = 0; end < bytes.length; end++) {
    writeFileSync(file, bytes.subarray(0, end));
    const { size, torn } = examine();
    expect(size).toBe(Math.max(0, starts.filter((start) => start <= end).length - 1));
    const whole = starts.includes(end) || end === 0;
    expect(torn === null).toBe(whole);
    settleEnd(directory, torn, DISK);
    expect(examine()).toMatchObject({ size, torn: null });
  }
});

test("zeros behind the last record are a torn tail, other bytes are damage", () => {
  const { file, bytes } = journalOfSeven();
  writeFileSync(file, Buffer.concat([bytes, Buffer.alloc(4096)]));
  expect(examine()).toEqual({ first: 0, size: 7, torn: { file, offset: bytes.length, bytes: 4096 } });
  writeFileSync(file, Buffer.concat([bytes, Buffer.alloc(4096), Buffer.of(1)]));
  expect(() => examine()).toThrow(`entry 7, at byte ${bytes.length}: its length is impossible`);
});

test("a file that was just begun, of which the power cut left zeros, is torn; other bytes are damage", () => {
  const { bytes } = journalOfSeven();
  const begun = segmentFile(directory, 7);
  for (const length of [1, 16, 4096]) {
    writeFileSync(begun, Buffer.alloc(length));
    const { size, torn } = examine();
    expect({ size, torn }).toEqual({ size: 7, torn: { file: begun, offset: 0, bytes: length } });
    settleEnd(directory, torn, DISK);
    expect(examine()).toMatchObject({ size: 7, torn: null });
  }
  writeFileSync(begun, Buffer.concat([Buffer.alloc(16), bytes.subarray(16)]));
  expect(() => examine()).toThrow("it does not begin as a segment of the journal");
});

test("a flipped bit anywhere before the tail is damage, and the message names the place", () => {
  const { file, bytes, starts } = journalOfSeven();
  const [last = 0] = starts.slice(-1);
  for (let at = 0; at < last; at++) {
    const flipped = Buffer.from(bytes);
    flipped[at] = (flipped[at] ?? 0) ^ 0x10;
    writeFileSync(file, flipped);
    const index = starts.findLastIndex((start) => start <= at);
    expect(() => examine(), `byte ${at}`).toThrow(
      index === -1 ? "does not begin as a segment" : `entry ${index}, at byte ${starts[index]}`,
    );
  }
});

test("a whole last record with a flipped bit is damage too: it may have been acknowledged", () => {
  const { file, bytes, starts } = journalOfSeven();
  const [last = 0] = starts.slice(-1);
  for (let at = last + 4; at < bytes.length; at++) {
    const flipped = Buffer.from(bytes);
    flipped[at] = (flipped[at] ?? 0) ^ 0x10;
    writeFileSync(file, flipped);
    expect(() => examine(), `byte ${at}`).toThrow(
      `entry 6, at byte ${last}: its checksum does not fit, and no write that was cut short`,
    );
  }
});

test("a file that is missing in the middle, or ends too early, is damage", () => {
  const journal = open(DISK);
  for (let file = 0; file < 3; file++) {
    append(journal, 4);
    journal.rotate();
  }
  const [, middle] = segmentsIn(directory);
  const bytes = readFileSync(middle?.file ?? "");
  const shorter = bytes.subarray(0, bytes.length - 1);
  writeFileSync(middle?.file ?? "", shorter);
  expect(() => examine()).toThrow("entry 7, at byte");
  rmSync(middle?.file ?? "");
  expect(() => examine()).toThrow("the file ends before entry 8");
  expect(readdirSync(directory)).toHaveLength(2);
});

test("other files in the directory are left alone", () => {
  append(open(DISK), 3);
  writeFileSync(join(directory, "note.txt"), "mine");
  writeFileSync(join(directory, "1.journal"), "not a name of ours");
  expect(examine()).toMatchObject({ size: 3 });
});
