import { expect, test } from "vitest";
import { readMoment } from "./moment.ts";

test.each([
  ["2024-02-29T00:00:00Z", Date.UTC(2024, 1, 29)],
  ["2024-01-05T08:00:00+08:00", Date.UTC(2024, 0, 5)],
  ["2024-01-05T08:00:00.123456Z", Date.UTC(2024, 0, 5, 8, 0, 0, 123)],
])("%s is a time", (text, time) => {
  expect(readMoment(text)).toBe(time);
});

test.each([
  "2024-01-05",
  "2024-01-05T08:00:00",
  "2024-01-05 08:00:00Z",
  "2023-02-29T00:00:00Z",
  "2024-13-01T00:00:00Z",
  "2024-01-05T24:00:00Z",
  "2024-01-05T25:00:00Z",
  "2024-01-05T08:00:00+24:00",
  "2024-01-05T08:00:00Z\n",
  "+02024-01-05T08:00:00Z",
  "",
])("%j is none", (text) => {
  expect(readMoment(text)).toBeNull();
});
