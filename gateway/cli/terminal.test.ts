import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { displayWidth, jsonLine, neutralise, pad, painter } from "./terminal.ts";

describe("neutralise", () => {
  test.each([
    ["\u001B[2J", "<U+001B>[2J"],
    ["\u009B31m", "<U+009B>31m"],
    ["a\r\nb\tc\u0000\u007F", "a<U+000D><U+000A>b<U+0009>c<U+0000><U+007F>"],
    ["\u202Eabc\u200B\uFEFF\u2066", "<U+202E>abc<U+200B><U+FEFF><U+2066>"],
    ["\u2028\u2029\uD800", "<U+2028><U+2029><U+D800>"],
    ["示例市自然资源和规划局 (2026) 𠮷", "示例市自然资源和规划局 (2026) 𠮷"],
  ])("%j", (text, safe) => expect(neutralise(text)).toBe(safe));

  test("cuts what no name or number needs", () => {
    expect([...neutralise("𠮷".repeat(10_000))]).toHaveLength(401);
  });

  test("leaves nothing that acts on a terminal", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(neutralise(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      }),
    );
  });
});

describe("jsonLine", () => {
  test("says the same in bytes that do nothing to a terminal", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const line = jsonLine({ text });
        expect(line.slice(0, -1)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
        expect(JSON.parse(line)).toEqual({ text });
      }),
    );
  });

  test("escapes code units, also of a pair", () => {
    expect(jsonLine("\u009B\u{E0001}")).toBe('"\\u009b\\udb40\\udc01"\n');
  });
});

describe("columns", () => {
  test.each([
    ["abc", 3],
    ["通过", 4],
    ["（）", 4],
    ["𠮷", 2],
    ["é", 1],
    ["e\u0301", 1],
    ["✔ 通过", 6],
  ])("%s: %i", (text, width) => expect(displayWidth(text)).toBe(width));

  test("pads by columns, and never cuts", () => {
    expect(pad("通过", 6)).toBe("通过  ");
    expect(pad("无法确认", 6)).toBe("无法确认");
  });
});

describe("colour", () => {
  const lines = [[{ text: "a\u001Bb", tone: "bad" as const }, { text: "  " }]];

  test.each([
    [true, {}, "\u001B[31ma<U+001B>b\u001B[0m\n"],
    [true, { NO_COLOR: "1" }, "a<U+001B>b\n"],
    [true, { NO_COLOR: "" }, "\u001B[31ma<U+001B>b\u001B[0m\n"],
    [true, { TERM: "dumb" }, "a<U+001B>b\n"],
    [false, {}, "a<U+001B>b\n"],
  ])("terminal %s, environment %j", (isTerminal, environment, text) => {
    expect(painter(isTerminal, environment)(lines)).toBe(text);
  });
});
