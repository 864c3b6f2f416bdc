import * as fc from "fast-check";
import { expect, test } from "vitest";
import { binOf, binsBelow, lowerEdge, percentile } from "./log-linear.ts";

const BINS = binsBelow(28);

test("every number lies between the edges of its bin, and edges are an eighth apart at most", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 28 - 1 }), (units) => {
      const bin = binOf(units, BINS);
      expect(lowerEdge(bin)).toBeLessThanOrEqual(units);
      expect(lowerEdge(bin + 1)).toBeGreaterThan(units);
      expect(lowerEdge(bin + 1) - lowerEdge(bin)).toBeLessThanOrEqual(Math.max(1, units / 8));
    }),
  );
});

test("bins follow each other without a gap, and the last one before a power of two ends there", () => {
  for (let bin = 0; bin < BINS; bin += 1) expect(binOf(lowerEdge(bin), BINS)).toBe(bin);
  expect(lowerEdge(BINS)).toBe(2 ** 28);
  expect(lowerEdge(binsBelow(4))).toBe(16);
});

test.each([-1, -0.5, 0, 0.9, Number.NaN, -Infinity])("%d counts as nothing", (units) => {
  expect(binOf(units, BINS)).toBe(0);
});

test.each([2 ** 28, 2 ** 31, 2 ** 40, Infinity])("%d counts into the last bin", (units) => {
  expect(binOf(units, BINS)).toBe(BINS - 1);
});

test("percentiles are those of the numbers, an eighth off at most", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 1_000_000 }), { minLength: 1, maxLength: 300 }),
      fc.constantFrom(0.5, 0.9, 0.99, 1),
      (numbers, rank) => {
        const counts = new Float64Array(BINS);
        for (const bin of numbers.map((number) => binOf(number, BINS))) counts[bin] = (counts[bin] ?? 0) + 1;
        const exact = numbers.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(rank * numbers.length) - 1)] ?? 0;
        const found = percentile(counts, rank) ?? -1;
        expect(Math.abs(found - exact)).toBeLessThanOrEqual(Math.max(1, exact / 8));
      },
    ),
  );
});

test("of nothing there is no percentile", () => {
  expect(percentile(new Float64Array(BINS), 0.5)).toBeNull();
});
