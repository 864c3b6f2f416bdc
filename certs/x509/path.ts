import type { SignatureMemory } from "../crypto/memory.ts";
import { unsure, type Check } from "../reasons.ts";
import type { Anchor, TrustSnapshot, TrustUse } from "../trust/snapshot.ts";
import type { Certificate } from "./certificate.ts";
import { Issuers } from "./issuers.ts";
import { checkLeaf } from "./path-rules.ts";
import { searchPath } from "./path-search.ts";

/** `path`: leaf first, anchor last; empty when no path leads to an anchor. */
export type PathResult = {
  readonly check: Check;
  readonly path: readonly Certificate[];
  readonly anchor: Anchor | null;
};

export type PathQuestion = {
  readonly use: TrustUse;
  /** Milliseconds: when all certificates have to be valid. */
  readonly at: number;
  /** Certificates that came with the document: an attacker may have put them there. They can link, never be trusted. */
  readonly bag: readonly Certificate[];
  readonly trust: TrustSnapshot;
  readonly memory: SignatureMemory;
};

/** Distinct certificates that a document may bring along. */
export const MAX_BAG = 100;

/**
 * Finds and validates a certification path (RFC 5280 section 6) from `leaf` to an anchor that is trusted for this use. Nothing is fetched: an
 * address in a certificate is not followed. The result does not depend on what `memory` holds.
 */
export function validatePath(leaf: Certificate, question: PathQuestion): PathResult {
  const bag = distinct(question.bag);
  if (bag === null)
    return { check: unsure("PATH_BUDGET", `more than ${MAX_BAG} certificates came along`), path: [], anchor: null };
  const found = searchPath(leaf, new Issuers(question.trust, bag), question);
  const own = checkLeaf(leaf, question.use, question.at);
  return found.check.outcome !== "failed" && own.outcome === "failed" ? { ...found, check: own } : found;
}

function distinct(bag: readonly Certificate[]): readonly Certificate[] | null {
  const found = new Map<string, Certificate>();
  for (const certificate of bag) {
    found.set(certificate.sha256, certificate);
    if (found.size > MAX_BAG) return null;
  }
  return [...found.values()];
}
