import * as fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { REGISTER_CHECK_NAMES, type RegisterCheckName, type RegisterChecks } from "./checks/catalogue.ts";
import { checkRegister } from "./checks/register.ts";
import { makeDemo } from "./issue/demo.ts";
import { rewrite } from "./issue/ofd.ts";
import { DAY, type DemoPki, makePki } from "./issue/pki.ts";
import { sealedEntries, sealedLicence, type SealedLicenceRequest } from "./issue/sealed-licence.ts";
import { zipOf } from "./issue/zip.ts";
import { judgeChecks, judgeWithRegister } from "./judge.ts";
import { type PolicyId, VALIDATION_POLICIES } from "./policy.ts";
import { passed } from "./reasons.ts";
import { Refusal } from "./refusal.ts";
import {
  ENTITLEMENTS,
  type Entitlement,
  HOLDER_RESULTS,
  type HolderResult,
  NOT_ASKED_REASONS,
  REGISTER_STATES,
  type RegisterAnswer,
  type RegisterState,
} from "./register-answer.ts";
import { withRegister } from "./register.ts";
import type { Report } from "./report.ts";
import { buildTrustSnapshot } from "./trust/snapshot.ts";
import { verifyDocument } from "./verify.ts";

const NOW = Date.UTC(2026, 10, 21);
const pki = makePki(NOW);
const trust = buildTrustSnapshot(pki.trust);
const reportOf = (bytes: Uint8Array, policy: PolicyId = "gb-t-38540"): Report =>
  verifyDocument(bytes, { trust, policy: VALIDATION_POLICIES[policy], at: NOW });
const licence = (change: Omit<SealedLicenceRequest, "pki"> = {}, by: DemoPki = pki): Report =>
  reportOf(sealedLicence({ pki: by, ...change }));

/** By what they are before a register is asked. */
const BASE = {
  passed: licence(),
  /** Issued three years ago. */
  old: licence({ validFrom: NOW - 1095 * DAY }),
  /** Proven, but nobody can tell whether the sealing body is the issuer. */
  unmatched: licence({ metadata: { ZZBFJGDM: "1".repeat(7), ZZBS: "" } }),
  untrusted: licence({}, makePki(NOW, "别处电子认证中心")),
  ended: licence({ validTo: NOW - 2 * DAY }),
  changed: reportOf(zipOf(rewrite(sealedEntries({ pki }), "OFD.xml", (xml) => xml.replace("张三", "王五")))),
  bare: licence({ content: { metadata: {} } }),
} as const satisfies Record<string, Report>;

const ASKED = { resource: "real-estate-certificate", region: "340000" } as const;
const HEARD = { code: null, source: "anhui-register", asOf: "2026-11-20T00:00:00Z", reference: "R-1" } as const;
const UNHEARD = { source: null, asOf: null, reference: null, state: null, holder: null } as const;

type FoundChange = {
  readonly state?: RegisterState;
  readonly name?: HolderResult;
  readonly code?: HolderResult;
  readonly issuer?: Entitlement;
  readonly asOf?: string;
};
const found = ({ state = "in-force", name = "match", code = "match", issuer = "entitled", asOf }: FoundChange = {}) =>
  ({ ...ASKED, ...HEARD, outcome: "found", issuer, state, holder: { name, code }, asOf: asOf ?? HEARD.asOf }) as const;
const notFoundOf = (issuer: Entitlement) =>
  ({ ...ASKED, ...HEARD, outcome: "not-found", issuer, state: null, holder: null }) as const;
const unansweredOf = (issuer: Entitlement) =>
  ({ ...ASKED, ...UNHEARD, outcome: "unanswered", issuer, code: "SOURCE_TIMEOUT" }) as const;
const notFound = notFoundOf("entitled");
const unanswered = unansweredOf("entitled");
const notAsked = (code: keyof typeof NOT_ASKED_REASONS, issuer: Entitlement | null = null) =>
  ({ ...ASKED, ...UNHEARD, outcome: "not-asked", issuer, code }) as const;

/** `verdict authority status binding`. */
const lineOf = ({ verdict, answers }: Report): string =>
  [verdict, answers.authority.code, answers.status.code, answers.binding.code].join(" ");

type Row = readonly [title: string, base: keyof typeof BASE, answer: RegisterAnswer, line: string];

const ROWS: readonly Row[] = [
  ["in force, same holder", "passed", found(), "PASSED OK OK OK"],
  ["only the name compared", "passed", found({ code: "no-data" }), "PASSED OK OK OK"],
  ["only the code compared", "passed", found({ name: "not-asked" }), "PASSED OK OK OK"],
  ["suspended", "passed", found({ state: "suspended" }), "INDETERMINATE OK LICENCE_SUSPENDED OK"],
  ["revoked", "passed", found({ state: "revoked" }), "FAILED OK LICENCE_REVOKED OK"],
  ["cancelled", "passed", found({ state: "cancelled" }), "FAILED OK LICENCE_CANCELLED OK"],
  ["superseded", "passed", found({ state: "superseded" }), "FAILED OK LICENCE_SUPERSEDED OK"],
  ["expired", "passed", found({ state: "expired" }), "FAILED OK LICENCE_EXPIRED OK"],
  ["no state", "passed", found({ state: "unknown" }), "INDETERMINATE OK STATE_UNKNOWN OK"],
  ["another name", "passed", found({ name: "mismatch" }), "FAILED OK OK HOLDER_MISMATCH"],
  ["another code", "passed", found({ code: "mismatch" }), "FAILED OK OK HOLDER_MISMATCH"],
  ["another code, no name", "passed", found({ name: "no-data", code: "mismatch" }), "FAILED OK OK HOLDER_MISMATCH"],
  ["no holder", "passed", found({ name: "no-data", code: "no-data" }), "INDETERMINATE OK OK HOLDER_NOT_COMPARED"],
  [
    "nothing claimed",
    "passed",
    found({ name: "not-asked", code: "not-asked" }),
    "INDETERMINATE OK OK HOLDER_NOT_COMPARED",
  ],
  ["issuer not entitled", "passed", found({ issuer: "not-entitled" }), "FAILED ISSUER_NOT_ENTITLED OK OK"],
  ["issuer unknown", "passed", found({ issuer: "unknown" }), "INDETERMINATE ENTITLEMENT_UNKNOWN OK OK"],
  ["not found", "passed", notFound, "INDETERMINATE OK LICENCE_NOT_FOUND LICENCE_NOT_FOUND"],
  ["down", "passed", unanswered, "INDETERMINATE OK REGISTER_UNANSWERED REGISTER_UNANSWERED"],
  [
    "another kind of register",
    "passed",
    notAsked("TYPE_NOT_KEPT"),
    "INDETERMINATE REGISTER_NOT_ASKED REGISTER_NOT_ASKED REGISTER_NOT_ASKED",
  ],
  [
    "not asked, the issuer is not entitled",
    "passed",
    notAsked("ISSUER_NOT_ENTITLED", "not-entitled"),
    "FAILED ISSUER_NOT_ENTITLED REGISTER_NOT_ASKED REGISTER_NOT_ASKED",
  ],
  [
    "not asked, no region",
    "passed",
    notAsked("NO_REGION", "entitled"),
    "INDETERMINATE OK REGISTER_NOT_ASKED REGISTER_NOT_ASKED",
  ],
  ["a year old", "old", found({ asOf: "2025-11-21T00:00:00Z" }), "PASSED OK OK OK"],
  ["over a year old", "old", found({ asOf: "2025-11-19T00:00:00Z" }), "INDETERMINATE OK REGISTER_STALE OK"],
  [
    "over a year old and revoked",
    "old",
    found({ asOf: "2025-11-19T00:00:00Z", state: "revoked" }),
    "FAILED OK LICENCE_REVOKED OK",
  ],
  ["of tomorrow's clock", "passed", found({ asOf: "2026-11-21T12:00:00Z" }), "PASSED OK OK OK"],
  ["of next week", "passed", found({ asOf: "2026-11-28T00:00:00Z" }), "INDETERMINATE OK REGISTER_STALE REGISTER_STALE"],
  ["of no time", "passed", found({ asOf: "yesterday" }), "INDETERMINATE OK REGISTER_STALE REGISTER_STALE"],
  [
    "older than the licence, another holder: the record before",
    "passed",
    found({ asOf: "2026-08-01T00:00:00Z", name: "mismatch", state: "cancelled" }),
    "INDETERMINATE OK REGISTER_STALE REGISTER_STALE",
  ],
  ["open by itself, in force", "unmatched", found(), "INDETERMINATE AUTHORITY_UNMATCHED OK OK"],
  [
    "open by itself, revoked",
    "unmatched",
    found({ state: "revoked" }),
    "FAILED AUTHORITY_UNMATCHED LICENCE_REVOKED OK",
  ],
  [
    "unproven: in force says nothing",
    "untrusted",
    found(),
    "INDETERMINATE NO_TRUST REGISTER_NOT_ASKED REGISTER_NOT_ASKED",
  ],
  [
    "unproven: revoked says nothing",
    "untrusted",
    found({ state: "revoked", name: "mismatch", issuer: "not-entitled" }),
    "INDETERMINATE NO_TRUST REGISTER_NOT_ASKED REGISTER_NOT_ASKED",
  ],
  [
    "no licence metadata",
    "bare",
    notAsked("NO_LICENCE"),
    "INDETERMINATE REGISTER_NOT_ASKED REGISTER_NOT_ASKED REGISTER_NOT_ASKED",
  ],
  [
    "no licence metadata, and somebody answered all the same",
    "bare",
    found(),
    "INDETERMINATE REGISTER_NOT_ASKED REGISTER_NOT_ASKED REGISTER_NOT_ASKED",
  ],
  ["changed: stays as it is", "changed", notAsked("DOCUMENT_FAILED"), "FAILED OK NOT_ASKED NOT_ASKED"],
  ["changed: in force does not help", "changed", found(), "FAILED OK NOT_ASKED NOT_ASKED"],
  ["ended by its own dates", "ended", notAsked("DOCUMENT_FAILED"), "FAILED OK LICENCE_EXPIRED NOT_ASKED"],
  ["ended by its own dates, in force in the register", "ended", found(), "FAILED OK LICENCE_EXPIRED NOT_ASKED"],
];

type WithRegister = typeof withRegister;
/** The rows that an implementation answers wrongly. */
const wrongRows = (implementation: WithRegister): string[] =>
  ROWS.flatMap(([title, base, answer, line]) => {
    const given = lineOf(implementation(BASE[base], answer));
    return given === line ? [] : [`${title}: ${given}, not ${line}`];
  });

describe("the register's answer and the verdict", () => {
  test("the documents are what they should be before a register is asked", () => {
    expect(Object.values(BASE).map(({ verdict }) => verdict)).toEqual([
      "PASSED",
      "PASSED",
      "INDETERMINATE",
      "INDETERMINATE",
      "FAILED",
      "FAILED",
      "PASSED",
    ]);
    expect(Object.values(BASE).map(({ licence }) => licence?.proven)).toEqual([
      true,
      true,
      true,
      false,
      true,
      false,
      undefined,
    ]);
  });

  test.each(ROWS)("%s (%s)", (_, base, answer, line) => {
    const report = withRegister(BASE[base], answer);
    expect(lineOf(report)).toBe(line);
    expect(report.register).toBe(answer);
  });

  const planted: readonly (readonly [string, WithRegister])[] = [
    ["keeps the answer and ignores it", (report, register) => ({ ...report, register })],
    ...REGISTER_CHECK_NAMES.map(
      (name) =>
        [
          `takes ${name} for passed`,
          (report: Report, answer: RegisterAnswer) => blindTo(name, report, answer),
        ] as const,
    ),
    ["asks nothing of what is proven", (report, answer) => trusting(report, answer)],
  ];
  it.each(planted)("an implementation that %s is caught", (_, faulty) => expect(wrongRows(faulty)).not.toEqual([]));
  it("the real one is not", () => expect(wrongRows(withRegister)).toEqual([]));
});

const checksOf = ({ licence, trust }: Report, answer: RegisterAnswer): RegisterChecks =>
  checkRegister({ licence, answer, policy: VALIDATION_POLICIES[trust.policy], at: NOW });

/** withRegister in which one check passes whatever it finds; the answers are taken from the judgement as they are. */
function blindTo(name: RegisterCheckName, report: Report, answer: RegisterAnswer): Report {
  const real = withRegister(report, answer);
  if (report.verdict === "FAILED") return real;
  const checks = { ...checksOf(report, answer), [name]: passed() };
  return { ...real, verdict: judgeWithRegister(report, checks, VALIDATION_POLICIES["gb-t-38540"]).verdict };
}

function trusting(report: Report, answer: RegisterAnswer): Report {
  const { licence } = report;
  return withRegister({ ...report, licence: licence === null ? null : { ...licence, proven: true } }, answer);
}

describe("judging once more", () => {
  const demo = makeDemo(NOW);
  const demoTrust = buildTrustSnapshot(demo.trust);

  it.each(demo.files)(
    "$name comes to the same verdict and answers when the register finds nothing wrong",
    ({ bytes }) => {
      const report = reportUnlessRefused(bytes);
      if (report === null) return;
      const good = { "register-authority": passed(), "register-holder": passed(), "register-state": passed() };
      const judgement = judgeWithRegister(report, good, VALIDATION_POLICIES["gb-t-38540"]);
      expect(judgement.verdict).toBe(report.verdict);
      expect(judgement.nextAction).toBe(report.nextAction);
      expect(judgement.signatures.map(({ indication }) => indication)).toEqual(
        report.signatures.map(({ indication }) => indication),
      );
      const { integrity, authority } = judgement.answers;
      expect([integrity.outcome, authority.outcome]).toEqual([
        report.answers.integrity.outcome,
        report.answers.authority.outcome,
      ]);
    },
  );

  function reportUnlessRefused(bytes: Uint8Array): Report | null {
    try {
      return verifyDocument(bytes, { trust: demoTrust, policy: VALIDATION_POLICIES["gb-t-38540"], at: NOW });
    } catch (error) {
      if (error instanceof Refusal) return null;
      throw error;
    }
  }

  it.each(REGISTER_CHECK_NAMES)("never passes when %s did not run", (name) => {
    const { [name]: _, ...rest } = checksOf(BASE.passed, found());
    const judgement = judgeWithRegister(BASE.passed, rest as RegisterChecks, VALIDATION_POLICIES["gb-t-38540"]);
    expect(judgement).toMatchObject({ verdict: "INDETERMINATE", worst: { code: "NOT_EVALUATED" } });
  });

  it("a check that stands in no list counts against every answer", () => {
    const check = {
      name: "of-tomorrow",
      serves: null,
      check: { outcome: "unsure", code: "CHECK_ERROR", detail: "" },
    } as const;
    const { answers } = judgeChecks({ signatures: [], document: [check], register: [] });
    expect(Object.values(answers).map(({ outcome }) => outcome)).toEqual(["unsure", "unsure", "unsure", "unsure"]);
  });

  it("a check of the register that throws is an open question", () => {
    const broken = {
      ...found(),
      get state(): RegisterState {
        throw new TypeError("planted");
      },
    };
    const report = withRegister(BASE.passed, broken);
    expect(report).toMatchObject({ verdict: "INDETERMINATE", answers: { status: { code: "CHECK_ERROR" } } });
  });
});

const RANK = ["PASSED", "INDETERMINATE", "FAILED"];
const keys = <Key extends string>(table: Readonly<Record<Key, unknown>>) =>
  fc.constantFrom(...(Object.keys(table) as Key[]));

test("whatever a register answers, the verdict gets no better, and passes only on a good answer about a good document", () => {
  const answers: fc.Arbitrary<RegisterAnswer> = fc.oneof(
    fc
      .record({
        state: keys(REGISTER_STATES),
        name: keys(HOLDER_RESULTS),
        code: keys(HOLDER_RESULTS),
        issuer: keys(ENTITLEMENTS),
        asOf: fc.constantFrom("2026-11-20T00:00:00Z", "2020-01-01T00:00:00Z", "2036-01-01T00:00:00Z", ""),
      })
      .map(found),
    keys(ENTITLEMENTS).map(notFoundOf),
    keys(ENTITLEMENTS).map(unansweredOf),
    fc.tuple(keys(NOT_ASKED_REASONS), keys(ENTITLEMENTS)).map(([code, issuer]) => notAsked(code, issuer)),
  );
  fc.assert(
    fc.property(keys(BASE), answers, (base, answer) => {
      const before = BASE[base];
      const after = withRegister(before, answer);
      expect(RANK.indexOf(after.verdict)).toBeGreaterThanOrEqual(RANK.indexOf(before.verdict));
      const good =
        answer.outcome === "found" &&
        answer.state === "in-force" &&
        answer.issuer === "entitled" &&
        answer.asOf === HEARD.asOf &&
        ![answer.holder.name, answer.holder.code].includes("mismatch") &&
        [answer.holder.name, answer.holder.code].includes("match");
      expect(after.verdict === "PASSED").toBe((base === "passed" || base === "old") && good);
    }),
    { numRuns: 2000 },
  );
});

describe("what people read", () => {
  it("names the register's part in the summary", () => {
    expect(withRegister(BASE.passed, found()).summary).toEqual({
      zh: "文件真实完整，印章和签发机关可信。登记机关记载为有效，持证主体一致。",
      en: "Genuine and unchanged, sealed by a trusted authority. The register has it in force, with the same holder.",
    });
  });

  it("says what would decide", () => {
    const { summary, nextAction } = withRegister(BASE.passed, unanswered);
    expect(summary.en).toBe(
      "The register did not answer. Try again later, or have the word of the registering authority.",
    );
    expect(summary.zh).toBe("登记机关没有答复。请稍后重试，或向登记机关核实。");
    expect(nextAction).toBe("ASK");
  });

  it.each([
    ["2026-11-20T00:00:00Z", "1 day old"],
    ["2026-11-21T00:00:00Z", "less than a day old"],
    ["2026-11-21T08:00:00+08:00", "less than a day old"],
    ["2026-11-21T00:00:01Z", "less than a day old"],
    ["2026-11-01T00:00:00Z", "20 days old"],
    ["2026-11-28T00:00:00Z", "which has yet to come"],
    ["?", "of unknown age"],
  ])("remarks how old the answer is: %s", (asOf, age) => {
    const remarks = withRegister(BASE.passed, found({ asOf })).remarks.filter(({ code }) => code === "REGISTER_AS_OF");
    expect(remarks).toMatchObject([{ detail: `${asOf}, ${age}` }]);
  });

  it("remarks that it was not asked, and when only one of name and code was compared", () => {
    const codes = (report: Report) => report.remarks.map(({ code }) => code);
    expect(codes(withRegister(BASE.changed, notAsked("DOCUMENT_FAILED")))).toContain("REGISTER_NOT_ASKED");
    expect(codes(withRegister(BASE.passed, found({ code: "no-data" })))).toContain("HOLDER_PARTLY_COMPARED");
    expect(codes(withRegister(BASE.passed, found()))).not.toContain("HOLDER_PARTLY_COMPARED");
  });
});

test("the strict policy wants newer data", () => {
  const weeksOld = found({ asOf: "2026-11-01T00:00:00Z" });
  const strict = { ...BASE.passed, trust: { ...BASE.passed.trust, policy: "strict" as const } };
  expect(withRegister(strict, weeksOld).answers.status.code).toBe("REGISTER_STALE");
  expect(withRegister(BASE.passed, weeksOld).answers.status.code).toBe("OK");
});

test("an answer is added once, and changes nothing of what was there", () => {
  const before = structuredClone(BASE.passed);
  const once = withRegister(BASE.passed, found());
  expect(BASE.passed).toEqual(before);
  expect(once.signatures).toBe(BASE.passed.signatures);
  expect(once.checks.slice(0, BASE.passed.checks.length)).toEqual(BASE.passed.checks);
  expect(() => withRegister(once, found())).toThrow("already");
});
