import type { SesValue, SignatureFacts, SignedDataValue } from "../facts.ts";
import type { VerificationMemory } from "../memory.ts";
import type { ValidationPolicy } from "../policy.ts";
import { type Check, passed } from "../reasons.ts";
import { ATTRIBUTE, attributeValue } from "../seals/signed-data.ts";
import { verifyTimeStamp } from "../seals/time-stamp.ts";
import { parseWrittenTime, type WrittenTime } from "../seals/times.ts";
import type { TrustSnapshot, TrustUse } from "../trust/snapshot.ts";
import type { Certificate } from "../x509/certificate.ts";
import { type PathResult, validatePath } from "../x509/path.ts";

/** What is asked: under which trust, policy and time (`at`, milliseconds) to judge. */
export type Question = {
  readonly trust: TrustSnapshot;
  readonly policy: ValidationPolicy;
  readonly at: number;
  readonly memory: VerificationMemory;
};

/** What several checks of one signature share, worked out once: times first, then certificate paths at those times. */
export type Evidence = {
  readonly question: Question;
  readonly claimed: WrittenTime | null;
  /** SignatureDateTime, when written and not itself the claimed time. */
  readonly stated: WrittenTime | null;
  readonly timeStamp: { readonly check: Check; readonly provenAt: number | null; readonly claimedAt?: number | null };
  /** The time at which signer and seal must have been valid: claimed, or `at` when no time can be read. */
  readonly usedAt: number;
  readonly signerPath: PathResult | null;
  readonly makerPath: PathResult | null;
};

const NO_TIME_STAMP: Evidence["timeStamp"] = { check: passed(), provenAt: null };

export function gatherEvidence(facts: SignatureFacts, question: Question): Evidence {
  const { value, listed } = facts;
  const stated = listed.dateTime === null ? null : parseWrittenTime(listed.dateTime);
  const timeStamp = value.tag === "ses" ? timeStampOf(value, question) : NO_TIME_STAMP;
  const claimed = claimedTime(value, stated, timeStamp.claimedAt ?? null);
  const usedAt = claimed?.at ?? question.at;
  const signer = value.tag === "ses" || value.tag === "signed-data" ? value.signer.certificate : undefined;
  const maker = value.tag === "ses" ? value.maker.certificate : undefined;
  const bag = value.tag === "signed-data" ? value.bag : [];
  const path = (
    leaf: Certificate | undefined,
    use: TrustUse,
    at: number,
    others: readonly Certificate[],
  ): PathResult | null =>
    leaf === undefined
      ? null
      : validatePath(leaf, { use, at, bag: others, trust: question.trust, memory: question.memory.signatures });
  return {
    question,
    claimed,
    stated,
    timeStamp,
    usedAt,
    signerPath: path(signer, "signer", usedAt, bag),
    makerPath: path(maker, "seal-maker", value.tag === "ses" ? (value.seal?.createdAt ?? usedAt) : usedAt, []),
  };
}

/** V4 and V5 stamp the signature value. V1 has no place for that: its timeInfo may hold a token over the document's digest. */
function timeStampOf({ ses }: SesValue, { at, trust, memory }: Question): Evidence["timeStamp"] {
  if (ses.timeStamp !== null) return verifyTimeStamp(ses.timeStamp, { stamped: ses.signature, at, trust, memory });
  if (ses.timeToken === null) return NO_TIME_STAMP;
  // The token stands inside the signed bytes: the signature came after it, so it is a claim and proves no end.
  const { check, provenAt } = verifyTimeStamp(ses.timeToken, { stamped: ses.documentDigest, at, trust, memory });
  return { check, provenAt: null, claimedAt: provenAt };
}

function claimedTime(
  value: SignatureFacts["value"],
  stated: WrittenTime | null,
  token: number | null,
): WrittenTime | null {
  if (value.tag === "ses") return value.ses.time ?? (token === null ? stated : { at: token, zone: "written" });
  if (value.tag === "signed-data") return signingTime(value) ?? stated;
  return stated;
}

export function signingTime({ signerInfo }: SignedDataValue): WrittenTime | null {
  const attribute = signerInfo === null ? null : attributeValue(signerInfo, ATTRIBUTE.signingTime);
  if (attribute === null) return null;
  const text = Buffer.from(attribute.content).toString("latin1");
  return parseWrittenTime(attribute.tag === 0x17 ? `${Number(text.slice(0, 2)) < 50 ? "20" : "19"}${text}` : text);
}
