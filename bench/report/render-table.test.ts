import { expect, test } from "vitest";
import { renderComparisonTable, renderTable } from "./render-table.ts";
import { MEASUREMENT, RUN } from "./test-runs.ts";

test("measurements and ratios, with what was reached", () => {
  const lines = renderTable(RUN).split("\n");
  expect(lines[1]).toMatch(/^lookup: gateway +closed loop +64 +10,000 +2,500 +2 +8 +40 +80 +100 +0$/);
  expect(lines[3]).toMatch(/^verify: in this process +in process +– +10,000 +2,500 +– +– +– +– +– +0$/);
  expect(lines[6]).toMatch(/^against bare Fastify +0\.55 +≥ 0\.5 +reached$/);
  expect(lines[7]).toMatch(/^p99 against the median +9 +≤ 8 +NOT REACHED$/);
});

test("what went wrong stands below the table, and acts on no terminal", () => {
  const outcomes = { wrong: 3, refused: 2, failed: 0, unsent: 0, first: "\u001B[2Jx" };
  const text = renderTable({ ...RUN, measurements: [{ ...MEASUREMENT, outcomes }], ratios: [] });
  expect(text).toContain("3 wrong");
  expect(text).toContain("2 refused with 429");
  expect(text).toContain("<U+001B>[2Jx");
  expect(text).not.toContain("\u001B");
});

test("of runs side by side the others are held against the first", () => {
  const other = { ...RUN, measurements: [{ ...MEASUREMENT, perSecond: 5000 }], ratios: [] };
  const lines = renderComparisonTable([RUN, other]).split("\n");
  expect(lines[0]).toMatch(/figure +A +B$/);
  expect(lines[1]).toMatch(/^lookup: gateway, closed loop, 64 conn\. +per second +2,500 +5,000 \(\+100\.0 %\)$/);
  expect(lines.find((line) => line.startsWith("lookup.a"))).toMatch(/ratio +0\.55 +–$/);
  expect(renderComparisonTable([RUN])).toBe("");
});
