import type { LoadOrder, LoadRequest } from "./load.ts";
import type { Asked, Recording } from "./recording.ts";

/** What a loop needs to ask. Times as performance.now(). */
export type Errand = {
  readonly order: LoadOrder;
  /** When the first request is due, before the warm-up. */
  readonly start: number;
  /** When counting ends; Infinity where answers are counted. */
  readonly end: number;
  readonly recording: Recording;
  /** The next request. */
  readonly next: (due: number, since: number) => Asked;
  readonly headersOf: (request: LoadRequest) => Readonly<Record<string, string>>;
};

/** Whether a closed loop has all that it was sent for. */
export function isDone({ order, end, recording }: Errand, now: number): boolean {
  const { length } = order;
  const enough = "answers" in length && recording.answers >= length.answers;
  return enough || now >= end || recording.despair !== null;
}
