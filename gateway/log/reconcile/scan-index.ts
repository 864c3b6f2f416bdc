import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { ExchangeRecord } from "../exchange-record.ts";
import { bytesIn, idText } from "../index/entry-columns.ts";
import { ScanError, type ScannedExchange } from "./scanned-exchange.ts";

/** Only what peers have to do with; a page at a time, so that a gateway that runs is not held up. */
const PAGE = 1024;
const ROWS = `
  SELECT e.entry, e.id, e.time, c.record, x.entry IS NOT NULL AS is_erased
  FROM entries e LEFT JOIN content c USING (entry) LEFT JOIN erasures x USING (entry)
  WHERE e.entry >= ? AND e.kind <> 'act' ORDER BY e.entry LIMIT ${PAGE}`;

/** The exchanges in the index of a gateway's log. Rejects with ScanError. */
export async function* scanIndex(directory: string): AsyncGenerator<ScannedExchange> {
  const file = join(directory, "index.sqlite");
  const database = failing(file, () => new DatabaseSync(file, { readOnly: true }));
  try {
    for (let next = 0; ;) {
      const rows = failing(file, () => database.prepare(ROWS).all(next));
      for (const row of rows) yield readRow(file, row);
      if (rows.length < PAGE) return;
      next = Number(rows.at(-1)?.["entry"]) + 1;
    }
  } finally {
    database.close();
  }
}

function readRow(file: string, row: Readonly<Record<string, unknown>>): ScannedExchange {
  const id = idText(bytesIn(row["id"]));
  const time = new Date(Number(row["time"])).toISOString();
  if (row["is_erased"] === 1) return { id, time, record: null };
  try {
    return { id, time, record: JSON.parse(bytesIn(row["record"]).toString()) as ExchangeRecord };
  } catch {
    throw new ScanError(`${file}: the record of ${id} is damaged; tongyan log verify says more`);
  }
}

function failing<Result>(file: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    throw new ScanError(`${file} cannot be read (${error instanceof Error ? error.message : "unknown error"})`);
  }
}
