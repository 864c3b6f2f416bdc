import { describe, expect, expectTypeOf, it } from "vitest";
import {
  DOCUMENT_CHECK_NAMES,
  type DocumentChecks,
  SEAL_CHECK_NAMES,
  type SealChecks,
  SIGN_CHECK_NAMES,
  type SignatureChecks,
} from "./checks/catalogue.ts";
import { guarded } from "./checks/run.ts";
import { judge } from "./judge.ts";
import { VALIDATION_POLICIES } from "./policy.ts";
import { type Check, failed, passed, unsure } from "./reasons.ts";

const policy = VALIDATION_POLICIES["gb-t-38540"];
const all = <Name extends string>(names: readonly Name[], change: { [N in Name]?: Check } = {}) =>
  ({ ...Object.fromEntries(names.map((name) => [name, passed()])), ...change }) as { readonly [N in Name]: Check };
const seal = (change: Partial<SealChecks> = {}): SignatureChecks => ({
  kind: "seal",
  checks: all(SEAL_CHECK_NAMES, change),
});
const document = (change: Partial<DocumentChecks> = {}): DocumentChecks => all(DOCUMENT_CHECK_NAMES, change);

describe("judge", () => {
  it("passes when every check of every signature and of the document passed", () => {
    const judgement = judge([seal(), { kind: "signature", checks: all(SIGN_CHECK_NAMES) }], document(), policy);
    expect(judgement).toMatchObject({ verdict: "PASSED", nextAction: "ACCEPT" });
    expect(judgement.signatures.map(({ indication }) => indication)).toEqual(["TOTAL-PASSED", "TOTAL-PASSED"]);
  });

  it.each(SEAL_CHECK_NAMES)("fails when %s failed, whatever the others say", (name) => {
    const judgement = judge(
      [seal(), seal({ [name]: failed("FORMAT", "") })],
      document({ entries: unsure("UNREFERENCED_ENTRY", "") }),
      policy,
    );
    expect(judgement).toMatchObject({ verdict: "FAILED", nextAction: "RETURN", worst: { code: "FORMAT" } });
    expect(judgement.signatures.map(({ indication }) => indication)).toEqual(["TOTAL-PASSED", "TOTAL-FAILED"]);
  });

  it.each(DOCUMENT_CHECK_NAMES)("is indeterminate when the document's check %s is unsure", (name) => {
    const judgement = judge([seal()], document({ [name]: unsure("CHECK_ERROR", "") }), policy);
    expect(judgement).toMatchObject({ verdict: "INDETERMINATE", nextAction: "ASK", worst: { code: "CHECK_ERROR" } });
  });

  it("keeps the four answers apart", () => {
    const { answers } = judge([seal({ "signer-certificate": unsure("NO_TRUST", "") })], document(), policy);
    expect(answers.integrity.outcome).toBe("passed");
    expect(answers.authority).toMatchObject({ outcome: "unsure", code: "NO_TRUST" });
    expect(answers.status.outcome).toBe("passed");
  });

  it("gives the cause before what could not be evaluated because of it", () => {
    const { worst } = judge(
      [seal({ "signature-value": unsure("NOT_EVALUATED", ""), "signing-time": unsure("TIMESTAMP_ORDER", "") })],
      document(),
      policy,
    );
    expect(worst).toMatchObject({ code: "TIMESTAMP_ORDER" });
  });

  it("never passes when an expected check is missing from the record", () => {
    const { coverage: _, ...rest } = all(SEAL_CHECK_NAMES);
    const judgement = judge([{ kind: "seal", checks: rest as SealChecks }], document(), policy);
    expect(judgement).toMatchObject({
      verdict: "INDETERMINATE",
      worst: { code: "NOT_EVALUATED", detail: "check coverage did not run" },
    });
  });

  it("has no authority to speak of without a signature", () => {
    expect(judge([], document({ signed: failed("NOT_SIGNED", "") }), policy).answers.authority).toMatchObject({
      code: "NOT_SIGNED",
    });
    expect(judge([], document(), policy).answers.authority.outcome).toBe("unsure");
  });

  it("does not compile with an incomplete record", () => {
    expectTypeOf<Record<string, never>>().not.toExtend<SealChecks>();
    expectTypeOf<{ readonly format: Check }>().not.toExtend<SealChecks>();
  });
});

it("a check that throws is unsure, not left out", () => {
  const check = guarded(() => {
    throw new TypeError("planted");
  });
  expect(check).toEqual({ outcome: "unsure", code: "CHECK_ERROR", detail: "TypeError" });
});

it("the policies have digests of their own", () => {
  expect(VALIDATION_POLICIES["gb-t-38540"].digest).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(VALIDATION_POLICIES.strict.digest).not.toBe(VALIDATION_POLICIES["gb-t-38540"].digest);
});
