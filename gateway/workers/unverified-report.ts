import { VALIDATION_POLICIES, type PolicyId } from "#certs/policy.ts";
import type { Report } from "#certs/report.ts";
import { composeCheck } from "#certs/compose-report.ts";
import { judgeChecks } from "#certs/judge.ts";
import { unsure } from "#certs/reasons.ts";
import { answersOf, summaryOf } from "#certs/summary.ts";

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
  const check = { name: "budget", serves: null, check: unsure(reason, detail) };
  const judgement = judgeChecks({ signatures: [], document: [check], register: [] });
  return {
    verdict: judgement.verdict,
    summary: summaryOf(judgement.worst, []),
    nextAction: judgement.nextAction,
    answers: answersOf(judgement, "nothing"),
    document: { type: "OFD", sha256, bytes },
    licence: null,
    signatures: [],
    checks: judgement.document.map(composeCheck),
    remarks: [],
    register: null,
    trust: { snapshot, policy: policy.id, policyDigest: policy.digest, at: new Date(at).toISOString() },
  };
}
