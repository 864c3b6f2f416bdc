import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { GENERALISE_METHODS } from "./decision.ts";
import { generalise, isGeneraliseMethod } from "./generalise.ts";

describe("generalise", () => {
  test.each([
    ["year", "2020-05-01", "2020"],
    ["year", "2020/5/1", "2020"],
    ["year", "2020年5月1日", "2020"],
    ["year", "２０２０年５月１日", "2020"],
    ["year", "2020-05-01T08:00:00+08:00", "2020"],
    ["year", "2020", "2020"],
    ["year", "1899-12-31", "1899"],
    ["year", "20200501", null],
    ["year", "2020-13-01", null],
    ["year", "2020-05-32", null],
    ["year", "张三生于2020年", null],
    ["year", "2020-05-01 张三", null],
    ["year", "3020-05-01", null],
    ["year", "1234", null],
    ["year", "", null],
    ["month", "2020-05-01", "2020-05"],
    ["month", "2020年5月1日", "2020-05"],
    ["month", "2020-5", "2020-05"],
    ["month", "2020", "2020"],
    ["month", "May 2020", null],
    ["county", "安徽省合肥市蜀山区示例路1号", "安徽省合肥市蜀山区"],
    ["county", "新疆维吾尔自治区喀什地区莎车县示例路1号", "新疆维吾尔自治区喀什地区莎车县"],
    ["county", "合肥市示例路1号", "合肥市"],
    ["county", "安徽省合肥市蜀山区", "安徽省合肥市蜀山区"],
    ["county", "示例路1号", null],
    ["county", "阳光小区3栋", null],
    ["county", "示例路1号超市旁", null],
    ["county", "340104", "340104"],
    ["county", "340104003001", "340104"],
    ["county", "34010400", null],
    ["province", "安徽省合肥市蜀山区示例路1号", "安徽省"],
    ["province", "广西壮族自治区南宁市示例路1号", "广西壮族自治区"],
    ["province", "北京市朝阳区示例路1号", "北京市"],
    ["province", "合肥市蜀山区示例路1号", null],
    ["province", "340104", "340000"],
    ["range", "123.45", "100–200"],
    ["range", "100", "100–200"],
    ["range", "999", "900–1000"],
    ["range", "7", "7–8"],
    ["range", "0.35", "0–1"],
    ["range", "0", "0–1"],
    ["range", "000123", "100–200"],
    ["range", "100–200", "100–200"],
    ["range", "900–1000", "900–1000"],
    ["range", "0–1", "0–1"],
    ["range", "100–300", null],
    ["range", "123–124", null],
    ["range", "10–20000", null],
    ["range", "-5", null],
    ["range", "1e3", null],
    ["range", "120平方米", null],
    ["range", "", null],
  ] as const)("%s %s: %s", (method, value, wanted) => expect(generalise(method, value)).toBe(wanted));

  test("a coarse value stays as it is: a peer's answer can be passed on", () => {
    const dates = fc.date({ min: new Date("1800-01-01"), max: new Date("2099-12-31"), noInvalidDate: true });
    fc.assert(
      fc.property(dates, fc.nat(), fc.constantFrom(...GENERALISE_METHODS), (date, amount, method) => {
        for (const value of [date.toISOString().slice(0, 10), String(amount), "安徽省合肥市蜀山区示例路1号"]) {
          const coarse = generalise(method, value);
          if (coarse !== null) expect(generalise(method, coarse)).toBe(coarse);
        }
      }),
    );
  });

  test("an amount lies in its range", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0 }), (amount) => {
        const [from = Number.NaN, to = Number.NaN] = (generalise("range", String(amount)) ?? "").split("–").map(Number);
        expect(from).toBeLessThanOrEqual(amount);
        expect(to).toBeGreaterThan(amount);
      }),
    );
  });

  test("survives hostile sizes and lone surrogates, and tells nothing of what it cannot read", () => {
    for (const method of GENERALISE_METHODS) {
      for (const value of [
        "9".repeat(100_000),
        "-".repeat(100_000),
        "年".repeat(100_000),
        "\ud800",
        "2020-01-01\n张三",
      ]) {
        expect(generalise(method, value)).toBeNull();
      }
    }
  });

  test("knows its methods", () => {
    expect(isGeneraliseMethod("range")).toBe(true);
    expect(["day", "constructor", "__proto__", ""].map(isGeneraliseMethod)).toEqual([false, false, false, false]);
  });
});
