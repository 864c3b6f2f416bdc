import type { Report } from "#certs/report.ts";
import type { WorkerAnswer } from "./verification-task.ts";

/** Characters of JSON. A usual report has five thousand; what grows with a document must not grow into the log. */
export const MAX_REPORT = 4 * 1024 * 1024;

/** Lets a report go out of its worker unless it is too large to keep and to send. */
export function withinOutputBudget(report: Report): WorkerAnswer {
  const text = JSON.stringify(report);
  if (text.length <= MAX_REPORT) return { kind: "report", text };
  return { kind: "over-budget", detail: `a report of ${text.length} characters` };
}
