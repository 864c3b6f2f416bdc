import { describe, expect, test } from "vitest";
import type { FieldType } from "#connectors/source.ts";
import { isWellFormed } from "./well-formed.ts";

const CASES: readonly [type: FieldType, good: readonly string[], bad: readonly string[]][] = [
  [
    "resident-number",
    ["11010519491231002X", "11010519491231002x"],
    ["110105194912310021", "11010519491331002X", "123"],
  ],
  ["credit-code", ["11100000MB03271699"], ["11100000MB03271698", "11100000MB0327169"]],
  ["holder-code", ["11010519491231002X", "11100000MB03271699", "E12345678"], ["110105194912310021", "E1", "a b c d e"]],
  ["date", ["2026-11-21", "2026年11月21日", "20261121", "长期"], ["2026-02-30", "yesterday", "2026-13-01"]],
  ["decimal", ["89.50", "-1", "0"], ["1,000", "1e3", "０", ".5", "1."]],
  ["region", ["340000", "653125"], ["990000", "34", "34000a"]],
  ["phone", ["13800000000", "+86 13800000000"], ["phone", "123", "1".repeat(30)]],
  ["account", ["6222000000000000000"], ["none", "12"]],
  ["flag", ["true", "false"], ["TRUE", "是", "1"]],
  ["certificate-number", ["皖（2026）示例市不动产权第0000001号"], ["x".repeat(101)]],
  ["text", ["示例路1号"], ["", "  ", "a\u0000b", "a\nb", "a\u202eb", "x".repeat(501)]],
];

describe.each(CASES)("%s", (type, good, bad) => {
  test.each(good)("accepts %j", (text) => expect(isWellFormed(type, text)).toBe(true));
  test.each(bad)("refuses %j", (text) => expect(isWellFormed(type, text)).toBe(false));
});
