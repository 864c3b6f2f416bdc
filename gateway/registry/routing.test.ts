import { expect, test } from "vitest";
import type { Resource } from "./entities.ts";
import { routeTo } from "./routing.ts";
import { RESOURCE, SOURCE } from "./test-entries.ts";

const resourceWith = (...regions: readonly string[]): Resource => ({
  ...RESOURCE,
  sources: Object.fromEntries(regions.map((region) => [region, `of-${region}`])),
});
const byId = (id: string) => (id.startsWith("of-") ? { ...SOURCE, id } : null);

test.each([
  ["653125", ["653125", "653100", "650000", "000000"], "653125"],
  ["653125", ["653100", "650000", "000000"], "653100"],
  ["653125", ["650000", "000000"], "650000"],
  ["653125", ["000000"], "000000"],
  ["653100", ["653125", "650000"], "650000"],
  ["650000", ["653125", "653100", "000000"], "000000"],
  ["340100", ["340100"], "340100"],
  ["000000", ["000000"], "000000"],
  ["659001", ["659000"], "659000"],
])("%s is answered by the nearest of %j", (region, regions, wanted) => {
  expect(routeTo(resourceWith(...regions), region, byId)).toMatchObject({
    region: wanted,
    source: { id: `of-${wanted}` },
  });
});

test.each([
  ["653125", ["653126", "653000", "660000", "100000"]],
  ["650000", ["653125"]],
  ["340100", []],
  ["constructor", ["000001"]],
  ["__proto__", ["000001"]],
  ["", ["340000"]],
])("nobody answers for %s beside %j", (region, regions) => {
  expect(routeTo(resourceWith(...regions), region, byId)).toBeNull();
});

test("a source that is missing is not made up for by another", () => {
  const resource = { ...RESOURCE, sources: { "340100": "gone", "340000": "of-340000" } };
  expect(routeTo(resource, "340100", byId)).toBeNull();
  expect(routeTo(resource, "340200", byId)).toMatchObject({ region: "340000" });
});
