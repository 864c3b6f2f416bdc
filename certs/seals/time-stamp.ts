import { createHash } from "node:crypto";
import { type Der, DerError, TAG, readDer } from "../bytes/der.ts";
import { type DigestName, digest, digestOf, verifySignature } from "../crypto/algorithms.ts";
import { type ReadCertificate, readCertificateOf, signerOf } from "../facts.ts";
import type { VerificationMemory } from "../memory.ts";
import { type Check, failed, passed, unsure } from "../reasons.ts";
import { Refusal } from "../refusal.ts";
import type { TrustSnapshot } from "../trust/snapshot.ts";
import type { Certificate } from "../x509/certificate.ts";
import { validatePath } from "../x509/path.ts";
import { checkRevocation } from "../x509/revocation.ts";
import {
  ATTRIBUTE,
  type SignedData,
  type SignerInfo,
  TST_INFO,
  algorithm,
  attributeValue,
  readSignedData,
  SIGNED_DATA,
} from "./signed-data.ts";
import { parseWrittenTime } from "./times.ts";

/** `provenAt` in milliseconds: the token's time when its check passed, else null. */
export type TimeStampResult = { readonly check: Check; readonly provenAt: number | null };
type Question = {
  readonly stamped: Uint8Array;
  readonly at: number;
  readonly trust: TrustSnapshot;
  readonly memory: VerificationMemory;
};

/**
 * Verifies a time-stamp token (RFC 3161, GB/T 20520) over `stamped`, the octets of a signature value: its imprint, its
 * signature, and the authority's certificate at the token's time. A defect is failed, missing trust is unsure.
 * Throws Refusal for an encoding that only an attacker writes.
 */
export function verifyTimeStamp(token: Uint8Array, question: Question): TimeStampResult {
  try {
    const signedData = readSignedData(token);
    const info = readTstInfo(signedData);
    const [signer, ...more] = signedData.signers;
    if (signer === undefined || more.length > 0) return bad("the token does not have exactly one signer");
    if (!isWellFormed(signedData, signer)) return bad("SignedData version or digestAlgorithms");
    const fault = faultOfToken(info, signedData, signer, question.stamped);
    if (fault !== null) return bad(fault);
    return verifyAuthority(signedData, signer, info.time, question);
  } catch (error) {
    if (!(error instanceof DerError)) throw error;
    if (error.hostile) throw new Refusal("DER_HOSTILE", error.message);
    return bad(error.message);
  }
}

const bad = (detail: string): TimeStampResult => ({ check: failed("TIME_STAMP_INVALID", detail), provenAt: null });
const untrusted = (detail: string): TimeStampResult => ({
  check: unsure("TIME_STAMP_UNTRUSTED", detail),
  provenAt: null,
});

type TstInfo = { readonly digest: DigestName | null; readonly imprint: Uint8Array; readonly time: number };

function readTstInfo(signedData: SignedData): TstInfo {
  if (signedData.contentType !== TST_INFO || signedData.content === null)
    throw new DerError("VALUE", "the token holds no TSTInfo");
  const [version, , imprint, , time, ...rest] = readDer(signedData.content).sequence("TSTInfo");
  if (version?.number("TSTInfo version") !== 1) throw new DerError("VALUE", "TSTInfo version");
  const [hash, value] = imprint?.sequence("messageImprint") ?? [];
  if (hash === undefined || value === undefined || time === undefined)
    throw new DerError("VALUE", "TSTInfo is incomplete");
  const written = parseWrittenTime(Buffer.from(time.expect(TAG.generalizedTime, "genTime").content).toString("latin1"));
  if (written === null || written.zone === "local") throw new DerError("VALUE", "genTime");
  if (rest.some((part) => part.tag === 0xa1)) throw new DerError("VALUE", "TSTInfo with extensions");
  return {
    digest: digestOf(algorithm(hash, "hashAlgorithm").oid),
    imprint: value.expect(TAG.octetString, "hashedMessage").content,
    time: written.at,
  };
}

/** These stand outside the signature: RFC 5652 5.1 asks for version 3 with a TSTInfo, GB/T 35275 for 1. */
const isWellFormed = ({ version, type, digestAlgorithms }: SignedData, { digestAlgorithm }: SignerInfo): boolean =>
  version === (type === SIGNED_DATA[0] ? 1 : 3) && digestAlgorithms.includes(digestAlgorithm);

function faultOfToken(info: TstInfo, signedData: SignedData, signer: SignerInfo, stamped: Uint8Array): string | null {
  const content = signedData.content ?? new Uint8Array();
  const own = digestOf(signer.digestAlgorithm);
  if (info.digest === null || own === null) return "a digest algorithm that is not accepted";
  if (!equal(info.imprint, digest(info.digest, stamped))) return "the token belongs to another signature";
  const type = attributeValue(signer, ATTRIBUTE.contentType);
  if (type?.is(TAG.oid) !== true || type.oid("contentType") !== TST_INFO)
    return "the signed content type is not TSTInfo";
  const messageDigest = attributeValue(signer, ATTRIBUTE.messageDigest);
  if (messageDigest?.is(TAG.octetString) !== true || !equal(messageDigest.content, digest(own, content)))
    return "the token's content was changed";
  return null;
}

function verifyAuthority(
  signedData: SignedData,
  signer: SignerInfo,
  time: number,
  question: Question,
): TimeStampResult {
  const { trust, memory } = question;
  const bag = signedData.certificates
    .map((bytes) => readCertificateOf(bytes, memory))
    .flatMap(({ certificate }) => (certificate === undefined ? [] : [certificate]));
  const { certificate, fault }: ReadCertificate = signerOf(signer, [...bag, ...trust.intermediates]);
  if (certificate === undefined) return untrusted(fault);
  if (signer.attributes === null || !namesCertificate(signer, certificate))
    return bad("the signed attributes name another certificate");
  const value = verifySignature({
    algorithm: signer.signatureAlgorithm,
    key: certificate.publicKey,
    message: signer.attributes.set,
    signature: signer.signature,
    at: time,
    raw: "accept",
  });
  if (value.outcome !== "passed") return bad("the token's signature does not verify");
  const path = validatePath(certificate, { use: "time-stamp", at: time, bag, trust, memory: memory.signatures });
  if (path.check.outcome !== "passed") return untrusted(`${path.check.code}: ${path.check.detail}`);
  const status = checkRevocation(path.path, {
    usedAt: time,
    now: question.at,
    provenAt: null,
    laterRevocation: "accept",
    caStatus: "remark",
    endedStatus: "remark",
    trust,
    memory: memory.signatures,
  });
  if (status.outcome !== "passed") return untrusted(`${status.code}: ${status.detail}`);
  if (time > question.at + 300_000)
    return { check: unsure("TIMESTAMP_ORDER", "the token's time lies ahead"), provenAt: null };
  return { check: passed(), provenAt: time };
}

/**
 * RFC 3161 2.4.2: a signed attribute must name the certificate, as ESSCertIDv2 (RFC 5816, SHA-256 unless named) or as the
 * older ESSCertID (RFC 2634), whose SHA-1 only tells certificates apart that issuer and serial number have named already.
 */
function namesCertificate(signer: SignerInfo, certificate: Certificate): boolean {
  const v2 = attributeValue(signer, ATTRIBUTE.signingCertificateV2);
  const named = v2 ?? attributeValue(signer, ATTRIBUTE.signingCertificate);
  const first = named?.sequence("SigningCertificate")[0]?.sequence("certs")[0]?.sequence("ESSCertID") ?? [];
  const [hash, value]: (Der | undefined)[] = first[0]?.is(TAG.sequence) === true ? first : [undefined, first[0]];
  if (value?.is(TAG.octetString) !== true) return false;
  if (v2 === null) return equal(value.content, createHash("sha1").update(certificate.bytes).digest());
  const name = hash === undefined ? "sha256" : digestOf(algorithm(hash, "hashAlgorithm").oid);
  return name !== null && equal(value.content, digest(name, certificate.bytes));
}

const equal = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
