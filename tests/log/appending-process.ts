// Run by tests of the log and killed by them: appends without end and prints each id once it is acknowledged; a hasty one prints it before.
import { writeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { openTestLog } from "./log-directory.ts";
import { sampleEntry } from "./sample-record.ts";

const [root = "", clients = "8", manner = ""] = process.argv.slice(2);
/** Milliseconds by which a hasty acknowledgement comes too early: more than it takes until the kill. */
const HASTE = 2000;
// Small files and short times, so that a kill meets all that the log does.
const log = await openTestLog(root, { segmentBytes: 100_000, sealEvery: 40 });

/** Written before it returns, however slowly the line is read. */
function print(id: string): void {
  const line = Buffer.from(`${id}\n`);
  for (let written = 0; written < line.length;) {
    try {
      written += writeSync(1, line, written);
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EAGAIN")) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

async function appendForEver(): Promise<never> {
  for (;;) {
    const entry = sampleEntry();
    if (manner === "hasty") {
      print(entry.record.id);
      await sleep(HASTE);
    }
    await log.append(entry);
    if (manner !== "hasty") print(entry.record.id);
  }
}

await Promise.all(Array.from({ length: Number(clients) }, appendForEver));
