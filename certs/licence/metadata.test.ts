import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readLicenceDate, readLicenceMoment } from "./licence-date.ts";
import { licenceStatus, readLicence } from "./metadata.ts";

const SAMPLE = {
  ZZMC: "不动产权证书",
  ZZLXDM: "11100000MB03271699001",
  ZZBH: "皖（2026）示例市不动产权第0000001号",
  ZZBS: "1.2.156.3005.2.11100000MB03271699001.11340000MB0E00011X.34000020260000000001.001.Z",
  ZZBFJG: "示例市自然资源和规划局",
  ZZBFJGDM: "11340000MB0E00011X",
  ZZBFRQ: "2026/1/15",
  CZZT: "张三",
  CZZTDM: "11010519491231002X",
  CZZTDMLX: "公民身份号码",
  CZZTDMLXDM: "111",
  ZZYXQQSRQ: "20260115",
  ZZYXQJZRQ: "2036年1月14日",
  KZ_ZL: "示例市示例路1号",
} as const;

const custom = (changes: Record<string, string> = {}): Map<string, string> =>
  new Map(Object.entries({ ...SAMPLE, ...changes }));
const read = (changes: Record<string, string> = {}) => {
  const reading = readLicence(custom(changes));
  if (reading === null) throw new Error("no licence");
  return reading;
};
const statusAt = (changes: Record<string, string>, at: string) => licenceStatus(read(changes).dates, Date.parse(at));

describe("metadata (GB/T 36903)", () => {
  test("every named value finds its place", () => {
    const { licence, remarks } = read();
    expect(remarks).toEqual([]);
    expect(licence).toEqual({
      identifier: SAMPLE.ZZBS,
      typeCode: SAMPLE.ZZLXDM,
      typeName: SAMPLE.ZZMC,
      number: SAMPLE.ZZBH,
      issuer: { code: SAMPLE.ZZBFJGDM, name: SAMPLE.ZZBFJG },
      holder: { name: SAMPLE.CZZT, code: SAMPLE.CZZTDM, codeType: "111" },
      issuedOn: "2026-01-15",
      validFrom: "2026-01-15",
      validTo: "2036-01-14",
      fields: { KZ_ZL: SAMPLE.KZ_ZL },
    });
  });

  test("a document without such metadata has no licence", () => {
    expect(readLicence(new Map())).toBeNull();
    expect(readLicence(new Map([["template-version", "1.0"]]))).toBeNull();
  });

  test("what is missing is null, and the identifier fills in type and issuer", () => {
    const reading = readLicence(new Map([["ZZBS", SAMPLE.ZZBS]]));
    expect(reading?.licence).toMatchObject({ typeCode: SAMPLE.ZZLXDM, issuer: { code: SAMPLE.ZZBFJGDM, name: null } });
    expect(readLicence(new Map([["ZZMC", " "]]))?.licence.typeName).toBeNull();
  });

  test.each([
    [{ CZZTDM: "110105194912310021" }, "holder code of type 111: check-digit"],
    [{ CZZTDM: "110105194902290023" }, "holder code of type 111: date"],
    [{ CZZTDMLXDM: "", CZZTDM: "110105194912310021" }, "holder code of type 111: check-digit"],
    [{ CZZTDMLXDM: "001", CZZTDM: "11100000MB03271698" }, "holder code of type 001: check-digit"],
    [{ CZZTDMLXDM: "099", CZZTDM: "00612224-5" }, "holder code of type 099: check-digit"],
    [{ ZZBFJGDM: "11340000MB0E000110" }, "issuer code: check-digit"],
  ])("a wrong code is a remark without the code: %j", (changes, detail) => {
    const { remarks } = read(changes);
    expect(remarks).toEqual([{ code: "WRONG_CHECK_DIGIT", detail }]);
  });

  test.each([
    { CZZTDM: "110105********002X" },
    { CZZTDMLXDM: "414", CZZTDM: "E00000000" },
    { CZZTDMLXDM: "099", CZZTDM: "示例证字1号" },
    { CZZTDMLXDM: "001", CZZTDM: "11100000MB03271699" },
    { ZZBFJGDM: "340100" },
  ])("nothing to remark: %j", (changes) => expect(read(changes).remarks).toEqual([]));

  test("an identifier that cannot be read stays as written, with a remark", () => {
    const { licence, remarks } = read({ ZZBS: "34-0001" });
    expect(licence.identifier).toBe("34-0001");
    expect(remarks.map(({ code }) => code)).toEqual(["IDENTIFIER_FORM"]);
    expect(read({ ZZLXDM: "11100000MB03271699002" }).remarks.map(({ code }) => code)).toEqual(["IDENTIFIER_FORM"]);
  });

  test("hostile names and sizes are bounded and harmless", () => {
    const many = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`KZ_${index}`, "x"]));
    const { licence } = read({ ...many, ["N".repeat(100)]: "x", ZZMC: "证".repeat(100_000) });
    expect(Object.keys(licence.fields)).toHaveLength(256);
    expect(licence.typeName).toHaveLength(2001);
    expect(read({ ZZMC: "a".repeat(1999) + "😀".repeat(9) }).licence.typeName).toBe(`${"a".repeat(1999)}…`);
    const named = readLicence(new Map([...custom(), ["__proto__", "x"]]));
    expect(Object.keys(named?.licence.fields ?? {})).toContain("__proto__");
    expect(JSON.stringify(named)).toContain('"__proto__":"x"');
  });
});

describe("dates", () => {
  test.each([
    "2026-01-15",
    "20260115",
    "2026/01/15",
    "2026/1/15",
    "2026.01.15",
    "2026年1月15日",
    "２０２６年０１月１５日",
    "2026-01-15 23:59:59",
    "2026-01-15T10:00",
    "20260115235959",
    "2026-01-14T16:00:00Z",
    "2026-01-15T23:59:59.999+08:00",
    String(Date.parse("2026-01-15T00:00:00+08:00")),
    String(Date.parse("2026-01-15T23:59:59+08:00")),
  ])("%s is 2026-01-15 in China", (text) => {
    expect(readLicenceDate(text)).toEqual({
      kind: "day",
      text: "2026-01-15",
      start: Date.parse("2026-01-15T00:00:00+08:00"),
      end: Date.parse("2026-01-15T23:59:59.999+08:00"),
    });
  });

  test.each(["长期", "永久", "长期有效", " 永久有效 "])("%s has no end", (text) => {
    expect(readLicenceDate(text).kind).toBe("open");
  });

  test.each([
    "2026-02-29",
    "2026-13-01",
    "2026-1/15",
    "2026-01-15 24:00:00",
    "2026-01-15 至 2036-01-14",
    "二〇二六年一月十五日",
    "15/01/2026",
    "2026",
    "无",
    "9999-12-31T23:00:00-12:00",
    "2026-01-15T10:00+99:99",
    "1".repeat(1_000_000),
  ])("%.40s cannot be read", (text) => expect(readLicenceDate(text).kind).toBe("unreadable"));

  test("blank and missing dates are absent", () => {
    expect(readLicenceDate("  ").kind).toBe("absent");
    expect(readLicenceDate(undefined).kind).toBe("absent");
  });

  test("reads every day back", () => {
    const days = fc.date({ min: new Date("0001-01-02"), max: new Date("9999-12-30"), noInvalidDate: true });
    fc.assert(
      fc.property(days, (day) => {
        const text = day.toISOString().slice(0, 10);
        expect(readLicenceDate(text)).toMatchObject({ kind: "day", text });
      }),
    );
  });

  test("never throws", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => void readLicenceMoment(text)));
  });
});

describe("status", () => {
  test.each([
    ["2026-01-14T15:59:59.999Z", "LICENCE_NOT_YET_VALID"],
    ["2026-01-14T16:00:00.000Z", "passed"],
    ["2036-01-14T15:59:59.999Z", "passed"],
    ["2036-01-14T16:00:00.000Z", "LICENCE_EXPIRED"],
  ])("whole days in China: at %s %s", (at, wanted) => {
    const check = statusAt({}, at);
    expect(check.outcome === "passed" ? "passed" : check.code).toBe(wanted);
  });

  test.each([
    [{ ZZYXQJZRQ: "长期" }, "passed"],
    [{ ZZYXQJZRQ: "" }, "passed"],
    [{ ZZYXQQSRQ: "" }, "passed"],
    [{ ZZYXQJZRQ: "到期另行通知" }, "DATE_UNREADABLE"],
    [{ ZZYXQQSRQ: "长期" }, "DATE_UNREADABLE"],
    [{ ZZYXQQSRQ: "?", ZZYXQJZRQ: "2026-01-31" }, "LICENCE_EXPIRED"],
    [{ JZJYXQJZSJ: "2026-11-20" }, "LICENCE_EXPIRED"],
    [{ JZJYXQJZSJ: "2026-11-21" }, "passed"],
    [{ JZJYXQJZSJ: "2026-11-21 07:59:59" }, "LICENCE_EXPIRED"],
    [{ JZJYXQJZSJ: "2026-11-21 08:00:01" }, "passed"],
    [{ certificateCopyCauseExpiringTime: "2026-11-20", JZJYXQJZSJ: "2026-12-20" }, "LICENCE_EXPIRED"],
    [{ certificateCopyCauseExpiringTime: "soon", JZJYXQJZSJ: "2026-12-20" }, "DATE_UNREADABLE"],
  ])("%j: %s", (changes, wanted) => {
    const check = statusAt(changes, "2026-11-21T08:00:00+08:00");
    expect(check.outcome === "passed" ? "passed" : check.code).toBe(wanted);
  });
});
