import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { countAbout, eraseOne, eraseSomeAbout } from "./erasing.ts";
import { EVERYTHING } from "./find-entries.ts";
import { IndexStore } from "./index-store.ts";
import { readExchange, readExportPage, readOpening, searchPage } from "./reading.ts";
import { dueRange, dueStep, type RetainedClass, reclaimStep, retainStep } from "./retention.ts";
import { SEGMENT } from "./terms.ts";
import { TEST_TIME, testId, testJournalRecord, testPseudonym } from "./test-records.ts";

const NOW = Date.UTC(2030, 0, 1);
const AT_ONCE = { basis: "court-order", notAfter: null } as const;
const KINDS = ["lookup", "match", "act"] as const;

let directory: string;
let store: IndexStore;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "tongyan-erasing-"));
  store = new IndexStore(join(directory, "index.sqlite"));
});
afterEach(() => {
  store.close();
  rmSync(directory, { recursive: true });
});

const marker = (index: number): string => `MARK${String(index).padStart(8, "0")}`;
const person = (index: number): string => testPseudonym(`person-${index}`);

/** Entries whose record, case, subject and person can be told from all others; an act now and then. */
function fill(until: number): void {
  for (let from = store.next; from < until; from = store.next)
    store.add(
      Array.from({ length: Math.min(512, until - from) }, (_, at) => {
        const index = from + at;
        const kind = index % 10 === 9 ? "act" : (KINDS[index % 2] ?? "lookup");
        const persons = [person(index), testPseudonym("everybody")];
        const about = kind === "act" ? {} : { caseNumber: `CASE${index}.`, persons };
        return testJournalRecord(index, { kind, marker: marker(index), ...about });
      }),
    );
}

const files = (): Buffer[] => readdirSync(directory).map((name) => readFileSync(join(directory, name)));

/** Every trace that an entry could leave, in the forms in which it is written. */
const traces = (index: number): Buffer[] => [
  Buffer.from(marker(index)),
  Buffer.from(`CASE${index}.`),
  Buffer.from(person(index), "base64url").subarray(0, 16),
  Buffer.from(testPseudonym(`subject-${index}`), "base64url"),
];

const isAnywhere = (bytes: Buffer): boolean => files().some((file) => file.includes(bytes));
const tracesLeft = (index: number): boolean[] => traces(index).map(isAnywhere);
const ALL_THERE = [true, true, true, true];
const ALL_GONE = [false, false, false, false];

/** The numbers of all entries whose record is somewhere in the files. */
function markersLeft(): Set<number> {
  const text = Buffer.concat(files()).toString("latin1");
  return new Set([...text.matchAll(/MARK(\d{8})/g)].map(([, digits]) => Number(digits)));
}

describe("an exchange that is erased", () => {
  test.each([
    ["in a closed segment", 4321],
    ["the first of a segment", 0],
    ["in the segment that still grows", SEGMENT + 100],
  ])("leaves nothing in any file: %s", (_, index) => {
    fill(SEGMENT + 200);
    store.checkpoint();
    expect(tracesLeft(index)).toEqual(ALL_THERE);
    const salts = Buffer.from(readOpening(store, testId(index))?.opening?.salts ?? "", "base64");
    expect(salts.length).toBe(48);
    expect(isAnywhere(salts)).toBe(true);

    expect(eraseOne(store, testId(index), AT_ONCE, NOW)).toBe("erased");
    // What was overwritten is still in the database's file, or in the log before it.
    expect(isAnywhere(salts)).toBe(true);
    expect(store.truncateWal()).toBe(true);
    expect(tracesLeft(index)).toEqual(ALL_GONE);
    expect(isAnywhere(salts)).toBe(false);
  });

  test("leaves its place, its time and whose it was", () => {
    fill(20);
    eraseOne(store, testId(3), AT_ONCE, NOW);
    expect(readExchange(store, testId(3))).toEqual({
      index: 3,
      time: "2026-11-21T08:00:03.000Z",
      record: null,
      subject: null,
      erased: { at: "2030-01-01T00:00:00.000Z", basis: "court-order" },
      owner: { client: "anhui-window", organisation: "11340000MB0E00011X" },
    });
    expect(readOpening(store, testId(3))).toEqual({ index: 3, opening: null });
    const [line] = readExportPage(store, { filter: EVERYTHING, before: 4 }).lines;
    expect(JSON.parse(line?.line ?? "")).toMatchObject({ id: testId(3), index: 3, record: null, subject: null });
    const [summary] = searchPage(store, { filter: EVERYTHING, before: 4, limit: 1 }).exchanges;
    expect(summary).toMatchObject({ index: 3, case: null, client: "anhui-window", erased: { basis: "court-order" } });
  });

  test("is found by time and client, not by case or person, before and after the index is opened anew", () => {
    fill(SEGMENT + 10);
    for (const index of [7, SEGMENT + 5]) eraseOne(store, testId(index), AT_ONCE, NOW);
    const find = (filter: object) =>
      searchPage(store, { filter: { ...EVERYTHING, ...filter }, before: null, limit: 1000 }).exchanges;
    for (const open of [1, 2]) {
      for (const index of [7, SEGMENT + 5]) {
        expect(find({ case: `CASE${index}.` })).toEqual([]);
        expect(find({ person: person(index) })).toEqual([]);
        expect(find({ person: "A".repeat(43) })).toEqual([]);
        const from = TEST_TIME + index * 1000;
        expect(find({ client: "anhui-window", from, until: from + 1 }).map((each) => each.index)).toEqual([index]);
      }
      expect(find({ case: "CASE6." }).map((each) => each.index)).toEqual([6]);
      expect(find({ person: person(SEGMENT + 4) }).map((each) => each.index)).toEqual([SEGMENT + 4]);
      if (open === 2) break;
      store.close();
      store = new IndexStore(join(directory, "index.sqlite"));
    }
  });

  test("is not erased twice, nor when it is too young, not there, or an act", () => {
    fill(20);
    const notAfter = TEST_TIME + 4000;
    expect(eraseOne(store, testId(5), { basis: "consent-withdrawn", notAfter }, NOW)).toBe("too-young");
    expect(readExchange(store, testId(5))?.record).not.toBeNull();
    expect(eraseOne(store, testId(4), { basis: "consent-withdrawn", notAfter }, NOW)).toBe("erased");
    expect(eraseOne(store, testId(4), AT_ONCE, NOW + 1)).toBe("already");
    expect(readExchange(store, testId(4))?.erased).toEqual({
      at: "2030-01-01T00:00:00.000Z",
      basis: "consent-withdrawn",
    });
    expect(eraseOne(store, testId(9), AT_ONCE, NOW)).toBe("too-young");
    expect(eraseOne(store, testId(20), AT_ONCE, NOW)).toBe("unknown");
  });

  test("many at random: only these are gone, and all others are whole", () => {
    fill(3 * SEGMENT);
    const gone = new Set(
      Array.from({ length: 700 }, (_, at) => (at * 7919) % (3 * SEGMENT)).filter((at) => at % 10 !== 9),
    );
    for (const index of gone) eraseOne(store, testId(index), AT_ONCE, NOW);
    store.truncateWal();
    expect(markersLeft().size).toBe(3 * SEGMENT - gone.size);
    // Record, case, person and subject are written so that their entry can be told.
    const text = Buffer.concat(files()).toString("latin1");
    const left = [...text.matchAll(/MARK(\d{8})|CASE(\d+)\.|person-(\d+)\/|subject-(\d+)\//g)].map((found) =>
      found.slice(1).findIndex((digits) => digits !== undefined && gone.has(Number(digits))),
    );
    expect(left.length).toBeGreaterThan(3 * SEGMENT);
    expect(left.filter((kind) => kind >= 0)).toEqual([]);
    expect(store.statement("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
  });
});

test("all about one person goes, whatever else is about everybody", () => {
  fill(2 * SEGMENT + 10);
  const everybody = testPseudonym("everybody");
  const notAfter = TEST_TIME + SEGMENT * 1000;
  const old = Array.from({ length: SEGMENT + 1 }, (_, at) => at).filter((at) => at % 10 !== 9).length;
  const young = Array.from({ length: SEGMENT + 9 }, (_, at) => SEGMENT + 1 + at).filter((at) => at % 10 !== 9).length;
  const count = countAbout(store, everybody, notAfter);
  expect(count).toEqual({ exchanges: old, tooYoung: young, before: 2 * SEGMENT + 10 });
  fill(2 * SEGMENT + 20);

  const erase = (notAfter: number | null): number => {
    let erased = 0;
    for (let before: number | null = count.before; before !== null;) {
      const step = eraseSomeAbout(store, { person: everybody, before, erasure: { basis: "x", notAfter } }, NOW);
      erased += step.erased;
      before = step.next;
    }
    return erased;
  };
  expect(erase(notAfter)).toBe(old);
  expect(countAbout(store, everybody, null)).toMatchObject({ exchanges: young + 9 });
  expect(erase(null)).toBe(young);
  // What came after it was asked for is not touched: the journal may hold it still.
  expect(countAbout(store, everybody, null)).toMatchObject({ exchanges: 9 });
  expect(countAbout(store, person(3), null)).toMatchObject({ exchanges: 0 });
});

describe("retention", () => {
  function runTo(of: RetainedClass, before: number): number {
    const bounds = { exchangesBefore: before, actsBefore: before };
    let erased = 0;
    for (let range = dueRange(store, of, bounds); range.low < range.high;) {
      const { due } = dueStep(store, of, range);
      const step = retainStep(store, of, range, NOW);
      expect(step.erased).toBe(due.length);
      erased += step.erased;
      range = step.left;
    }
    let isMore = true;
    while (isMore) isMore = reclaimStep(store, of);
    store.truncateWal();
    return erased;
  }

  test("takes exchanges of before a time, and no act; what was kept is whole, and read as it was", () => {
    fill(3 * SEGMENT);
    eraseOne(store, testId(5), AT_ONCE, NOW);
    const bound = 2 * SEGMENT + 100;
    const kept = readOpening(store, testId(bound));
    const act = readOpening(store, testId(9));
    expect(runTo("exchanges", TEST_TIME + bound * 1000)).toBe(Math.ceil(bound * 0.9) - 1);
    const left = markersLeft();
    const all = Array.from({ length: 3 * SEGMENT }, (_, index) => index);
    expect(all.filter((index) => left.has(index))).toEqual(all.filter((index) => index % 10 === 9 || index >= bound));
    expect(readOpening(store, testId(bound))).toEqual(kept);
    expect(readOpening(store, testId(9))).toEqual(act);
    expect(readExchange(store, testId(0))).toMatchObject({ record: null, erased: { basis: "retention" } });
    expect(readExchange(store, testId(5))).toMatchObject({ erased: { basis: "court-order" } });
    expect(store.statement("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
  });

  test("goes on where it ended, finds nothing twice, and gives room back for what comes", () => {
    fill(2 * SEGMENT);
    const pages = () => Number(store.statement("PRAGMA page_count").get()?.["page_count"]);
    expect(runTo("exchanges", TEST_TIME + SEGMENT * 1000)).toBe(Math.ceil(SEGMENT * 0.9));
    expect(runTo("exchanges", TEST_TIME + SEGMENT * 1000)).toBe(0);
    const before = pages();
    fill(2 * SEGMENT + 4000);
    expect(pages() - before).toBeLessThan(60);
    expect(runTo("exchanges", TEST_TIME + (SEGMENT + 100) * 1000)).toBe(90);
    expect(runTo("acts", TEST_TIME + 100_000)).toBe(10);
    expect(readExchange(store, testId(99))).toMatchObject({ record: null });
    expect(readExchange(store, testId(109))?.record).not.toBeNull();
  });

  test("leaves no copies behind when it runs again and again, and others are erased in between", () => {
    const gone = new Set<number>();
    fill(2 * SEGMENT);
    for (let bound = 1500; bound < 2 * SEGMENT; bound += 1500) {
      runTo("exchanges", TEST_TIME + bound * 1000);
      // Neighbours of what was given back: were they moved, copies of them would be left.
      for (let index = bound; index < bound + 40; index++)
        if (eraseOne(store, testId(index), AT_ONCE, NOW) === "erased") gone.add(index);
      fill(store.next + 300);
      store.truncateWal();
      const left = markersLeft();
      expect([...gone].filter((index) => left.has(index))).toEqual([]);
    }
  });
});
