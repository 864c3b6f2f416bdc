import { hash } from "node:crypto";
import { checkDocument, type SignatureResult } from "./checks/document.ts";
import type { Question } from "./checks/evidence.ts";
import { checkSignature } from "./checks/run.ts";
import { composeReport } from "./compose-report.ts";
import { type DocumentFacts, gatherFacts } from "./facts.ts";
import { isSound, judge } from "./judge.ts";
import { DEFAULT_LIMITS, type Limits } from "./limits.ts";
import { type VerificationMemory, newMemory } from "./memory.ts";
import type { ValidationPolicy } from "./policy.ts";
import type { Report } from "./report.ts";
import type { TrustSnapshot } from "./trust/snapshot.ts";

/** `at` (milliseconds): the time for which is asked whether all this holds, usually now. */
export type VerificationQuestion = {
  readonly trust: TrustSnapshot;
  readonly policy: ValidationPolicy;
  readonly at: number;
  readonly limits?: Limits;
  readonly memory?: VerificationMemory;
  /** Of the document's bytes, lower-case hex, when the caller has worked it out already. */
  readonly sha256?: string;
};

/**
 * Verifies one document: read, facts, checks, judge. Touches neither network nor disk nor clock, so the same bytes and
 * question give the same report for ever. Throws Refusal, and nothing else because of the document.
 */
export function verifyDocument(bytes: Uint8Array, asked: VerificationQuestion): Report {
  const { limits = DEFAULT_LIMITS, memory = newMemory() } = asked;
  const question: Question = { trust: asked.trust, policy: asked.policy, at: asked.at, memory };

  const { sha256 = hash("sha256", bytes, "hex") } = asked;
  const gather = (bytes: Uint8Array): DocumentFacts => gatherFacts(bytes, limits, memory, sha256);
  const facts = memory.documents.recall(sha256, limits, bytes, gather);
  const results = facts.signatures.map((signature) => checkSignature(facts, signature, question));
  const proven = metadataIsProven(facts, results, question);
  const document = checkDocument(facts, results, question, proven);
  const judgement = judge(results, document, question.policy);

  return composeReport({ facts, results, judgement, question, proven });
}

/** The licence's metadata counts as proven when a signature that passed every check of its own covers the entry it stands in. */
export function metadataIsProven(
  facts: DocumentFacts,
  results: readonly SignatureResult[],
  { policy }: Question,
): boolean {
  const metadata = facts.ofd.bodies[0]?.metadata;
  return facts.signatures.some(({ listed, body }, index) => {
    const result = results[index];
    if (metadata === undefined || result === undefined || body.index !== 0) return false;
    const covers = listed.references.some(({ path }) => path === metadata.path);
    return covers && isSound(result, policy);
  });
}
