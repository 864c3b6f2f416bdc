import { expect, test } from "vitest";
import { readRow } from "./row.ts";
import { resource } from "./test-resource.ts";

const fields = { selected: ["area", "holderName"], asked: ["holderName", "location", "area"] };
const AS_OF = "2026-03-01T00:00:00.000Z";

test("cells come in the order of the statement; what has no column is null", () => {
  expect(readRow(["on", AS_OF, "7", "86.50", "张三"], fields, resource)).toEqual({
    asOf: AS_OF,
    reference: "7",
    record: { area: "86.50", holderName: "张三", location: null },
  });
});

test.each([
  [
    "a transaction that could write, behind a pooler that drops settings",
    ["off", null, null, "1", "a"],
    "SOURCE_REFUSED",
  ],
  ["no word on that", [], "SOURCE_REFUSED"],
  ["a time that is none", ["on", "infinity", null, "1", "a"], "SOURCE_MALFORMED"],
  ["a number that did not come as text", ["on", null, null, 1, "a"], "SOURCE_MALFORMED"],
  ["a text where a decimal stands", ["on", null, null, "about 86", "a"], "SOURCE_MALFORMED"],
])("%s", (_, cells, code) => {
  expect(() => readRow(cells, fields, resource)).toThrow(code);
});
