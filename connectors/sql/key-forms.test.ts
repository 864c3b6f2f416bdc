import { expect, test } from "vitest";
import { keyForms } from "./key-forms.ts";

test("a number of a certificate is looked for with every kind of bracket", () => {
  expect(keyForms("certificate-number", "皖﹝2026﹞合肥市不动产权第 0001234 号").toSorted()).toEqual(
    [
      "皖﹝2026﹞合肥市不动产权第 0001234 号",
      "皖(2026)合肥市不动产权第0001234号",
      "皖（2026）合肥市不动产权第0001234号",
      "皖〔2026〕合肥市不动产权第0001234号",
      "皖[2026]合肥市不动产权第0001234号",
    ].toSorted(),
  );
});

test.each([
  ["holder-code", "11010519491231002x", ["11010519491231002x", "11010519491231002X"]],
  ["holder-code", "11010519491231002X", ["11010519491231002X", "11010519491231002x"]],
  ["date", "2026年1月9日", ["2026年1月9日", "2026-01-09"]],
  ["code", "A-X", ["A-X"]],
] as const)("%s %s", (type, key, forms) => {
  expect(keyForms(type, key)).toEqual(forms);
});

test.each(["\0", "a\0b", "\ud800", "a\udc00"])("%j stands in no database", (key) => {
  expect(keyForms("text", key)).toEqual([]);
});
