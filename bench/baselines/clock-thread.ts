// Worker thread of clock.ts.
import { parentPort, workerData } from "node:worker_threads";
import type { ThreadStalls } from "./clock.ts";

const { seconds, long }: { readonly seconds: number; readonly long: number } = workerData;

/** Milliseconds. To read the clock takes a ten-thousandth of this; garbage collection here stays below it. */
const SHORTEST = 1;

function watch(until: number): ThreadStalls {
  const stalls = { missed: 0, long: 0, longest: 0 };
  for (let last = performance.now(); last < until;) {
    const now = performance.now();
    const gap = now - last;
    last = now;
    if (gap < SHORTEST) continue;
    stalls.missed += gap;
    if (gap > long) stalls.long++;
    if (gap > stalls.longest) stalls.longest = gap;
  }
  return stalls;
}

parentPort?.postMessage(watch(performance.now() + seconds * 1000));
