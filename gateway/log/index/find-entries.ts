import type { StatementSync } from "node:sqlite";
import { bytesIn, type EntryColumns, entryRow, PERSON_BYTES, personBytes, personsIn } from "./entry-columns.ts";
import type { ExchangeFilter } from "./exchange-index.ts";
import { offsetsIn, SOMEWHERE, type TermStore } from "./segment-terms.ts";
import { caseTerm, SEGMENT, segmentOf, SHARED, type Shared, sharedTerm, type Term } from "./terms.ts";

/** `erased`: null while its content is there. */
export type FoundEntry = EntryColumns & { readonly erased: { readonly at: number; readonly basis: string } | null };

/** Nothing is searched for. */
export const EVERYTHING: ExchangeFilter = {
  from: null,
  until: null,
  client: null,
  organisation: null,
  item: null,
  case: null,
  resource: null,
  kind: null,
  outcome: null,
  person: null,
};

/** Entries to look through, from `low` up to, not including, `high`. */
export type Range = { readonly low: number; readonly high: number };

/** What one search may cost, in rows looked at: some ten milliseconds. Then it says how far it got. */
const MOST_ROWS = 131_072;
/** What it costs to ask a segment for a term, in the same measure. */
const PROBE = 8;

/** `weigh`: what it costs to look at so many entries that one and the same person or case leads to. */
export type Search = {
  readonly filter: ExchangeFilter;
  readonly before: number | null;
  readonly weigh: (entries: number) => number;
};

export const eachCounts = (entries: number): number => PROBE * entries;
/** Where an answer ends must not hang on entries that it leaves out. */
export const noneCounts = (): number => 0;

/**
 * Hands every entry that fits to `take`, newest first, until that returns false or the search has cost enough. Returns before
 * which entry to go on; null when there is nothing further.
 */
export function findEntries(
  store: TermStore,
  { filter, before, weigh }: Search,
  take: (entry: FoundEntry) => boolean,
): number | null {
  const { low, high } = rangeOf(store, filter, before);
  const wanted = wantedTerms(filter);
  let cost = 0;
  for (let end = high; end > low; end = Math.max(low, segmentOf(end - 1) * SEGMENT)) {
    if (cost >= MOST_ROWS) return end;
    const segment = segmentOf(end - 1);
    const range = { low: Math.max(low, segment * SEGMENT), high: end };
    const candidates = candidatesIn(store, segment, wanted);
    cost += PROBE * wanted.length + (candidates === "all" ? range.high - range.low : weigh(candidates.length));
    for (const entry of entriesIn(store, filter, range, candidates)) if (!take(entry)) return entry.entry;
  }
  return null;
}

const LAST = "SELECT max(entry) AS last FROM entries";
const TIME = "SELECT entry, time FROM entries WHERE entry >= ? ORDER BY entry LIMIT 1";

export function rangeOf(
  store: TermStore,
  { from, until }: Pick<ExchangeFilter, "from" | "until">,
  before: number | null,
): Range {
  const size = Number(store.statement(LAST).get()?.["last"] ?? -1) + 1;
  const end = Math.min(size, before ?? size);
  return {
    low: from === null ? 0 : firstSince(store, from, size),
    high: until === null ? end : Math.min(end, firstSince(store, until, size)),
  };
}

/** The first entry whose time in the log is not before `time`. The log's time never goes back. */
export function firstSince({ statement }: Pick<TermStore, "statement">, time: number, size: number): number {
  let [low, high] = [0, size];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const row = statement(TIME).get(middle);
    if (row === undefined || Number(row["time"]) >= time) high = middle;
    else low = Number(row["entry"]) + 1;
  }
  return low;
}

type Wanted = { readonly term: Term; readonly isOwn: boolean };

function wantedTerms(filter: ExchangeFilter): Wanted[] {
  const wanted: Wanted[] = [];
  if (filter.person !== null) wanted.push({ term: personBytes(filter.person), isOwn: true });
  if (filter.case !== null) wanted.push({ term: caseTerm(filter.case), isOwn: true });
  for (const name of SHARED) {
    const value = filter[name];
    if (value !== null) wanted.push({ term: sharedTerm(name, value), isOwn: false });
  }
  return wanted;
}

/** Entries of a segment that may fit, newest first. */
function candidatesIn(store: TermStore, segment: number, wanted: readonly Wanted[]): readonly number[] | "all" {
  let candidates: readonly number[] | "all" = "all";
  for (const { term, isOwn } of wanted) {
    const offsets = offsetsIn(store, segment, term);
    if (offsets.length === 0) return [];
    if (!isOwn) continue;
    const entries = offsets.filter((offset) => offset !== SOMEWHERE).map((offset) => segment * SEGMENT + offset);
    const known = new Set(entries);
    candidates = candidates === "all" ? entries.toReversed() : candidates.filter((entry) => known.has(entry));
  }
  return candidates;
}

/** What a filter compares, by its name. */
const COLUMNS = {
  kind: "kind",
  client: "client",
  organisation: "organisation",
  item: "item",
  resource: "resource",
  outcome: "outcome",
  case: "case_number",
} as const satisfies Record<Shared | "case", string>;

const SELECT = `SELECT e.*, x.at, x.basis FROM entries e LEFT JOIN erasures x ON x.entry = e.entry`;

function* entriesIn(
  store: TermStore,
  filter: ExchangeFilter,
  { low, high }: Range,
  candidates: readonly number[] | "all",
): Generator<FoundEntry> {
  const { conditions, values } = conditionsOf(filter);
  if (candidates === "all") {
    const sql = `${SELECT} WHERE e.entry >= ? AND e.entry < ?${conditions} ORDER BY e.entry DESC`;
    yield* rowsOf(store.statement(sql), [low, high, ...values]);
    return;
  }
  const one = store.statement(`${SELECT} WHERE e.entry = ?${conditions}`);
  for (const candidate of candidates) {
    if (candidate < low || candidate >= high) continue;
    for (const entry of rowsOf(one, [candidate, ...values])) if (isAbout(entry, filter.person)) yield entry;
  }
}

/** The names of columns are ours; what is searched for is only ever a value. */
function conditionsOf(filter: ExchangeFilter) {
  const names = ([...SHARED, "case"] as const).filter((name) => filter[name] !== null);
  return {
    conditions: names.map((name) => ` AND e.${COLUMNS[name]} = ?`).join(""),
    values: names.map((name) => (name === "case" ? Buffer.from(filter.case ?? "") : (filter[name] ?? ""))),
  };
}

function* rowsOf(statement: StatementSync, values: readonly (string | number | Buffer)[]): Generator<FoundEntry> {
  for (const row of statement.iterate(...values)) yield foundEntry(row);
}

export function foundEntry(row: Readonly<Record<string, unknown>>): FoundEntry {
  const { at, basis } = row;
  return { ...entryRow(row), erased: at === null ? null : { at: Number(at), basis: String(basis) } };
}

/** A term may lead to what was erased, or to another whose term is the same. */
function isAbout({ persons, erased }: FoundEntry, person: string | null): boolean {
  if (person === null) return true;
  const wanted = personBytes(person);
  return erased === null && wanted.length === PERSON_BYTES && personsIn(persons).some((each) => each.equals(wanted));
}

const BY_ID = `${SELECT} WHERE e.id = ? ORDER BY e.entry LIMIT 1`;
export const entryById = ({ statement }: Pick<TermStore, "statement">, id: Buffer): FoundEntry | null => {
  const row = statement(BY_ID).get(id);
  return row === undefined ? null : foundEntry(row);
};

const CONTENT = {
  act: "SELECT salts, request, record FROM act_content WHERE entry = ?",
  exchange: "SELECT salts, request, record FROM content WHERE entry = ?",
} as const;

export type Content = { readonly salts: Buffer; readonly request: Buffer; readonly record: Buffer };

/** What was recorded, as bytes; null when it was erased. Throws when it should be there and is not. */
export function contentOf({ statement }: Pick<TermStore, "statement">, found: FoundEntry): Content | null {
  if (found.erased !== null) return null;
  const row = statement(CONTENT[found.kind === "act" ? "act" : "exchange"]).get(found.entry);
  if (row === undefined) throw new Error(`the index has lost the content of entry ${found.entry}`);
  return { salts: bytesIn(row["salts"]), request: bytesIn(row["request"]), record: bytesIn(row["record"]) };
}
