import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { segmentFile, SEGMENT_HEAD } from "../journal-segments.ts";
import { framesOf } from "../test-journal.ts";
import { EVERYTHING } from "./find-entries.ts";
import { openExchangeIndex, type RunningIndex } from "./index-client.ts";
import { SEGMENT } from "./terms.ts";
import { TEST_TIME, type TestFacts, testId, testJournalRecord, testPseudonym } from "./test-records.ts";

const AT_ONCE = { basis: "court-order", notAfter: null } as const;

let directory: string;
let index: RunningIndex;
let taken: number[];

const open = (): void => {
  taken = [];
  index = openExchangeIndex({ directory, onTaken: (size) => taken.push(size) });
};
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "tongyan-index-"));
  mkdirSync(join(directory, "journal"));
  open();
});
afterEach(async () => {
  await index.close();
  rmSync(directory, { recursive: true });
});

/** A file of the journal with the entries from `first` up to, not including, `until`. */
function writeJournal(first: number, until: number, factsOf: (index: number) => TestFacts = () => ({})): void {
  const entries = Array.from({ length: until - first }, (_, at) => testJournalRecord(first + at, factsOf(first + at)));
  writeFileSync(segmentFile(join(directory, "journal"), first), Buffer.concat([SEGMENT_HEAD, framesOf(entries)]));
}

const search = (filter: object = {}, before: number | null = null) =>
  index.search({ filter: { ...EVERYTHING, ...filter }, before, limit: 1000 });
const fileText = (): string =>
  readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => readFileSync(join(directory, name), "latin1"))
    .join("");
const unavailable = { name: "Fault", code: "LOG_UNAVAILABLE" };

describe("what is durable in the journal", () => {
  test("is seen by every reading that is asked for afterwards, without waiting to be told", async () => {
    writeJournal(0, 5000);
    index.durable(5000);
    expect(await index.get(testId(4999))).toMatchObject({ index: 4999 });
    expect((await search()).exchanges[0]).toMatchObject({ index: 4999 });
    expect(await index.opening(testId(4000))).toMatchObject({ index: 4000 });
    expect(await index.get(testId(5000))).toBeNull();
    expect(index.state()).toMatchObject({ indexed: 5000, problem: null, missing: [] });
  });

  test("is taken over by and by all the same, and is then not needed in the journal any more", async () => {
    writeJournal(0, 10);
    index.durable(10);
    await index.settle();
    expect([taken.at(-1), index.state().taken]).toEqual([10, 10]);
    rmSync(join(directory, "journal"), { recursive: true });
    await index.close();
    open();
    index.durable(10);
    expect(await index.get(testId(9))).toMatchObject({ index: 9 });
    expect(index.state().problem).toBeNull();
  });

  test("goes on over several files, and where it ended before", async () => {
    writeJournal(0, 3);
    writeJournal(3, 9);
    index.durable(4);
    expect((await search()).exchanges).toHaveLength(4);
    await index.close();
    open();
    writeJournal(9, 12);
    index.durable(12);
    expect((await search()).exchanges.map((each) => each.index)).toEqual([11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
  });

  test("is not read further than it is durable", async () => {
    writeJournal(0, 20);
    index.durable(7);
    expect((await search()).exchanges[0]).toMatchObject({ index: 6 });
    expect(await index.get(testId(7))).toBeNull();
  });
});

describe("when the index cannot be had", () => {
  test("readings are refused, and answered again as soon as it can", async () => {
    mkdirSync(join(directory, "index.sqlite"));
    writeJournal(0, 3);
    index.durable(3);
    await expect(index.get(testId(1))).rejects.toMatchObject(unavailable);
    await expect(search()).rejects.toMatchObject(unavailable);
    expect(index.state().problem).not.toBeNull();
    expect(taken).toEqual([]);
    rmSync(join(directory, "index.sqlite"), { recursive: true });
    expect(await index.get(testId(1))).toMatchObject({ index: 1 });
    expect((await search()).exchanges).toHaveLength(3);
    expect(index.state().problem).toBeNull();
  });

  test("a file that is no database, and one of a newer program, are left alone", async () => {
    writeFileSync(join(directory, "index.sqlite"), "no database".repeat(5000));
    index.durable(0);
    await expect(search()).rejects.toMatchObject(unavailable);
    expect(fileText()).toContain("no database".repeat(5000));
    rmSync(join(directory, "index.sqlite"));
    const newer = new DatabaseSync(join(directory, "index.sqlite"));
    newer.exec("PRAGMA user_version = 99");
    newer.close();
    await expect(search()).rejects.toMatchObject({ cause: { message: expect.stringContaining("layout 99") } });
  });

  test("a damaged journal stops what comes after it, says where, and does not hide what was before", async () => {
    writeJournal(0, 3);
    index.durable(3);
    await search();
    writeJournal(3, 6);
    const file = segmentFile(join(directory, "journal"), 3);
    const bytes = readFileSync(file);
    bytes[SEGMENT_HEAD.length + 40] = (bytes[SEGMENT_HEAD.length + 40] ?? 0) ^ 1;
    writeFileSync(file, bytes);
    index.durable(6);
    await expect(search()).rejects.toMatchObject(unavailable);
    expect(index.state().problem).toMatch(/entry 3, at byte \d+: its checksum does not fit/);
    expect(await index.get(testId(2))).toMatchObject({ index: 2 });
    await expect(index.get(testId(4))).rejects.toMatchObject(unavailable);
    await expect(index.settle()).rejects.toMatchObject(unavailable);
  });

  test("an index that was lost is made anew from what the journal still has, and says what is missing", async () => {
    writeJournal(100, 110);
    index.durable(110);
    expect((await search()).exchanges.map((each) => each.index)).toEqual([
      109, 108, 107, 106, 105, 104, 103, 102, 101, 100,
    ]);
    expect(index.state().missing).toEqual([{ from: 0, until: 100 }]);
    await index.close();
    open();
    index.durable(110);
    await search();
    expect(index.state().missing).toEqual([{ from: 0, until: 100 }]);
  });

  test("an index of another, longer log is not taken for this one's", async () => {
    writeJournal(0, 10);
    index.durable(10);
    await index.settle();
    await index.close();
    open();
    index.durable(4);
    await expect(search()).rejects.toMatchObject(unavailable);
    expect(index.state().problem).toBe("the index holds 10 entries, the log only 4");
  });

  test("after closing, nothing is answered", async () => {
    await index.close();
    await expect(index.get(testId(0))).rejects.toMatchObject(unavailable);
    index.durable(5);
  });
});

describe("erasing", () => {
  test("resolves when nothing is left in any file of the index", async () => {
    writeJournal(0, SEGMENT + 20, (at) => ({
      marker: `MARK${at}.`,
      persons: [testPseudonym(at % 2 === 0 ? "zhang" : "li")],
    }));
    index.durable(SEGMENT + 20);
    await index.settle();
    const text = fileText();
    expect([text.includes("MARK7."), text.includes("MARK10.")]).toEqual([true, true]);
    expect(await index.erase(testId(7), AT_ONCE)).toBe("erased");
    expect(fileText()).not.toContain("MARK7.");
    expect(await index.erase(testId(7), AT_ONCE)).toBe("already");
    expect(await index.erase(testId(SEGMENT + 20), AT_ONCE)).toBe("unknown");

    const about = await index.aboutPerson(testPseudonym("zhang"), null);
    expect(about).toEqual({ exchanges: SEGMENT / 2 + 10, tooYoung: 0, before: SEGMENT + 20 });
    expect(await index.erasePerson(testPseudonym("zhang"), about.before, AT_ONCE)).toBe(SEGMENT / 2 + 10);
    const left = [...fileText().matchAll(/MARK(\d+)\./g)].map(([, digits]) => Number(digits));
    expect(left.filter((at) => at % 2 === 0 || at === 7)).toEqual([]);
    expect(new Set(left).size).toBe(SEGMENT / 2 + 9);
  });

  test("is not said to be done while another process still sees what was there", async () => {
    writeJournal(0, 3, () => ({ marker: "MARK" }));
    index.durable(3);
    await index.settle();
    const reader = new DatabaseSync(join(directory, "index.sqlite"), { readOnly: true });
    reader.exec("BEGIN; SELECT count(*) FROM entries");
    const reading = reader.prepare("SELECT entry FROM content").iterate();
    reading.next();
    await expect(index.erase(testId(1), AT_ONCE)).rejects.toMatchObject(unavailable);
    reading.return?.();
    reader.exec("COMMIT");
    reader.close();
    expect(await index.erase(testId(1), AT_ONCE)).toBe("already");
    await index.erase(testId(0), AT_ONCE);
    await index.erase(testId(2), AT_ONCE);
    expect(fileText()).not.toContain("MARK");
  });

  test("retention counts first what it takes then, and takes it once", async () => {
    writeJournal(0, 3000, (at) => ({ kind: at % 3 === 0 ? "act" : "lookup", marker: `MARK${at}.` }));
    index.durable(3000);
    const bounds = { exchangesBefore: TEST_TIME + 1200 * 1000, actsBefore: TEST_TIME + 300 * 1000 };
    const counts = { exchanges: 800, acts: 100 };
    expect(await index.dueForRetention(bounds)).toEqual(counts);
    expect(await index.retain(bounds)).toEqual(counts);
    expect(await index.dueForRetention(bounds)).toEqual({ exchanges: 0, acts: 0 });
    const left = [...fileText().matchAll(/MARK(\d+)\./g)].map(([, digits]) => Number(digits));
    expect(left.filter((at) => at < (at % 3 === 0 ? 300 : 1200))).toEqual([]);
    expect(await index.get(testId(300))).toMatchObject({ record: { kind: "act" } });
  });
});

test("what is long goes in steps: others are answered in between, and see what came since", async () => {
  writeJournal(0, 2 * SEGMENT);
  index.durable(2 * SEGMENT);
  await index.settle();
  const order: string[] = [];
  const bounds = { exchangesBefore: TEST_TIME + 2 * SEGMENT * 1000, actsBefore: 0 };
  const slow = index.retain(bounds).then(() => order.push("retention"));
  writeJournal(2 * SEGMENT, 2 * SEGMENT + 1);
  index.durable(2 * SEGMENT + 1);
  expect(await index.get(testId(2 * SEGMENT))).toMatchObject({ index: 2 * SEGMENT });
  order.push("get");
  await slow;
  expect(order).toEqual(["get", "retention"]);
});

test("one identifier twice is no poison: the first is found, and entries go on", async () => {
  writeJournal(0, 3);
  const twice = testJournalRecord(1, { client: "second" });
  const frames = framesOf([{ ...twice, index: 3 }]);
  writeFileSync(segmentFile(join(directory, "journal"), 3), Buffer.concat([SEGMENT_HEAD, frames]));
  index.durable(4);
  expect(await index.get(testId(1))).toMatchObject({ index: 1, record: { client: { id: "anhui-window" } } });
  expect((await search()).exchanges).toHaveLength(4);
});

test("the index's files are for their owner only", async () => {
  const former = process.umask(0);
  writeJournal(0, 3);
  index.durable(3);
  await index.get(testId(1));
  process.umask(former);
  const modes = readdirSync(directory)
    .filter((name) => name.startsWith("index.sqlite"))
    .map((name) => statSync(join(directory, name)).mode & 0o777);
  expect(modes.length).toBeGreaterThan(1);
  expect(modes.filter((mode) => mode !== 0o600)).toEqual([]);
});
