import { expect, test } from "vitest";
import type { FieldType } from "../source.ts";
import { readField, readFieldMapping } from "./field-mapping.ts";
import { parseJson } from "./strict-json.ts";
import { codeOf } from "./test-questions.ts";

const read = (type: FieldType, json: string, mapping: unknown = "/v") =>
  readField("field", type, readFieldMapping(mapping, "settings"), parseJson(Buffer.from(json)));

test.each<[string, FieldType, string, string | null]>([
  ["a text", "text", '{"v":" 张三 "}', " 张三 "],
  ["a number as written", "decimal", '{"v":120.50}', "120.50"],
  ["a number beyond what a double holds", "certificate-number", '{"v":12345678901234567890}', "12345678901234567890"],
  ["a decimal in a text", "decimal", '{"v":"1,234.5"}', "1234.5"],
  ["a flag", "flag", '{"v":true}', "true"],
  ["a flag in words", "flag", '{"v":"否"}', "false"],
  ["a flag in digits", "flag", '{"v":1}', "true"],
  ["a date", "date", '{"v":"2024-01-05"}', "2024-01-05"],
  ["a date with a time of day", "date", '{"v":"2024-01-05 09:30:00"}', "2024-01-05"],
  ["a date in Chinese", "date", '{"v":"2024年1月5日"}', "2024-01-05"],
  ["a date in digits", "date", '{"v":20240105}', "2024-01-05"],
  ["null", "text", '{"v":null}', null],
  ["nothing", "text", "{}", null],
  ["blanks", "text", '{"v":"  "}', null],
])("%s", (_what, type, json, expected) => {
  expect(read(type, json)).toBe(expected);
});

test.each<[string, FieldType, string]>([
  ["an object", "text", '{"v":{}}'],
  ["a list", "text", '{"v":["a"]}'],
  ["a decimal with a unit", "decimal", '{"v":"120平方米"}'],
  ["a decimal with an exponent", "decimal", '{"v":1e3}'],
  ["a day that is not in the calendar", "date", '{"v":"2024-02-30"}'],
  ["a date in other words", "date", '{"v":"长期"}'],
  ["a flag in other words", "flag", '{"v":"maybe"}'],
])("%s is malformed", async (_what, type, json) => {
  expect(await codeOf(() => read(type, json))).toBe("SOURCE_MALFORMED");
});

test("words are mapped, and no other word passes", async () => {
  const mapping = { pointer: "/v", map: { "1": "current", 现势: "current", "2": "cancelled" } };
  expect([read("code", '{"v":1}', mapping), read("code", '{"v":"现势"}', mapping)]).toEqual(["current", "current"]);
  expect(await codeOf(() => read("code", '{"v":3}', mapping))).toBe("SOURCE_MALFORMED");
  expect(await codeOf(() => read("code", '{"v":"constructor"}', mapping))).toBe("SOURCE_MALFORMED");
});

test("the map of a date has words for what is no day", () => {
  const mapping = { pointer: "/v", map: { 长期: "9999-12-31" } };
  expect([read("date", '{"v":"长期"}', mapping), read("date", '{"v":"2030/1/2"}', mapping)]).toEqual([
    "9999-12-31",
    "2030-01-02",
  ]);
});

test.each([
  ["1704384000000", "2024-01-05"],
  ["1704383999999", "2024-01-04"],
  ["-1", "1970-01-01"],
])("%s ms after the epoch is the day %s in China", (digits, day) => {
  expect(read("date", `{"v":${digits}}`, { pointer: "/v", as: "epoch-milliseconds" })).toBe(day);
});

test("an epoch that is none is malformed", async () => {
  const mapping = { pointer: "/v", as: "epoch-milliseconds" };
  expect(await codeOf(() => read("date", '{"v":"2024-01-05"}', mapping))).toBe("SOURCE_MALFORMED");
});

test("no error quotes a value", () => {
  expect(() => read("date", '{"v":"440524188001010014"}')).toThrow(/^(?!.*440524)/);
});
