import { performance } from "node:perf_hooks";
import { askInTurn } from "./closed-loop.ts";
import { askOnSchedule } from "./connections.ts";
import type { Errand } from "./errand.ts";
import type { LoadOrder, LoadProgress, LoadResult } from "./load.ts";
import { Recording } from "./recording.ts";
import { type HeaderMaker, openRequests } from "./request-source.ts";
import { atOnce, evenly } from "./schedule.ts";

/** Milliseconds. */
const TOLD_EVERY = 500;

/** Asks as the order says. Throws when nobody answers. */
export async function runLoad(
  order: LoadOrder,
  headers: HeaderMaker,
  onProgress: (progress: LoadProgress) => void,
): Promise<LoadResult> {
  const request = await openRequests(order.requests);
  const start = performance.now();
  const window = windowOf(order, start);
  const recording = new Recording(order, window);
  let serial = 0;
  const errand: Errand = {
    order,
    start,
    end: window.end,
    recording,
    next: (due, since) => ({ serial, request: request(serial++), due, since }),
    headersOf: (asked) => headers.headersOf(asked),
  };
  const begun = setTimeout(() => recording.begin(), window.begin - start);
  const told = setInterval(() => onProgress(recording.progress(performance.now())), TOLD_EVERY);
  try {
    await ask(errand);
  } finally {
    clearTimeout(begun);
    clearInterval(told);
  }
  if (recording.despair !== null) throw new Error(recording.despair);
  return recording.result();
}

function windowOf({ warmUpSeconds, length, pace }: LoadOrder, start: number): { begin: number; end: number } {
  const begin = start + warmUpSeconds * 1000;
  if ("seconds" in length) return { begin, end: begin + length.seconds * 1000 };
  return { begin, end: pace.kind === "fixed" ? begin + (length.answers / pace.perSecond) * 1000 : Infinity };
}

function ask(errand: Errand): Promise<void> {
  const { pace, origin } = errand.order;
  if (pace.kind === "fixed") return askOnSchedule(errand, evenly(pace.perSecond, errand));
  return new URL(origin).protocol === "http:" ? askInTurn(errand) : askOnSchedule(errand, atOnce(errand));
}
