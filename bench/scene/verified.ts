import type { VerificationMemory } from "#certs/memory.ts";
import type { Report } from "#certs/report.ts";
import { verifyDocument, type VerificationQuestion } from "#certs/verify.ts";

/** What a worker does with one document: verifies it, and then builds the tables of keys that recur, as far as any wait. */
export function verifyAndBuild(
  bytes: Uint8Array,
  question: VerificationQuestion & { readonly memory: VerificationMemory },
): Report {
  const report = verifyDocument(bytes, question);
  while (question.memory.signatures.tables.buildNext());
  return report;
}
