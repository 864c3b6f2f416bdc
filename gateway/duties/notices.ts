import { AT_ONCE, type DutiesStore } from "./duties-store.ts";

/** Tells a provider that its data was given: to whom and for what, never the data. `at` is RFC 3339. */
export type Notice = {
  readonly sequence: number;
  readonly at: string;
  readonly exchange: string;
  readonly resource: string;
  readonly client: string;
  readonly item: string;
};
export type NewNotice = Omit<Notice, "sequence" | "at"> & { readonly organisation: string };

export type Notices = {
  readonly add: (notice: NewNotice) => void;
  /** Those to an organisation, in the order they were written. */
  readonly to: (organisation: string, page: { readonly after: number; readonly limit: number }) => readonly Notice[];
  /** Deletes some of the oldest that are not younger than this (milliseconds since the epoch); false when there are none. */
  readonly forget: (until: number) => boolean;
};

const ADD = "INSERT INTO notices (at, organisation, exchange, resource, client, item) VALUES (?, ?, ?, ?, ?, ?)";
const OLDEST = `SELECT sequence FROM notices ORDER BY sequence LIMIT ${AT_ONCE}`;

export function noticesIn(store: DutiesStore, clock: () => number): Notices {
  return {
    add: ({ organisation, exchange, resource, client, item }) =>
      void store.change(ADD, clock(), organisation, exchange, resource, client, item),
    to: (organisation, { after, limit }) =>
      store.ask((database) =>
        database
          .prepare("SELECT * FROM notices WHERE organisation = ? AND sequence > ? ORDER BY sequence LIMIT ?")
          .all(organisation, after, limit)
          .map(noticeOf),
      ),
    forget: (until) => store.change(`DELETE FROM notices WHERE sequence IN (${OLDEST}) AND at <= ?`, until) > 0,
  };
}

const noticeOf = (row: Readonly<Record<string, unknown>>): Notice => ({
  sequence: Number(row["sequence"]),
  at: new Date(Number(row["at"])).toISOString(),
  exchange: String(row["exchange"]),
  resource: String(row["resource"]),
  client: String(row["client"]),
  item: String(row["item"]),
});
