import { performance } from "node:perf_hooks";
import { type Errand, isDone } from "./errand.ts";

/** When the next request is due, as performance.now(); null: there is none any more. `rest`: those that nobody took. */
export type Schedule = { readonly next: () => number | null; readonly rest: () => Iterable<number> };

/** So many a second, evenly, whatever becomes of them. */
export function evenly(perSecond: number, { start, end, recording }: Errand): Schedule {
  let taken = 0;
  const due = (): number => start + (taken / perSecond) * 1000;
  return {
    next() {
      if (due() >= end || performance.now() >= end || recording.despair !== null) return null;
      const at = due();
      taken += 1;
      return at;
    },
    *rest() {
      for (; due() < end; taken += 1) yield due();
    },
  };
}

/** As soon as a connection is free. */
export const atOnce = (errand: Errand): Schedule => ({
  next() {
    const now = performance.now();
    return isDone(errand, now) ? null : now;
  },
  rest: () => [],
});
