import type { Report } from "#certs/report.ts";
import type { WorkerAnswer } from "./verification-task.ts";

/** Characters of JSON. A usual report has five thousand; what grows with a document must not grow into the log. */
export const MAX_REPORT = 4 * 1024 * 1024;

/** Lets a report go out of its worker unless it is too large to keep and to send. */
export function withinOutputBudget(report: Report): WorkerAnswer {
  const size = JSON.stringify(report).length;
  if (size <= MAX_REPORT) return { kind: "report", report };
  return { kind: "over-budget", detail: `a report of ${size} characters` };
}
