import { setTimeout as sleep } from "node:timers/promises";
import { SourceError } from "./source-error.ts";

/** Milliseconds before the first further attempt; it doubles, and the actual wait is between half of it and all. */
const FIRST_WAIT = 50;

/** Tries again, up to `retries` times, when no connection came about; a question that may have arrived is never sent twice. */
export async function retryingConnections<Answer>(
  attempt: () => Promise<Answer>,
  retries: number,
  signal: AbortSignal,
): Promise<Answer> {
  for (let done = 0; ; done += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (done >= retries || signal.aborted || !wasNotSent(error)) throw error;
      await sleep(FIRST_WAIT * 2 ** done * (0.5 + Math.random() / 2), undefined, { signal });
    }
  }
}

function wasNotSent(error: unknown): boolean {
  return error instanceof SourceError && error.code === "SOURCE_UNAVAILABLE" && !error.sent;
}
