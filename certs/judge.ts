import {
  DOCUMENT_CHECKS,
  DOCUMENT_CHECK_NAMES,
  type DocumentChecks,
  REGISTER_CHECKS,
  REGISTER_CHECK_NAMES,
  type RegisterChecks,
  SEAL_CHECKS,
  SEAL_CHECK_NAMES,
  type Serves,
  type SignatureChecks,
  servesOf,
} from "./checks/catalogue.ts";
import type { ValidationPolicy } from "./policy.ts";
import {
  type Check,
  FAILED_REASONS,
  type FailedCode,
  type Indication,
  type ReasonCode,
  type SubIndication,
  UNSURE_REASONS,
  type UnsureCode,
  failed,
  passed,
  unsure,
} from "./reasons.ts";
import type { CheckReport, NextAction, Report, Verdict } from "./report.ts";

/** One check with its name and the answer it serves; null when it stands for the verification as a whole. */
export type NamedCheck = { readonly name: string; readonly serves: Serves | null; readonly check: Check };
/** All that there is to judge: of each signature, of the document as a whole, of the register's answer ([] when none was asked for). */
export type NamedChecks = {
  readonly signatures: readonly (readonly NamedCheck[])[];
  readonly document: readonly NamedCheck[];
  readonly register: readonly NamedCheck[];
};
export type Worst =
  | { readonly outcome: "passed" }
  | { readonly outcome: "failed" | "unsure"; readonly code: ReasonCode; readonly detail: string };
export type SignatureJudgement = {
  readonly checks: readonly NamedCheck[];
  readonly indication: Indication;
  readonly subIndication: SubIndication | null;
  readonly worst: Worst;
};
export type Judgement = {
  readonly verdict: Verdict;
  readonly nextAction: NextAction;
  readonly worst: Worst;
  readonly answers: { readonly [S in Serves]: Worst };
  readonly signatures: readonly SignatureJudgement[];
  /** The checks of the document as a whole. */
  readonly document: readonly NamedCheck[];
  readonly register: readonly NamedCheck[];
};

/** Judges a document by itself. A check that the policy expects and that is not there cannot pass. */
export function judge(
  signatures: readonly SignatureChecks[],
  document: DocumentChecks,
  policy: ValidationPolicy,
): Judgement {
  return judgeChecks({
    signatures: signatures.map((signature) => namedSignatureChecks(signature, policy)),
    document: namedDocumentChecks(document, policy),
    register: [],
  });
}

/** Judges once more, with what the register says besides. */
export function judgeWithRegister(report: Report, register: RegisterChecks, policy: ValidationPolicy): Judgement {
  return judgeChecks({
    signatures: report.signatures.map(({ checks }) => checks.map(reportedCheck)),
    document: report.checks.map(reportedCheck),
    register: namedRegisterChecks(register, policy),
  });
}

/**
 * The verdict: the worst over all checks of all signatures, of the document and of the register; one good signature is never
 * enough. A pure function of the checks, and the one place that decides.
 */
export function judgeChecks({ signatures, document, register }: NamedChecks): Judgement {
  const all = [...document, ...signatures.flat(), ...register];
  const worst = worstOf(all);
  const worstServing = (answer: Serves): Worst =>
    worstOf(all.filter(({ serves }) => serves === answer || serves === null));
  return {
    verdict: worst.outcome === "passed" ? "PASSED" : worst.outcome === "failed" ? "FAILED" : "INDETERMINATE",
    nextAction: worst.outcome === "passed" ? "ACCEPT" : worst.outcome === "failed" ? "RETURN" : "ASK",
    worst,
    answers: {
      integrity: worstServing("integrity"),
      authority: signatures.length === 0 ? noAuthority(worst) : worstServing("authority"),
      status: worstServing("status"),
      binding: worstServing("binding"),
    },
    signatures: signatures.map(judgeSignature),
    document,
    register,
  };
}

/** Without a signature nobody vouches for the document, whatever the reason. */
const noAuthority = (worst: Worst): Worst =>
  worst.outcome === "passed" ? { outcome: "unsure", code: "NOT_EVALUATED", detail: "no signature" } : worst;

const missing = (name: string): Check => ({
  outcome: "unsure",
  code: "NOT_EVALUATED",
  detail: `check ${name} did not run`,
});

function namedSignatureChecks({ kind, checks }: SignatureChecks, { expected }: ValidationPolicy): NamedCheck[] {
  const ran: { readonly [name: string]: Check | undefined } = checks;
  return SEAL_CHECK_NAMES.filter(
    (name) => ran[name] !== undefined || (expected[kind] as readonly string[]).includes(name),
  ).map((name) => ({
    name,
    serves: SEAL_CHECKS[name].serves,
    check: ran[name] ?? missing(name),
  }));
}

function namedDocumentChecks(checks: DocumentChecks, { expected }: ValidationPolicy): NamedCheck[] {
  const ran: { readonly [name: string]: Check | undefined } = checks;
  return DOCUMENT_CHECK_NAMES.filter((name) => ran[name] !== undefined || expected.document.includes(name)).map(
    (name) => ({
      name,
      serves: DOCUMENT_CHECKS[name].serves,
      check: ran[name] ?? missing(name),
    }),
  );
}

function namedRegisterChecks(checks: RegisterChecks, { expected }: ValidationPolicy): NamedCheck[] {
  const ran: { readonly [name: string]: Check | undefined } = checks;
  return REGISTER_CHECK_NAMES.filter((name) => ran[name] !== undefined || expected.register.includes(name)).map(
    (name) => ({ name, serves: REGISTER_CHECKS[name].serves, check: ran[name] ?? missing(name) }),
  );
}

/** A check as its report states it; only its remarks are gone, which decide nothing. */
const reportedCheck = (reported: CheckReport): NamedCheck => ({
  name: reported.code,
  serves: servesOf(reported.code),
  check: checkOf(reported),
});

function checkOf(reported: CheckReport): Check {
  switch (reported.outcome) {
    case "passed":
      return passed();
    case "failed":
      return failed(reported.reason, reported.detail);
    case "unsure":
      return unsure(reported.reason, reported.detail);
  }
}

/** Whether every check of this signature passed. */
export function isSound({ kind, checks }: SignatureChecks, { expected }: ValidationPolicy): boolean {
  const ran: { readonly [name: string]: Check | undefined } = checks;
  const found = Object.values(ran).every((check) => check?.outcome === "passed");
  return found && expected[kind].every((name) => ran[name] !== undefined);
}

const PASSED: Worst = { outcome: "passed" };

/** Failed before unsure, then the order of the catalogue; "could not be evaluated" only when nothing else says why. */
export function worstOf(checks: readonly NamedCheck[]): Worst {
  let worst: Worst = PASSED;
  for (const { check } of checks) {
    if (check.outcome === "passed") continue;
    if (check.outcome === "failed") return check;
    if (worst.outcome === "passed" || (worst.code === "NOT_EVALUATED" && check.code !== "NOT_EVALUATED")) worst = check;
  }
  return worst;
}

function judgeSignature(checks: readonly NamedCheck[]): SignatureJudgement {
  const worst = worstOf(checks);
  if (worst.outcome === "passed") return { checks, indication: "TOTAL-PASSED", subIndication: null, worst };
  return {
    checks,
    indication: worst.outcome === "failed" ? "TOTAL-FAILED" : "INDETERMINATE",
    subIndication: reasonOf(worst.code).sub,
    worst,
  };
}

const isFailed = (code: ReasonCode): code is FailedCode => Object.hasOwn(FAILED_REASONS, code);
export const reasonOf = (code: ReasonCode): { readonly sub: SubIndication; readonly zh: string; readonly en: string } =>
  isFailed(code) ? FAILED_REASONS[code] : UNSURE_REASONS[code as UnsureCode];
