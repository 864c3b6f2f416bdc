import { expect, test } from "vitest";
import { isIdentifier, quoteIdentifier } from "./identifier.ts";

test.each(["holder_name", "HolderName", "_x", "不动产权证号", "a1$", "a".repeat(63), "证".repeat(21)])(
  "%s is a name",
  (name) => {
    expect(isIdentifier(name)).toBe(true);
    expect(quoteIdentifier(name)).toBe(`"${name}"`);
  },
);

test.each([
  "",
  'a"b',
  'a"; DROP TABLE x; --',
  "a b",
  "a.b",
  "a-b",
  "1a",
  "a'b",
  "a\0b",
  "a\\b",
  "a;b",
  "a(b)",
  "a\n",
  "ａ＂ｂ",
  "a".repeat(64),
  "证".repeat(22),
  "\ud800",
])("%j is none", (name) => {
  expect(isIdentifier(name)).toBe(false);
  expect(() => quoteIdentifier(name)).toThrow("not an identifier");
});
