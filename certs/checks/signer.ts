import {
  type SignatureQuestion,
  type SignatureRow,
  type SignatureValue,
  algorithmFault,
  checkFrom,
  signatureRow,
  verifyValue,
} from "../crypto/algorithms.ts";
import type { PublicKey } from "../crypto/public-key.ts";
import type { SesValue, SignatureFacts, SignedDataValue } from "../facts.ts";
import { type Check, type Remark, failed, passed, unsure } from "../reasons.ts";
import type { Seal } from "../seals/ses.ts";
import { ATTRIBUTE, DATA, attributeValue } from "../seals/signed-data.ts";
import { HOUR, iso } from "../seals/times.ts";
import type { Certificate } from "../x509/certificate.ts";
import { deceptiveCharacters } from "../x509/name.ts";
import type { PathResult } from "../x509/path.ts";
import { checkRevocation } from "../x509/revocation.ts";
import { shown } from "./content.ts";
import { type Evidence, signingTime } from "./evidence.ts";

/** Checks of the signer: value, algorithms, certificate, times, names. */

export function checkFormat({ value }: SignatureFacts): Check {
  if (value.tag === "malformed") return failed("FORMAT", value.fault);
  if (value.tag === "bare") return unsure("NO_CERTIFICATE", "a bare signature value: whose key made it is not said");
  if (value.tag === "ses") return passed(...value.ses.remarks);
  return checkSignedDataFormat(value);
}

/** GB/T 35275: exactly one signer, SM3, and with attributes both contentType and messageDigest (RFC 2315 9.2). */
function checkSignedDataFormat({ signedData, signerInfo }: SignedDataValue): Check {
  if (signerInfo === null) return failed("FORMAT", `${signedData.signers.length} signers, one expected`);
  if (signedData.version !== 1) return failed("FORMAT", `SignedData version ${signedData.version}`);
  if (!DATA.some((oid) => oid === signedData.contentType))
    return failed("FORMAT", `content type ${signedData.contentType}`);
  if (signerInfo.digestAlgorithm !== "1.2.156.10197.1.401")
    return failed("DIGEST_ALGORITHM", signerInfo.digestAlgorithm);
  if (!signedData.digestAlgorithms.includes(signerInfo.digestAlgorithm)) return failed("FORMAT", "digestAlgorithms");
  if (signerInfo.attributes === null)
    return signedData.content === null ? failed("FORMAT", "neither content nor attributes") : passed();
  const type = attributeValue(signerInfo, ATTRIBUTE.contentType);
  if (type?.is(0x06) !== true || !DATA.some((oid) => oid === type.oid("contentType")))
    return failed("FORMAT", "attribute contentType");
  if (attributeValue(signerInfo, ATTRIBUTE.messageDigest) === null) return failed("FORMAT", "attribute messageDigest");
  return passed();
}

/** Names under which Signature.xml may call SM2 with SM3. */
const SM2_NAMES = new Set(["SM2", "SM3WITHSM2", "SM2WITHSM3", "SM2-1", "SM2-SM3", "SM3-SM2"]);

/** signatureAlgID, SignatureMethod and the certificate's key must speak of one algorithm; so must seal and maker. */
export function checkAlgorithms({ listed, value }: SignatureFacts): Check {
  if (value.tag !== "ses" && value.tag !== "signed-data")
    return unsure("NOT_EVALUATED", "the signature value cannot be read");
  const oid = value.tag === "ses" ? value.ses.algorithm : value.signerInfo?.signatureAlgorithm.oid;
  if (oid === undefined) return unsure("NOT_EVALUATED", "not exactly one signer");
  const row = signatureRow(oid);
  if (row === null) return failed("ALGORITHM_FORBIDDEN", `algorithm ${shown(oid)}`);
  const key = value.signer.certificate?.publicKey;
  if (key !== undefined && !fits(row, key))
    return failed("ALGORITHM_MISMATCH", `${row.name} with a key of kind ${key.kind}`);
  if (listed.signatureMethod !== null && !namesRow(listed.signatureMethod, row))
    return failed("ALGORITHM_MISMATCH", `SignatureMethod ${shown(listed.signatureMethod)}, value by ${row.name}`);
  return value.tag === "ses" ? checkSealAlgorithm(value) : passed();
}

function checkSealAlgorithm({ seal, maker }: SesValue): Check {
  if (seal === null || maker.certificate === undefined) return passed();
  const row = signatureRow(seal.algorithm);
  if (row === null) return failed("ALGORITHM_FORBIDDEN", `seal: algorithm ${shown(seal.algorithm)}`);
  const { publicKey } = maker.certificate;
  return fits(row, publicKey)
    ? passed()
    : failed("ALGORITHM_MISMATCH", `seal: ${row.name} with a key of kind ${publicKey.kind}`);
}

const fits = (row: SignatureRow, key: PublicKey): boolean => row.keys.includes(key.kind);

function namesRow(method: string, row: SignatureRow): boolean {
  const named = signatureRow(method);
  if (named !== null) return named.name === row.name;
  return row.keys.includes("SM2") && SM2_NAMES.has(method.toUpperCase());
}

/**
 * The value over the bytes as they stand in the file: TBS_Sign, the signed attributes, or the attached content. The
 * algorithm has to be acceptable at the time of use: licences outlive algorithms as they outlive certificates.
 */
export function checkSignatureValue({ value }: SignatureFacts, { usedAt, question }: Evidence): Check {
  if (value.tag !== "ses" && value.tag !== "signed-data")
    return unsure("NOT_EVALUATED", "the signature value cannot be read");
  const key = value.signer.certificate?.publicKey;
  if (key === undefined) return unsure("NO_CERTIFICATE", value.signer.fault ?? "");
  const signed = signedBy(value);
  if (signed === null) return unsure("NOT_EVALUATED", "not exactly one signer, or nothing signed");
  const asked: SignatureQuestion = { ...signed, key, at: usedAt, raw: "accept" };
  const fault = algorithmFault(asked);
  if (fault !== null) return fault;
  const known = values.get(value) ?? verifyValue(asked, question.memory.signatures.tables);
  values.set(value, known);
  return checkFrom(known);
}

/** What the mathematics said, by the signature as it was read, which fixes key, message and value: facts that are kept are not verified again. */
const values = new WeakMap<SesValue | SignedDataValue, SignatureValue>();

function signedBy(
  value: SesValue | SignedDataValue,
): Pick<SignatureQuestion, "algorithm" | "message" | "signature"> | null {
  if (value.tag === "ses") {
    const { algorithm, toSign: message, signature } = value.ses;
    return { algorithm: { oid: algorithm, parameters: null }, message, signature };
  }
  const { signerInfo, signedData } = value;
  const message = signerInfo?.attributes?.set ?? signedData.content;
  if (signerInfo === null || message === null) return null;
  return { algorithm: signerInfo.signatureAlgorithm, message, signature: signerInfo.signature };
}

/** By seal as it was read, maker's certificate included. A seal that is known is not even digested again: one comes back on thousands of licences. */
const sealValues = new WeakMap<Seal, Check>();

/** A pure function of the seal's bytes: the algorithm has to be acceptable when it was made. */
export function checkSealValue({ maker }: SesValue, seal: Seal, { question }: Evidence): Check {
  if (maker.certificate === undefined) return failed("SEAL_FORGED", `maker's certificate: ${maker.fault}`);
  const known = sealValues.get(seal) ?? verifySealValue(maker.certificate, seal, question);
  sealValues.set(seal, known);
  return known;
}

function verifySealValue({ publicKey }: Certificate, seal: Seal, { memory }: Evidence["question"]): Check {
  const check = memory.signatures.verify({
    algorithm: { oid: seal.algorithm, parameters: null },
    key: publicKey,
    message: seal.signedBytes,
    signature: seal.signature,
    at: seal.createdAt,
    raw: "accept",
  });
  if (check.outcome === "failed" && check.code === "SIGNATURE_INVALID") return failed("SEAL_FORGED", check.detail);
  return check.outcome === "passed" ? passed(...seal.remarks, ...(check.remarks ?? [])) : check;
}

/** keyUsage digitalSignature (0) or nonRepudiation (1); an encryption certificate of a key pair (GB/T 20518) has neither. */
export function checkKeyUsage(signer: Certificate): Check {
  const usage = signer.keyUsage;
  if (usage === null || usage.has(0) || usage.has(1)) return passed();
  return failed("KEY_USAGE", `keyUsage bits ${[...usage].join(", ")}`);
}

/** The path at the time of use, with a remark when a certificate has ended since. */
export function checkPath(result: PathResult, { question }: Evidence): Check {
  const { check, path } = result;
  if (check.outcome !== "passed") return check;
  const remarks = path.flatMap(({ notAfter }, index): Remark[] =>
    notAfter < question.at
      ? [{ code: "CERTIFICATE_ENDED_SINCE", detail: `certificate ${index + 1} of ${path.length}, ${iso(notAfter)}` }]
      : [],
  );
  return passed(...(check.remarks ?? []), ...remarks);
}

export function checkStatus(result: PathResult, usedAt: number, { question, timeStamp }: Evidence): Check {
  if (result.path.length === 0) return unsure("NOT_EVALUATED", "no certificate path, so no authority to ask");
  const { trust, policy, at: now, memory } = question;
  return checkRevocation(result.path, {
    usedAt,
    now,
    provenAt: timeStamp.provenAt,
    laterRevocation: policy.laterRevocation,
    caStatus: policy.caStatus,
    endedStatus: policy.endedStatus,
    trust,
    memory: memory.signatures,
  });
}

const TOLERANCE = 10 * 60_000;

/** Claimed time against now, seal, Signature.xml and time-stamp. Eight hours off is local time written as UTC: seen in real seals. */
export function checkSigningTime({ value, listed }: SignatureFacts, evidence: Evidence): Check {
  const { claimed, stated, timeStamp, question } = evidence;
  if (claimed === null) return unsure("TIMESTAMP_ORDER", "no signing time can be read");
  const unread = unreadTime(value, evidence);
  if (unread !== null) return unread;
  if (listed.dateTime !== null && stated === null) return unsure("TIMESTAMP_ORDER", "SignatureDateTime cannot be read");
  const created = value.tag === "ses" ? (value.seal?.createdAt ?? claimed.at) : claimed.at;
  const orders = [
    order(claimed.at, question.at, "the signing time lies ahead"),
    order(created, claimed.at, "signed before the seal was made"),
    timeStamp.provenAt === null ? null : order(claimed.at, timeStamp.provenAt, "signed after the time-stamp"),
    stated === null ? null : sameTime(claimed.at, stated.at),
  ];
  const unordered = orders.find((found) => found?.outcome === "unsure");
  if (unordered !== undefined && unordered !== null) return unordered;
  if (!isProven(evidence, value) && question.policy.claimedTime === "unsure")
    return unsure("NO_POE", `claimed ${iso(claimed.at)}`);
  const lenient = orders.some((found) => found?.outcome === "passed" && found.remarks !== undefined);
  return passed(...(lenient ? [{ code: "LENIENT_LOCAL_TIME" as const }] : []), ...claimedOnly(evidence, value));
}

/** The time inside the signed bytes is authoritative: where nobody can read it, SignatureDateTime says when to look and proves nothing. */
function unreadTime(value: SignatureFacts["value"], { timeStamp }: Evidence): Check | null {
  if (value.tag === "signed-data") {
    const written = value.signerInfo?.attributes?.values.has(ATTRIBUTE.signingTime) === true;
    return written && signingTime(value) === null ? unsure("TIMESTAMP_ORDER", "signingTime cannot be read") : null;
  }
  if (value.tag !== "ses" || value.ses.time !== null) return null;
  if (value.ses.timeToken === null) return unsure("TIMESTAMP_ORDER", "timeInfo cannot be read");
  return timeStamp.check.outcome === "passed" ? null : unsure("NOT_EVALUATED", "the token in timeInfo is not accepted");
}

/** Said only where the proof matters: something has ended since the claimed time. */
function claimedOnly(evidence: Evidence, value: SignatureFacts["value"]): Remark[] {
  const { signerPath, question } = evidence;
  const ended = signerPath?.path.some(({ notAfter }) => notAfter < question.at) === true;
  return ended && !isProven(evidence, value) ? [{ code: "TIME_CLAIMED" }] : [];
}

/** A time-stamp proves the use of what had not ended by then: with a key of years ago one can sign, and have stamped, today. */
function isProven({ timeStamp: { provenAt }, signerPath }: Evidence, value: SignatureFacts["value"]): boolean {
  if (provenAt === null) return false;
  const seal = value.tag === "ses" ? value.seal : null;
  const ends = [...(signerPath?.path ?? []).map(({ notAfter }) => notAfter), ...(seal === null ? [] : [seal.validTo])];
  return ends.every((end) => provenAt <= end);
}

function order(earlier: number, later: number, detail: string): Check {
  if (earlier <= later + TOLERANCE) return passed();
  if (earlier <= later + 8 * HOUR + TOLERANCE) return passed({ code: "LENIENT_LOCAL_TIME" });
  return unsure("TIMESTAMP_ORDER", `${detail}: ${iso(earlier)} and ${iso(later)}`);
}

function sameTime(claimed: number, stated: number): Check {
  const apart = Math.abs(claimed - stated);
  if (apart <= TOLERANCE) return passed();
  if (Math.abs(apart - 8 * HOUR) <= TOLERANCE) return passed({ code: "LENIENT_LOCAL_TIME" });
  return unsure("TIMESTAMP_ORDER", `claimed ${iso(claimed)}, SignatureDateTime ${iso(stated)}`);
}

/** Look-alike or invisible characters where a person reads who signed (hostile-cases 79). */
export function checkNames({ value }: SignatureFacts): Check {
  if (value.tag !== "ses" && value.tag !== "signed-data")
    return unsure("NOT_EVALUATED", "the signature value cannot be read");
  const seal = value.tag === "ses" ? value.seal : null;
  const maker = value.tag === "ses" ? value.maker.certificate : undefined;
  const found = [
    ["seal name", seal === null ? null : deceptiveCharacters(seal.name)],
    ["seal number", seal === null ? null : deceptiveCharacters(seal.id)],
    ["signer", value.signer.certificate?.subject.deceptive ?? null],
    ["seal maker", maker?.subject.deceptive ?? null],
  ] as const;
  for (const [place, what] of found) if (what !== null) return failed("DECEPTIVE_NAME", `${place}: ${what}`);
  return passed();
}
