import { eraseEntries } from "./erasing.ts";
import type { RetentionBounds } from "./exchange-index.ts";
import { firstSince, type FoundEntry, foundEntry } from "./find-entries.ts";
import type { IndexStore } from "./index-store.ts";

/** Entries looked at in one step: some milliseconds of work. */
const AT_ONCE = 256;

/** What is kept for one term: exchanges, or acts. */
export type RetainedClass = "exchanges" | "acts";

const KEPT = { exchanges: "exchanges_kept", acts: "acts_kept" } as const satisfies Record<RetainedClass, string>;
const IS_OF = { exchanges: "e.kind <> 'act'", acts: "e.kind = 'act'" } as const satisfies Record<RetainedClass, string>;
const TABLE = { exchanges: "content", acts: "act_content" } as const satisfies Record<RetainedClass, string>;

/** Entries of a class from `low` up to, not including, `high` may be due. */
export type Due = { readonly low: number; readonly high: number };

export function dueRange(store: IndexStore, of: RetainedClass, bounds: RetentionBounds): Due {
  const { next, exchangesKept, actsKept } = store.progress();
  const low = of === "exchanges" ? exchangesKept : actsKept;
  const before = of === "exchanges" ? bounds.exchangesBefore : bounds.actsBefore;
  return { low, high: Math.max(low, firstSince(store, before, next)) };
}

/** What is due of the next entries of the range, and what is then left of that. */
export function dueStep(store: IndexStore, of: RetainedClass, { low, high }: Due) {
  const until = Math.min(high, low + AT_ONCE);
  const sql = `SELECT e.*, NULL AS at, NULL AS basis FROM entries e WHERE e.entry >= ? AND e.entry < ? AND ${IS_OF[of]}
    AND NOT EXISTS (SELECT 1 FROM erasures x WHERE x.entry = e.entry)`;
  const due: readonly FoundEntry[] = store.statement(sql).all(low, until).map(foundEntry);
  return { due, left: { low: until, high } };
}

/** Erases what is due of the next entries of the range, and keeps in mind how far that went. */
export function retainStep(store: IndexStore, of: RetainedClass, range: Due, at: number) {
  const { due, left } = dueStep(store, of, range);
  store.transaction(() => {
    eraseEntries(store, due, { at, basis: "retention" });
    store.statement(`UPDATE progress SET ${KEPT[of]} = ?`).run(left.low);
  });
  return { erased: due.length, left };
}

/**
 * Rows that stay behind the last one that was erased, so that none that is still to be read is moved when pages are given back:
 * SQLite moves rows between neighbouring pages, of which each holds some dozens.
 */
const MARGIN = 1024;

/** Gives back the room of what retention has passed; false when there is no more of it. */
export function reclaimStep(store: IndexStore, of: RetainedClass): boolean {
  const { exchangesKept, actsKept } = store.progress();
  const kept = of === "exchanges" ? exchangesKept : actsKept;
  const table = TABLE[of];
  const margin = `SELECT entry FROM ${table} WHERE entry < ? ORDER BY entry DESC LIMIT 1 OFFSET ${MARGIN}`;
  const bound = store.statement(margin).get(kept)?.["entry"];
  if (bound === undefined) return false;
  const sql = `DELETE FROM ${table} WHERE entry IN (SELECT entry FROM ${table} WHERE entry <= ? ORDER BY entry LIMIT ${AT_ONCE})`;
  return store.transaction(() => Number(store.statement(sql).run(Number(bound)).changes)) === AT_ONCE;
}
