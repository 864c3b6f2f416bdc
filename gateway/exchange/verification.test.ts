import { describe, expect, test } from "vitest";
import type { RegisterAnswer } from "#certs/register-answer.ts";
import type { Report } from "#certs/report.ts";
import type { Caller } from "#gateway/clients/caller.ts";
import { Fault } from "#gateway/fault.ts";
import type { VerificationRecord } from "#gateway/log/exchange-record.ts";
import type { LogEntry } from "#gateway/log/log-entry.ts";
import { unverifiedReport } from "#gateway/workers/unverified-report.ts";
import type { Verification } from "#gateway/workers/verifier.ts";
import type { Decision } from "#policies/decision.ts";
import { VERIFY_PLAN } from "#policies/verify-plan.ts";
import { DEPARTMENT, REGISTER } from "./register-fixture.ts";
import type { RegisterReply, RegisterRuling } from "./register.ts";
import { exchangeVerification, type VerificationRequest, type VerificationServices } from "./verification.ts";

const NOW = Date.UTC(2026, 10, 21);
const SHA256 = "ab".repeat(32);
const LOCAL: Caller = {
  id: "local",
  network: "loopback",
  authentication: "none",
  organisation: null,
  roles: [],
  perMinute: 60,
};
const ANONYMOUS = { ...LOCAL, id: "anonymous", network: "remote" } as const;
const REPORT = unverifiedReport({
  reason: "BUDGET",
  detail: "",
  sha256: SHA256,
  bytes: 9,
  policy: "gb-t-38540",
  snapshot: "sha256:0",
  at: NOW,
});

const PERMIT: Decision = {
  effect: "permit",
  decisionId: "decision-1",
  policySetDigest: "sha256:0",
  reasons: [{ code: "LOCAL_CALLER", rule: "verify-from-this-machine", zh: "允许。", en: "Permitted." }],
  plan: VERIFY_PLAN,
  fields: {},
  duties: { quota: null, watermark: false, notify: [], secondApprover: false },
};
const DENIAL = { code: "NO_RULE_PERMITS", rule: "default", zh: "不允许。", en: "Not permitted." };
const DENY: Decision = { ...PERMIT, effect: "deny", decisionId: "decision-2", reasons: [DENIAL], plan: {} };

type Scene = {
  readonly verification?: Verification;
  readonly decision?: Decision;
  readonly plan?: Decision["plan"];
  readonly append?: () => Promise<void>;
  readonly ruling?: RegisterRuling | (() => never);
  readonly reply?: () => RegisterReply;
};
const RULING: RegisterRuling = {
  permitted: true,
  decision: { decisionId: "decision-3", policySetDigest: "sha256:0" },
  reasons: [{ code: "OWN_CASE", rule: "case", zh: "", en: "" }],
};

function sceneOf({ verification = { kind: "report", report: REPORT }, ...scene }: Scene = {}) {
  const records: VerificationRecord[] = [];
  const entries: LogEntry[] = [];
  const asked: unknown[] = [];
  const steps: string[] = [];
  const troubles: string[] = [];
  const observed: string[] = [];
  const request: VerificationRequest = {
    caller: LOCAL,
    target: "POST /v1/verifications",
    calls: { signal: new AbortController().signal },
    async receive() {
      steps.push("receive");
      return { take: () => new Uint8Array(9), length: 9, sha256: SHA256, release: () => void steps.push("release") };
    },
    at: null,
    policy: "gb-t-38540",
    register: null,
  };
  const services: VerificationServices = {
    access: "loopback",
    authorize() {
      steps.push("authorize");
      return scene.decision ?? PERMIT;
    },
    clock: () => NOW,
    async verify({ at, policy }) {
      steps.push("verify");
      asked.push({ at, policy });
      return verification;
    },
    isFull: () => false,
    async authorizeRegister() {
      steps.push("authorize register");
      return typeof scene.ruling === "function" ? scene.ruling() : (scene.ruling ?? RULING);
    },
    async askRegister(question) {
      steps.push("ask register");
      asked.push(question);
      return scene.reply?.() ?? answered(FOUND);
    },
    log: {
      async append(entry) {
        await scene.append?.();
        const { record } = entry;
        entries.push(entry);
        steps.push("record");
        if (record.kind === "verification") records.push(record);
      },
    },
    observe: (record) => void observed.push(record.id),
    onTrouble: (what, detail) => void troubles.push(`${what}: ${detail}`),
  };
  return { services, request, records, entries, observed, asked, steps, troubles };
}

const failToAppend = (): Promise<void> => Promise.reject(new Fault("LOG_UNAVAILABLE"));

test("a report is recorded as it is answered", async () => {
  const { services, request, records, asked } = sceneOf();
  const answer = await exchangeVerification(request, services);
  expect(answer).toMatchObject({ kind: "report", report: { verdict: "INDETERMINATE" } });
  expect(records).toHaveLength(1);
  const [record] = records;
  expect(record?.report).toBe(answer.kind === "report" ? answer.report : null);
  expect(record).toMatchObject({
    receivedAt: "2026-11-21T00:00:00.000Z",
    client: { id: "local", network: "loopback", authentication: "none", organisation: null },
    request: { sha256: SHA256, bytes: 9, at: null, register: null },
    decision: { effect: "permit", decisionId: "decision-1", reasons: ["LOCAL_CALLER"] },
    outcome: { result: "INDETERMINATE", code: null },
    source: null,
  });
  expect(asked).toEqual([{ at: NOW, policy: "gb-t-38540" }]);
});

test("the time asked for is the time verified for, and stands in the record", async () => {
  const { services, request, records, asked } = sceneOf();
  await exchangeVerification({ ...request, at: 0, policy: "strict" }, services);
  expect(asked).toEqual([{ at: 0, policy: "strict" }]);
  expect(records[0]?.request).toMatchObject({ at: "1970-01-01T00:00:00.000Z", policy: "strict" });
});

test("refused input is recorded, with its code", async () => {
  const { services, request, records } = sceneOf({
    verification: { kind: "refused", code: "ZIP_BOMB", detail: "entry 3" },
  });
  const answer = await exchangeVerification(request, services);
  expect(answer).toEqual({ kind: "refused", code: "ZIP_BOMB", detail: "entry 3", exchange: records[0]?.id });
  expect(records[0]).toMatchObject({
    request: { sha256: SHA256, bytes: 9 },
    outcome: { result: "REFUSED", code: "ZIP_BOMB" },
    report: null,
  });
});

test.each(["BUDGET", "CHECK_ERROR"] as const)("no verdict for %s is INDETERMINATE, never an error", async (reason) => {
  const verification = { kind: "abandoned", reason, detail: "over 10000 ms", snapshot: "sha256:1" } as const;
  const { services, request, records } = sceneOf({ verification });
  const answer = await exchangeVerification(request, services);
  expect(answer).toMatchObject({
    kind: "report",
    report: {
      verdict: "INDETERMINATE",
      nextAction: "ASK",
      document: { sha256: SHA256, bytes: 9 },
      answers: {
        integrity: { outcome: "unsure", code: reason },
        authority: { code: reason },
        status: { code: reason },
        binding: { outcome: "not-asked" },
      },
      checks: [{ outcome: "unsure", reason, detail: "over 10000 ms" }],
      trust: { snapshot: "sha256:1", policy: "gb-t-38540", at: "2026-11-21T00:00:00.000Z" },
    },
  });
  expect(records[0]?.outcome).toEqual({ result: "INDETERMINATE", code: null });
});

describe("who may ask", () => {
  test("a caller whom the policies do not permit is denied before the document is read, on record", async () => {
    const { services, request, records, steps } = sceneOf({ decision: DENY });
    const answer = await exchangeVerification({ ...request, caller: ANONYMOUS }, services);
    expect(answer).toEqual({ kind: "denied", exchange: records[0]?.id, reasons: [DENIAL] });
    expect(steps).toEqual(["authorize", "record"]);
    expect(records[0]).toMatchObject({
      client: { id: "anonymous", network: "remote" },
      request: { sha256: null, bytes: null },
      decision: { effect: "deny", decisionId: "decision-2", reasons: ["NO_RULE_PERMITS"] },
      outcome: { result: "DENIED", code: "NO_RULE_PERMITS" },
      report: null,
    });
  });

  test("the policies are asked about this caller, this action and this hour", async () => {
    const questions: unknown[] = [];
    const { services, request } = sceneOf();
    const authorize: VerificationServices["authorize"] = (question) => {
      questions.push(question);
      return PERMIT;
    };
    await exchangeVerification({ ...request, caller: DEPARTMENT }, { ...services, authorize });
    expect(questions).toMatchObject([
      {
        principal: { client: "guangdong-window", organisation: "11440000MB0E0002XC", address: "remote" },
        action: "verify",
        context: { access: "loopback", hour: 8 },
      },
    ]);
  });

  test("policies that cannot be evaluated are no denial", async () => {
    const { services, request, steps } = sceneOf();
    const authorize = (): never => {
      throw new Error("planted");
    };
    await expect(exchangeVerification(request, { ...services, authorize })).rejects.toMatchObject({
      code: "POLICY_UNAVAILABLE",
    });
    expect(steps).toEqual([]);
  });
});

describe("the document", () => {
  test("is read once it may be, and its room given back as soon as it was verified", async () => {
    const { services, request, steps } = sceneOf();
    await exchangeVerification({ ...request, register: REGISTER }, services);
    expect(steps).toEqual([
      "authorize",
      "authorize register",
      "receive",
      "verify",
      "release",
      "ask register",
      "record",
    ]);
  });

  test("its room is given back when verification cannot go on", async () => {
    const { services, request, steps } = sceneOf();
    const verify = (): Promise<never> => Promise.reject(new Fault("BUSY"));
    await expect(exchangeVerification(request, { ...services, verify })).rejects.toMatchObject({ code: "BUSY" });
    expect(steps).toEqual(["authorize", "receive", "release"]);
  });

  test("it is not even read when no more may wait", async () => {
    const { services, request, steps } = sceneOf();
    const full = { ...services, isFull: () => true };
    await expect(exchangeVerification(request, full)).rejects.toMatchObject({ code: "BUSY" });
    expect(steps).toEqual(["authorize"]);
  });

  test("what keeps it from being read is the caller's to know", async () => {
    const { services, request, steps } = sceneOf();
    const receive = (): Promise<never> => Promise.reject(new Fault("BODY_TOO_LARGE"));
    await expect(exchangeVerification({ ...request, receive }, services)).rejects.toMatchObject({
      code: "BODY_TOO_LARGE",
    });
    expect(steps).toEqual(["authorize"]);
  });
});

const LICENCE = {
  proven: true,
  identifier: null,
  typeCode: null,
  typeName: null,
  number: null,
  issuer: { code: null, name: null },
  holder: { name: "张三", code: "11010519491231002X", codeType: "111" },
  issuedOn: null,
  validFrom: null,
  validTo: null,
  fields: {},
} as const;
const PERSONAL = /张三|11010519491231002X|19491231/i;

test("a natural person's name and code are masked in the answer and in the record", async () => {
  const { services, request, records } = sceneOf({
    verification: { kind: "report", report: { ...REPORT, licence: LICENCE } },
  });
  const answer = await exchangeVerification(request, services);
  expect(JSON.stringify([answer, records])).not.toMatch(PERSONAL);
});

test("an obligation that is not understood denies, whatever was found", async () => {
  const plan = { "licence.holder.name": { kind: "burn" } } as unknown as Decision["plan"];
  const { services, request, records } = sceneOf({ decision: { ...PERMIT, plan } });
  const answer = await exchangeVerification(request, services);
  expect(answer).toMatchObject({ kind: "denied", reasons: [{ code: "PLAN_NOT_UNDERSTOOD" }] });
  expect(records[0]).toMatchObject({
    request: { sha256: SHA256 },
    decision: { effect: "deny", reasons: ["PLAN_NOT_UNDERSTOOD"] },
    outcome: { result: "DENIED" },
    report: null,
  });
});

test("nothing is answered before the record is durable", async () => {
  const order: string[] = [];
  const append = async (): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, 30));
    order.push("durable");
  };
  const { services, request } = sceneOf({ append });
  await exchangeVerification(request, services);
  order.push("answered");
  expect(order).toEqual(["durable", "answered"]);
});

test.each<Verification>([
  { kind: "report", report: REPORT },
  { kind: "refused", code: "NOT_OFD", detail: "" },
])("nothing is answered when the log cannot be written to", async (verification) => {
  const { services, request } = sceneOf({ verification, append: failToAppend });
  await expect(exchangeVerification(request, services)).rejects.toMatchObject({ code: "LOG_UNAVAILABLE" });
});

test("a caller that was denied is not told so when that cannot be recorded", async () => {
  const { services, request } = sceneOf({ decision: DENY, append: failToAppend });
  await expect(exchangeVerification(request, services)).rejects.toMatchObject({ code: "LOG_UNAVAILABLE" });
});

const FOUND: RegisterAnswer = {
  resource: REGISTER.resource,
  region: "340000",
  outcome: "found",
  code: null,
  source: "anhui-register",
  asOf: "2026-11-20T00:00:00Z",
  reference: "R-1",
  issuer: "entitled",
  state: "in-force",
  holder: { name: "match", code: "match" },
};
const answered = (answer: RegisterAnswer, receipt: string | null = null): RegisterReply => ({
  kind: "answered",
  answer,
  receipt,
});
/** A report with nothing against it. */
const GOOD: Report = {
  ...REPORT,
  verdict: "PASSED",
  nextAction: "ACCEPT",
  licence: LICENCE,
  signatures: [
    {
      id: "s1",
      kind: "seal",
      format: "SES V4",
      signer: null,
      seal: null,
      times: { claimed: null, proven: null },
      coverage: { complete: true, uncovered: [] },
      indication: "TOTAL-PASSED",
      subIndication: null,
      checks: [{ code: "signature-value", outcome: "passed" }],
    },
  ],
  checks: [{ code: "signed", outcome: "passed" }],
};
const VERIFIED = { verification: { kind: "report", report: GOOD } } as const;

describe("a verification that names a register", () => {
  test("answers with what the register says, and records what was asked and who answered", async () => {
    const { services, request, records } = sceneOf({ ...VERIFIED, reply: () => answered(FOUND, "a.b.c") });
    const answer = await exchangeVerification({ ...request, register: REGISTER }, services);
    expect(answer).toMatchObject({
      kind: "report",
      report: {
        verdict: "PASSED",
        register: FOUND,
        answers: { status: { outcome: "passed" }, binding: { outcome: "passed" } },
      },
    });
    expect(records[0]).toMatchObject({
      request: { register: REGISTER },
      decision: { effect: "permit", decisionId: "decision-1", reasons: ["LOCAL_CALLER", "OWN_CASE"] },
      source: { id: "anhui-register", asOf: "2026-11-20T00:00:00Z", reference: "R-1", receipt: "a.b.c" },
    });
    expect(JSON.stringify([answer, records])).not.toMatch(PERSONAL);
  });

  test("hands over the report as it was verified, the caller, and the exchange", async () => {
    const { services, request, records, asked } = sceneOf(VERIFIED);
    await exchangeVerification({ ...request, register: REGISTER }, services);
    expect(asked[1]).toEqual({
      caller: LOCAL,
      receivedAt: NOW,
      register: REGISTER,
      report: GOOD,
      exchange: records[0]?.id,
      calls: request.calls,
    });
  });

  test("is denied before the document is read when such a match is not permitted", async () => {
    const ruling = { ...RULING, permitted: false, reasons: [{ ...DENIAL, code: "CASE_CLOSED" }] };
    const { services, request, records, steps } = sceneOf({ ...VERIFIED, ruling });
    const answer = await exchangeVerification({ ...request, register: REGISTER }, services);
    expect(answer).toMatchObject({ kind: "denied", reasons: [{ code: "CASE_CLOSED" }] });
    expect(steps).toEqual(["authorize", "authorize register", "record"]);
    expect(records[0]).toMatchObject({
      request: { sha256: null, register: REGISTER },
      decision: { effect: "deny", decisionId: "decision-3", reasons: ["CASE_CLOSED"] },
      outcome: { result: "DENIED", code: "CASE_CLOSED" },
    });
  });

  test("is denied when the match is, though its document was read", async () => {
    const reasons = [{ ...DENIAL, code: "QUOTA" }];
    const { services, request, records } = sceneOf({ ...VERIFIED, reply: () => ({ kind: "denied", reasons }) });
    const answer = await exchangeVerification({ ...request, register: REGISTER }, services);
    expect(answer).toMatchObject({ kind: "denied", reasons });
    expect(records[0]).toMatchObject({
      request: { sha256: SHA256, bytes: 9 },
      decision: { effect: "deny", reasons: ["QUOTA"] },
      source: null,
      report: null,
    });
  });

  test("a resource that is not there is told before anything is read", async () => {
    const { services, request, steps } = sceneOf({
      ruling: () => {
        throw new Fault("RESOURCE_UNKNOWN");
      },
    });
    await expect(exchangeVerification({ ...request, register: REGISTER }, services)).rejects.toMatchObject({
      code: "RESOURCE_UNKNOWN",
    });
    expect(steps).toEqual(["authorize", "authorize register"]);
  });

  test("asks of the present only", async () => {
    const { services, request, steps } = sceneOf(VERIFIED);
    const past = { ...request, at: 0, register: REGISTER };
    await expect(exchangeVerification(past, services)).rejects.toMatchObject({ code: "INVALID_REQUEST" });
    expect(steps).toEqual([]);
  });

  test("asks nothing of a document that is refused", async () => {
    const { services, request, steps } = sceneOf({ verification: { kind: "refused", code: "NOT_OFD", detail: "" } });
    const answer = await exchangeVerification({ ...request, register: REGISTER }, services);
    expect(answer.kind).toBe("refused");
    expect(steps).not.toContain("ask register");
  });

  test.each([
    ["an exception", new TypeError("张三"), "INTERNAL"],
    ["a resource that has gone meanwhile", new Fault("RESOURCE_UNKNOWN"), "RESOURCE_UNKNOWN"],
  ])("%s while it is asked does not pass, and the operator is told", async (_, thrown, code) => {
    const { services, request, troubles } = sceneOf(VERIFIED);
    const askRegister = (): Promise<never> => Promise.reject(thrown);
    const answer = await exchangeVerification({ ...request, register: REGISTER }, { ...services, askRegister });
    expect(answer).toMatchObject({
      report: {
        verdict: "INDETERMINATE",
        answers: { status: { code: "REGISTER_UNANSWERED" }, binding: { code: "REGISTER_UNANSWERED" } },
        register: { outcome: "unanswered", code },
      },
    });
    expect(troubles).toHaveLength(1);
    expect(JSON.stringify([answer, troubles])).not.toMatch(PERSONAL);
  });

  test.each(["POLICY_UNAVAILABLE", "LOG_UNAVAILABLE"] as const)("%s ends it unanswered", async (code) => {
    const { services, request, records } = sceneOf(VERIFIED);
    const askRegister = (): Promise<never> => Promise.reject(new Fault(code));
    const asked = exchangeVerification({ ...request, register: REGISTER }, { ...services, askRegister });
    await expect(asked).rejects.toMatchObject({ code });
    expect(records).toEqual([]);
  });

  test("what the source calls its answer is blotted where it names the holder", async () => {
    const { services, request, records } = sceneOf({
      ...VERIFIED,
      reply: () => answered({ ...FOUND, reference: "R-11010519491231002x" }),
    });
    const answer = await exchangeVerification({ ...request, register: REGISTER }, services);
    expect(JSON.stringify([answer, records])).not.toMatch(PERSONAL);
  });
});
