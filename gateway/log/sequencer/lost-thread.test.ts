import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ExchangeRecord } from "../exchange-record.ts";
import { readJournal } from "../journal.ts";
import type { LogEntry } from "../log-entry.ts";
import { parseLeaf } from "../leaf.ts";
import { openPseudonymKey } from "../pseudonym.ts";
import { SequencerClient } from "./sequencer-client.ts";
import { newIds, testKeys } from "./test-sequencer.ts";
import { MAX_BATCH } from "./waiting-batches.ts";

let root: string;
beforeEach(() => (root = mkdtempSync(join(tmpdir(), "lost-thread-"))));
afterEach(() => rmSync(root, { recursive: true, force: true }));

const log = (...names: string[]): string => join(root, "log", ...names);
const clients: SequencerClient[] = [];
afterEach(async () => void (await Promise.all(clients.splice(0).map((client) => client.close()))));

function clientOf(onStarted = (): void => {}): SequencerClient {
  const directory = log();
  const outfit = {
    directory,
    keys: testKeys(root).texts,
    pseudonymKey: openPseudonymKey(join(root, "keys")),
    segmentBytes: 1_000_000,
    sealEvery: 60_000,
  };
  const client = new SequencerClient({
    outfit,
    clock: Date.now,
    onDurable: () => {},
    onStarted,
    onTrouble: () => {},
    threadFile: new URL("../../../tests/log/dying-thread.ts", import.meta.url),
  });
  clients.push(client);
  return client;
}

const entryOf = (id: string): LogEntry => ({
  record: { id, kind: "lookup" } as unknown as ExchangeRecord,
  request: null,
  answer: null,
  subject: null,
  persons: [],
});

const idsInJournal = (): string[] =>
  [...readJournal(log("journal"), 0)].map(({ leaf }) => parseLeaf(Buffer.from(leaf)).id);

test("what waits behind a batch that is lost with its thread goes to the next thread", async () => {
  const first = clientOf();
  await first.start();
  await first.close();
  writeFileSync(log("die"), "");
  const client = clientOf();
  await client.start();
  rmSync(log("die"));
  const [lost = "", kept = ""] = newIds(2);
  const losing = client.append(entryOf(lost));
  const refused = expect(losing).rejects.toMatchObject({ code: "LOG_UNAVAILABLE" });
  // In another turn: one batch is under way, and what comes now waits for it.
  await new Promise(setImmediate);
  await client.append(entryOf(kept));
  await refused;
  expect(idsInJournal()).toEqual([kept]);
});

test("closed while its thread starts, it leaves no thread behind", async () => {
  let starts = 0;
  const client = clientOf(() => starts++);
  const started = client.start();
  const waiting = newIds(MAX_BATCH + 1).map((id) => client.append(entryOf(id)));
  await client.close();
  await started;
  await Promise.all(waiting);
  expect(starts).toBe(1);
  expect(idsInJournal()).toHaveLength(MAX_BATCH + 1);
  expect(existsSync(log("sealed"))).toBe(true);
  expect(readdirSync(log("journal"))).toHaveLength(1);
  await expect(client.call({ kind: "probe" })).rejects.toMatchObject({ detail: "the log is closed" });
});
