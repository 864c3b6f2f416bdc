import type { Caller } from "#gateway/clients/caller.ts";
import type {
  ExchangeFilter,
  ExchangeIndex,
  ExchangePage,
  ExchangeQuery,
  ExportPage,
  Owner,
} from "#gateway/log/index/exchange-index.ts";
import type { Acts } from "#gateway/log/recorded-acts.ts";
import { type MayRead, reachOf, rememberedReading, requireWholeReach, within } from "./reach.ts";

/** A person by a number that names it, or by the pseudonym that an alert or a record shows; null when it does not matter who. */
export type AskedPerson =
  | { readonly kind: "number"; readonly number: string }
  | { readonly kind: "pseudonym"; readonly pseudonym: string };

export type SearchParts = {
  readonly index: Pick<ExchangeIndex, "search" | "exportPage">;
  readonly mayRead: MayRead;
  readonly acts: Pick<Acts, "record">;
  /** Throws Fault KEYS_INVALID for what is no number of a person or body. */
  readonly pseudonymOf: (person: AskedPerson) => string;
};

export type Searching = {
  /** Throws Fault AUTHENTICATION_REQUIRED, DENIED or LOG_UNAVAILABLE. */
  readonly search: (caller: Caller, query: ExchangeQuery) => Promise<ExchangePage>;
  /** The same for one person, for who may look through all there is; that somebody looked is on record before it is answered. */
  readonly searchPerson: (caller: Caller, person: AskedPerson, query: ExchangeQuery) => Promise<ExchangePage>;
  /** Lines of JSON, newest first, the last of which says that nothing is missing, and how many there were. On record before it is begun. */
  readonly exportExchanges: (caller: Caller, filter: ExchangeFilter) => Promise<AsyncIterable<string>>;
};

const NOTHING: ExchangePage = { exchanges: [], next: null };

export function searching({ index, mayRead, acts, pseudonymOf }: SearchParts): Searching {
  async function search(caller: Caller, query: ExchangeQuery): Promise<ExchangePage> {
    const filter = within(query.filter, reachOf(caller, mayRead));
    if (filter === null) return NOTHING;
    const isReadable = rememberedReading(caller, mayRead);
    const { exchanges, next } = await index.search({ ...query, filter });
    return { exchanges: exchanges.filter((exchange) => isReadable(ownerOf(exchange))), next };
  }
  return {
    search,
    async searchPerson(caller, asked, query) {
      requireWholeReach(caller, mayRead);
      const person = pseudonymOf(asked);
      await acts.record({ act: "read-evidence", to: "person", detail: { purpose: null } }, caller);
      return await search(caller, { ...query, filter: { ...query.filter, person } });
    },
    async exportExchanges(caller, asked) {
      const filter = within(asked, reachOf(caller, mayRead));
      await acts.record({ act: "read-evidence", to: "export", detail: { purpose: null } }, caller);
      return exportedLines(index, filter, rememberedReading(caller, mayRead));
    },
  };
}

const ownerOf = ({ client, organisation }: ExchangePage["exchanges"][number]): Owner | null =>
  client === null ? null : { client, organisation };

/** Fetched page by page, each when the one before was taken; null: nothing can be found. */
async function* exportedLines(
  index: Pick<ExchangeIndex, "exportPage">,
  filter: ExchangeFilter | null,
  isReadable: (owner: Owner | null) => boolean,
): AsyncGenerator<string> {
  let count = 0;
  let before: number | null = null;
  do {
    const page: ExportPage = filter === null ? { lines: [], next: null } : await index.exportPage({ filter, before });
    const lines = page.lines.filter(({ owner }) => isReadable(owner)).map(({ line }) => `${line}\n`);
    count += lines.length;
    if (lines.length > 0) yield lines.join("");
    before = page.next;
  } while (before !== null);
  yield `${JSON.stringify({ complete: true, count })}\n`;
}
