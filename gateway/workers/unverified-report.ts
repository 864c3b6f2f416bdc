import { VALIDATION_POLICIES, type PolicyId } from "#certs/policy.ts";
import type { Report } from "#certs/report.ts";
import { answerOf, notAsked, summaryOf } from "#certs/summary.ts";

type Circumstances = {
  readonly reason: "BUDGET" | "CHECK_ERROR";
  readonly detail: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly policy: PolicyId;
  readonly snapshot: string;
  /** Milliseconds. */
  readonly at: number;
};

/** The report on a document about which no verdict was reached: nothing is known, so every answer is unsure. */
export function unverifiedReport(circumstances: Circumstances): Report {
  const { reason, detail, sha256, bytes, snapshot, at } = circumstances;
  const policy = VALIDATION_POLICIES[circumstances.policy];
  const unsure = { outcome: "unsure", code: reason, detail } as const;
  return {
    verdict: "INDETERMINATE",
    summary: summaryOf(unsure, "sealed"),
    nextAction: "ASK",
    answers: {
      integrity: answerOf("integrity", unsure),
      authority: answerOf("authority", unsure),
      status: answerOf("status", unsure),
      binding: notAsked("binding"),
    },
    document: { type: "OFD", sha256, bytes },
    licence: null,
    signatures: [],
    checks: [{ code: "budget", outcome: "unsure", reason, detail }],
    remarks: [],
    trust: { snapshot, policy: policy.id, policyDigest: policy.digest, at: new Date(at).toISOString() },
  };
}
