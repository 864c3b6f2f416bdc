import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { licenceIdentifierCheck, parseLicenceIdentifier } from "./identifier.ts";

const RIGHT = "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U";
const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

const codesOf = (text: string): string[] | undefined => parseLicenceIdentifier(text)?.remarks.map(({ code }) => code);

describe("licence identifier (GB/T 36904)", () => {
  test("its parts", () => {
    expect(parseLicenceIdentifier(RIGHT)).toEqual({
      text: RIGHT,
      typeCode: "11100000000013338W011",
      issuerCode: "11430000006122244L",
      issuerForm: "credit-code",
      serial: "20230000403",
      version: "001",
      check: "U",
      computedCheck: "U",
      remarks: [],
    });
  });

  test.each([
    ["1.2.156.3005.2.11100000000013338W009.11330105002500287C.2025052201.002.0", "0", "credit-code"],
    ["1.2.156.3005.2.11100000MB03271699022.340100.000000016.001.9", "9", "region-code"],
    ["1.2.156.3005.2.11100000000013338W087.11370800MB28559184.37080001202411010001.001.3", "3", "credit-code"],
  ])("%s", (text, check, form) => {
    const parsed = parseLicenceIdentifier(text);
    expect(parsed?.computedCheck).toBe(check);
    expect(parsed?.issuerForm).toBe(form);
    expect(parsed?.remarks).toEqual([]);
  });

  test("a wrong check character is a remark that names both", () => {
    const text = "1.2.156.3005.2.11100000000013661B006.113700000045046442.209FA4E88F9E4C878F3E9BED2CE7EA49.001.M";
    const parsed = parseLicenceIdentifier(text);
    expect(parsed?.check).toBe("M");
    expect(parsed?.computedCheck).toBe("D");
    expect(parsed?.remarks).toContainEqual({ code: "WRONG_CHECK_CHARACTER", detail: "given M, computed D" });
  });

  test.each([
    ["without the root", RIGHT.slice("1.2.156.3005.2.".length)],
    ["lower case", RIGHT.replace("U", "u")],
    ["another type code", "1.2.156.3005.2.ABC.11430000006122244L.20230000403.001.U"],
    ["another issuer form", "1.2.156.3005.2.11100000000013338W011.ANHUI.20230000403.001.U"],
    ["a long serial", `1.2.156.3005.2.11100000000013338W011.11430000006122244L.${"1".repeat(33)}.001.U`],
    ["a short version", "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.1.U"],
  ])("an unusual form is a remark: %s", (_, text) => expect(codesOf(text)).toContain("IDENTIFIER_FORM"));

  test("an organisation code may stand for the issuer", () => {
    const parsed = parseLicenceIdentifier("1.2.156.3005.2.11100000000013338W011.006122244.1.001.U");
    expect(parsed?.issuerForm).toBe("organisation-code");
  });

  test("a wrong credit code inside is a remark", () => {
    expect(codesOf(RIGHT.replace("6122244L", "6122245L"))).toContain("WRONG_CHECK_DIGIT");
    expect(codesOf(RIGHT.replace("13338W", "13339W"))).toContain("WRONG_CHECK_DIGIT");
  });

  test.each([
    "",
    "1.2.156.3005.2",
    "1.2.156.3005.2.....",
    `${RIGHT}.`,
    `${RIGHT}Z`,
    RIGHT.replace("20230000403", "2023-0000403"),
    RIGHT.replace("U", "Ｕ"),
    RIGHT.replace(".", "．"),
    RIGHT + "\0",
    "A".repeat(1_000_000),
    ".".repeat(1_000_000),
    `1.2.156.3005.2.${"1".repeat(100_000)}.1.1.1.1`,
  ])("no identifier: %.40s", (text) => expect(parseLicenceIdentifier(text)).toBeNull());

  test("any single changed character is caught", () => {
    const joined = fc.string({ unit: fc.constantFrom(...ALPHABET), minLength: 1, maxLength: 80 });
    fc.assert(
      fc.property(joined, fc.nat(79), fc.constantFrom(...ALPHABET), (text, place, other) => {
        const at = place % text.length;
        fc.pre(text.charAt(at) !== other);
        const changed = text.slice(0, at) + other + text.slice(at + 1);
        expect(licenceIdentifierCheck(changed)).not.toBe(licenceIdentifierCheck(text));
      }),
    );
  });

  test("no check character outside the alphabet", () => {
    expect(() => licenceIdentifierCheck("a")).toThrow(RangeError);
    expect(() => licenceIdentifierCheck("")).toThrow(RangeError);
  });
});
