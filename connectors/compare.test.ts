import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareClaim, NORMAL_FORM, normalise } from "./compare.ts";
import type { FieldType } from "./source.ts";

const TYPES = [
  "text",
  "name",
  "address",
  "date",
  "decimal",
  "region",
  "credit-code",
  "resident-number",
  "holder-code",
  "phone",
  "certificate-number",
  "account",
  "code",
  "flag",
] as const satisfies FieldType[];

const SAME: readonly (readonly [FieldType, string, string])[] = [
  ["certificate-number", "皖（2024）合肥市不动产权第0012345号", "皖(2024)合肥市不动产权第0012345号"],
  ["certificate-number", "皖〔2024〕合肥市不动产权第００１２３４５号", " 皖【2024】合肥市 不动产权 第0012345号 "],
  ["certificate-number", "C3400002024—1", "c3400002024-1"],
  ["resident-number", "11010519491231002x", "11010519491231002X"],
  ["resident-number", "１１０１０５１９４９１２３１００２Ｘ", "110105 19491231 002X"],
  ["holder-code", "91340100ma2abcde1x", "91340100MA2ABCDE1X"],
  ["name", "张 三", "张三"],
  ["name", "阿卜杜·热合曼", "阿卜杜•热合曼"],
  ["name", "阿卜杜·热合曼", "阿卜杜．热合曼"],
  ["name", "阿卜杜·热合曼", "阿卜杜 ・ 热合曼"],
  ["name", "John  Smith", "JOHN SMITH"],
  ["name", "合肥某某（集团）有限公司", "合肥某某(集团)有限公司"],
  ["address", "合肥市政务区１号 Ａ座", "合肥市政务区1号a座"],
  ["text", "国有建设用地使用权 / 房屋所有权", "国有建设用地使用权／房屋所有权"],
  ["decimal", "89.50", "89.5"],
  ["decimal", "1,234.0", "1234"],
  ["decimal", "-0.00", "0"],
  ["decimal", "００８９．５", "89.5"],
  ["date", "2024-01-05", "2024年1月5日"],
  ["date", "2024/1/5", "20240105"],
  ["date", "2024.01.05", "二〇二四年一月五日"],
  ["date", "二○二四年十二月三十一日", "2024-12-31 23:59:59"],
  ["date", "2024-01-05", "2024-01-04T16:00:00Z"],
  ["phone", "+86 138-0013-8000", "13800138000"],
  ["phone", "(0551) 6230 1234", "0551-62301234"],
  ["account", "6222 0212 3456 7890 123", "6222021234567890123"],
  ["code", "current", "CURRENT "],
  ["flag", "是", "true"],
  ["flag", "0", "否"],
];

const DIFFERENT: readonly (readonly [FieldType, string, string])[] = [
  ["certificate-number", "皖(2024)合肥市不动产权第0012345号", "皖(2024)合肥市不动产权第0012346号"],
  ["certificate-number", "皖(2024)合肥市不动产权第0012345号", "皖(2024)合肥市不动产权第12345号"],
  ["resident-number", "11010519491231002X", "440524188001010014"],
  ["name", "张三", "张三丰"],
  ["name", "John Smith", "Johns Mith"],
  ["decimal", "89.5", "89.50001"],
  ["decimal", "12,34", "1234"],
  ["decimal", "1e3", "1000"],
  ["decimal", "100000000000000000001", "100000000000000000000"],
  ["date", "2024-01-05", "2024-05-01"],
  ["date", "2023-02-29", "2023-03-01"],
  ["date", "2024-01-05", "2024-01-05T16:00:00Z"],
  ["phone", "13800138000", "13800138001"],
  ["text", "现势", "注销"],
  ["flag", "是", "否"],
];

describe("writings of the same value", () => {
  test.each(SAME)("%s: %s is %s", (type, one, other) => {
    expect(normalise(type, one)).toBe(normalise(type, other));
    expect(compareClaim(type, one, other)).toBe("match");
  });

  test.each(DIFFERENT)("%s: %s is not %s", (type, one, other) => {
    expect(compareClaim(type, one, other)).toBe("mismatch");
    expect(compareClaim(type, other, one)).toBe("mismatch");
  });

  test("nothing held is no data, whatever is claimed", () => {
    for (const type of TYPES) {
      expect(compareClaim(type, "x", null)).toBe("no-data");
      expect(compareClaim(type, "", " \u3000\u200b")).toBe("no-data");
    }
  });

  test("a blank claim never matches what is held", () => {
    for (const type of TYPES) expect(compareClaim(type, "  ", "1")).toBe("mismatch");
  });

  test("the kept normal forms are those of this version", () => {
    const samples = SAME.map(([type, one]) => normalise(type, one));
    expect([NORMAL_FORM, samples]).toMatchInlineSnapshot(`
      [
        1,
        [
          "皖(2024)合肥市不动产权第0012345号",
          "皖(2024)合肥市不动产权第0012345号",
          "C3400002024-1",
          "11010519491231002X",
          "11010519491231002X",
          "91340100MA2ABCDE1X",
          "张三",
          "阿卜杜·热合曼",
          "阿卜杜·热合曼",
          "阿卜杜·热合曼",
          "JOHN SMITH",
          "合肥某某(集团)有限公司",
          "合肥市政务区1号A座",
          "国有建设用地使用权/房屋所有权",
          "89.5",
          "1234",
          "0",
          "89.5",
          "2024-01-05",
          "2024-01-05",
          "2024-01-05",
          "2024-12-31",
          "2024-01-05",
          "13800138000",
          "055162301234",
          "6222021234567890123",
          "CURRENT",
          "true",
          "false",
        ],
      ]
    `);
  });
});

describe("of all texts", () => {
  const texts = fc.oneof(
    fc.string({ unit: "binary", maxLength: 40 }),
    fc.string({ unit: fc.constantFrom(..."张三·• （）()[]〔〕０1９.-—/年月日xXｘ\u200b\u3000 \t,+86"), maxLength: 30 }),
  );
  const types = fc.constantFrom(...TYPES);

  test("a normal form is its own normal form", () => {
    fc.assert(
      fc.property(types, texts, (type, text) => {
        const normal = normalise(type, text);
        expect(normalise(type, normal)).toBe(normal);
      }),
      { numRuns: 20_000 },
    );
  });

  test("comparing does not depend on the side, and everything matches itself", () => {
    fc.assert(
      fc.property(types, texts, texts, (type, one, other) => {
        if (normalise(type, one) !== "") expect(compareClaim(type, one, one)).toBe("match");
        if (normalise(type, one) === "" || normalise(type, other) === "") return;
        expect(compareClaim(type, one, other)).toBe(compareClaim(type, other, one));
      }),
      { numRuns: 5_000 },
    );
  });

  test("blanks around never matter", () => {
    fc.assert(
      fc.property(types, texts, fc.constantFrom(" ", "\u3000", "\t", "\n", "\u00a0"), (type, text, blank) => {
        expect(normalise(type, `${blank}${text}${blank}`)).toBe(normalise(type, text));
      }),
      { numRuns: 5_000 },
    );
  });

  test("decimals are equal just when their values are", () => {
    const decimals = fc.tuple(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.nat({ max: 6 }));
    const written = ([units, places]: readonly [bigint, number]) => {
      const digits = String(units < 0n ? -units : units).padStart(places + 1, "0");
      const sign = units < 0n ? "-" : "";
      return places === 0 ? `${sign}${digits}` : `${sign}${digits.slice(0, -places)}.${digits.slice(-places)}`;
    };
    const value = ([units, places]: readonly [bigint, number]) => units * 10n ** BigInt(6 - places);
    fc.assert(
      fc.property(decimals, decimals, (one, other) => {
        const same = value(one) === value(other);
        expect(normalise("decimal", written(one)) === normalise("decimal", written(other))).toBe(same);
        expect(normalise("decimal", written([one[0] * 10n, one[1] + 1]))).toBe(normalise("decimal", written(one)));
      }),
    );
  });

  test("every day has one normal form in all of its writings", () => {
    const days = fc.date({
      min: new Date("1000-01-01T00:00:00Z"),
      max: new Date("9999-12-31T00:00:00Z"),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(days, (moment) => {
        const iso = moment.toISOString().slice(0, 10);
        const [year = "", month = "", day = ""] = iso.split("-");
        const writings = [
          iso,
          `${year}${month}${day}`,
          `${year}/${Number(month)}/${Number(day)}`,
          `${year}年${Number(month)}月${Number(day)}日`,
          `${[...year].map((digit) => "〇一二三四五六七八九"[Number(digit)]).join("")}年${chinese(Number(month))}月${chinese(Number(day))}日`,
        ];
        for (const writing of writings) expect(normalise("date", writing)).toBe(iso);
      }),
    );
  });
});

function chinese(number: number): string {
  const digits = " 一二三四五六七八九";
  if (number < 10) return digits[number] ?? "";
  const tens = Math.floor(number / 10);
  return `${tens === 1 ? "" : digits[tens]}十${(digits[number % 10] ?? "").trim()}`;
}
