import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { eraseOne } from "./erasing.ts";
import { IndexStore } from "./index-store.ts";
import { SEGMENT } from "./terms.ts";
import { TEST_TIME, type TestFacts, testId, testJournalRecord, testPseudonym } from "./test-records.ts";
import { readTrail, type TrailEntry, type TrailRule } from "./trail.ts";

const DAY = 86_400_000;
const PERSON = testPseudonym("zhang");
const ABOUT = { persons: [PERSON, testPseudonym("li")] };
const NO_RULE = { item: null, organisation: null, resource: null, basis: "law" } as const;
const SECRET: TrailRule = { ...NO_RULE, item: "SECRET", delayDays: "never" };

let directory: string;
let store: IndexStore;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "tongyan-trail-"));
  store = new IndexStore(join(directory, "index.sqlite"));
});
afterEach(() => {
  store.close();
  rmSync(directory, { recursive: true });
});

const add = (all: readonly TestFacts[]): void => {
  const from = store.next;
  store.add(all.map((facts, at) => testJournalRecord(from + at, facts)));
};

const trail = (given: Partial<Parameters<typeof readTrail>[1]> = {}) =>
  readTrail(store, { person: PERSON, rules: [], now: TEST_TIME + DAY, before: null, limit: 100, ...given });

const exchanges = (entries: readonly TrailEntry[]) => entries.map(({ exchange }) => exchange);

test("says who asked, for what, about which fields and with which outcome; nothing of others", () => {
  add([
    { ...ABOUT, client: "peer", organisation: "PEER", onBehalfOf: "SHACHE" },
    { persons: [testPseudonym("wang")] },
    { ...ABOUT, kind: "match", result: "MISMATCHED" },
    { ...ABOUT, result: "DENIED" },
  ]);
  const { entries, next } = trail();
  expect(next).toBeNull();
  expect(exchanges(entries)).toEqual([testId(3), testId(2), testId(0)]);
  expect(entries[2]).toEqual({
    exchange: testId(0),
    time: "2026-11-21T08:00:00.000Z",
    kind: "lookup",
    client: "peer",
    organisation: "PEER",
    onBehalfOf: "SHACHE",
    item: { code: "MNR-1161-03", name: "抵押登记" },
    resource: "real-estate-certificate",
    fields: [
      { field: "state", treatment: "give" },
      { field: "area", treatment: null },
    ],
    outcome: "FOUND",
  });
  expect(entries[0]).toMatchObject({ outcome: "DENIED", onBehalfOf: null, fields: [{ treatment: null }, {}] });
});

describe("a delay", () => {
  test.each<readonly [string, Partial<TrailRule>, TestFacts]>([
    ["of an item", { item: "SECRET" }, { item: "SECRET" }],
    ["of an organisation", { organisation: "POLICE" }, { organisation: "POLICE" }],
    ["of an organisation behind a peer", { organisation: "POLICE" }, { onBehalfOf: "POLICE" }],
    ["of a resource", { resource: "whereabouts" }, { resource: "whereabouts" }],
    ["of an item in an organisation", { item: "I", organisation: "O" }, { item: "I", organisation: "O" }],
  ])("%s hides what it fits until its days are over, and what it never shows for good", (_, rule, facts) => {
    add([{ ...ABOUT }, { ...ABOUT, ...facts, time: TEST_TIME }]);
    const at = (delayDays: TrailRule["delayDays"], now: number) =>
      exchanges(trail({ now, rules: [{ ...NO_RULE, ...rule, delayDays }] }).entries);
    expect(at(30, TEST_TIME + 30 * DAY - 1)).toEqual([testId(0)]);
    expect(at(30, TEST_TIME + 30 * DAY)).toEqual([testId(1), testId(0)]);
    expect(at("never", TEST_TIME + 36_500 * DAY)).toEqual([testId(0)]);
  });

  test("does not hide what it fits only in part", () => {
    add([
      { ...ABOUT, item: "I", organisation: "OTHER" },
      { ...ABOUT, item: "OTHER", organisation: "O" },
    ]);
    const rules: TrailRule[] = [{ ...NO_RULE, item: "I", organisation: "O", delayDays: "never" }];
    expect(trail({ rules }).entries).toHaveLength(2);
  });

  test("of several the longest counts, in whatever order they stand", () => {
    add([{ ...ABOUT, item: "SECRET" }]);
    const short: TrailRule = { ...NO_RULE, item: "SECRET", delayDays: 1 };
    for (const rules of [
      [short, SECRET],
      [SECRET, short],
    ])
      expect(trail({ rules, now: TEST_TIME + 99 * DAY }).entries).toEqual([]);
  });
});

describe("what is delayed shows in nothing", () => {
  /** The same trail twice: with entries that are delayed, and with entries about somebody else in their places. */
  function bothWays(facts: readonly TestFacts[], ask: () => unknown): unknown[] {
    return ["delayed", "about others"].map((way, at) => {
      store.close();
      store = new IndexStore(join(directory, `${at}.sqlite`));
      const persons = way === "delayed" ? ABOUT : { persons: [testPseudonym("wang")] };
      const all = facts.map((each) => (each.item === "SECRET" ? { ...each, ...persons } : each));
      for (let from = 0; from < all.length; from += 1000) add(all.slice(from, from + 1000));
      return ask();
    });
  }

  const everyPage = (limit: number) => () => {
    const pages: unknown[] = [];
    for (let before: number | null = null; pages.length === 0 || before !== null;) {
      const page = trail({ rules: [SECRET], before, limit });
      pages.push(page);
      before = page.next;
    }
    return pages;
  };

  test.each([1, 2, 3, 5, 100])("not in pages of %i, nor where they end", (limit) => {
    const facts = Array.from({ length: 40 }, (_, at) => ({ ...ABOUT, item: at % 4 === 1 ? "PLAIN" : "SECRET" }));
    const [delayed, others] = bothWays(facts, everyPage(limit));
    expect(delayed).toEqual(others);
  });

  test("not when they are the first, the last, or all there is", () => {
    for (const items of [["SECRET", "PLAIN", "PLAIN"], ["PLAIN", "PLAIN", "SECRET"], ["SECRET"]])
      for (const limit of [1, 2, 3]) {
        const [delayed, others] = bothWays(
          items.map((item) => ({ persons: ABOUT.persons, item })),
          everyPage(limit),
        );
        expect(delayed).toEqual(others);
      }
  });

  test("not when there are so many that a search would stop on the way", () => {
    const facts = Array.from({ length: 3 * SEGMENT }, (_, at) => ({ ...ABOUT, item: at === 5 ? "PLAIN" : "SECRET" }));
    const [delayed, others] = bothWays(facts, everyPage(10));
    expect(delayed).toEqual(others);
  });

  test("not for a cursor that somebody made up", () => {
    const facts = Array.from({ length: 30 }, (_, at) => ({ ...ABOUT, item: at % 3 === 0 ? "PLAIN" : "SECRET" }));
    const cursors = [0, 1, 2, 3, 4, 15, 29, 30, 31, Number.MAX_SAFE_INTEGER];
    const [delayed, others] = bothWays(facts, () =>
      cursors.map((before) => trail({ rules: [SECRET], before, limit: 2 })),
    );
    expect(delayed).toEqual(others);
  });
});

test("what was erased is in no trail any more, and no act is", () => {
  add([ABOUT, ABOUT, { ...ABOUT, kind: "act" }]);
  eraseOne(store, testId(0), { basis: "court-order", notAfter: null }, TEST_TIME);
  expect(exchanges(trail().entries)).toEqual([testId(1)]);
});
