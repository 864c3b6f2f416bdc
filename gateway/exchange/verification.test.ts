import { describe, expect, test } from "vitest";
import { Fault } from "#gateway/fault.ts";
import type { Verification } from "#gateway/workers/verifier.ts";
import type { Decision } from "#policies/decision.ts";
import {
  NOW,
  ANONYMOUS,
  REPORT,
  PERMIT,
  DENIAL,
  DENY,
  sceneOf,
  LICENCE,
  PERSONAL,
  SHA256,
} from "./verification-scene.ts";
import { DEPARTMENT, REGISTER } from "./register-fixture.ts";
import { exchangeVerification, type VerificationServices } from "./verification.ts";

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
