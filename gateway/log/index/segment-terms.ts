import type { StatementSync } from "node:sqlite";
import type { EntryColumns } from "./entry-columns.ts";
import { ownTerms, SEGMENT, SHARED, type Shared, sharedTerm, type Term, TERM_BYTES } from "./terms.ts";

/** Where a term stands: at an entry of a segment, by its offset from the first. */
export type Posting = { readonly term: Term; readonly offset: number };

/** `open`: the segment that still grows. `statement`: prepared once. */
export type TermStore = { readonly open: OpenSegment; readonly statement: (sql: string) => StatementSync };

/** In place of an offset: somewhere in the segment. */
export const SOMEWHERE = 0xffff;

const SLOT_BYTES = TERM_BYTES + 2;
/** The terms of a closed segment lie in so many rows, by their first bits. */
const BUCKETS = 64;
const placeOf = (segment: number, term: Term): number => segment * BUCKETS + ((term[0] ?? 0) >> 2);

const READ = "SELECT slots FROM terms WHERE place = ?";
const WRITE = "INSERT INTO terms (place, slots) VALUES (?, ?)";
/** Of the same length, so that it is overwritten where it stands. */
const OVERWRITE = "UPDATE terms SET slots = ? WHERE place = ?";

/** The segment that still grows: its terms are in memory, and made anew from its entries when the index is opened. */
export class OpenSegment {
  readonly segment: number;
  readonly #offsets = new Map<string, number[]>();
  readonly #seen: { readonly [Name in Shared]: Set<string> };

  constructor(segment: number) {
    this.segment = segment;
    this.#seen = Object.fromEntries(SHARED.map((name) => [name, new Set<string>()])) as Record<Shared, Set<string>>;
  }

  add(columns: EntryColumns): void {
    const offset = columns.entry - this.segment * SEGMENT;
    for (const term of ownTerms(columns)) this.#put(term, offset);
    for (const name of SHARED) {
      const value = columns[name];
      if (value === null || this.#seen[name].has(value)) continue;
      this.#seen[name].add(value);
      this.#put(sharedTerm(name, value), SOMEWHERE);
    }
  }

  offsetsOf(term: Term): readonly number[] {
    return this.#offsets.get(term.toString("latin1")) ?? [];
  }

  forget(term: Term, offsets: ReadonlySet<number>): void {
    const name = term.toString("latin1");
    const left = this.offsetsOf(term).filter((each) => !offsets.has(each));
    if (left.length === 0) this.#offsets.delete(name);
    else this.#offsets.set(name, left);
  }

  /** Writes the terms down. To be called within a transaction. */
  close({ statement }: Pick<TermStore, "statement">): void {
    const buckets = new Map<number, Buffer[]>();
    for (const [name, offsets] of this.#offsets) {
      const term = Buffer.from(name, "latin1");
      const place = placeOf(this.segment, term);
      const slots = buckets.get(place) ?? [];
      for (const offset of offsets) slots.push(slotOf(term, offset));
      buckets.set(place, slots);
    }
    // In their order, so that the table only grows at its end.
    for (const [place, slots] of [...buckets].toSorted(([a], [b]) => a - b))
      statement(WRITE).run(place, Buffer.concat(slots));
  }

  #put(term: Term, offset: number): void {
    const name = term.toString("latin1");
    const offsets = this.#offsets.get(name);
    if (offsets === undefined) this.#offsets.set(name, [offset]);
    else offsets.push(offset);
  }
}

function slotOf(term: Term, offset: number): Buffer {
  const slot = Buffer.alloc(SLOT_BYTES);
  slot.set(term);
  slot.writeUInt16BE(offset, TERM_BYTES);
  return slot;
}

/** Where in a segment a term stands: offsets in order, or SOMEWHERE. */
export function offsetsIn(store: TermStore, segment: number, term: Term): readonly number[] {
  if (term.length !== TERM_BYTES) return [];
  if (segment === store.open.segment) return store.open.offsetsOf(term);
  const slots = slotsAt(store, placeOf(segment, term));
  return placesIn(slots, term).map((at) => slots.readUInt16BE(at + TERM_BYTES));
}

/** Overwrites what leads to erased entries. To be called within a transaction. */
export function forgetPostings(store: TermStore, segment: number, postings: readonly Posting[]): void {
  const terms = offsetsByTerm(postings);
  if (segment === store.open.segment) return terms.forEach(({ term, offsets }) => store.open.forget(term, offsets));
  for (const [place, own] of Map.groupBy(terms, ({ term }) => placeOf(segment, term))) {
    const slots = slotsAt(store, place);
    for (const { term, offsets } of own)
      for (const at of placesIn(slots, term))
        if (offsets.has(slots.readUInt16BE(at + TERM_BYTES))) slots.fill(0, at, at + SLOT_BYTES);
    if (slots.length > 0) store.statement(OVERWRITE).run(slots, place);
  }
}

function offsetsByTerm(postings: readonly Posting[]) {
  const terms = new Map<string, { readonly term: Term; readonly offsets: Set<number> }>();
  for (const { term, offset } of postings) {
    const name = term.toString("latin1");
    const known = terms.get(name);
    if (known === undefined) terms.set(name, { term, offsets: new Set([offset]) });
    else known.offsets.add(offset);
  }
  return [...terms.values()];
}

function slotsAt(store: TermStore, place: number): Buffer {
  const slots = store.statement(READ).get(place)?.["slots"];
  return slots instanceof Uint8Array ? Buffer.from(slots.buffer, slots.byteOffset, slots.length) : Buffer.alloc(0);
}

/** A term may stand at several entries; its bytes may also happen to lie across two slots. */
function placesIn(slots: Buffer, term: Term): number[] {
  const places: number[] = [];
  for (let at = slots.indexOf(term); at >= 0; at = slots.indexOf(term, at + 1))
    if (at % SLOT_BYTES === 0) places.push(at);
  return places;
}
