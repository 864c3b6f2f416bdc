import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openTestLog, TEST_ORIGIN } from "../../tests/log/log-directory.ts";
import { sampleEntry, sampleRecord } from "../../tests/log/sample-record.ts";
import type { ExchangeLog } from "./exchange-log.ts";

let root: string;
let log: ExchangeLog;
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "publishing-"));
  log = await openTestLog(root);
});
afterEach(async () => {
  await log.close();
  rmSync(root, { recursive: true, force: true });
});

/** Appends records one after the other; gives back their identifiers. */
async function fill(count: number): Promise<string[]> {
  const records = Array.from({ length: count }, sampleRecord);
  for (const record of records) await log.append(sampleEntry(record));
  return records.map(({ id }) => id);
}

test("a checkpoint is published within about a second of growing, and not while nothing grows", async () => {
  const first = log.public.checkpoint();
  expect(first).toMatch(new RegExp(`^${TEST_ORIGIN}\n0\n`));
  await fill(3);
  while (log.state().published < 3) await sleep(20);
  const second = log.public.checkpoint();
  expect(second).toMatch(/\n3\n/);
  await sleep(1500);
  expect(log.public.checkpoint()).toBe(second);
});

test("while its listener is at work a checkpoint stays, unless somebody waits for a newer one", async () => {
  const heard: string[] = [];
  const work = Promise.withResolvers<void>();
  log.onCheckpoint(async (note, proofFrom) => {
    heard.push(note.split("\n")[1] ?? "");
    expect(await proofFrom(0)).toEqual([]);
    await work.promise;
  });
  const [id = ""] = await fill(1);
  while (heard.length < 2) await sleep(20);
  const [last = ""] = await fill(1);
  await sleep(1500);
  expect(heard).toEqual(["0", "1"]);
  await log.receipt(id);
  expect(log.state().published).toBe(1);
  await log.receipt(last);
  expect(heard).toEqual(["0", "1", "2"]);
  work.resolve();
});

test("a cosigned checkpoint is published, and receipts bear it", async () => {
  const [id = ""] = await fill(1);
  const offered = Promise.withResolvers<string>();
  log.onCheckpoint((note) => (note.includes("\n1\n") ? offered.resolve(note) : undefined));
  const note = `${await offered.promise}— witness.example ${Buffer.alloc(76, 1).toString("base64")}\n`;
  await log.cosigned(note);
  expect(log.public.checkpoint()).toBe(note);
  expect(readFileSync(join(root, "log", "checkpoint"), "utf8")).toBe(note);
  await fill(5);
  while (log.state().published < 6) await sleep(20);
  expect(await log.receipt(id)).toContain("witness.example");
  await log.cosigned(note);
  expect(log.public.checkpoint()).not.toContain("witness.example");
});
