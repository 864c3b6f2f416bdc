import type { ExchangeRecord } from "./exchange-record.ts";

/** One exchange, or one act of an administrator, as it goes into the log. */
export type LogEntry = {
  /** Kept as it is written here: its JSON text is what the log commits to. */
  readonly record: ExchangeRecord;
  /** What was asked, null for acts. */
  readonly request: AskedRequest | null;
  /** The exact body that will be answered with; null where no such body is made, as for denials. */
  readonly answer: Uint8Array | null;
  /** Stands for the record that was asked about, in plain text; only a keyed pseudonym of it is kept. */
  readonly subject: string | null;
  /** Persons and bodies whom the exchange is about, each in one writing (see personName); only pseudonyms are kept. */
  readonly persons: readonly string[];
};

/** `target` as in `POST /v1/lookups`, with the query; `#` and the part's id after it for a part of a batch. `sha256` of the body's bytes, hex. */
export type AskedRequest = { readonly target: string; readonly sha256: string };

/** What the log commits to as the request. */
export const requestContent = ({ target, sha256 }: AskedRequest): string => `${target}\nsha256:${sha256}`;
