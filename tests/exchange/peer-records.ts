import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import type { CounterReceiptRecord, ExchangeRecord } from "#gateway/log/exchange-record.ts";

/** Every record of a gateway's log, read beside the gateway from its file. */
export function recordsIn(dataDirectory: string): readonly ExchangeRecord[] {
  const database = new DatabaseSync(join(dataDirectory, "exchanges.sqlite"), { readOnly: true });
  try {
    const rows = database.prepare("SELECT record FROM exchanges ORDER BY id").all();
    return rows.map(({ record }) => JSON.parse(String(record)) as ExchangeRecord);
  } finally {
    database.close();
  }
}

/** The counter-receipt for an exchange: it comes a little after its answer. The runner ends what waits in vain. */
export async function counterReceiptIn(dataDirectory: string, exchange: string): Promise<CounterReceiptRecord> {
  for (;;) {
    const found = recordsIn(dataDirectory).find((each) => each.kind === "counter-receipt" && each.of === exchange);
    if (found?.kind === "counter-receipt") return found;
    await sleep(50);
  }
}
