import type { StoredExchange } from "../exchange-record.ts";
import type { Opening } from "../receipt.ts";
import type { Curiosities, CuriosityBounds } from "./curiosities.ts";
import type { TrailPage, TrailQuery } from "./trail.ts";

/** Whose an exchange is. It stays known when the content is erased. */
export type Owner = { readonly client: string; readonly organisation: string | null };

/** An exchange as the index keeps it. `owner`: null for what the service did by itself. */
export type IndexedExchange = StoredExchange & { readonly owner: Owner | null };

/** What a receipt is made of. `opening`: null when the content was erased. */
export type IndexedOpening = { readonly index: number; readonly opening: Opening | null };

/** What is searched for; null where it does not matter. Times are the log's, milliseconds since the epoch: `from` and later, before `until`. */
export type ExchangeFilter = {
  readonly from: number | null;
  readonly until: number | null;
  readonly client: string | null;
  /** Of the client. */
  readonly organisation: string | null;
  readonly item: string | null;
  readonly case: string | null;
  readonly resource: string | null;
  readonly kind: string | null;
  /** The result's word; of an act its name. */
  readonly outcome: string | null;
  /** A keyed pseudonym, whole or its first 22 characters. */
  readonly person: string | null;
};

/** Newest first. `before`: only what stands before this index in the log; null for the newest. */
export type ExchangeQuery = {
  readonly filter: ExchangeFilter;
  readonly before: number | null;
  readonly limit: number;
};

/** One exchange in a list: what can be searched for. Of an erased one the case is null. */
export type ExchangeSummary = {
  readonly index: number;
  readonly id: string;
  readonly time: string;
  readonly kind: string;
  readonly client: string | null;
  readonly organisation: string | null;
  readonly item: string | null;
  readonly case: string | null;
  readonly resource: string | null;
  readonly outcome: string | null;
  readonly erased: StoredExchange["erased"];
};

/** `next`: what to give as `before` for the next page, null when nothing comes after it. A page may be empty and have a next one. */
export type ExchangePage = { readonly exchanges: readonly ExchangeSummary[]; readonly next: number | null };

/** Each line is the JSON text of one StoredExchange with its id, in which the record stands as the log has committed to it. */
export type ExportPage = {
  readonly lines: readonly { readonly owner: Owner | null; readonly line: string }[];
  readonly next: number | null;
};

/** What to erase, and why. `notAfter`: only entries whose time in the log is not after this one, milliseconds; null for all. */
export type Erasure = { readonly basis: string; readonly notAfter: number | null };

/** How many of a person's exchanges can be erased, and how many cannot, being too young. `before`: they all stand before this index. */
export type AboutPerson = { readonly exchanges: number; readonly tooYoung: number; readonly before: number };

/** Times in milliseconds: what is older has to go. */
export type RetentionBounds = { readonly exchangesBefore: number; readonly actsBefore: number };
export type RetentionCounts = { readonly exchanges: number; readonly acts: number };

export type IndexState = {
  /** Entries that can be searched. */
  readonly indexed: number;
  /** Entries that the journal is not needed for. */
  readonly taken: number;
  /** Why entries cannot be taken over just now; null when all is well. */
  readonly problem: string | null;
  /** Entries whose content was lost with an index that is gone: each `from` and later, before `until`. */
  readonly missing: readonly { readonly from: number; readonly until: number }[];
};

/**
 * The searchable half of the log. Every reading sees whatever was durable when it was asked for. All reject with Fault
 * LOG_UNAVAILABLE when the index cannot be read or written, and work again as soon as it can.
 */
export type ExchangeIndex = {
  get(id: string): Promise<IndexedExchange | null>;
  opening(id: string): Promise<IndexedOpening | null>;
  search(query: ExchangeQuery): Promise<ExchangePage>;
  /** The next lines of an export, at most about a megabyte at a time. */
  exportPage(query: Omit<ExchangeQuery, "limit">): Promise<ExportPage>;
  trail(query: TrailQuery): Promise<TrailPage>;
  curiosities(sinceMs: number, bounds: CuriosityBounds): Promise<Curiosities>;

  /** Destroys content, salts and pseudonyms, and resolves when they are gone from the index's files. The journal has to be rid of them before. */
  erase(id: string, erasure: Erasure): Promise<"erased" | "already" | "too-young" | "unknown">;
  /** `person`: a keyed pseudonym. */
  aboutPerson(person: string, notAfter: number | null): Promise<AboutPerson>;
  /** Erases what stands before this index. Resolves to how many were erased. */
  erasePerson(person: string, before: number, erasure: Erasure): Promise<number>;
  dueForRetention(bounds: RetentionBounds): Promise<RetentionCounts>;
  retain(bounds: RetentionBounds): Promise<RetentionCounts>;

  /** Resolves when all that is durable has been taken over durably. */
  settle(): Promise<void>;
  /** Resolves when the index could be written to just now. */
  probe(): Promise<void>;
  state(): IndexState;
};
