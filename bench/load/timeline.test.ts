import { expect, test } from "vitest";
import { Timeline } from "./timeline.ts";

test("each second has its own answers and times, also one in which nothing came", () => {
  const timeline = new Timeline();
  for (const [second, milliseconds] of [
    [0.1, 5],
    [0.9, 5],
    [2.5, 80],
  ] as const)
    timeline.add(second, milliseconds);
  timeline.reach(3);
  expect(timeline.instants.map(({ second, answers }) => [second, answers])).toEqual([
    [0, 2],
    [1, 0],
    [2, 1],
  ]);
  expect(timeline.instants.map(({ p99 }) => Math.round(p99))).toEqual([5, 0, 80]);
});

test("a day takes no more room than an hour, and no answer is lost", () => {
  const timeline = new Timeline();
  const day = 86_400;
  for (let second = 0; second < day; second += 1) timeline.add(second + 0.5, second === 40_000 ? 900 : 1);
  timeline.reach(day);
  const { instants } = timeline;
  const step = (instants[1]?.second ?? 0) - (instants[0]?.second ?? 0);
  expect(instants.length).toBeLessThanOrEqual(3600);
  expect(instants.every(({ second, answers }, index) => second === index * step && answers === 1)).toBe(true);
  expect((instants.at(-1)?.second ?? 0) + step).toBeGreaterThan(day - step);
  expect(Math.max(...instants.map(({ p99 }) => p99))).toBeGreaterThan(800);
});
