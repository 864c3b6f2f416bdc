import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openTestLog, publishedIds, TEST_ORIGIN } from "../../tests/log/log-directory.ts";
import { sampleEntry, sampleRecord } from "../../tests/log/sample-record.ts";
import type { ExchangeLog, ExchangeLogOptions } from "./exchange-log.ts";
import { readJournal } from "./journal.ts";
import { parseLeaf } from "./leaf.ts";
import { requestContent } from "./log-entry.ts";
import { readVerifierKey } from "./tlog/verifiers.ts";
import { verifyReceipt } from "./receipts/verify-receipt.ts";

let root: string;
let open: ExchangeLog[];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "exchange-log-"));
  open = [];
});
afterEach(async () => {
  await Promise.all(open.map((log) => log.close()));
  rmSync(root, { recursive: true, force: true });
});

async function start(options: Partial<ExchangeLogOptions> = {}): Promise<ExchangeLog> {
  const log = await openTestLog(root, options);
  open.push(log);
  return log;
}

const within = (...names: string[]): string => join(root, "log", ...names);
const LOST = { status: "rejected", reason: { code: "LOG_UNAVAILABLE" } };

/** Appends records one after the other; gives back their identifiers. */
async function fill(log: ExchangeLog, count: number): Promise<string[]> {
  const records = Array.from({ length: count }, sampleRecord);
  for (const record of records) await log.append(sampleEntry(record));
  return records.map(({ id }) => id);
}

test("a record is there after its append resolved, and after re-opening", async () => {
  const record = sampleRecord();
  const log = await start();
  await log.append(sampleEntry(record));
  expect(await log.get(record.id)).toMatchObject({ index: 0, record, erased: null });
  await log.close();
  const again = await start();
  expect(await again.get(record.id)).toMatchObject({ index: 0, record });
  expect(await again.get(sampleRecord().id)).toBeNull();
  expect(publishedIds(root)).toEqual([record.id]);
});

test("a thousand appends at once are all kept, in the order in which they came", async () => {
  const log = await start();
  const records = Array.from({ length: 1000 }, sampleRecord);
  await Promise.all(records.map((record) => log.append(sampleEntry(record))));
  for (const record of records) expect(await log.get(record.id)).toMatchObject({ record });
  expect(log.state()).toMatchObject({ size: 1000, setBacks: 0, failure: null });
  await log.close();
  expect(publishedIds(root)).toEqual(records.map(({ id }) => id));
});

test("a receipt covers its exchange at once, and holds offline with request and answer", async () => {
  const log = await start();
  await fill(log, 300);
  const entry = sampleEntry();
  await log.append(entry);
  const receipt = Buffer.from((await log.receipt(entry.record.id)) ?? "");
  const keys = log.public.keys().trimEnd().split("\n").map(readVerifierKey);
  const question = { keys, witnesses: [], request: null, answer: Buffer.from(entry.answer ?? ""), now: Date.now() };
  const outcome = verifyReceipt(receipt, question);
  expect(outcome).toMatchObject({ holds: true, proven: { log: TEST_ORIGIN, index: 300, exchange: entry.record.id } });
  const other = { ...question, answer: Buffer.from('{"verdict":"PASSED"}') };
  expect(verifyReceipt(receipt, other)).toMatchObject({ holds: false });
  expect(await log.receipt(sampleRecord().id)).toBeNull();
});

test("what is kept of the request is what the leaf commits to", async () => {
  const log = await start();
  const entry = sampleEntry();
  await log.append(entry);
  const [kept] = [...readJournal(within("journal"), 0)];
  expect(kept?.target?.toString()).toBe(entry.request === null ? "" : requestContent(entry.request));
  expect(kept?.record.toString()).toBe(JSON.stringify(entry.record));
});

test("a log that cannot be written to refuses, and is well again by itself", async () => {
  mkdirSync(within(), { recursive: true });
  writeFileSync(within("journal"), "in the way");
  const troubles: string[] = [];
  const log = await start({ onTrouble: (what, detail) => troubles.push(`${what}: ${detail}`) });
  const lost = await Promise.allSettled([log.append(sampleEntry()), log.append(sampleEntry())]);
  expect(lost).toEqual([
    expect.objectContaining({ status: "rejected" }),
    expect.objectContaining({ status: "rejected" }),
  ]);
  for (const each of lost) expect(each).toMatchObject(LOST);
  await expect(log.probe()).rejects.toMatchObject({ code: "LOG_UNAVAILABLE" });
  expect(() => log.public.checkpoint()).toThrow("LOG_UNAVAILABLE");
  expect(log.state().failure).toContain("ENOTDIR");
  expect(troubles.join()).toContain("ENOTDIR");

  rmSync(within("journal"));
  const ids = await fill(log, 2);
  await log.probe();
  expect(log.state()).toMatchObject({ size: 2, failure: null });
  for (const id of ids) expect(await log.get(id)).toMatchObject({ record: { id } });
});

test("a thread that dies takes along what was not acknowledged, and the next one goes on", async () => {
  const log = await start({ threadFile: new URL("../../tests/log/dying-thread.ts", import.meta.url) });
  const ids = await fill(log, 3);
  await log.close();
  writeFileSync(within("die"), "");
  const dying = await start({ threadFile: new URL("../../tests/log/dying-thread.ts", import.meta.url) });
  await expect(dying.append(sampleEntry())).rejects.toMatchObject({ code: "LOG_UNAVAILABLE" });
  await expect(dying.probe()).rejects.toMatchObject({ code: "LOG_UNAVAILABLE" });
  expect(dying.state().failure).not.toBeNull();
  rmSync(within("die"));
  ids.push(...(await fill(dying, 2)));
  expect(dying.state().failure).toBeNull();
  await dying.close();
  expect(publishedIds(root)).toEqual(ids);
});

test("a record that is too large is refused alone", async () => {
  const log = await start();
  const huge = { ...sampleRecord(), decision: { reasons: ["x".repeat(6_000_000)] } } as never;
  const record = sampleRecord();
  const [refused, kept] = await Promise.allSettled([log.append(sampleEntry(huge)), log.append(sampleEntry(record))]);
  expect(refused).toMatchObject(LOST);
  expect(kept).toMatchObject({ status: "fulfilled" });
  expect(await log.get(record.id)).toMatchObject({ record });
});

test("closed in good order, it leaves nothing in the journal that the index and tiles do not have", async () => {
  const log = await start();
  const ids = await fill(log, 300);
  await log.close();
  expect(readdirSync(within("journal"))).toEqual([]);
  const again = await start();
  for (const id of ids) expect(await again.get(id)).toMatchObject({ record: { id } });
});

test("after closing, nothing is accepted; what was appended before is there", async () => {
  const log = await start();
  const record = sampleRecord();
  const last = log.append(sampleEntry(record));
  await log.close();
  await last;
  await expect(log.append(sampleEntry())).rejects.toMatchObject({ code: "LOG_UNAVAILABLE" });
  await expect(log.probe()).rejects.toMatchObject({ code: "LOG_UNAVAILABLE" });
  expect(publishedIds(root)).toEqual([record.id]);
});

test("a log has one writer", async () => {
  const log = await start();
  await expect(start()).rejects.toMatchObject({ name: "LogRefusedError", code: "LOG_LOCKED" });
  await expect(start()).rejects.toThrow(`${within()} is in use by another gateway`);
  await fill(log, 1);
  await log.close();
  expect((await start()).state().size).toBe(1);
});

test("a log keeps its name and its keys", async () => {
  const log = await start({ origin: { name: null, host: "gateway.example:8443" } });
  const [origin = ""] = log.public.checkpoint().split("\n");
  expect(origin).toMatch(/^gateway\.example:8443\/log\/[0-9a-f]{8}$/);
  await log.close();
  const again = await start({ origin: { name: null, host: "moved.example" } });
  expect(again.public.checkpoint()).toBe(log.public.checkpoint());
  expect(again.public.keys()).toBe(log.public.keys());
  expect(readFileSync(within("keys"), "utf8")).toBe(log.public.keys());
  await again.close();
  await expect(start()).rejects.toThrow(`TONGYAN_LOG_ORIGIN is ${TEST_ORIGIN}, but the log`);
});

test("a damaged log is not opened, and lets go of its lock", async () => {
  const log = await start();
  await fill(log, 2);
  await log.close();
  const checkpoint = readFileSync(within("checkpoint"), "utf8");
  writeFileSync(within("checkpoint"), checkpoint.replace("\n2\n", "\n3\n"));
  await expect(start()).rejects.toMatchObject({ code: "LOG_DAMAGED" });
  writeFileSync(within("checkpoint"), checkpoint);
  expect((await start()).state().size).toBe(2);
});

test("discarding the journal leaves nothing of what was recorded in it, and loses nothing", async () => {
  const log = await start();
  const ids = await fill(log, 3);
  expect(readdirSync(within("journal"))).toHaveLength(1);
  await log.discardJournal();
  expect(readdirSync(within("journal"))).toEqual([]);
  ids.push(...(await fill(log, 2)));
  expect([...readJournal(within("journal"), 3)]).toHaveLength(2);
  for (const id of ids) expect(await log.get(id)).toMatchObject({ record: { id } });
  await log.close();
  expect(publishedIds(root)).toEqual(ids);
});

test("discarding the journal works after the thread was lost that knew what the index has", async () => {
  const log = await start();
  const ids = await fill(log, 3);
  const [segment = ""] = readdirSync(within("journal"));
  const bytes = readFileSync(within("journal", segment));
  await log.close();
  // As when the process ended before the file was deleted.
  writeFileSync(within("journal", segment), bytes);
  writeFileSync(within("die"), "");
  const dying = await start({ threadFile: new URL("../../tests/log/dying-thread.ts", import.meta.url) });
  await dying.index.settle();
  await expect(dying.probe()).rejects.toMatchObject({ code: "LOG_UNAVAILABLE" });
  rmSync(within("die"));
  await dying.discardJournal();
  expect(readdirSync(within("journal"))).toEqual([]);
  for (const id of ids) expect(await dying.get(id)).toMatchObject({ record: { id } });
});

test("an index that is put beside an older copy of its log makes no receipt, and waits for none", async () => {
  const log = await start();
  await fill(log, 2);
  await log.close();
  cpSync(within(), join(root, "copy"), { recursive: true });
  const again = await start();
  const [id = ""] = await fill(again, 1);
  await again.close();
  cpSync(within("index.sqlite"), join(root, "copy", "index.sqlite"));
  rmSync(within(), { recursive: true });
  cpSync(join(root, "copy"), within(), { recursive: true });
  const mixed = await start();
  await expect(mixed.receipt(id)).rejects.toMatchObject({ code: "LOG_UNAVAILABLE" });
});

test("with a clock that was set back, times stay in order and it is told", async () => {
  const times = [5000, 4000, 4500, 6000, 1000];
  const now = Date.now();
  let at = 0;
  const log = await start({ clock: () => now + (times[at] ?? 0) });
  const ids: string[] = [];
  for (at = 0; at < times.length; at++) ids.push(...(await fill(log, 1)));
  expect(log.state().setBacks).toBe(2);
  const stored = await Promise.all(ids.map((id) => log.get(id)));
  expect(stored.map((each) => Date.parse(each?.time ?? "") - now)).toEqual([5000, 5000, 5000, 6000, 6000]);
  const leaves = [...readJournal(within("journal"), 0)].map(({ leaf }) => parseLeaf(Buffer.from(leaf)).time);
  expect(leaves).toEqual(stored.map((each) => each?.time));
});

test("a log whose private key is gone is not opened under a new one, and is as soon as the key is back", async () => {
  const log = await start();
  const [id = ""] = await fill(log, 1);
  await log.close();
  const key = join(root, "keys", "log-sm2.key");
  const text = readFileSync(key);
  const keys = readFileSync(within("keys"), "utf8");
  rmSync(key);
  await expect(start()).rejects.toMatchObject({ name: "LogRefusedError", code: "LOG_FOREIGN" });
  expect(readFileSync(within("keys"), "utf8")).toBe(keys);
  writeFileSync(key, text, { mode: 0o600 });
  expect(await (await start()).get(id)).not.toBeNull();
});
