// Run by exchange-log.test.ts and killed by it: appends without end and prints each id once it is acknowledged.
import { writeSync } from "node:fs";
import { openExchangeLog } from "#gateway/log/exchange-log.ts";
import { sampleRecord } from "./sample-record.ts";

const log = openExchangeLog(process.argv[2] ?? "");

async function appendForEver(): Promise<never> {
  for (;;) {
    const record = sampleRecord();
    await log.append(record);
    writeSync(1, `${record.id}\n`);
  }
}

await Promise.all(Array.from({ length: 8 }, appendForEver));
