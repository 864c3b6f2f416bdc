import { expect, test } from "vitest";
import { readRun } from "./read-run.ts";
import { MEASUREMENT, RUN } from "./test-runs.ts";

const OUTCOMES = { wrong: 1, refused: 0, failed: 0, unsent: 0, first: "x" };

test("a run is read as it was written", () => {
  const run = { ...RUN, measurements: [...RUN.measurements, { ...MEASUREMENT, outcomes: OUTCOMES }] };
  expect(readRun(JSON.stringify(run))).toEqual(run);
});

test.each<[name: string, value: unknown]>([
  ["another version", { ...RUN, version: 2 }],
  ["a time that is none", { ...RUN, startedAt: "<b>" }],
  ["a member that nobody knows", { ...RUN, more: 1 }],
  ["a text in place of a figure", { ...RUN, measurements: [{ ...MEASUREMENT, perSecond: "2500" }] }],
  ["a negative figure", { ...RUN, measurements: [{ ...MEASUREMENT, answers: -1 }] }],
  ["a pace that is none", { ...RUN, measurements: [{ ...MEASUREMENT, pace: { kind: "fixed" } }] }],
  ["a target both ways", { ...RUN, ratios: [{ ...RUN.ratios[0], target: { atLeast: 1, atMost: 2 } }] }],
  ["no measurements", { ...RUN, measurements: undefined }],
  ["a list", [RUN]],
])("%s is refused", (_, value) => {
  expect(() => readRun(JSON.stringify(value))).toThrow(/^not a run of the bench/);
});

test("what is no JSON is refused", () => {
  expect(() => readRun("{")).toThrow("not JSON");
});
