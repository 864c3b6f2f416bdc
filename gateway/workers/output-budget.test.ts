import { expect, test } from "vitest";
import { MAX_REPORT, withinOutputBudget } from "./output-budget.ts";
import { unverifiedReport } from "./unverified-report.ts";

const reportOf = (detail: string) =>
  unverifiedReport({
    reason: "CHECK_ERROR",
    detail,
    sha256: "0".repeat(64),
    bytes: 1,
    policy: "strict",
    snapshot: "sha256:0",
    at: 0,
  });

test("a report that fits goes out as it is", () => {
  const report = reportOf("x".repeat(MAX_REPORT - 10_000));
  expect(withinOutputBudget(report)).toEqual({ kind: "report", text: JSON.stringify(report) });
});

test("a report that is too large does not", () => {
  expect(withinOutputBudget(reportOf("x".repeat(MAX_REPORT)))).toMatchObject({ kind: "over-budget" });
});
