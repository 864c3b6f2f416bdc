import { expect, test } from "vitest";
import { missedTargets, withTargets } from "./judgement.ts";
import type { Targets } from "./targets.ts";

const targets: Targets = { "a.rate": { atLeast: 6 }, "a.memory": { atMost: 1.3 }, "b.rate": { atLeast: 2 } };
const missed = (found: Readonly<Record<string, number>>, scenarios: readonly string[]): readonly string[] => {
  const titled = Object.entries(found).map(([name, value]) => [name, { title: `the ${name}`, value }] as const);
  return missedTargets(withTargets(Object.fromEntries(titled), targets), { targets, scenarios });
};

test("nothing is missed where every target is reached, the bound itself included", () => {
  expect(missed({ "a.rate": 6, "a.memory": 1.3 }, ["a"])).toEqual([]);
  expect(missed({ "a.rate": 9.2, "a.memory": 0.9, "a.other": 0 }, ["a"])).toEqual([]);
});

test("a line for each that is not reached", () => {
  expect(missed({ "a.rate": 5.999, "a.memory": 1.31 }, ["a"])).toEqual([
    "a.rate: at least 6 wanted, 5.999 found (the a.rate)",
    "a.memory: at most 1.3 wanted, 1.31 found (the a.memory)",
  ]);
});

test("what was not measured is missed, and what is no number", () => {
  expect(missed({ "a.memory": Number.NaN }, ["a"])).toEqual([
    "a.rate: at least 6 wanted, not measured",
    "a.memory: at most 1.3 wanted, NaN found (the a.memory)",
  ]);
});

test("targets of scenarios that were not asked for do not count", () => {
  expect(missed({ "a.rate": 7, "a.memory": 1 }, ["a"])).toEqual([]);
  expect(missed({ "a.rate": 7, "a.memory": 1 }, ["a", "b"])).toEqual(["b.rate: at least 2 wanted, not measured"]);
});

test("ratios carry their targets, or none", () => {
  const found = { "a.rate": { title: "", value: 7 }, "a.other": { title: "", value: 1 } };
  expect(withTargets(found, targets).map(({ target }) => target)).toEqual([{ atLeast: 6 }, null]);
});
