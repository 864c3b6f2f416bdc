import { expect, test } from "vitest";
import { parseSourceTime } from "./source-time.ts";

test.each([
  ["2026-03-02T01:02:03Z", "2026-03-02T01:02:03.000Z"],
  ["2026-03-02T09:02:03.5+08:00", "2026-03-02T01:02:03.500Z"],
  ["2026-03-02 09:02:03", "2026-03-02T01:02:03.000Z"],
  ["2026-03-02T09:02:03.250", "2026-03-02T01:02:03.250Z"],
  ["20260302090203", "2026-03-02T01:02:03.000Z"],
  ["1772413323000", "2026-03-02T01:02:03.000Z"],
  ["2026-03-02", "2026-03-01T16:00:00.000Z"],
])("%s", (text, expected) => {
  const time = parseSourceTime(text);
  expect(time === null ? null : new Date(time).toISOString()).toBe(expected);
});

test.each([
  "",
  "now",
  "2026-02-30",
  "2026-02-30 00:00:00",
  "20261302000000",
  "2026-03-02 25:00:00",
  "1772413323",
  "Mon",
])("%j is no time", (text) => {
  expect(parseSourceTime(text)).toBeNull();
});
