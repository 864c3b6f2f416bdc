import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MASK_METHODS } from "./decision.ts";
import { isMaskMethod, mask } from "./mask.ts";

describe("mask", () => {
  test.each([
    ["name", "张三", "张*"],
    ["name", "欧阳示例", "欧***"],
    ["name", "张", "*"],
    ["name", "𠮷田", "𠮷*"],
    ["resident-number", "11010519491231002X", "110105********002X"],
    ["resident-number", "440524880101001", "440524*****1001"],
    ["resident-number", "E12345678", "*****5678"],
    ["resident-number", "E1234", "*****"],
    ["phone", "13800000000", "138****0000"],
    ["phone", "62000000", "********"],
    ["address", "安徽省合肥市蜀山区示例路1号", "安徽省合肥市蜀山区*****"],
    ["address", "北京市朝阳区示例路1号", "北京市朝阳区*****"],
    ["address", "新疆维吾尔自治区喀什地区莎车县示例路1号", "新疆维吾尔自治区喀什地区莎车县*****"],
    ["address", "合肥市示例路1号阳光小区3栋", "合肥市***********"],
    ["address", "示例路1号", "*****"],
    ["address", "合肥市", "***"],
    ["address", "江西省景德镇市珠山区示例路1号", "江西省景德镇市珠山区*****"],
    ["address", "示例路1号超市旁", "********"],
    ["address", "合肥市红旗路1号", "合肥市*****"],
    ["address", "合肥市蜀山区菜市场3号", "合肥市蜀山区*****"],
    ["address", "合肥市阳光小区3栋", "合肥市******"],
    ["address", "合肥市城市花园3栋", "合肥市******"],
    ["address", "阳光社区门市2号", "********"],
    ["address", "城关镇南市场5号", "********"],
    ["certificate-number", "皖0000001号", "*****001号"],
    ["certificate-number", "0000001", "*******"],
    ["bank-card", "6200000000000000001", "620000*********0001"],
    ["bank-card", "620000000000", "************"],
    ["whole", "张三", "**"],
    ["whole", "", ""],
  ] as const)("%s %s: %s", (method, value, masked) => expect(mask(method, value)).toBe(masked));

  test("keeps the length, hides something, and never throws", () => {
    fc.assert(
      fc.property(fc.constantFrom(...MASK_METHODS), fc.string({ unit: "binary", maxLength: 60 }), (method, value) => {
        const masked = mask(method, value);
        expect([...masked]).toHaveLength([...value].length);
        if (/[^*]/u.test(value)) expect([...masked].filter((point) => point === "*").length).toBeGreaterThan(0);
      }),
    );
  });

  test("survives hostile sizes and lone surrogates", () => {
    for (const method of MASK_METHODS) {
      expect(mask(method, "市".repeat(100_000))).toHaveLength(100_000);
      expect(() => mask(method, "\ud800")).not.toThrow();
    }
  });

  test("knows its methods", () => {
    expect(isMaskMethod("name")).toBe(true);
    expect(["hash", "constructor", "__proto__", ""].map(isMaskMethod)).toEqual([false, false, false, false]);
  });
});
