import type { SignatureMemory } from "../crypto/memory.ts";
import { failed, passed, unsure, type Check, type Remark } from "../reasons.ts";
import type { TrustSnapshot } from "../trust/snapshot.ts";
import type { Certificate } from "./certificate.ts";
import type { CrlEntry } from "./crl-entries.ts";
import { findStatus } from "./crl-choice.ts";

export type RevocationQuestion = {
  /** Milliseconds: when the leaf was used, as claimed; a revocation up to then counts. */
  readonly usedAt: number;
  /** When the answer is given: CRLs have to be current then. */
  readonly now: number;
  /** A time before which the use certainly took place (a valid time-stamp), else null. */
  readonly provenAt: number | null;
  /** A later revocation for a harmless reason, when nothing proves that the use came first. */
  readonly laterRevocation: "accept" | "unsure";
  /** Certificates of authorities for which there is no usable CRL. */
  readonly caStatus: "remark" | "require";
  /** A certificate that has ended, with CRLs from after its end only. */
  readonly endedStatus: "remark" | "require";
  readonly trust: TrustSnapshot;
  readonly memory: SignatureMemory;
};

/**
 * Revocation of each certificate of a validated path (leaf first, anchor last; RFC 5280 6.3 on the snapshot's CRLs). The anchor needs none: it
 * ends by leaving the snapshot.
 */
export function checkRevocation(path: readonly Certificate[], question: RevocationQuestion): Check {
  const checks = path.slice(0, -1).map((certificate, index) => checkOne(path, index, certificate, question));
  const remarks = checks.flatMap((check) => (check.outcome === "passed" ? (check.remarks ?? []) : []));
  return (
    checks.find(({ outcome }) => outcome === "failed") ??
    checks.find(({ outcome }) => outcome === "unsure") ??
    passed(...remarks)
  );
}

function checkOne(
  path: readonly Certificate[],
  index: number,
  certificate: Certificate,
  question: RevocationQuestion,
): Check {
  const issuer = path[index + 1];
  if (issuer === undefined) return passed();
  const place = `certificate ${index + 1} of ${path.length}`;
  const status = findStatus(certificate, issuer, question);
  const entries = status.entries.map((entry) => judgeEntry(entry, place, question));
  const worst =
    entries.find(({ outcome }) => outcome === "failed") ??
    entries.find(({ outcome }) => outcome === "unsure") ??
    entries[0];
  if (worst !== undefined && (worst.outcome !== "passed" || status.known)) return worst;
  if (status.known && status.afterEnd) {
    const detail = `${place} ended before the CRLs that are there`;
    return question.endedStatus === "remark"
      ? passed({ code: "STATUS_AFTER_END", detail })
      : unsure("TRY_LATER", detail);
  }
  if (status.known) return passed();
  const missing = `${place}: ${status.missing}`;
  return index > 0 && question.caStatus === "remark"
    ? passed({ code: "CA_STATUS_UNKNOWN", detail: missing })
    : unsure("TRY_LATER", missing);
}

const REASONS: Readonly<Record<number, string>> = {
  0: "unspecified",
  1: "keyCompromise",
  2: "cACompromise",
  3: "affiliationChanged",
  4: "superseded",
  5: "cessationOfOperation",
  6: "certificateHold",
  8: "removeFromCRL",
  9: "privilegeWithdrawn",
  10: "aACompromise",
};
const COMPROMISED: ReadonlySet<number> = new Set([1, 2, 10]);
const HOLD: ReadonlySet<number> = new Set([6, 8]);

/** From invalidityDate on, when it is earlier, the certificate was no good already (RFC 5280 5.3.2). */
function judgeEntry({ revokedAt, reason, invalidFrom }: CrlEntry, place: string, question: RevocationQuestion): Check {
  const since = Math.min(revokedAt, invalidFrom ?? revokedAt);
  const detail = `${place}: ${REASONS[reason] ?? reason}, ${new Date(since).toISOString()}`;
  if (HOLD.has(reason)) return unsure("ON_HOLD", detail);
  if (since <= question.usedAt) return failed("REVOKED", detail);
  const remark: Remark = { code: "REVOKED_SINCE", detail };
  if (question.provenAt !== null && question.provenAt < since) return passed(remark);
  if (COMPROMISED.has(reason) || question.laterRevocation === "unsure") return unsure("REVOKED_NO_POE", detail);
  return passed(remark);
}
