import { describe, expect, test } from "vitest";
import type { Report } from "#certs/report.ts";
import { Fault } from "#gateway/fault.ts";
import { REGISTER } from "./register-fixture.ts";
import {
  answered,
  DENIAL,
  FOUND,
  LICENCE,
  LOCAL,
  NOW,
  PERSONAL,
  REPORT,
  RULING,
  sceneOf,
  SHA256,
} from "./verification-scene.ts";
import { exchangeVerification } from "./verification.ts";

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
