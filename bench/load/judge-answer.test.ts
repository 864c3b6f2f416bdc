import { expect, test } from "vitest";
import { mistakeIn } from "./judge-answer.ts";
import type { Expectation } from "./load.ts";

const EXPECT: Expectation = {
  status: 200,
  contains: ['"outcome":"FOUND"', '"holderName":"张*"'],
  lacks: ["张三", "440524188001010014"],
  members: { "/outcome": "FOUND", "/record/holderName": "张*", "/hits/0": 1 },
};
const RIGHT = JSON.stringify({ outcome: "FOUND", record: { holderName: "张*" }, hits: [1] });

test("a right answer has no mistake", () => {
  expect(mistakeIn(EXPECT, 200, RIGHT)).toBeNull();
});

test.each<[name: string, status: number, body: string, mistake: string]>([
  ["an error that says 200", 200, '{"code":"SOURCE_DOWN"}', "lacks text 1 of 2 that it has to contain"],
  ["one that tells too little", 200, '{"outcome":"FOUND"}', "lacks text 2 of 2 that it has to contain"],
  ["one that tells too much", 200, RIGHT.replace("}", ',"name":"张三"}'), "contains text 1 of 2 that it must not"],
  ["a member of another value", 200, RIGHT.replace("[1]", "[2]"), "/hits/0 is not what it has to be"],
  ["a member that is not there", 200, RIGHT.replace("hits", "hit"), "/hits/0 is not what it has to be"],
  ["no JSON", 200, `${RIGHT},`, "no JSON"],
  ["another status", 403, '{"code":"GRANT_MISSING"}', "status 403 GRANT_MISSING in place of 200"],
  ["a code that is none", 500, '{"code":"张三 was here"}', "status 500 in place of 200"],
])("%s", (_, status, body, mistake) => {
  expect(mistakeIn(EXPECT, status, body)).toBe(mistake);
});

test("no mistake quotes a name", () => {
  const bodies = ["张三", RIGHT.replace("张*", "张三"), '{"code":"张三"}', ""];
  for (const status of [200, 500])
    for (const body of bodies) expect(mistakeIn(EXPECT, status, body)).not.toMatch(/张|4405/);
});

test("members of a prototype are none", () => {
  expect(
    mistakeIn({ status: 200, contains: [], lacks: [], members: { "/constructor/name": "Object" } }, 200, "{}"),
  ).toBe("/constructor/name is not what it has to be");
});
