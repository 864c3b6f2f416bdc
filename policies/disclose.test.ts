import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Plan } from "./decision.ts";
import { DisclosureError, disclose } from "./disclose.ts";
import { VERIFY_PLAN } from "./verify-plan.ts";

/** ASCII, ideographs with their punctuation, and forms of their width. */
const BESIDE_CHINESE = /[\u0000-\u007f\u3000-\u9fff\uff00-\uffef]/;

const reportOf = (holder: { name: string; code: string; codeType: string }, fields: Record<string, string> = {}) => ({
  verdict: "PASSED",
  summary: { zh: "核验通过", en: "Passed" },
  document: { type: "OFD", sha256: "ab".repeat(32), bytes: 9000 },
  licence: {
    proven: true,
    identifier: "1.2.156.3005.2.T.I.S.001.Z",
    typeName: "不动产权证书",
    number: "皖（2026）示例市不动产权第0000001号",
    issuer: { code: "11340000MB0E00011X", name: "示例市自然资源和规划局" },
    holder,
    fields: { KZ_ZL: "示例市示例路1号", ...fields },
  },
  signatures: [
    {
      id: "s1",
      signer: { subject: "CN=示例", organisation: null, organisationCode: "11340000MB0E00011X" },
      seal: { name: "示例专用章", maker: null },
      checks: [{ code: "signature-value", outcome: "passed" }],
    },
  ],
  checks: [],
  remarks: [{ code: "TIME_CLAIMED", detail: "as claimed" }],
});

const PERSON = { name: "张三", code: "11010519491231002X", codeType: "111" };
const COMPANY = { name: "示例矿业有限公司", code: "11440300MA0E00093G", codeType: "001" };

describe("the plan of a verification", () => {
  test("masks a person's name and number and changes nothing else", () => {
    const report = reportOf(PERSON);
    expect(disclose(VERIFY_PLAN, report)).toEqual({
      ...report,
      licence: { ...report.licence, holder: { name: "张*", code: "110105********002X", codeType: "111" } },
    });
  });

  test("gives an organisation's", () => {
    const report = reportOf(COMPANY, { KZ_QLR: COMPANY.name });
    expect(disclose(VERIFY_PLAN, report)).toEqual(report);
  });

  test.each(["", "111", "414", "999", "统一社会信用代码 ", "1"])("holder type %j is taken for a person", (codeType) => {
    expect(disclose(VERIFY_PLAN, reportOf({ ...COMPANY, codeType })).licence.holder.name).toBe("示*******");
  });

  test("masks fields that name persons, and blots them out of other texts", () => {
    const fields = {
      KZ_QLR: "张三、李四",
      KZ_FDDBR: "王五",
      KZ_LXDH: "13800000000",
      KZ_FJ: "共有人张三和李四 (11010519491231002x), 联系电话13800000000, 法定代表人王五",
    };
    const { licence } = disclose(VERIFY_PLAN, reportOf(PERSON, fields));
    expect(licence.fields).toEqual({
      KZ_ZL: "示例市示例路1号",
      KZ_QLR: "张****",
      KZ_FDDBR: "王*",
      KZ_LXDH: "138****0000",
      KZ_FJ: "共有人**和** (******************), 联系电话***********, 法定代表人**",
    });
  });

  test("a legal representative is a person even when the holder is a company", () => {
    expect(disclose(VERIFY_PLAN, reportOf(COMPANY, { KZ_FDDBR: "王五" })).licence.fields).toMatchObject({
      KZ_FDDBR: "王*",
    });
  });

  test("a licence whose number is the holder's number", () => {
    const report = reportOf(PERSON);
    const disclosed = disclose(VERIFY_PLAN, { ...report, licence: { ...report.licence, number: PERSON.code } });
    expect(disclosed.licence.number).toBe("*".repeat(18));
  });

  test("a hostile holder's name cannot blot verdict, outcomes or codes out", () => {
    for (const name of ["PASSED", "passed", "TIME_CLAIMED", "signature-value", "11340000MB0E00011X", "true"]) {
      const report = reportOf({ ...PERSON, name });
      const disclosed = disclose(VERIFY_PLAN, report);
      expect(disclosed.verdict).toBe("PASSED");
      expect(disclosed.licence.proven).toBe(true);
      expect(disclosed.signatures[0]?.checks).toEqual(report.signatures[0]?.checks);
      expect(disclosed.signatures[0]?.signer.organisationCode).toBe("11340000MB0E00011X");
      expect(disclosed.remarks[0]?.code).toBe("TIME_CLAIMED");
    }
  });

  test("no licence, no change", () => {
    expect(disclose(VERIFY_PLAN, { verdict: "FAILED", licence: null })).toEqual({ verdict: "FAILED", licence: null });
  });

  test("leaves the report that it was given alone", () => {
    const report = reportOf(PERSON, { KZ_QLR: "张三" });
    const before = structuredClone(report);
    disclose(VERIFY_PLAN, report);
    expect(report).toEqual(before);
  });

  const names = fc.string({ unit: fc.constantFrom(..."甲乙丙丁戊己庚辛"), minLength: 2, maxLength: 6 });
  const numbers = fc.string({ unit: fc.constantFrom(..."3456789X"), minLength: 14, maxLength: 18 });

  test("a masked value never appears anywhere in the answer", () => {
    fc.assert(
      fc.property(names, names, numbers, fc.string(), (name, other, code, rest) => {
        const texts = {
          KZ_QLR: name,
          KZ_FJ: `${rest}${name}${code}${other}${name}`,
          [`KZ_${name}`]: code,
          KZ_XM: other,
        };
        const report = reportOf({ name, code, codeType: "111" }, texts);
        const full = {
          ...report,
          licence: { ...report.licence, number: code, typeName: `${other}${name}` },
          signatures: [{ ...report.signatures[0], signer: { subject: `CN=${name}@${code.toLowerCase()}` } }],
          remarks: [{ code: "TIME_CLAIMED", detail: rest + name }],
        };
        const answer = JSON.stringify(disclose(VERIFY_PLAN, full)).toUpperCase();
        for (const secret of [name, other, code]) expect(answer).not.toContain(secret);
      }),
    );
  });

  test("work is bounded: a document that asks for too much has its texts blotted", () => {
    const long = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`KZ_${index}`, "a".repeat(2000)]));
    const secrets = Object.fromEntries(
      Object.keys(VERIFY_PLAN).flatMap((path) =>
        path.startsWith("licence.fields.KZ_") ? [[path.slice("licence.fields.".length), `${"a".repeat(1998)}b`]] : [],
      ),
    );
    const report = reportOf(PERSON, { ...secrets, ...long });
    const { licence, verdict } = disclose(VERIFY_PLAN, report);
    expect(verdict).toBe("PASSED");
    expect(licence.typeName).toBe("******");
  });
});

describe("plans", () => {
  const answer = { a: { b: "secret", c: [{ d: "x secret" }, { d: "y" }] }, n: 12345 };

  test.each([
    [{ "a.b": { kind: "withhold" } }, { ...answer, a: { ...answer.a, b: null } }],
    [{ "a.b": { kind: "match-only" } }, { ...answer, a: { ...answer.a, b: null } }],
    [{ "a.b": { kind: "generalise", method: "year" } }, { ...answer, a: { ...answer.a, b: null } }],
    [{ "a.c": { kind: "generalise", method: "range" } }, { ...answer, a: { ...answer.a, c: null } }],
    [{ n: { kind: "generalise", method: "range" } }, { ...answer, n: "10000–20000" }],
    [{ "a.c": { kind: "withhold" } }, { ...answer, a: { ...answer.a, c: null } }],
    [{ "a.c": { kind: "mask", method: "whole" } }, { ...answer, a: { ...answer.a, c: null } }],
    [{ n: { kind: "mask", method: "whole" } }, { ...answer, n: "*****" }],
    [{ "no.such": { kind: "withhold" } }, answer],
    [{}, answer],
    [{ "*.b": { kind: "withhold" }, "a.b": { kind: "give" } }, answer],
    [
      { "a.b": { kind: "withhold" }, "a.c.*.d": { kind: "blot" } },
      { a: { b: null, c: [{ d: "x ******" }, { d: "y" }] }, n: 12345 },
    ],
  ] as readonly [Plan, unknown][])("%j", (plan, wanted) => expect(disclose(plan, answer)).toEqual(wanted));

  test.each([
    { "a.b": { kind: "generalise" } },
    { "a.b": { kind: "generalise", method: "street" } },
    { "a.b": { kind: "match" } },
    { "a.b": { kind: "constructor" } },
    { "a.b": {} },
    { "a.b": { kind: "mask", method: "hash" } },
    { "a.b": { kind: "mask" } },
    { "a..b": { kind: "give" } },
    { "": { kind: "give" } },
  ])("what is not understood is refused, whether or not it applies: %j", (plan) => {
    expect(() => disclose(plan as unknown as Plan, {})).toThrow(DisclosureError);
  });

  test("hostile names are names", () => {
    const hostile = JSON.parse('{"__proto__": {"b": "secret"}, "constructor": "c"}') as object;
    const disclosed = disclose(
      JSON.parse('{ "*.b": { "kind": "withhold" }, "toString": { "kind": "withhold" } }') as Plan,
      hostile,
    );
    expect(JSON.stringify(disclosed)).toBe('{"__proto__":{"b":null},"constructor":"c"}');
    expect(Object.getPrototypeOf(disclosed)).toBe(Object.prototype);
  });
});

describe("the record of a lookup", () => {
  const record = {
    holderName: "张三",
    holderCode: "11010519491231002X",
    location: "安徽省合肥市蜀山区示例路1号",
    bornOn: "1949-12-31",
    amount: "123.45",
    mortgaged: "true",
    note: "张三（11010519491231002x）1949-12-31生，住安徽省合肥市蜀山区示例路1号，价款123.45，蜀山区",
  };
  const plan: Plan = {
    holderName: { kind: "mask", method: "name" },
    holderCode: { kind: "match-only" },
    location: { kind: "generalise", method: "county" },
    bornOn: { kind: "generalise", method: "year" },
    amount: { kind: "generalise", method: "range" },
    mortgaged: { kind: "withhold" },
    note: { kind: "blot" },
  };

  test("what is made coarser does not reappear as it was", () => {
    const stars = (text: string): string => "*".repeat(text.length);
    const note = `${stars("张三")}（${stars(record.holderCode)}）${stars("1949-12-31")}生，住${stars(record.location)}，价款${stars("123.45")}，蜀山区`;
    expect(disclose(plan, record)).toEqual({
      holderName: "张*",
      holderCode: null,
      location: "安徽省合肥市蜀山区",
      bornOn: "1949",
      amount: "100–200",
      mortgaged: null,
      note,
    });
  });

  test.each([
    ["张三", "共有人张　三。", "共有人***。"],
    ["张 三", "共有人张三。", "共有人**。"],
    ["张三和李四", "李四为共有人。", "**为共有人。"],
    ["张三（李四代）", "由李四代办。", "由***办。"],
    ["阿卜杜·热合曼", "阿卜杜热合曼、阿卜杜 • 热合曼", "******、*********"],
    ["阿卜杜·热合曼", "阿卜杜•热合曼", "*******"],
    ["李和平与王和平", "王和平、李和平", "***、***"],
    ["李和平", "和平大街", "和平大街"],
    ["皖（2026）第0000001号", "2026年登记", "2026年登记"],
    ["张三", "张先生和老三", "张先生和老三"],
  ])("%s is hidden however it is set: %s", (holderName, note, wanted) => {
    expect(disclose(plan, { holderName, note })).toMatchObject({ note: wanted });
  });

  test("a coarse value tells no other field's secret", () => {
    const hostile = { ...record, holderName: "蜀山区", bornOn: "1949" };
    expect(disclose(plan, hostile)).toMatchObject({ holderName: "蜀**", location: "安徽省合肥市***", bornOn: "1949" });
    expect(disclose(plan, { ...record, holderName: "安徽省合肥市蜀山区" }).location).toBe("*********");
  });

  test("a value that is coarse already stays, unless another field hides it", () => {
    const coarse = { ...record, location: "安徽省合肥市", amount: "100", note: "安徽省合肥市" };
    expect(disclose(plan, coarse)).toMatchObject({ location: "安徽省合肥市", amount: "100–200", note: "安徽省合肥市" });
  });

  test.each([
    ["x in capitals", "11010519491231002x", "见11010519491231002X。"],
    ["a wide letter", "ＺＨＡＮＧ", "ｚｈａｎｇ"],
    ["the sign for kelvin", "kim li", "\u212aim Li"],
    ["a long s", "sun san", "\u017fun San"],
    ["Greek with its final letter", "ΣΟΦΟΣ", "σοφος"],
    ["letters beyond the first plane", "\u{10400}\u{10401}", "\u{10428}\u{10429}"],
    ["a character beyond the first plane beside others", "𠀀三", "见𠀀三"],
  ])("what is hidden is found however it is written: %s", (_, name, text) => {
    const plan: Plan = { name: { kind: "withhold" }, note: { kind: "blot" } };
    const { note } = disclose<{ name: string; note: string }>(plan, { name, note: text });
    expect(note).toBe(text.replace(new RegExp(RegExp.escape(name), "giu"), (found) => "*".repeat([...found].length)));
    expect(note).toContain("**");
  });

  test("no letter that stands beside Chinese is missed in its other case", () => {
    const cased = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code)).filter(
      (letter) => letter.isWellFormed() && BESIDE_CHINESE.test(letter) && letter.toLowerCase() !== letter,
    );
    expect(cased).toHaveLength(52);
    for (const letter of cased)
      for (const [name, note] of [
        [`权${letter}`, `见权${letter.toLowerCase()}。`],
        [`权${letter.toLowerCase()}`, `见权${letter}。`],
      ])
        expect(disclose<object>({ name: { kind: "withhold" }, note: { kind: "blot" } }, { name, note })).toEqual({
          name: null,
          note: "见**。",
        });
  });

  test("nothing that is hidden appears anywhere, however the texts run into each other", () => {
    const dates = fc.constantFrom("1949-12-31", "2001/2/3", "1988年7月6日");
    const names = fc.string({ unit: fc.constantFrom(..."甲乙丙丁戊己庚辛"), minLength: 2, maxLength: 6 });
    const streets = fc.string({ unit: fc.constantFrom(..."东西南北路街号123"), minLength: 4, maxLength: 12 });
    fc.assert(
      fc.property(names, dates, streets, fc.string(), (name, date, street, rest) => {
        const location = `安徽省合肥市蜀山区${street}`;
        const full = {
          ...record,
          holderName: name,
          bornOn: date,
          location,
          note: `${rest}${name}${date}${location}${name}`,
        };
        const answer = JSON.stringify(disclose(plan, full)).toUpperCase();
        for (const secret of [name, date, location, record.holderCode]) expect(answer).not.toContain(secret);
      }),
    );
  });
});

describe("a blot of numbers", () => {
  const plan: Plan = { note: { kind: "blot", numbers: true }, other: { kind: "blot" } };
  test.each([
    ["共有人证件11010519491231002x。", "共有人证件******************。"],
    ["110105 19491231 002X", "********************"],
    ["电话 138-0000-0000", "电话 *************"],
    ["账号６２２２００００００００００００", "账号****************"],
    ["110105–19491231–002Ｘ", "********************"],
    ["110105\u00a019491231\u00a0002X", "********************"],
    ["面积89.50平方米，2026年11月21日登记", "面积89.50平方米，2026年11月21日登记"],
    ["第0000001号", "第0000001号"],
  ])("%s", (note, expected) => {
    expect(disclose(plan, { note, other: note })).toEqual({ note: expected, other: note });
  });
});
