import { expect, test } from "vitest";
import { SCENARIOS, scenarioNames } from "./catalogue.ts";
import { scenarioOf } from "./judgement.ts";
import { readTargets, shippedTargets } from "./targets.ts";

test("every target is of a ratio that its scenario finds", () => {
  const found = scenarioNames().flatMap((name) => SCENARIOS[name].ratios as readonly string[]);
  expect(Object.keys(shippedTargets()).filter((name) => !found.includes(name))).toEqual([]);
});

test("every ratio bears the name of its scenario", () => {
  const strange = scenarioNames().flatMap((name) =>
    SCENARIOS[name].ratios.filter((ratio) => scenarioOf(ratio) !== name),
  );
  expect(strange).toEqual([]);
});

test("reads both bounds", () => {
  const text = '{"a.b":{"atLeast":6},"a.c-d":{"atMost":1.3}}';
  expect(readTargets(text)).toEqual({ "a.b": { atLeast: 6 }, "a.c-d": { atMost: 1.3 } });
});

test.each([
  ["no JSON", "{", "JSON"],
  ["no object", "[]", "not an object"],
  ["nothing", "null", "not an object"],
  ["a name that is none", '{"Speed":{"atLeast":6}}', "no name of a ratio"],
  ["another bound", '{"a.b":{"atleast":6}}', "wants"],
  ["no bound", '{"a.b":{}}', "one bound"],
  ["two bounds", '{"a.b":{"atLeast":6,"atMost":7}}', "one bound"],
  ["a number as text", '{"a.b":{"atLeast":"6"}}', "one bound"],
  ["a bound that is always reached", '{"a.b":{"atLeast":0}}', "over 0"],
  ["a bound below all", '{"a.b":{"atLeast":-1}}', "over 0"],
  ["a bound without end", '{"a.b":{"atMost":1e999}}', "over 0"],
  ["a bare number", '{"a.b":6}', "one bound"],
  ["a list", '{"a.b":[6]}', "wants"],
])("refuses %s", (_, text, message) => {
  expect(() => readTargets(text)).toThrow(message);
});
