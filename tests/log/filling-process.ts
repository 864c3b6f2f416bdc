// Run by full-disk.test.ts on a disk that fills up: appends until it is refused for a while, makes room, appends again, and prints a Filling.
import { execFileSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openTestLog, publishedIds } from "./log-directory.ts";
import { sampleEntry } from "./sample-record.ts";

/** What became of the appends. */
export type Filling = {
  readonly acknowledged: number;
  /** Codes of what was refused, and what the log said of itself meanwhile. */
  readonly codes: readonly string[];
  readonly failures: readonly string[];
  readonly probe: string;
  /** Acknowledged after there was room again, without a restart; and what the log says of itself then. */
  readonly afterwards: number;
  readonly failureAfterwards: string | null;
  /** After a restart: acknowledged ones that are not in the log, or not in the index; refused ones that are in the log. */
  readonly missing: number;
  readonly unread: number;
  readonly refusedButThere: number;
};

const ENOUGH_REFUSED = 200;
const ENOUGH_AFTERWARDS = 500;
const BALLAST_BYTES = 20 * 1024 * 1024;

const [root = "", way = ""] = process.argv.slice(2);
const ballast = join(root, "ballast");
if (way === "ballast") writeFileSync(ballast, Buffer.alloc(BALLAST_BYTES));

const makeRoom = (): void =>
  way === "ballast"
    ? rmSync(ballast)
    : void execFileSync("prlimit", ["--pid", String(process.pid), "--fsize=unlimited"]);

const log = await openTestLog(root, { sealEvery: 200, segmentBytes: way === "ballast" ? 300_000 : 1_000_000_000 });
const acknowledged: string[] = [];
const refused = new Map<string, string>();
/** One entry may still fit where a batch did not: then nothing fails for a moment. */
const failures = new Set<string | null>();
const over = new AbortController();

async function appendUntilOver(): Promise<void> {
  while (!over.signal.aborted) {
    const entry = sampleEntry();
    try {
      await log.append(entry);
      acknowledged.push(entry.record.id);
    } catch (error) {
      refused.set(entry.record.id, codeOf(error));
      failures.add(log.state().failure);
      await sleep(2);
    }
  }
}

const codeOf = (error: unknown): string => (error instanceof Error && "code" in error ? String(error.code) : "no code");

const appending = Array.from({ length: 16 }, appendUntilOver);
while (refused.size < ENOUGH_REFUSED) await sleep(5);
const probe = await log.probe().then(() => "well", codeOf);
const before = acknowledged.length;
makeRoom();
while (acknowledged.length < before + ENOUGH_AFTERWARDS) await sleep(5);
over.abort();
await Promise.all(appending);
await log.probe();
const { failure: failureAfterwards } = log.state();
await log.close();

const again = await openTestLog(root);
const there = new Set(publishedIds(root));
let unread = 0;
for (const id of acknowledged) if ((await again.get(id))?.record?.id !== id) unread++;
await again.close();
const filling: Filling = {
  acknowledged: acknowledged.length,
  codes: [...new Set(refused.values())],
  failures: [...failures].filter((failure) => failure !== null),
  probe,
  afterwards: acknowledged.length - before,
  failureAfterwards,
  missing: acknowledged.filter((id) => !there.has(id)).length,
  unread,
  refusedButThere: [...refused.keys()].filter((id) => there.has(id)).length,
};
process.stdout.write(JSON.stringify(filling));
