import { expect, test } from "vitest";
import { type PolicyId, VALIDATION_POLICIES } from "../policy.ts";
import { FAILED_REASONS, UNSURE_REASONS } from "../reasons.ts";
import { REFUSALS, Refusal } from "../refusal.ts";
import { buildTrustSnapshot } from "../trust/snapshot.ts";
import { verifyDocument } from "../verify.ts";
import { makeDemo } from "./demo.ts";

const NOW = Date.UTC(2026, 10, 21);
const demo = makeDemo(NOW);
const trust = buildTrustSnapshot(demo.trust);

type Found = {
  readonly verdict: string;
  /** Of all checks that did not pass because of what they looked at. */
  readonly reasons: readonly string[];
  readonly answers: readonly string[];
  readonly remarks: readonly string[];
};

function verify(bytes: Uint8Array, policy: PolicyId = "gb-t-38540"): Found {
  try {
    const report = verifyDocument(bytes, { trust, policy: VALIDATION_POLICIES[policy], at: NOW });
    const checks = [...report.signatures.flatMap((signature) => signature.checks), ...report.checks];
    const reasons = new Set(checks.flatMap((check) => check.reason ?? []));
    reasons.delete("NOT_EVALUATED");
    return {
      verdict: report.verdict,
      reasons: [...reasons],
      answers: Object.values(report.answers).map((answer) => answer.code),
      remarks: report.remarks.map((remark) => remark.code),
    };
  } catch (error) {
    if (error instanceof Refusal)
      return { verdict: "REFUSED", reasons: [error.code], answers: [error.code], remarks: [] };
    throw error;
  }
}

/** Defects that another one brings with it. */
const IMPLIED: Readonly<Record<string, readonly string[]>> = { NOTHING_SIGNED: ["COVERAGE_GAP"] };

test.each(demo.files)("$name is $verdict for $reason and nothing else", ({ bytes, verdict, reason }) => {
  const found = verify(bytes);
  const reasons = reason === null ? [] : [reason, ...(IMPLIED[reason] ?? [])];
  expect([found.verdict, ...found.reasons]).toEqual([verdict, ...reasons]);
  if (reason !== null) expect(found.answers).toContain(reason);
});

const strictly = (name: string): Found =>
  verify(demo.files.find((file) => file.name === name)?.bytes ?? Buffer.of(), "strict");

test("only a time-stamp satisfies the strict policy", () => {
  expect(strictly("survey-v5.ofd")).toMatchObject({ verdict: "PASSED", reasons: [] });
  expect(strictly("realestate-v4.ofd")).toMatchObject({ verdict: "INDETERMINATE", reasons: ["NO_POE"] });
});

const REMARKED: Readonly<Record<string, readonly string[]>> = {
  "note-check-character.ofd": ["WRONG_CHECK_CHARACTER"],
  "note-unlisted-file.ofd": ["UNREFERENCED_ENTRY"],
};

test.each(demo.files.filter((file) => file.verdict === "PASSED"))("$name has no remark but its own", (file) => {
  expect(verify(file.bytes).remarks).toEqual(REMARKED[file.name] ?? []);
});

test("each file has a name, an explanation and a reason of its verdict's kind", () => {
  expect(new Set(demo.files.map((file) => file.name)).size).toBe(demo.files.length);
  for (const { name, verdict, reason, zh, en } of demo.files) {
    expect(name).toMatch(/^[a-z0-9-]+\.ofd$/);
    expect([zh.length > 3, en.length > 3], name).toEqual([true, true]);
    const known = { PASSED: {}, FAILED: FAILED_REASONS, INDETERMINATE: UNSURE_REASONS, REFUSED: REFUSALS }[verdict];
    expect(reason === null ? verdict === "PASSED" : Object.hasOwn(known, reason), name).toBe(true);
  }
});

test("the trust directory has an anchor, an intermediate and a CRL of each", () => {
  expect(demo.trust.map((file) => file.name)).toEqual(["root.cer", "issuing.cer", "root.crl", "issuing.crl"]);
  expect([trust.anchors.length, trust.intermediates.length, trust.crls.length]).toEqual([1, 1, 2]);
});
