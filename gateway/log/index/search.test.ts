import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { ExchangeFilter, ExchangeSummary } from "./exchange-index.ts";
import { EVERYTHING } from "./find-entries.ts";
import { IndexStore } from "./index-store.ts";
import { readExchange, readExportPage, readOpening, searchPage } from "./reading.ts";
import { SEGMENT } from "./terms.ts";
import { TEST_TIME, type TestFacts, testId, testJournalRecord, testPseudonym, testRecord } from "./test-records.ts";

/** Two closed segments and one that still grows. */
const SIZE = 2 * SEGMENT + 1000;
const PERSONS = Array.from({ length: 300 }, (_, at) => testPseudonym(`person-${at}`));

/** Without chance, so that what fails fails again. */
const factsOf = (index: number): TestFacts => {
  const spread = (index * 2654435761) % 4294967296;
  return {
    kind: spread % 7 === 0 ? "act" : spread % 3 === 0 ? "match" : "lookup",
    client: index === 77 ? "rare" : `client-${spread % 11}`,
    organisation: `org-${spread % 5}`,
    item: `item-${spread % 13}`,
    resource: `resource-${spread % 4}`,
    caseNumber: `case-${index % 500}`,
    result: spread % 17 === 0 ? "DENIED" : "FOUND",
    persons: [PERSONS[index % 300] ?? "", PERSONS[(index * 7) % 300] ?? ""],
  };
};

type Known = TestFacts & { readonly index: number; readonly time: number };
const known: readonly Known[] = Array.from({ length: SIZE }, (_, index) => ({
  ...factsOf(index),
  index,
  time: TEST_TIME + index * 1000,
}));

/** What a search has to find, by looking at every entry. */
function expected(filter: Partial<ExchangeFilter>): number[] {
  const is = (wanted: string | null | undefined, value: string | undefined) => (wanted ?? value) === value;
  const fits = (each: Known): boolean => {
    const isInquiry = each.kind !== "act";
    return (
      (filter.from ?? 0) <= each.time &&
      each.time < (filter.until ?? Infinity) &&
      is(filter.kind, each.kind) &&
      is(filter.client, each.client) &&
      is(filter.organisation, each.organisation) &&
      is(filter.item, isInquiry ? each.item : undefined) &&
      is(filter.case, isInquiry ? each.caseNumber : undefined) &&
      is(filter.resource, isInquiry ? each.resource : undefined) &&
      is(filter.outcome, isInquiry ? each.result : "change-entry") &&
      (filter.person == null || (each.persons ?? []).includes(filter.person))
    );
  };
  return known
    .filter(fits)
    .map(({ index }) => index)
    .toReversed();
}

let directory: string;
let store: IndexStore;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "tongyan-index-"));
  store = new IndexStore(join(directory, "index.sqlite"));
  for (let from = 0; from < SIZE; from += 1000)
    store.add(known.slice(from, from + 1000).map((each) => testJournalRecord(each.index, each)));
});
afterAll(() => {
  store.close();
  rmSync(directory, { recursive: true });
});

function everyPage(filter: Partial<ExchangeFilter>, limit: number, from = store): ExchangeSummary[] {
  const found: ExchangeSummary[] = [];
  let before: number | null = null;
  do {
    const page = searchPage(from, { filter: { ...EVERYTHING, ...filter }, before, limit });
    expect(page.exchanges.length).toBeLessThanOrEqual(limit);
    found.push(...page.exchanges);
    if (page.next !== null) expect(page.next).toBeLessThan(before ?? Infinity);
    before = page.next;
  } while (before !== null);
  return found;
}

const SEARCHES: readonly (readonly [string, Partial<ExchangeFilter>])[] = [
  ["everything", {}],
  ["a client", { client: "client-3" }],
  ["the one entry of a client", { client: "rare" }],
  ["nobody", { client: "client-99" }],
  ["an organisation and an outcome", { organisation: "org-2", outcome: "DENIED" }],
  ["acts", { kind: "act" }],
  ["acts by their name", { outcome: "change-entry" }],
  ["acts of an item: there are none", { kind: "act", item: "item-3" }],
  ["an item and a resource", { item: "item-5", resource: "resource-1" }],
  ["a case", { case: "case-123" }],
  ["a person", { person: PERSONS[17] ?? "" }],
  ["a person and a case", { person: PERSONS[23] ?? "", case: "case-23" }],
  ["a person and an outcome", { person: PERSONS[5] ?? "", outcome: "DENIED" }],
  ["a time", { from: TEST_TIME + 5_000_500, until: TEST_TIME + 9_000_000 }],
  ["a time before the first", { until: TEST_TIME }],
  ["a time after the last", { from: TEST_TIME + SIZE * 1000 }],
  ["a time that ends before it begins", { from: TEST_TIME + 9_000_000, until: TEST_TIME + 5_000_000 }],
  ["a time and a client", { from: TEST_TIME + 8_190_000, until: TEST_TIME + 8_195_000, client: "client-1" }],
];

describe("a search finds what there is, newest first, in pages, for", () => {
  test.each(SEARCHES)("%s", (_, filter) => {
    const wanted = expected(filter);
    expect(everyPage(filter, 1000).map(({ index }) => index)).toEqual(wanted);
    const few = searchPage(store, { filter: { ...EVERYTHING, ...filter }, before: null, limit: 7 });
    expect(few.exchanges.map(({ index }) => index)).toEqual(wanted.slice(0, 7));
  });

  test("after the index was opened anew: the segment that grows is made from its entries", () => {
    const again = new IndexStore(join(directory, "index.sqlite"));
    for (const [, filter] of SEARCHES)
      expect(everyPage(filter, 1000, again).map(({ index }) => index)).toEqual(expected(filter));
    again.close();
  });

  test("a shortened pseudonym, as alerts show it", () => {
    const person = PERSONS[17] ?? "";
    const short = Buffer.from(person, "base64url").subarray(0, 16).toString("base64url");
    expect(everyPage({ person: short }, 1000)).toEqual(everyPage({ person }, 1000));
  });
});

test("a summary says what can be searched for", () => {
  const [found] = searchPage(store, { filter: EVERYTHING, before: 9, limit: 1 }).exchanges;
  const { client, organisation, item, resource, caseNumber } = factsOf(8);
  expect(found).toEqual({
    index: 8,
    id: testId(8),
    time: "2026-11-21T08:00:08.000Z",
    kind: factsOf(8).kind,
    client,
    organisation,
    item,
    case: caseNumber,
    resource,
    outcome: "FOUND",
    erased: null,
  });
});

describe("hostile searches find nothing, and break nothing", () => {
  test.each([
    ["SQL", { client: "' OR 1=1 --" }],
    ["SQL in a case", { case: "x'; DROP TABLE entries; --" }],
    ["JSON", { organisation: '{"$ne":null}' }],
    ["a pattern", { item: "%" }],
    ["the name of a column", { outcome: "client" }],
    ["zero bytes", { case: "\0\0\0\0" }],
    ["half a character", { resource: "\ud800" }],
    ["no pseudonym", { person: "" }],
    ["half a pseudonym", { person: PERSONS[1]?.slice(0, 10) ?? "" }],
    ["what stands where something was erased", { person: "A".repeat(43) }],
    ["a person's pseudonym as a case", { case: PERSONS[1] ?? "" }],
    ["something very long", { client: "x".repeat(1_000_000) }],
  ])("%s", (_, filter) => {
    expect(searchPage(store, { filter: { ...EVERYTHING, ...filter }, before: null, limit: 1000 })).toEqual({
      exchanges: [],
      next: null,
    });
    expect(store.statement("SELECT count(*) AS n FROM entries").get()).toEqual({ n: SIZE });
  });
});

describe("a cursor is a place in the log and nothing else", () => {
  test("of another search: what stands before it and fits", () => {
    const { next } = searchPage(store, { filter: { ...EVERYTHING, client: "client-3" }, before: null, limit: 50 });
    const filter = { ...EVERYTHING, item: "item-2" };
    const page = searchPage(store, { filter, before: next, limit: 5 });
    expect(page.exchanges.map(({ index }) => index)).toEqual(
      expected({ item: "item-2" })
        .filter((index) => index < (next ?? 0))
        .slice(0, 5),
    );
  });

  test.each([
    ["far beyond the log", Number.MAX_SAFE_INTEGER, SIZE - 1],
    ["at its end", SIZE, SIZE - 1],
  ])("%s: from the newest", (_, before, first) => {
    expect(searchPage(store, { filter: EVERYTHING, before, limit: 1 }).exchanges[0]?.index).toBe(first);
  });

  test("at the first entry: nothing", () => {
    expect(searchPage(store, { filter: EVERYTHING, before: 0, limit: 10 })).toEqual({ exchanges: [], next: null });
  });
});

describe("what was recorded is read as it was", () => {
  test("an exchange, its opening, and one that is not there", () => {
    const index = known.find(({ kind }) => kind === "lookup")?.index ?? -1;
    const record = testRecord(index, known[index] ?? {});
    expect(readExchange(store, testId(index))).toEqual({
      index,
      time: new Date(TEST_TIME + index * 1000).toISOString(),
      record,
      subject: testPseudonym(`subject-${index}`),
      erased: null,
      owner: { client: factsOf(index).client, organisation: factsOf(index).organisation },
    });
    expect(readOpening(store, testId(index))).toMatchObject({
      index,
      opening: { record: JSON.stringify(record), request: `POST /v1/lookups?\nsha256:${"ab".repeat(32)}` },
    });
    for (const id of [testId(SIZE), "", "' OR 1=1 --"]) expect(readExchange(store, id)).toBeNull();
  });

  test("an export holds every entry once, with the record's own text", () => {
    const lines: string[] = [];
    let before: number | null = null;
    do {
      const page = readExportPage(store, { filter: EVERYTHING, before });
      lines.push(...page.lines.map(({ line }) => line));
      before = page.next;
    } while (before !== null);
    expect(lines.map((line) => (JSON.parse(line) as { index: number }).index)).toEqual(expected({}));
    expect(lines[0]).toContain(`"record":${JSON.stringify(testRecord(SIZE - 1, known[SIZE - 1] ?? {}))}}`);
  });
});

describe("pages while the log grows", () => {
  let growing: IndexStore;
  beforeEach(() => {
    growing = new IndexStore(join(directory, `growing-${Math.random()}.sqlite`));
  });
  afterEach(() => growing.close());

  test("hold every entry that there was at the first, once", () => {
    const add = (from: number, until: number) =>
      growing.add(Array.from({ length: until - from }, (_, at) => testJournalRecord(from + at)));
    add(0, 100);
    const seen: number[] = [];
    let before: number | null = null;
    for (let size = 100; ; size += 10) {
      const page = searchPage(growing, { filter: EVERYTHING, before, limit: 13 });
      seen.push(...page.exchanges.map(({ index }) => index));
      before = page.next;
      if (before === null) break;
      add(size, size + 10);
    }
    expect(seen).toEqual(Array.from({ length: 100 }, (_, at) => 99 - at));
  });

  test("entries that are missing for good are left out, and searched around", () => {
    growing.add([0, 1, 2].map((index) => testJournalRecord(index, { caseNumber: "same" })));
    growing.skipTo(3 * SEGMENT + 5);
    growing.add([0, 1, 2].map((at) => testJournalRecord(3 * SEGMENT + 5 + at, { caseNumber: "same" })));
    const indexes = [2, 1, 0].map((at) => 3 * SEGMENT + 5 + at).concat(2, 1, 0);
    expect(everyPage({}, 2, growing).map(({ index }) => index)).toEqual(indexes);
    expect(everyPage({ case: "same" }, 2, growing).map(({ index }) => index)).toEqual(indexes);
    const from = TEST_TIME + 2000;
    expect(everyPage({ from }, 10, growing).map(({ index }) => index)).toEqual(indexes.slice(0, 4));
    expect(growing.gaps).toEqual([{ from: 3, until: 3 * SEGMENT + 5 }]);
    expect(() => growing.add([testJournalRecord(5)])).toThrow(/was expected/);
  });
});

test("a search that finds little stops after a bounded way, and goes on from there", () => {
  const filter = { ...EVERYTHING, client: "client-1", outcome: "DENIED" };
  const many = new IndexStore(join(directory, "many.sqlite"));
  // Both occur in every segment, never together.
  const clients = ["client-1", "client-2"];
  for (let from = 0; from < 17 * SEGMENT; from += SEGMENT)
    many.add(
      Array.from({ length: SEGMENT }, (_, at) =>
        testJournalRecord(from + at, { client: clients[at % 2] ?? "", result: at % 2 === 0 ? "FOUND" : "DENIED" }),
      ),
    );
  const pages: (number | null)[] = [];
  for (let before: number | null = null; pages.length === 0 || before !== null; pages.push(before)) {
    const page = searchPage(many, { filter, before, limit: 100 });
    expect(page.exchanges).toEqual([]);
    before = page.next;
  }
  expect(pages.length).toBeGreaterThan(1);
  expect(pages.at(-1)).toBeNull();
  many.close();
});
