import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Histogram } from "./histogram.ts";

function histogramOf(times: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const time of times) histogram.add(time);
  return histogram;
}

test("percentiles are those of the times, 3 % or a microsecond off at most", () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0.001, max: 500_000, noNaN: true }), { minLength: 1, maxLength: 300 }),
      fc.constantFrom(0.5, 0.9, 0.99, 0.999, 1),
      (times, rank) => {
        const exact = times.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(rank * times.length) - 1)] ?? 0;
        const found = histogramOf(times).percentile(rank);
        expect(Math.abs(found - exact)).toBeLessThanOrEqual(Math.max(0.001, exact / 32));
      },
    ),
  );
});

test("bins ascend, hold every time, and are no more for very many of them", () => {
  const times = Array.from({ length: 200_000 }, (_, index) => ((index * 7919) % 200_000) / 20);
  const latency = histogramOf(times).latency();
  const bins = latency?.histogram ?? [];
  expect(bins.reduce((sum, { count }) => sum + count, 0)).toBe(times.length);
  expect(bins.every(({ upTo }, index) => index === 0 || upTo > (bins[index - 1]?.upTo ?? 0))).toBe(true);
  expect(bins.length).toBeLessThan(900);
  expect(latency?.max).toBe(9999.95);
});

test("of nothing there are no times, and a cleared one holds nothing", () => {
  const histogram = histogramOf([5]);
  histogram.clear();
  expect([histogram.total, histogram.latency(), histogram.percentile(0.5)]).toEqual([0, null, 0]);
});
