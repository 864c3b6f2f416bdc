import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { GENERALISE_METHODS, MASK_METHODS, type Treatment } from "./decision.ts";
import { parseTreatment, strictest, treatmentFor, treatmentWord } from "./treatment.ts";

const parsed = (text: string): Treatment =>
  treatmentFor(parseTreatment(text) ?? { kind: "withhold" }, "certificate-number");

describe("parseTreatment", () => {
  test.each(["give", "blot", "match-only", "withhold", "mask:name", "mask:bank-card", "generalise:county"])(
    "reads %s, and treatmentWord writes it",
    (text) => expect(treatmentWord(parsed(text))).toBe(text),
  );

  test.each([
    "",
    "GIVE",
    "give ",
    "give:name",
    "mask:",
    "mask:hash",
    "mask:constructor",
    "generalise",
    "generalise:name",
    "toString",
  ])("knows no %j", (text) => expect(parseTreatment(text)).toBeNull());
});

describe("treatmentFor", () => {
  test.each([
    ["mask", "name", "mask:name"],
    ["mask", "resident-number", "mask:resident-number"],
    ["mask", "holder-code", "mask:resident-number"],
    ["mask", "phone", "mask:phone"],
    ["mask", "address", "mask:address"],
    ["mask", "certificate-number", "mask:certificate-number"],
    ["mask", "account", "mask:bank-card"],
    ["mask", "text", "mask:whole"],
    ["mask", "date", "mask:whole"],
    ["mask", "decimal", "mask:whole"],
    ["mask", "credit-code", "mask:whole"],
    ["mask", "something-new", "mask:whole"],
    ["mask", "constructor", "mask:whole"],
    ["mask:phone", "name", "mask:phone"],
    ["mask", "flag", "match-only"],
    ["mask", "code", "match-only"],
    ["mask:whole", "flag", "match-only"],
    ["give", "text", "blot"],
    ["give", "address", "blot"],
    ["give", "name", "give"],
    ["give", "code", "give"],
    ["generalise:year", "date", "generalise:year"],
    ["match-only", "text", "match-only"],
    ["withhold", "text", "withhold"],
  ])("%s of a %s: %s", (stated, type, wanted) => {
    const treatment = parseTreatment(stated);
    expect(treatment && treatmentWord(treatmentFor(treatment, type))).toBe(wanted);
  });
});

describe("strictest", () => {
  const strictestOf = (words: readonly string[]): string | null => {
    const treatment = strictest(words.map(parsed));
    return treatment && treatmentWord(treatment);
  };

  test("of none is none; of three it is the highest kind before methods are compared", () => {
    expect(strictestOf([])).toBeNull();
    expect(strictestOf(["mask:address", "mask:name", "generalise:year"])).toBe("generalise:year");
    expect(strictestOf(["generalise:year", "generalise:county", "generalise:month"])).toBe("mask:whole");
  });

  test.each([
    ["withhold", "match-only", "withhold"],
    ["match-only", "mask:whole", "match-only"],
    ["mask:whole", "generalise:year", "mask:whole"],
    ["generalise:county", "mask:address", "generalise:county"],
    ["mask:name", "blot", "mask:name"],
    ["blot", "give", "blot"],
    ["mask:name", "mask:name", "mask:name"],
    ["mask:name", "mask:phone", "mask:whole"],
    ["generalise:year", "generalise:month", "generalise:year"],
    ["generalise:province", "generalise:county", "generalise:province"],
    ["generalise:year", "generalise:county", "mask:whole"],
  ])("of %s and %s: %s", (one, other, wanted) => {
    expect(strictestOf([one, other])).toBe(wanted);
    expect(strictestOf([other, one])).toBe(wanted);
  });

  const treatments = fc.constantFrom(
    "give",
    "blot",
    "match-only",
    "withhold",
    ...MASK_METHODS.map((method) => `mask:${method}`),
    ...GENERALISE_METHODS.map((method) => `generalise:${method}`),
  );

  test("does not hang on the order in which rules stand", () => {
    fc.assert(
      fc.property(
        fc.array(treatments, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 0, max: 5 }),
        (words, turn) => {
          const turned = [...words.slice(turn), ...words.slice(0, turn)].toReversed();
          expect(strictestOf(turned)).toBe(strictestOf(words));
        },
      ),
    );
  });
});
