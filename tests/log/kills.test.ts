import { type ChildProcessByStdio, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openTestLog, publishedIds } from "./log-directory.ts";

/** How often the log is killed; `npm run test:faults` asks for more. */
const ROUNDS = Number(process.env["FAULT_ROUNDS"] ?? 20);
/** Milliseconds for a round, most of them for starting two processes' worth of threads. */
const PATIENCE = 15_000;
/** A log that has grown to this is followed by a new one: each round reads all of it. */
const LARGE = 20_000;
const UUID_LENGTH = 36;

let root: string;
beforeEach(() => (root = mkdtempSync(join(tmpdir(), "kills-"))));
afterEach(() => rmSync(root, { recursive: true, force: true }));

const APPENDER = fileURLToPath(new URL("./appending-process.ts", import.meta.url));
type Appender = ChildProcessByStdio<null, Readable, null>;

const startAppender = (...clients: string[]): Appender =>
  spawn(process.execPath, [APPENDER, root, ...clients], { stdio: ["ignore", "pipe", "inherit"] });

/** What the process acknowledged until it was killed, some time after its first acknowledgement. */
async function killUnderLoad(child: Appender): Promise<string[]> {
  const ended = once(child, "exit");
  const acknowledged: string[] = [];
  let isDoomed = false;
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged.push(line);
    if (isDoomed) continue;
    isDoomed = true;
    void sleep(randomInt(120)).then(() => child.kill("SIGKILL"));
  }
  await ended;
  // The last line may have been cut off.
  return acknowledged.filter((id) => id.length === UUID_LENGTH);
}

/** The log after a restart: its entries in their order, and those that were acknowledged and are not among them. */
async function restart(acknowledged: readonly string[]) {
  const log = await openTestLog(root);
  try {
    const ids = publishedIds(root);
    expect(ids.length).toBe(log.state().size);
    expect(new Set(ids).size).toBe(ids.length);
    const there = new Set(ids);
    const missing = acknowledged.filter((id) => !there.has(id));
    const last = acknowledged.findLast((id) => there.has(id));
    if (last !== undefined) expect(await log.get(last)).toMatchObject({ record: { id: last } });
    return { ids, missing };
  } finally {
    await log.close();
  }
}

const title = `kill -9 under load, ${ROUNDS} times: what was acknowledged is there, and the tree holds`;
test(title, { timeout: ROUNDS * PATIENCE }, async () => {
  let known: readonly string[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    const acknowledged = await killUnderLoad(startAppender(String(1 + randomInt(16))));
    const { ids, missing } = await restart(acknowledged);
    expect(missing, `round ${round}`).toEqual([]);
    expect(acknowledged.length, `round ${round}`).toBeGreaterThan(0);
    // What was there before stands where it stood.
    expect(ids.slice(0, known.length)).toEqual(known);
    known = ids;
    if (ids.length < LARGE) continue;
    rmSync(root, { recursive: true });
    known = [];
  }
});

test("a log that acknowledges before it has written is found out", async () => {
  const acknowledged = await killUnderLoad(startAppender("16", "hasty"));
  expect((await restart(acknowledged)).missing).not.toEqual([]);
});
