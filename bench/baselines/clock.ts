import { once } from "node:events";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";

/** What threads missed that do nothing but read the clock: the machine did other things then. `longest` in milliseconds. */
export type Stalls = {
  readonly threads: number;
  readonly seconds: number;
  /** Part of the threads' time, of 1. */
  readonly missed: number;
  /** Stalls of more than LONG milliseconds. */
  readonly long: number;
  readonly longest: number;
};

/** Of one thread, in milliseconds. */
export type ThreadStalls = { readonly missed: number; readonly long: number; readonly longest: number };

export const LONG = 5;

/** One thread for each core, for `seconds`. Nothing else should run meanwhile. */
export async function stallsOf(seconds: number, threads = availableParallelism()): Promise<Stalls> {
  const found = await Promise.all(Array.from({ length: threads }, () => readClock(seconds)));
  const missed = found.reduce((sum, each) => sum + each.missed, 0);
  return {
    threads,
    seconds,
    missed: missed / (threads * seconds * 1000),
    long: found.reduce((sum, { long }) => sum + long, 0),
    longest: Math.max(...found.map(({ longest }) => longest)),
  };
}

async function readClock(seconds: number): Promise<ThreadStalls> {
  const worker = new Worker(new URL("./clock-thread.ts", import.meta.url), { workerData: { seconds, long: LONG } });
  const [stalls] = await once(worker, "message");
  return stalls;
}
