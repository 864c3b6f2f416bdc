import type { ExchangeRecord, InquiryRecord, RecordedPurpose, VerificationRecord } from "../exchange-record.ts";
import { contentOf, EVERYTHING, findEntries, noneCounts } from "./find-entries.ts";
import type { TermStore } from "./segment-terms.ts";

/** When a person may learn that somebody asked: after so many days, or never. */
export type TrailDelay = number | "never";

/** A lawful delay class. It holds where all that it names fits; of several the longest counts. */
export type TrailRule = {
  readonly item: string | null;
  /** Credit code of who asked, or for whom it was asked. */
  readonly organisation: string | null;
  readonly resource: string | null;
  readonly delayDays: TrailDelay;
  /** The law it rests on. */
  readonly basis: string;
};

/** `person`: a keyed pseudonym. `now` in milliseconds. `before`: as in a search. */
export type TrailQuery = {
  readonly person: string;
  readonly rules: readonly TrailRule[];
  readonly now: number;
  readonly before: number | null;
  readonly limit: number;
};

/** Who asked about a person. */
export type TrailEntry = {
  readonly exchange: string;
  readonly time: string;
  readonly kind: "verification" | "match" | "lookup";
  readonly client: string;
  /** Credit code of who asked; `onBehalfOf` of the department behind it, where that is another. */
  readonly organisation: string | null;
  readonly onBehalfOf: string | null;
  readonly item: { readonly code: string; readonly name: string } | null;
  readonly resource: string | null;
  /** By name, never by value; `treatment` null for what was asked for and not given. */
  readonly fields: readonly { readonly field: string; readonly treatment: string | null }[];
  readonly outcome: string;
};
export type TrailPage = { readonly entries: readonly TrailEntry[]; readonly next: number | null };

const DAY = 86_400_000;

/** Neither the entries nor `next` hang on what is delayed: a page is as full, and ends where it would, if that were not there. */
export function readTrail(store: TermStore, query: TrailQuery): TrailPage {
  const { person, rules, now, before, limit } = query;
  const entries: TrailEntry[] = [];
  const search = { filter: { ...EVERYTHING, person }, before, weigh: noneCounts };
  const next = findEntries(store, search, (found) => {
    const content = contentOf(store, found);
    const record = content === null ? null : (JSON.parse(content.record.toString()) as ExchangeRecord);
    if (record === null || !isAsking(record) || isDelayed(record, rules, now - found.time)) return true;
    entries.push(entryOf(record, new Date(found.time).toISOString()));
    return entries.length < limit;
  });
  return { entries, next };
}

type Asking = VerificationRecord | InquiryRecord;

const isAsking = (record: ExchangeRecord): record is Asking =>
  record.kind === "verification" || record.kind === "match" || record.kind === "lookup";

/** `age` in milliseconds. */
function isDelayed(record: Asking, rules: readonly TrailRule[], age: number): boolean {
  const { purpose, resource } = askedBy(record);
  const organisations = [record.client.organisation, purpose?.organisation ?? null];
  return rules.some(
    (rule) =>
      (rule.item === null || rule.item === purpose?.itemCode) &&
      (rule.resource === null || rule.resource === resource) &&
      (rule.organisation === null || organisations.includes(rule.organisation)) &&
      (rule.delayDays === "never" || age < rule.delayDays * DAY),
  );
}

type Asked = { readonly purpose: RecordedPurpose | null; readonly resource: string | null };

function askedBy(record: Asking): Asked {
  if (record.kind !== "verification") return record.request;
  return record.request.register ?? { purpose: null, resource: null };
}

function entryOf(record: Asking, time: string): TrailEntry {
  const { purpose, resource } = askedBy(record);
  const { id: client, organisation } = record.client;
  const behind = purpose?.organisation ?? null;
  return {
    exchange: record.id,
    time,
    kind: record.kind,
    client,
    organisation,
    onBehalfOf: behind === organisation ? null : behind,
    item: purpose === null ? null : { code: purpose.itemCode, name: purpose.itemName },
    resource,
    fields: record.kind === "verification" ? [] : fieldsOf(record),
    outcome: record.outcome.result,
  };
}

/** All that was asked for, and what came besides. */
function fieldsOf({ request, disclosed }: InquiryRecord): TrailEntry["fields"] {
  const names = new Set([...request.fields, ...disclosed.map(({ field }) => field)]);
  return [...names].map((field) => ({
    field,
    treatment: disclosed.find((each) => each.field === field)?.treatment ?? null,
  }));
}
