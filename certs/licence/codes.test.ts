import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { creditCodeCheck, creditCodeFault, findCreditCode, isCreditCode } from "./credit-code.ts";
import { isOrganisationCode, organisationCodeCheck } from "./organisation-code.ts";
import { isRegionCode, provinceOf, regionOfCreditCode } from "./region.ts";
import { isResidentNumber, residentNumberCheck, residentNumberFault } from "./resident-number.ts";

const RIGHT = [
  "11100000000013338W",
  "11430000006122244L",
  "12110000400777687U",
  "91350100M000100Y43",
  "11330105002500287C",
  "11100000MB03271699",
  "11100000000013127D",
];
const CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY";

const bodies = fc
  .tuple(
    fc.string({ unit: fc.constantFrom(...CREDIT_ALPHABET), minLength: 2, maxLength: 2 }),
    fc.string({ unit: fc.constantFrom(..."0123456789"), minLength: 6, maxLength: 6 }),
    fc.string({ unit: fc.constantFrom(..."0123456789ABCDEFGHJKLMNPQRTUWXY"), minLength: 8, maxLength: 8 }),
  )
  .map(([head, region, organisation]) => head + region + organisation + organisationCodeCheck(organisation));

describe("credit code (GB 32100)", () => {
  test.each(RIGHT)("%s is right", (code) => {
    expect(creditCodeFault(code)).toBeNull();
    expect(creditCodeCheck(code.slice(0, 17))).toBe(code.charAt(17));
  });

  test.each([
    ["11100000000013338X", "check-digit"],
    ["11100000000013337W", "check-digit"],
    ["1110000000001333IW", "form"],
    ["11100000000013338w", "form"],
    [" 11100000000013338W", "form"],
    ["11100000000013338W\n", "form"],
    ["", "form"],
    ["1".repeat(100_000), "form"],
  ])("%.20s: %s", (code, fault) => {
    expect(creditCodeFault(code)).toBe(fault);
    expect(isCreditCode(code)).toBe(false);
  });

  test("the organisation code inside has a check of its own", () => {
    const body = "11340000MB0E00010"; // GB 11714 wants another last character
    expect(isOrganisationCode(body.slice(8))).toBe(false);
    expect(creditCodeFault(body + creditCodeCheck(body))).toBe("organisation-check-digit");
  });

  test("any single wrong character is caught, and the made ones are right", () => {
    fc.assert(
      fc.property(bodies, fc.nat(17), fc.constantFrom(...CREDIT_ALPHABET), (body, place, other) => {
        const code = body + creditCodeCheck(body);
        expect(isCreditCode(code)).toBe(true);
        fc.pre(code.charAt(place) !== other);
        expect(isCreditCode(code.slice(0, place) + other + code.slice(place + 1))).toBe(false);
      }),
    );
  });

  test("is found alone or glued in front of a name, never in the middle", () => {
    expect(findCreditCode("11100000MB03271699")).toBe("11100000MB03271699");
    expect(findCreditCode("11100000MB03271699示例市自然资源局")).toBe("11100000MB03271699");
    expect(findCreditCode("11100000MB032716990")).toBeNull();
    expect(findCreditCode("11100000MB03271698示例市自然资源局")).toBeNull();
    expect(findCreditCode("示例市11100000MB03271699")).toBeNull();
    expect(findCreditCode("")).toBeNull();
  });

  test("names the region of registration", () => {
    expect(regionOfCreditCode("11430000006122244L")).toBe("430000");
  });

  test("no check is made for another form", () => {
    expect(() => creditCodeCheck("123")).toThrow(RangeError);
    expect(() => organisationCodeCheck("0061224")).toThrow(RangeError);
  });
});

describe("organisation code (GB 11714)", () => {
  test.each(["006122244", "00612224-4", "M000100Y4", "M000100Y-4"])("%s is right", (code) => {
    expect(isOrganisationCode(code)).toBe(true);
  });

  test.each(["006122245", "0061222-44", "00612224--4", "00612224x", ""])("%s is wrong", (code) => {
    expect(isOrganisationCode(code)).toBe(false);
  });
});

describe("resident number (GB 11643)", () => {
  test("the two numbers of the standard", () => {
    expect(residentNumberCheck("11010519491231002")).toBe("X");
    expect(residentNumberCheck("44052418800101001")).toBe("4");
    expect(isResidentNumber("11010519491231002X")).toBe(true);
    expect(isResidentNumber("440524188001010014")).toBe(true);
  });

  test.each([
    ["11010519491231002x", "form"],
    ["110105194912310021", "check-digit"],
    ["1101051949123100", "form"],
    ["110105491231002", "form"],
    ["1101051949123１002X", "form"],
  ])("%s: %s", (text, fault) => expect(residentNumberFault(text)).toBe(fault));

  test.each(["19490229", "19490431", "19491301", "19490100", "00000101"])("no such day: %s", (day) => {
    const body = `110105${day}002`;
    expect(residentNumberFault(body + residentNumberCheck(body))).toBe("date");
  });

  test("a leap day is a day", () => {
    const body = "11010520000229002";
    expect(residentNumberFault(body + residentNumberCheck(body))).toBeNull();
  });

  test("any single wrong digit is caught", () => {
    fc.assert(
      fc.property(fc.nat(16), fc.integer({ min: 0, max: 9 }), (place, digit) => {
        const right = "11010519491231002X";
        fc.pre(right.charAt(place) !== String(digit));
        expect(isResidentNumber(right.slice(0, place) + digit + right.slice(place + 1))).toBe(false);
      }),
    );
  });

  test("an error says nothing of the number", () => {
    expect(() => residentNumberCheck("1101051949123100A")).toThrow(/^a resident number begins with 17 digits$/);
  });
});

describe("regions (GB/T 2260)", () => {
  test.each([
    ["340100", "安徽省"],
    ["44", "广东省"],
    ["653125", "新疆维吾尔自治区"],
    ["660100", "新疆生产建设兵团"],
  ])("%s lies in %s", (code, name) => expect(provinceOf(code)?.name).toBe(name));

  test.each(["100000", "990000", "", "constructor", "__proto__"])("%s lies in no province", (code) => {
    expect(provinceOf(code)).toBeNull();
  });

  test("six, nine or twelve digits of a known province, or the whole country", () => {
    expect(["340100", "340100001", "340100001002", "100000"].map(isRegionCode)).toEqual([true, true, true, true]);
    expect(["3401", "34010000", "170000", "34010A"].map(isRegionCode)).toEqual([false, false, false, false]);
  });
});
