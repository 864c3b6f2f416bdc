import { performance } from "node:perf_hooks";
import { setTimeout as pause } from "node:timers/promises";
import { Pool } from "undici";
import type { Errand } from "./errand.ts";
import type { Asked } from "./recording.ts";
import type { Schedule } from "./schedule.ts";

/**
 * Each connection takes the next request that is due and asks it, at once where it is late. Its time counts from when it was due: a server
 * that stalls keeps the others waiting too, and a clock that starts at sending would not see it (coordinated omission).
 */
export async function askOnSchedule(errand: Errand, schedule: Schedule): Promise<void> {
  const { connections, origin, patienceSeconds } = errand.order;
  const patience = patienceSeconds * 1000;
  const pool = new Pool(origin, {
    connections,
    pipelining: 1,
    headersTimeout: patience,
    bodyTimeout: patience,
    connectTimeout: patience,
  });
  try {
    await Promise.all(Array.from({ length: connections }, () => askAlong(errand, schedule, pool)));
  } finally {
    await pool.destroy();
  }
  for (const due of schedule.rest()) errand.recording.unsent(due);
}

async function askAlong(errand: Errand, schedule: Schedule, pool: Pool): Promise<void> {
  for (;;) {
    const due = schedule.next();
    if (due === null) return;
    const ahead = due - performance.now();
    if (ahead > 0) await pause(ahead);
    // A timer may be a fraction of a millisecond early.
    await ask(errand, pool, errand.next(due, Math.min(due, performance.now())));
  }
}

async function ask({ headersOf, recording }: Errand, pool: Pool, asked: Asked): Promise<void> {
  const { method, path, body } = asked.request;
  const headers = headersOf(asked.request);
  try {
    const answer = await pool.request({ method, path, body, headers });
    recording.answered(asked, answer.statusCode, await answer.body.text(), performance.now());
  } catch (error) {
    recording.lost(asked, reasonOf(error), performance.now());
  }
}

/** A code: messages could quote what was asked. */
const reasonOf = (error: unknown): string =>
  error instanceof Error && "code" in error ? String(error.code) : "the answer could not be read";
