import { describe, expect, test } from "vitest";
import type { LicenceReport, Report, Verdict } from "#certs/report.ts";
import type { MatchAnswer } from "#connectors/source.ts";
import { Fault } from "#gateway/fault.ts";
import { unverifiedReport } from "#gateway/workers/unverified-report.ts";
import { DEPARTMENT, PURPOSE, REAL_ESTATE, REGISTER } from "./register-fixture.ts";
import { type NoQuery, type RegisterQuery, type RegisterResource, registerQueryOf } from "./register-question.ts";
import {
  askRegister,
  type AuthorizedMatch,
  authorizeRegister,
  type MatchToMake,
  type RegisterReply,
  type RegisterServices,
} from "./register.ts";

const NOW = Date.UTC(2026, 10, 21);
const NUMBER = "皖（2026）示例市不动产权第0000001号";
const HOLDER = { name: "张三", code: "11010519491231002X", codeType: "111" };
const LICENCE: LicenceReport = {
  proven: true,
  identifier: null,
  typeCode: "11100000MB03271699001",
  typeName: "不动产权证书",
  number: NUMBER,
  issuer: { code: "11340000MB0E00011X", name: "示例市自然资源和规划局" },
  holder: HOLDER,
  issuedOn: "2026-08-13",
  validFrom: "2026-08-13",
  validTo: null,
  fields: {},
};
const BLANK = unverifiedReport({
  reason: "BUDGET",
  detail: "",
  sha256: "ab".repeat(32),
  bytes: 9,
  policy: "gb-t-38540",
  snapshot: "sha256:0",
  at: NOW,
});
const reportOf = (change: Partial<LicenceReport> = {}, verdict: Verdict = "PASSED"): Report => ({
  ...BLANK,
  verdict,
  licence: { ...LICENCE, ...change },
});
const resource = (change: Partial<RegisterResource["licence"]> = {}): RegisterResource => ({
  ...REAL_ESTATE,
  licence: { ...REAL_ESTATE.licence, ...change },
});
const ask = (change: Partial<LicenceReport>, of = REAL_ESTATE, region: string | null = null): RegisterQuery | NoQuery =>
  registerQueryOf(reportOf(change), of, region);

describe("what a register is asked", () => {
  test("the record by the licence's number, with the holder as claims, in the issuer's region", () => {
    expect(ask({})).toEqual({
      kind: "ask",
      region: "340000",
      keys: { certificateNumber: NUMBER },
      claims: { holderName: "张三", holderCode: "11010519491231002X" },
      issuer: "entitled",
    });
  });

  test.each([
    ["no name", { ...HOLDER, name: null }, ["holderCode"]],
    ["no code", { ...HOLDER, code: null }, ["holderName"]],
    ["a name that its issuer masked", { ...HOLDER, name: "张*" }, ["holderCode"]],
    ["a code with a wrong check digit", { ...HOLDER, code: "110105194912310021" }, ["holderName"]],
    ["a passport", { ...HOLDER, code: "E12345678", codeType: "414" }, ["holderName", "holderCode"]],
    ["nothing", { name: null, code: null, codeType: null }, []],
  ])("a holder with %s", (_, holder, claims) => {
    const query = ask({ holder });
    expect(query.kind === "ask" ? Object.keys(query.claims) : query).toEqual(claims);
  });

  test("number and holder where the register has no smaller key, and nothing when the licence says no holder", () => {
    const joint = { ...REAL_ESTATE, keys: [["holderCode", "certificateNumber"]] };
    expect(ask({}, joint)).toMatchObject({ keys: { certificateNumber: NUMBER, holderCode: HOLDER.code } });
    expect(ask({ holder: { ...HOLDER, code: null } }, joint)).toMatchObject({ kind: "not-asked", code: "NO_NUMBER" });
  });

  test.each([
    ["a credit code", "11340000MB0E00011X", null, "340000"],
    ["a region code", "340100", null, "340100"],
    ["a region named below the issuer's", "11340000MB0E00011X", "340100", "340100"],
    ["a region named above the issuer's", "340100", "340000", "340000"],
    ["an organisation code and a named region", "MB0E00011", "340100", "340100"],
    ["a national body and a named region", "100000", "650000", "650000"],
  ])("region: %s", (_, code, named, region) => {
    const everybody = resource({ issuers: ["11340000MB0E00011X", "340000", "100000"] });
    const query = ask({ issuer: { code, name: null } }, everybody, named);
    expect(query).toMatchObject({ kind: "ask", region, issuer: "entitled" });
  });
});

describe("what it is not asked", () => {
  const { typeCode: _, ...untyped } = LICENCE;
  test.each([
    ["a document that failed", reportOf({}, "FAILED"), REAL_ESTATE, null, "DOCUMENT_FAILED"],
    ["a document without licence metadata", { ...reportOf(), licence: null }, REAL_ESTATE, null, "NO_LICENCE"],
    ["what no good signature covers", reportOf({ proven: false }), REAL_ESTATE, null, "NOT_PROVEN"],
    [
      "what no good signature covers, though open",
      reportOf({ proven: false }, "INDETERMINATE"),
      REAL_ESTATE,
      null,
      "NOT_PROVEN",
    ],
    ["another kind", reportOf({ typeCode: "11100000MB03271699101" }), REAL_ESTATE, null, "TYPE_NOT_KEPT"],
    ["no kind", { ...reportOf(), licence: { ...untyped, typeCode: null } }, REAL_ESTATE, null, "TYPE_NOT_KEPT"],
    ["no number", reportOf({ number: null }), REAL_ESTATE, null, "NO_NUMBER"],
    ["a masked number", reportOf({ number: "皖（2026）****" }), REAL_ESTATE, null, "NO_NUMBER"],
    ["an endless number", reportOf({ number: "1".repeat(2000) }), REAL_ESTATE, null, "NO_NUMBER"],
    [
      "an issuer who may not issue",
      reportOf({ issuer: { code: "11440000MB0E0002XC", name: "" } }),
      REAL_ESTATE,
      null,
      "ISSUER_NOT_ENTITLED",
    ],
    [
      "an issuer without a region",
      reportOf({ issuer: { code: "MB0E00011", name: "" } }),
      REAL_ESTATE,
      null,
      "NO_REGION",
    ],
    ["an issuer without a code", reportOf({ issuer: { code: null, name: "" } }), REAL_ESTATE, null, "NO_REGION"],
    ["a register of another province", reportOf(), REAL_ESTATE, "440100", "OTHER_REGION"],
  ] as const)("%s", (_, report, of, region, code) => {
    expect(registerQueryOf(report, of, region)).toMatchObject({ kind: "not-asked", code });
  });
});

const FOUND: MatchAnswer = {
  kind: "found",
  claims: { holderName: "match", holderCode: "match" },
  state: "现势",
  asOf: "2026-11-20T00:00:00Z",
  reference: "R-1",
};
const answered = (answer: MatchAnswer): AuthorizedMatch => ({
  kind: "answered",
  answer,
  source: "anhui-register",
  region: "340000",
});

function servicesOf(match: () => AuthorizedMatch | Promise<AuthorizedMatch>) {
  const asked: MatchToMake[] = [];
  const services: RegisterServices = {
    registry: { resource: (id) => (id === REAL_ESTATE.id ? REAL_ESTATE : id === "plain" ? PLAIN : null) },
    authorizeMatch: async () => RULING,
    match: async (question) => {
      asked.push(question);
      return await match();
    },
  };
  return { services, asked };
}
const PLAIN = { ...REAL_ESTATE, id: "plain", licence: null };
const RULING = { permitted: true, decision: { decisionId: "d", policySetDigest: "sha256:0" }, reasons: [] };
const QUESTION = {
  calls: { signal: new AbortController().signal },
  caller: DEPARTMENT,
  receivedAt: NOW,
  register: REGISTER,
  report: reportOf(),
  exchange: "x-1",
} as const;

const replyTo = async (
  match: () => AuthorizedMatch | Promise<AuthorizedMatch>,
  report = QUESTION.report,
): Promise<RegisterReply> => await askRegister({ ...QUESTION, report }, servicesOf(match).services);

describe("asking", () => {
  test("is one match, within the exchange", async () => {
    const { services, asked } = servicesOf(() => answered(FOUND));
    await askRegister(QUESTION, services);
    expect(asked).toEqual([
      {
        caller: DEPARTMENT,
        receivedAt: NOW,
        resource: REAL_ESTATE.id,
        region: "340000",
        keys: { certificateNumber: NUMBER },
        claims: { holderName: "张三", holderCode: HOLDER.code },
        purpose: PURPOSE,
        exchange: "x-1",
        calls: QUESTION.calls,
      },
    ]);
  });

  test("a record that was found", async () => {
    expect(await replyTo(() => answered({ ...FOUND, receipt: "a.b.c" }))).toEqual({
      kind: "answered",
      receipt: "a.b.c",
      answer: {
        resource: REAL_ESTATE.id,
        region: "340000",
        outcome: "found",
        code: null,
        source: "anhui-register",
        asOf: "2026-11-20T00:00:00Z",
        reference: "R-1",
        issuer: "entitled",
        state: "in-force",
        holder: { name: "match", code: "match" },
      },
    });
  });

  test.each([
    ["吊销", "revoked"],
    ["已换发", "superseded"],
    ["查封", "unknown"],
    [null, "unknown"],
    ["constructor", "unknown"],
    ["__proto__", "unknown"],
  ])("the state %s", async (value, state) => {
    expect(await replyTo(() => answered({ ...FOUND, state: value }))).toMatchObject({ answer: { state } });
  });

  test.each([
    ["mismatch", { holderName: "mismatch", holderCode: "match" }, { name: "mismatch", code: "match" }],
    ["no word on the code", { holderName: "match" }, { name: "match", code: "no-data" }],
    ["no word at all", {}, { name: "no-data", code: "no-data" }],
  ] as const)("the holder: %s", async (_, claims, holder) => {
    expect(await replyTo(() => answered({ ...FOUND, claims }))).toMatchObject({ answer: { holder } });
  });

  test("what was not claimed was not compared, whatever the source says", async () => {
    const anonymous = reportOf({ holder: { name: null, code: null, codeType: null } });
    expect(await replyTo(() => answered(FOUND), anonymous)).toMatchObject({
      answer: { holder: { name: "not-asked", code: "not-asked" } },
    });
  });

  test("no record", async () => {
    const nothing: MatchAnswer = { kind: "not-found", asOf: FOUND.asOf, reference: "R-2" };
    expect(await replyTo(() => answered(nothing))).toMatchObject({
      answer: { outcome: "not-found", reference: "R-2", state: null, holder: null },
    });
  });

  test.each(["", "yesterday", "2026-11-20", "2026-13-40T00:00:00Z"])("an answer as of %j is none", async (asOf) => {
    expect(await replyTo(() => answered({ ...FOUND, asOf }))).toMatchObject({
      answer: { outcome: "unanswered", code: "SOURCE_MALFORMED", asOf: null, issuer: "entitled" },
    });
  });

  test("a source that gave no answer", async () => {
    expect(await replyTo(() => ({ kind: "unanswered", code: "SOURCE_TIMEOUT" }))).toMatchObject({
      answer: { outcome: "unanswered", code: "SOURCE_TIMEOUT", issuer: "entitled" },
    });
  });

  test.each(["NO_SOURCE", "KEYS_INVALID", "QUOTA_EXCEEDED"] as const)("%s leaves the question open", async (code) => {
    const reply = await replyTo(() => Promise.reject(new Fault(code)));
    expect(reply).toMatchObject({ answer: { outcome: "unanswered", code } });
  });

  test.each(["POLICY_UNAVAILABLE", "LOG_UNAVAILABLE"] as const)("%s ends the exchange", async (code) => {
    await expect(replyTo(() => Promise.reject(new Fault(code)))).rejects.toMatchObject({ code });
  });

  test("a denial of just this question denies", async () => {
    const reasons = [{ code: "NO_CONSENT", rule: "consent", zh: "", en: "" }];
    expect(await replyTo(() => ({ kind: "denied", reasons }))).toEqual({ kind: "denied", reasons });
  });

  test("nobody is asked about what is not proven, or failed", async () => {
    for (const report of [reportOf({ proven: false }), reportOf({}, "FAILED"), { ...reportOf(), licence: null }]) {
      const { services, asked } = servicesOf(() => answered(FOUND));
      const reply = await askRegister({ ...QUESTION, report }, services);
      expect(reply).toMatchObject({ answer: { outcome: "not-asked", source: null, holder: null } });
      expect(asked).toEqual([]);
    }
  });
});

describe("authorising", () => {
  test("asks for claims and state together, without the document", async () => {
    const questions: unknown[] = [];
    const services: RegisterServices = {
      ...servicesOf(() => answered(FOUND)).services,
      authorizeMatch: async (question) => {
        questions.push(question);
        return RULING;
      },
    };
    expect(await authorizeRegister({ caller: DEPARTMENT, receivedAt: NOW, register: REGISTER }, services)).toBe(RULING);
    expect(questions).toEqual([
      {
        caller: DEPARTMENT,
        receivedAt: NOW,
        resource: REAL_ESTATE.id,
        region: null,
        purpose: PURPOSE,
        names: ["certificateNumber", "holderName", "holderCode", "state"],
      },
    ]);
  });

  test.each([
    ["nowhere", "RESOURCE_UNKNOWN"],
    ["plain", "INVALID_REQUEST"],
  ])("%s: %s", async (id, code) => {
    const { services } = servicesOf(() => answered(FOUND));
    const register = { ...REGISTER, resource: id };
    await expect(authorizeRegister({ caller: DEPARTMENT, receivedAt: NOW, register }, services)).rejects.toMatchObject({
      code,
    });
  });
});
