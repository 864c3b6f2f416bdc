import { expect, test } from "vitest";
import { parseArguments, UsageError } from "./arguments.ts";
import type { Targets } from "./targets.ts";

const targets: Targets = { "lookup.rate": { atLeast: 1 }, "sm2.rate": { atLeast: 1 } };
const parse = (...args: readonly string[]) => parseArguments(args, targets);

test("one scenario, whole", () => {
  expect(parse("verify")).toEqual({
    scenarios: ["verify"],
    check: false,
    length: "full",
    out: "bench/results",
    compare: [],
  });
});

test("--check alone asks for all that have targets, in the bench's order", () => {
  expect(parse("--check").scenarios).toEqual(["sm2", "lookup"]);
});

test("several scenarios, each once, with every option", () => {
  const asked = parse(
    "log",
    "growth",
    "log",
    "--check",
    "--brief",
    "--out",
    "there",
    "--compare",
    "a",
    "--compare",
    "b",
  );
  expect(asked).toEqual({
    scenarios: ["log", "growth"],
    check: true,
    length: "brief",
    out: "there",
    compare: ["a", "b"],
  });
});

test.each([[[]], [["--brief"]], [["speed"]], [["toString"]], [["verify", "--fast"]], [["verify", "--out"]]])(
  "%j is no use",
  (args) => {
    expect(() => parse(...args)).toThrow(UsageError);
  },
);
