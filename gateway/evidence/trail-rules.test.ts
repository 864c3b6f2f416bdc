import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ConfigError } from "#gateway/config.ts";
import { ITEMS } from "#gateway/registry/seed/items.ts";
import { readTrailRules, trailRules, USUAL_TRAIL_RULES } from "./trail-rules.ts";

const RULE = { item: "MNR-1161-02", delayDays: 30, basis: "个人信息保护法第十八条" };

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "tongyan-trail-rules-"));
});
afterAll(() => rmSync(directory, { recursive: true }));

test("rules are read with what they leave open as null", () => {
  expect(trailRules({ rules: [RULE, { organisation: "11340000MB0E00011X", delayDays: "never", basis: "x" }] })).toEqual(
    [
      { ...RULE, organisation: null, resource: null },
      { item: null, organisation: "11340000MB0E00011X", resource: null, delayDays: "never", basis: "x" },
    ],
  );
  expect(trailRules({ rules: [] })).toEqual([]);
});

describe("rules are refused with", () => {
  test.each<readonly [string, unknown]>([
    ["no list", {}],
    ["a member that nobody knows", { rules: [], delay: 3 }],
    ["a misspelt member", { rules: [{ ...RULE, items: "x" }] }],
    ["nothing that they are for", { rules: [{ delayDays: 3, basis: "x" }] }],
    ["no law", { rules: [{ item: "I", delayDays: 3 }] }],
    ["no delay", { rules: [{ item: "I", basis: "x" }] }],
    ["a delay of nothing", { rules: [{ ...RULE, delayDays: 0 }] }],
    ["half a day", { rules: [{ ...RULE, delayDays: 0.5 }] }],
    ["a delay in words", { rules: [{ ...RULE, delayDays: "30" }] }],
    ["never, in other letters", { rules: [{ ...RULE, delayDays: "NEVER" }] }],
    ["a delay of more than a lifetime", { rules: [{ ...RULE, delayDays: 36_501 }] }],
    ["an item of null", { rules: [{ ...RULE, item: null }] }],
    ["a credit code that is none", { rules: [{ organisation: "police", delayDays: 3, basis: "x" }] }],
  ])("%s", (_, value) => {
    expect(() => trailRules(value)).toThrow(/trail/);
  });

  test.each([
    ["no file", null],
    ["no JSON", "rules: []"],
    ["a name twice", '{"rules":[],"rules":[]}'],
    ["far too much", `{"rules":[]}${" ".repeat(300_000)}`],
    ["a wrong rule", JSON.stringify({ rules: [{ ...RULE, delayDays: -1 }] })],
  ])("%s in the file that the variable names", (name, text) => {
    const file = join(directory, `${name}.json`);
    if (text !== null) writeFileSync(file, text);
    expect(() => readTrailRules(file)).toThrow(ConfigError);
    expect(() => readTrailRules(file)).toThrow(`TONGYAN_TRAIL_RULES: ${file}`);
  });
});

test("a file that is right takes the place of the usual rules", () => {
  const file = join(directory, "rules.json");
  writeFileSync(file, JSON.stringify({ rules: [RULE] }));
  expect(readTrailRules(file)).toEqual([{ ...RULE, organisation: null, resource: null }]);
});

test("the usual rules are for items that there are", () => {
  const codes = ITEMS.map(({ code }) => code);
  expect(USUAL_TRAIL_RULES.map(({ item }) => item).filter((item) => !codes.includes(item ?? ""))).toEqual([]);
});
