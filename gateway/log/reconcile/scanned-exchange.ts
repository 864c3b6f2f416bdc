import type { ExchangeRecord } from "../exchange-record.ts";

/** One entry of a gateway's log as a directory, an export or the gateway itself tells it. */
export type ScannedExchange = {
  /** Null for an erased one in an export that does not name it. */
  readonly id: string | null;
  readonly time: string;
  /** Null when it was erased. */
  readonly record: ExchangeRecord | null;
};

/** One side: its exchanges can be gone through again and again. Rejects with ScanError. */
export type Side = { readonly name: string; readonly scan: () => AsyncIterable<ScannedExchange> };

/** Exchanges that cannot be read. It says nothing about them. */
export class ScanError extends Error {
  override readonly name = "ScanError";
}
