import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { CuriosityCount, type CuriosityBounds } from "./curiosities.ts";
import { eraseOne } from "./erasing.ts";
import { IndexStore } from "./index-store.ts";
import { type TestFacts, testId, testJournalRecord, testPseudonym } from "./test-records.ts";

/** Noon in China. */
const NOON = Date.UTC(2026, 10, 21, 4);
const HOUR = 3_600_000;
const BOUNDS: CuriosityBounds = {
  subjectsOfCase: 3,
  clientsOfPerson: 3,
  nightLookups: 3,
  lookupsInMinute: 3,
  most: 100_000,
};
const QUIET = { caseReuse: [], manyAsking: [], night: [], bursts: [] };

let directory: string;
let store: IndexStore;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "tongyan-curiosities-"));
  store = new IndexStore(join(directory, "index.sqlite"));
});
afterEach(() => {
  store.close();
  rmSync(directory, { recursive: true });
});

/** Minutes apart from each other unless a time is given. */
function add(all: readonly TestFacts[]): void {
  const from = store.next;
  store.add(all.map((facts, at) => testJournalRecord(from + at, { time: NOON + (from + at) * 61_000, ...facts })));
}

function count(bounds: Partial<CuriosityBounds> = {}, since = 0) {
  const all = { ...BOUNDS, ...bounds };
  const counting = new CuriosityCount(store, since, all);
  while (counting.step());
  return counting.result();
}

test("one case number for several records, by one client", () => {
  const used = { caseNumber: "办件〔2026〕1号", client: "nosy", organisation: "O" };
  const subjects = ["a", "b", "c"].map(testPseudonym);
  add(subjects.map((subject) => ({ ...used, subject })));
  // Asked again about the same record, by another client, or as a match: none of it counts for more records.
  add([
    { ...used, subject: subjects[0] ?? null },
    { ...used, client: "other", subject: testPseudonym("d") },
    { ...used, kind: "match", subject: testPseudonym("e") },
  ]);
  add([0, 1, 2].map(() => ({ caseNumber: "C-2", subject: subjects[0] ?? null })));
  expect(count()).toMatchObject({
    ...QUIET,
    caseReuse: [{ client: "nosy", organisation: "O", case: "办件〔2026〕1号", lookups: 4, subjects: 3 }],
  });
  expect(count({ subjectsOfCase: 4 })).toMatchObject(QUIET);
});

test("one person, asked about by several clients, by matches too", () => {
  const person = testPseudonym("zhang");
  add(["b", "a", "a", "c"].map((client) => ({ client, kind: "match", persons: [testPseudonym(client), person] })));
  const [found, ...others] = count().manyAsking;
  expect([found?.clients, others]).toEqual([["a", "b", "c"], []]);
  expect(Buffer.from(found?.person ?? "", "base64url")).toEqual(Buffer.from(person, "base64url").subarray(0, 16));
  expect(count({ clientsOfPerson: 4 })).toMatchObject(QUIET);
});

test("lookups at night, as it is in China, and none by day", () => {
  // 21:59, 22:00, 23:59, 05:59 and 06:00.
  const clock = [9.983, 10, 11.983, 17.983, 18].map((hours) => NOON + hours * HOUR);
  add(clock.map((time) => ({ client: "owl", time })));
  expect(count()).toMatchObject({ ...QUIET, night: [{ client: "owl", lookups: 3 }] });
  expect(count({ nightLookups: 4 })).toMatchObject(QUIET);
});

test("many lookups of one client within one minute of the clock", () => {
  const times = [0, 20_000, 59_999, 60_000, 61_000].map((after) => NOON + after);
  add(times.map((time) => ({ client: "hasty", time })));
  expect(count()).toMatchObject({
    ...QUIET,
    bursts: [{ client: "hasty", lookups: 3, minute: "2026-11-21T04:00:00.000Z" }],
  });
});

test("what was before is not counted, nor more than the newest so many, which it says", () => {
  add([0, 1, 2, 3, 4].map((at) => ({ client: "hasty", time: NOON + at * 1000 })));
  expect(count().bursts).toMatchObject([{ lookups: 5 }]);
  expect(count({}, NOON + 2000)).toMatchObject({ bursts: [{ lookups: 3 }], since: NOON + 2000 });
  expect(count({ most: 4 })).toMatchObject({ bursts: [{ lookups: 4 }], since: NOON + 1000 });
  expect(count({}, NOON + 9000)).toEqual({ ...QUIET, since: NOON + 9000 });
});

test("acts and erased exchanges are nobody's curiosity", () => {
  const persons = [testPseudonym("zhang")];
  add(["a", "b", "c", "d"].map((client) => ({ client, persons })));
  add(["e", "f", "g"].map((client) => ({ client, persons, kind: "act" })));
  for (const index of [0, 1]) eraseOne(store, testId(index), { basis: "court-order", notAfter: null }, NOON);
  expect(count()).toMatchObject(QUIET);
  expect(count({ clientsOfPerson: 2 }).manyAsking).toMatchObject([{ clients: ["c", "d"] }]);
});
