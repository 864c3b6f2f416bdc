import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { readJournal } from "#gateway/log/journal.ts";
import { segmentsIn } from "#gateway/log/journal-segments.ts";
import type { CounterReceiptRecord, ExchangeRecord } from "#gateway/log/exchange-record.ts";

/** Every record of a gateway's log, read beside the gateway from its files: the index first, and what only the journal has yet. */
export function recordsIn(dataDirectory: string): readonly ExchangeRecord[] {
  const log = join(dataDirectory, "log");
  const indexed = indexedRecords(join(log, "index.sqlite"));
  const waiting = [...readJournal(join(log, "journal"), firstOf(join(log, "journal")))].map(({ record }) =>
    record.toString(),
  );
  const records = [...new Set([...indexed, ...waiting])].map((record) => JSON.parse(record) as ExchangeRecord);
  return records.toSorted((one, other) => (one.id < other.id ? -1 : 1));
}

function indexedRecords(file: string): string[] {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const rows = database.prepare("SELECT record FROM content UNION ALL SELECT record FROM act_content").all();
    return rows.map(({ record }) => Buffer.from(record as Uint8Array).toString());
  } finally {
    database.close();
  }
}

const firstOf = (journal: string): number => segmentsIn(journal)[0]?.first ?? 0;

/** The counter-receipt for an exchange: it comes a little after its answer. The runner ends what waits in vain. */
export async function counterReceiptIn(dataDirectory: string, exchange: string): Promise<CounterReceiptRecord> {
  for (;;) {
    const found = recordsIn(dataDirectory).find((each) => each.kind === "counter-receipt" && each.of === exchange);
    if (found?.kind === "counter-receipt") return found;
    await sleep(50);
  }
}
