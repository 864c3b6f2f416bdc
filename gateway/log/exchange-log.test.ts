import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openExchangeLog } from "./exchange-log.ts";
import { sampleRecord } from "../../tests/log/sample-record.ts";

let directory: string;
let file: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "exchange-log-"));
  file = join(directory, "exchanges.sqlite");
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test("a record is there after its append resolved, and after re-opening", async () => {
  const record = sampleRecord();
  const log = openExchangeLog(file);
  await log.append(record);
  expect(await log.get(record.id)).toEqual(record);
  await log.close();
  const again = openExchangeLog(file);
  expect(await again.get(record.id)).toEqual(record);
  expect(await again.get(sampleRecord().id)).toBeNull();
  await again.close();
});

test("a thousand appends at once are all kept", async () => {
  const log = openExchangeLog(file);
  const records = Array.from({ length: 1000 }, sampleRecord);
  await Promise.all(records.map((record) => log.append(record)));
  for (const record of records) expect(await log.get(record.id)).toEqual(record);
  await log.close();
});

test("a log that cannot be written to rejects the whole batch, and recovers by itself", async () => {
  mkdirSync(file);
  const log = openExchangeLog(file);
  const lost = await Promise.allSettled([log.append(sampleRecord()), log.append(sampleRecord())]);
  for (const each of lost) expect(each).toMatchObject({ status: "rejected", reason: { code: "LOG_UNAVAILABLE" } });
  await expect(log.get(sampleRecord().id)).rejects.toMatchObject({ code: "LOG_UNAVAILABLE" });
  await expect(log.probe()).rejects.toMatchObject({ code: "LOG_UNAVAILABLE" });

  rmSync(file, { recursive: true });
  const record = sampleRecord();
  await log.append(record);
  await log.probe();
  expect(await log.get(record.id)).toEqual(record);
  await log.close();
});

test("one record that cannot be stored takes its batch along, and nothing of it is kept", async () => {
  const log = openExchangeLog(file);
  const first = sampleRecord();
  const second = sampleRecord();
  const batch = await Promise.allSettled([log.append(first), log.append(second), log.append(first)]);
  expect(batch.map((each) => each.status)).toEqual(["rejected", "rejected", "rejected"]);
  expect(await log.get(second.id)).toBeNull();
  await log.append(second);
  expect(await log.get(second.id)).toEqual(second);
  await log.close();
});

test("after closing, nothing is accepted", async () => {
  const log = openExchangeLog(file);
  await log.append(sampleRecord());
  await log.close();
  await expect(log.append(sampleRecord())).rejects.toMatchObject({ code: "LOG_UNAVAILABLE" });
});

/** Starts a process that appends without end and prints the id of each record once it is acknowledged. */
async function killWhileAppending(enough: number): Promise<string[]> {
  const appender = fileURLToPath(new URL("../../tests/log/appending-process.ts", import.meta.url));
  const child = spawn(process.execPath, [appender, file], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit");
  const acknowledged: string[] = [];
  for await (const id of createInterface({ input: child.stdout })) {
    if (acknowledged.push(id) === enough) child.kill("SIGKILL");
  }
  await ended;
  // The last line may have been cut off by the kill.
  return acknowledged.filter((id) => id.length === 36);
}

test("kill -9: every acknowledged record is there", async () => {
  for (const enough of [1, 50, 400]) {
    const acknowledged = await killWhileAppending(enough);
    expect(acknowledged.length).toBeGreaterThanOrEqual(enough);
    const log = openExchangeLog(file);
    for (const id of acknowledged) expect(await log.get(id)).toMatchObject({ id });
    await log.append(sampleRecord());
    await log.close();
  }
});
