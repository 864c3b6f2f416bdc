import { describe, expect, test } from "vitest";
import { entitlementOf } from "./entitlement.ts";
import { isWithinRegion, regionOfIssuer } from "./region.ts";

const ANHUI = "11340000MB0E00011X";
const GUANGDONG = "11440000MB0E0002XC";
const ANHUI_ORGANISATION = "MB0E00011";

describe("entitlementOf", () => {
  test.each([
    ["the listed body", [GUANGDONG, ANHUI], ANHUI, "entitled"],
    ["in small letters", [ANHUI], ANHUI.toLowerCase(), "entitled"],
    ["another body", [ANHUI], GUANGDONG, "not-entitled"],
    ["by its organisation code", [GUANGDONG, ANHUI], ANHUI_ORGANISATION, "entitled"],
    ["by its organisation code with a hyphen", [ANHUI], "MB0E0001-1", "entitled"],
    ["another organisation code", [ANHUI], "MB0E00021", "not-entitled"],
    ["a region that is listed", ["340000"], "340000", "entitled"],
    ["a body of a listed region", ["340000"], ANHUI, "entitled"],
    ["a region below a listed one", ["340000"], "340100", "entitled"],
    ["a region above a listed one", ["340100"], "340000", "not-entitled"],
    ["a body of another region", ["340000"], GUANGDONG, "not-entitled"],
    ["a region, where bodies are listed", [ANHUI], "340000", "unknown"],
    ["an organisation code, where regions are listed", ["340000"], ANHUI_ORGANISATION, "unknown"],
    ["an organisation code that is listed as such", [ANHUI_ORGANISATION], ANHUI_ORGANISATION, "entitled"],
    ["a credit code with a wrong check digit", [ANHUI], `${ANHUI.slice(0, 17)}9`, "unknown"],
    ["some other code", [ANHUI], "X-17", "unknown"],
    ["no code", [ANHUI], null, "unknown"],
    ["nobody listed", [], ANHUI, "unknown"],
  ] as const)("%s", (_, issuers, stated, answer) => expect(entitlementOf(issuers, stated)).toBe(answer));
});

describe("regionOfIssuer", () => {
  test.each([
    [ANHUI, "340000"],
    ["340100", "340100"],
    ["340100001002", "340100"],
    ["340100001", null],
    [`${ANHUI.slice(0, 17)}9`, null],
    ["170000", null],
    ["MB0E00011", null],
    ["", null],
  ])("%s: %s", (code, region) => expect(regionOfIssuer(code)).toBe(region));
});

test("a region lies within those above it", () => {
  expect(["340000", "340100", "340104"].map((outer) => isWithinRegion("340104", outer))).toEqual([true, true, true]);
  expect(["440000", "340200", "340111"].map((outer) => isWithinRegion("340104", outer))).toEqual([false, false, false]);
});
