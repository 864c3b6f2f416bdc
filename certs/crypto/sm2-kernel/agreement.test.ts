import { once } from "node:events";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";

/** How many random signatures; `npm run test:faults` asks for 100,000. */
const ROUNDS = Number(process.env["EQUIVALENCE_ROUNDS"] ?? 1_000);
/** Milliseconds for one signature, all three ways, on a busy machine. */
const PATIENCE = 30;

test(
  `kernel, node:crypto and a third implementation agree on ${ROUNDS} random signatures`,
  { timeout: 30_000 + ROUNDS * PATIENCE },
  async () => {
    const threads = ROUNDS < 10_000 ? 1 : availableParallelism();
    const found = await Promise.all(Array.from({ length: threads }, () => inThread(Math.ceil(ROUNDS / threads))));
    expect(found.flat()).toEqual([]);
  },
);

async function inThread(count: number): Promise<unknown> {
  const thread = new Worker(new URL("./test-agreement-thread.ts", import.meta.url), { workerData: count });
  const [found] = await once(thread, "message");
  await thread.terminate();
  return found;
}
