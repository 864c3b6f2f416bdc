import * as fc from "fast-check";
import { expect, test } from "vitest";
import { dateCell, numberCell, unescaped } from "./cell-value.ts";

test.each([
  ["89.5", "89.5"],
  ["89.50", "89.5"],
  ["0", "0"],
  ["-0", "0"],
  ["-1.5E-3", "-0.0015"],
  ["1E+2", "100"],
  ["1.3800138E10", "13800138000"],
  ["999999999999999", "999999999999999"],
  [".5", "0.5"],
])("the number %s is %s", (text, value) => {
  expect(numberCell(text)).toBe(value);
});

test.each([
  ["0.30000000000000004", "0.3"],
  ["89.499999999999986", "89.5"],
  ["1.1010519491231E+17", "110105194912310000"],
  ["110105194912310021", "110105194912310000"],
])("of the number %s only %s is sure", (text, rounded) => {
  expect(numberCell(text)).toEqual({ rounded });
});

test.each(["", "1e999", "1E21", "NaN", "Infinity", "0x10", "1,5", "12 ", "1e", "--1"])("%j is no number", (text) => {
  expect(numberCell(text)).toEqual({ fault: "VALUE_INVALID" });
});

test("any decimal of 15 digits comes back as it was", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 15n) + 1n, max: 10n ** 15n - 1n }), fc.nat({ max: 14 }), (units, places) => {
      const cell = numberCell(String(Number(units) / 10 ** places));
      if (typeof cell !== "string") throw new Error("not exact");
      expect(Number(cell)).toBe(Number(units) / 10 ** places);
      expect(cell).toMatch(/^(?:0|-?(?:0|[1-9]\d*)(?:\.\d*[1-9])?)$/);
    }),
    { numRuns: 5_000 },
  );
});

test.each([
  ["45296", 1900, "2024-01-05"],
  ["43834", 1904, "2024-01-05"],
  ["45296.5", 1900, "2024-01-05T12:00:00"],
  ["45296.999999999", 1900, "2024-01-06"],
  ["1", 1900, "1900-01-01"],
  ["59", 1900, "1900-02-28"],
  ["61", 1900, "1900-03-01"],
  ["0", 1904, "1904-01-01"],
  ["2958465", 1900, "9999-12-31"],
] as const)("day %s of %s is %s", (text, epoch, day) => {
  expect(dateCell(text, epoch)).toBe(day);
});

test.each([
  ["60", 1900],
  ["60.5", 1900],
  ["0", 1900],
  ["0.5", 1900],
  ["-1", 1904],
  ["2958466", 1900],
  ["x", 1900],
] as const)("day %s of %s is none", (text, epoch) => {
  expect(dateCell(text, epoch)).toEqual({ fault: "VALUE_INVALID" });
});

test("escaped characters", () => {
  expect(unescaped("a_x000D_b_x4E2D_")).toBe("a\rb中");
  expect(unescaped("_x00_ _xZZZZ_ x000D")).toBe("_x00_ _xZZZZ_ x000D");
});
