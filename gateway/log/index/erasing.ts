import { idBytes } from "./entry-columns.ts";
import type { AboutPerson, Erasure } from "./exchange-index.ts";
import { entryById, EVERYTHING, findEntries, type FoundEntry, noneCounts } from "./find-entries.ts";
import type { IndexStore } from "./index-store.ts";
import { forgetPostings, type Posting } from "./segment-terms.ts";
import { ownTerms, SEGMENT, segmentOf } from "./terms.ts";

/** Zeros of the same length overwrite a row where it stands; salts are what opens the log's commitments. */
const BLANK_ENTRY = `UPDATE entries SET case_number = zeroblob(length(case_number)), subject = zeroblob(length(subject)),
  persons = zeroblob(length(persons)) WHERE entry = ?`;
const BLANK =
  "SET salts = zeroblob(length(salts)), request = zeroblob(length(request)), record = zeroblob(length(record))";
const BLANK_CONTENT = `UPDATE content ${BLANK} WHERE entry = ?`;
const BLANK_ACT_CONTENT = `UPDATE act_content ${BLANK} WHERE entry = ?`;
const REMEMBER = "INSERT INTO erasures VALUES (?, ?, ?)";

export type ErasedAt = { readonly at: number; readonly basis: string };

/** To be called within a transaction, with entries that are not erased yet; they are gone from the disk once the write-ahead log is emptied. */
export function eraseEntries(store: IndexStore, entries: readonly FoundEntry[], { at, basis }: ErasedAt): void {
  for (const [segment, own] of Map.groupBy(entries, ({ entry }) => segmentOf(entry)))
    forgetPostings(store, segment, own.flatMap(postingsOf));
  for (const { entry, kind } of entries) {
    store.statement(BLANK_ENTRY).run(entry);
    store.statement(kind === "act" ? BLANK_ACT_CONTENT : BLANK_CONTENT).run(entry);
    store.statement(REMEMBER).run(entry, at, basis);
  }
}

const postingsOf = (found: FoundEntry): Posting[] =>
  ownTerms(found).map((term) => ({ term, offset: found.entry - segmentOf(found.entry) * SEGMENT }));

/** Acts hold nothing of persons, and go only by retention: nobody erases what he did. `now` in milliseconds. */
export function eraseOne(
  store: IndexStore,
  id: string,
  { basis, notAfter }: Erasure,
  now: number,
): "erased" | "already" | "too-young" | "unknown" {
  const found = entryById(store, idBytes(id));
  if (found === null) return "unknown";
  if (found.erased !== null) return "already";
  if (found.kind === "act" || isTooYoung(found, notAfter)) return "too-young";
  store.transaction(() => eraseEntries(store, [found], { at: now, basis }));
  return "erased";
}

const isTooYoung = ({ time }: FoundEntry, notAfter: number | null): boolean => notAfter !== null && time > notAfter;

/** Entries erased in one transaction. */
const AT_ONCE = 256;

export function countAbout(store: IndexStore, person: string, notAfter: number | null): AboutPerson {
  const counts = { exchanges: 0, tooYoung: 0, before: store.next };
  let next: number | null = store.next;
  do {
    next = findEntries(store, { filter: { ...EVERYTHING, person }, before: next, weigh: noneCounts }, (entry) => {
      counts[isTooYoung(entry, notAfter) ? "tooYoung" : "exchanges"]++;
      return true;
    });
  } while (next !== null);
  return counts;
}

/** Erases some of what is about a person before an index. `next`: before which to go on, null when all of it is erased. */
export function eraseSomeAbout(
  store: IndexStore,
  { person, before, erasure }: { readonly person: string; readonly before: number; readonly erasure: Erasure },
  now: number,
): { readonly erased: number; readonly next: number | null } {
  const { basis, notAfter } = erasure;
  const found: FoundEntry[] = [];
  const next = findEntries(store, { filter: { ...EVERYTHING, person }, before, weigh: noneCounts }, (entry) => {
    if (!isTooYoung(entry, notAfter)) found.push(entry);
    return found.length < AT_ONCE;
  });
  store.transaction(() => eraseEntries(store, found, { at: now, basis }));
  return { erased: found.length, next };
}
