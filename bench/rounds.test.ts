import { expect, test } from "vitest";
import type { LoadResult } from "./load/load.ts";
import { everyAnswerRight, mergeRounds } from "./rounds.ts";

const round = (perSecond: number, histogram: readonly { upTo: number; count: number }[], max: number): LoadResult => ({
  scenario: "lookup",
  subject: "gateway",
  pace: { kind: "closed" },
  connections: 64,
  seconds: 2,
  answers: histogram.reduce((sum, { count }) => sum + count, 0),
  perSecond,
  latency: { p50: 1, p90: 1, p99: 1, p999: 1, max, histogram },
  timeline: [{ second: 0, answers: 10, p99: max }],
  outcomes: { wrong: 0, refused: 0, failed: 0, unsent: 0, first: null },
  busy: 0.5,
  bytes: 100,
});

test("rounds together have the median rate, and percentiles over all their answers", () => {
  const rounds = [
    round(
      100,
      [
        { upTo: 1, count: 50 },
        { upTo: 4, count: 50 },
      ],
      3.9,
    ),
    round(
      300,
      [
        { upTo: 1, count: 90 },
        { upTo: 16, count: 10 },
      ],
      12,
    ),
    round(200, [{ upTo: 2, count: 100 }], 2),
  ];
  const merged = mergeRounds(rounds);
  // Whatever else a round knows is no part of a measurement.
  expect(Object.keys(merged)).not.toContain("busy");
  expect(merged).toMatchObject({ perSecond: 200, answers: 300, seconds: 6 });
  expect(merged.latency).toMatchObject({ p50: 2, p90: 4, p99: 12, p999: 12, max: 12 });
  expect(merged.latency?.histogram.map(({ upTo, count }) => [upTo, count])).toEqual([
    [1, 140],
    [2, 100],
    [4, 50],
    [16, 10],
  ]);
  expect(merged.timeline.map(({ second }) => second)).toEqual([0, 1, 2]);
});

test("no rounds are no measurement", () => {
  expect(() => mergeRounds([])).toThrow("no rounds");
});

test.each(["wrong", "refused", "failed"] as const)("one answer that is %s spoils a round", (fault) => {
  const good = round(100, [{ upTo: 1, count: 50 }], 1);
  expect(everyAnswerRight(good)).toBe(good);
  const outcomes = { ...good.outcomes, [fault]: 1, first: "the status" };
  expect(() => everyAnswerRight({ ...good, outcomes })).toThrow(`1 ${fault}`);
});

test("a round without an answer is none", () => {
  expect(() => everyAnswerRight({ ...round(0, [], 0), answers: 0 })).toThrow("0 answers right");
});
