import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rankScale, scaleOf, tickLabel } from "./scale.ts";

const positive = fc.double({ min: 1e-4, max: 1e9, noNaN: true });

describe.each(["linear", "logarithmic"] as const)("%s", (kind) => {
  test("every value has its place on the axis, in order, and a few round ones are written there", () => {
    fc.assert(
      fc.property(fc.array(positive, { minLength: 1, maxLength: 20 }), (values) => {
        const { at, ticks } = scaleOf(values, kind);
        const places = values.toSorted((a, b) => a - b).map(at);
        expect(places.every((place, index) => place >= (places[index - 1] ?? 0) && place <= 1 + 1e-9)).toBe(true);
        expect(ticks.length).toBeGreaterThanOrEqual(2);
        expect(ticks.length).toBeLessThanOrEqual(13);
        expect(ticks.every(({ value }) => at(value) > -1e-9 && at(value) < 1 + 1e-9)).toBe(true);
      }),
    );
  });
});

test("linear axes begin at nothing", () => {
  expect(scaleOf([90, 100], "linear").ticks[0]).toEqual({ value: 0, label: "0" });
});

test("equal factors are equally far apart on a logarithmic axis", () => {
  const { at } = scaleOf([1, 10_000], "logarithmic");
  expect(at(100) - at(10)).toBeCloseTo(at(10_000) - at(1000));
});

test("each further nine of a percentile is as wide as the one before", () => {
  const { at, ticks } = rankScale(0.9999);
  expect(at(0.99) - at(0.9)).toBeCloseTo(at(0.999) - at(0.99));
  expect(ticks.map(({ label }) => label)).toEqual(["0", "50", "90", "99", "99.9", "99.99"]);
  expect(at(1)).toBe(1);
});

test.each([
  [0, "0"],
  [0.05, "0.05"],
  [500, "500"],
  [20_000, "20k"],
  [10_000_000, "10M"],
])("%d is written %s", (value, label) => {
  expect(tickLabel(value)).toBe(label);
});
