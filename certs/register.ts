import { checkRegister, DAY } from "./checks/register.ts";
import { composeCheck, composeRemark, howSigned } from "./compose-report.ts";
import { type Judgement, judgeWithRegister } from "./judge.ts";
import { VALIDATION_POLICIES } from "./policy.ts";
import type { Remark } from "./reasons.ts";
import { NOT_ASKED_REASONS, type RegisterAnswer } from "./register-answer.ts";
import type { Report } from "./report.ts";
import { answersOf, summaryOf } from "./summary.ts";

/**
 * The report with what the issuing region's register says: the register's checks beside the document's own, all judged
 * together once more. Pure, so a report replays offline with the answer it keeps. A document that FAILED by itself stays as it
 * is: nothing that a register says could make it good. Throws on a report that has a register's answer already.
 */
export function withRegister(report: Report, answer: RegisterAnswer): Report {
  if (report.register !== null) throw new Error("this report has a register's answer already");
  if (report.verdict === "FAILED") {
    return {
      ...report,
      register: answer,
      remarks: [...report.remarks, ...remarksOf(answer, report).map(composeRemark)],
    };
  }
  const policy = VALIDATION_POLICIES[report.trust.policy];
  const at = Date.parse(report.trust.at);
  const checks = checkRegister({ licence: report.licence, answer, policy, at });
  return rejudged(report, answer, judgeWithRegister(report, checks, policy));
}

function rejudged(report: Report, answer: RegisterAnswer, judgement: Judgement): Report {
  const ofChecks = judgement.register.flatMap(({ check }) => (check.outcome === "passed" ? (check.remarks ?? []) : []));
  return {
    ...report,
    verdict: judgement.verdict,
    summary: summaryOf(judgement.worst, [howSigned(report.signatures), "registered"]),
    nextAction: judgement.nextAction,
    answers: answersOf(judgement, "register"),
    checks: [...report.checks, ...judgement.register.map(composeCheck)],
    remarks: [...report.remarks, ...[...remarksOf(answer, report), ...ofChecks].map(composeRemark)],
    register: answer,
  };
}

function remarksOf(answer: RegisterAnswer, { trust }: Report): Remark[] {
  switch (answer.outcome) {
    case "not-asked":
      return [{ code: "REGISTER_NOT_ASKED", detail: NOT_ASKED_REASONS[answer.code].en }];
    case "unanswered":
      return [];
    case "found":
    case "not-found":
      return [{ code: "REGISTER_AS_OF", detail: `${answer.asOf}, ${ageOf(answer.asOf, Date.parse(trust.at))}` }];
  }
}

function ageOf(asOf: string, at: number): string {
  const days = Math.floor((at - Date.parse(asOf)) / DAY);
  if (Number.isNaN(days)) return "of unknown age";
  if (days <= 0) return days < -1 ? "which has yet to come" : "less than a day old";
  return days === 1 ? "1 day old" : `${days} days old`;
}
