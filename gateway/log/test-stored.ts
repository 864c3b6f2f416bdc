import type { ExchangeRecord } from "./exchange-record.ts";
import type { IndexedExchange } from "./index/exchange-index.ts";

/** A record as the log gives it back. */
export const storedExchange = (record: ExchangeRecord | undefined): IndexedExchange | null =>
  record === undefined
    ? null
    : {
        index: 0,
        time: record.receivedAt,
        record,
        subject: null,
        erased: null,
        owner: record.client === null ? null : { client: record.client.id, organisation: record.client.organisation },
      };
