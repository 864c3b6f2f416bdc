import type { ExchangeRecord } from "../exchange-record.ts";
import { type EntryColumns, idBytes, idText } from "./entry-columns.ts";
import type {
  ExchangePage,
  ExchangeQuery,
  ExchangeSummary,
  ExportPage,
  IndexedExchange,
  IndexedOpening,
  Owner,
} from "./exchange-index.ts";
import { type Content, contentOf, eachCounts, entryById, findEntries, type FoundEntry } from "./find-entries.ts";
import type { TermStore } from "./segment-terms.ts";

export function readExchange(store: TermStore, id: string): IndexedExchange | null {
  const found = entryById(store, idBytes(id));
  if (found === null) return null;
  const content = contentOf(store, found);
  const record = content === null ? null : (JSON.parse(content.record.toString()) as ExchangeRecord);
  return { ...standingOf(found), record, owner: ownerOf(found) };
}

export function readOpening(store: TermStore, id: string): IndexedOpening | null {
  const found = entryById(store, idBytes(id));
  if (found === null) return null;
  const content = contentOf(store, found);
  return { index: found.entry, opening: content === null ? null : openingOf(content) };
}

const openingOf = ({ salts, request, record }: Content) => ({
  salts: salts.toString("base64"),
  request: request.toString(),
  record: record.toString(),
});

export function searchPage(store: TermStore, { filter, before, limit }: ExchangeQuery): ExchangePage {
  const exchanges: ExchangeSummary[] = [];
  const next = findEntries(store, { filter, before, weigh: eachCounts }, (entry) => {
    exchanges.push(summaryOf(entry));
    return exchanges.length < limit;
  });
  return { exchanges, next };
}

/** Characters of one page of an export. */
const EXPORT_PAGE = 1024 * 1024;

export function readExportPage(store: TermStore, { filter, before }: Omit<ExchangeQuery, "limit">): ExportPage {
  const lines: { owner: Owner | null; line: string }[] = [];
  let length = 0;
  const next = findEntries(store, { filter, before, weigh: eachCounts }, (entry) => {
    const line = exportLine(entry, contentOf(store, entry));
    lines.push({ owner: ownerOf(entry), line });
    length += line.length;
    return length < EXPORT_PAGE;
  });
  return { lines, next };
}

/** The record's own text as it was committed to, so that its bytes can be held against the log; the id, which an erased one lacks else. */
function exportLine(entry: FoundEntry, content: Content | null): string {
  const standing = JSON.stringify({ id: idText(entry.id), ...standingOf(entry) });
  return `${standing.slice(0, -1)},"record":${content === null ? "null" : content.record.toString()}}`;
}

const standingOf = (entry: FoundEntry) => ({
  index: entry.entry,
  time: timeText(entry.time),
  subject: entry.erased !== null || entry.subject.length === 0 ? null : entry.subject.toString("base64url"),
  erased: erasedText(entry),
});

const summaryOf = (entry: FoundEntry): ExchangeSummary => ({
  index: entry.entry,
  id: idText(entry.id),
  time: timeText(entry.time),
  kind: entry.kind,
  client: entry.client,
  organisation: entry.organisation,
  item: entry.item,
  case: entry.erased !== null || entry.caseNumber.length === 0 ? null : entry.caseNumber.toString(),
  resource: entry.resource,
  outcome: entry.outcome,
  erased: erasedText(entry),
});

const ownerOf = ({ client, organisation }: EntryColumns): Owner | null =>
  client === null ? null : { client, organisation };

const timeText = (milliseconds: number): string => new Date(milliseconds).toISOString();

const erasedText = ({ erased }: FoundEntry): ExchangeSummary["erased"] =>
  erased === null ? null : { at: timeText(erased.at), basis: erased.basis };
