import type { DocumentCheckName, SealCheckName } from "../../certs/checks/catalogue.ts";
import { type SignatureResult, checkDocument } from "../../certs/checks/document.ts";
import type { Question } from "../../certs/checks/evidence.ts";
import { checkSignature } from "../../certs/checks/run.ts";
import { gatherFacts } from "../../certs/facts.ts";
import { judge } from "../../certs/judge.ts";
import { DEFAULT_LIMITS } from "../../certs/limits.ts";
import { type Check, passed } from "../../certs/reasons.ts";
import { Refusal } from "../../certs/refusal.ts";
import type { Verdict } from "../../certs/report.ts";
import { metadataIsProven } from "../../certs/verify.ts";

export type CheckName = SealCheckName | DocumentCheckName;

export type Planted = { readonly [Name in CheckName]?: Check };

/** The verdict of a verifier in which these checks answer as planted, whatever they find. All else is as in verifyDocument. */
export function verdictWith(planted: Planted, bytes: Uint8Array, question: Question): Verdict | "REFUSED" {
  try {
    const facts = gatherFacts(bytes, DEFAULT_LIMITS, question.memory);
    const results = facts.signatures.map((signature) => plant(checkSignature(facts, signature, question), planted));
    const document = checkDocument(facts, results, question, metadataIsProven(facts, results, question));
    return judge(results, replaced(document, planted), question.policy).verdict;
  } catch (error) {
    if (error instanceof Refusal) return "REFUSED";
    throw error;
  }
}

/** The same with checks that are blind: they pass. */
export const verdictWithout = (
  blind: readonly CheckName[],
  bytes: Uint8Array,
  question: Question,
): Verdict | "REFUSED" => verdictWith(Object.fromEntries(blind.map((name) => [name, passed()])), bytes, question);

const plant = (result: SignatureResult, planted: Planted): SignatureResult =>
  result.kind === "seal"
    ? { ...result, checks: replaced(result.checks, planted) }
    : { ...result, checks: replaced(result.checks, planted) };

function replaced<Checks extends object>(checks: Checks, planted: Planted): Checks {
  const own = Object.entries(planted).filter(([name]) => Object.hasOwn(checks, name));
  return { ...checks, ...Object.fromEntries(own) };
}
