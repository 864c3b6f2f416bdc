import { DerError } from "../bytes/der.ts";
import type { DocumentFacts, SesValue, SignatureFacts } from "../facts.ts";
import { type Check, failed, passed, unsure } from "../reasons.ts";
import { Refusal } from "../refusal.ts";
import type { Seal } from "../seals/ses.ts";
import { SIGN_CHECK_NAMES, type SealCheckName, type SealChecks, type SignChecks } from "./catalogue.ts";
import {
  checkCoverage,
  checkDigestMethod,
  checkDocumentDigest,
  checkKind,
  checkReferenceDigests,
  checkReferences,
} from "./content.ts";
import { type SignatureResult } from "./document.ts";
import { type Evidence, type Question, gatherEvidence } from "./evidence.ts";
import {
  checkScope,
  checkSealCopy,
  checkSealExtensions,
  checkSealMade,
  checkSealPlace,
  checkSealStatus,
  checkSealTimeStamp,
  checkSealValidity,
  checkSignerInSeal,
} from "./seal.ts";
import {
  checkAlgorithms,
  checkFormat,
  checkKeyUsage,
  checkNames,
  checkPath,
  checkSealValue,
  checkSignatureValue,
  checkSigningTime,
  checkStatus,
} from "./signer.ts";

/** Runs every check of one signature. A check that throws is unsure with CHECK_ERROR: it is never left out. */
export function checkSignature(document: DocumentFacts, facts: SignatureFacts, question: Question): SignatureResult {
  const evidence = evidenceOf(facts, question);
  const checks = runAll(document, facts, evidence);
  if (facts.value.tag === "ses" || facts.listed.type !== "Sign") return { kind: "seal", checks, evidence };
  const expected = SIGN_CHECK_NAMES.map((name) => [name, checks[name]]);
  return { kind: "signature", checks: Object.fromEntries(expected) as SignChecks, evidence };
}

/** When gathering fails, no check that rests on it can pass. */
function evidenceOf(facts: SignatureFacts, question: Question): Evidence {
  try {
    return gatherEvidence(facts, question);
  } catch (error) {
    if (error instanceof Refusal) throw error;
    const check = unsure("CHECK_ERROR", error instanceof Error ? error.name : "unknown error");
    const path = { check, path: [], anchor: null };
    const timeStamp = { check, provenAt: null };
    return { question, claimed: null, stated: null, timeStamp, usedAt: question.at, signerPath: path, makerPath: path };
  }
}

function runAll(document: DocumentFacts, facts: SignatureFacts, evidence: Evidence): SealChecks {
  const { ofd } = document;
  const { value } = facts;
  const withSes = (check: (value: SesValue) => Check) => (): Check =>
    value.tag === "ses" ? check(value) : unsure("NOT_EVALUATED", "there is no seal signature that can be read");
  const withSeal = (check: (seal: Seal, value: SesValue) => Check): (() => Check) =>
    withSes((ses) => (ses.seal === null ? unsure("NOT_EVALUATED", "the seal cannot be read") : check(ses.seal, ses)));
  const all: { readonly [Name in SealCheckName]: () => Check } = {
    format: () => checkFormat(facts),
    kind: () => checkKind(facts),
    references: () => checkReferences(facts, ofd),
    "digest-method": () => checkDigestMethod(facts),
    "reference-digests": () => checkReferenceDigests(facts, ofd),
    "document-digest": () => checkDocumentDigest(facts),
    algorithms: () => checkAlgorithms(facts),
    "signature-value": () => checkSignatureValue(facts, evidence),
    scope: withSes((ses) => checkScope(facts, ses)),
    "seal-format": withSes(checkSealFormat),
    "seal-value": withSeal((seal, ses) => checkSealValue(ses, seal, evidence)),
    "seal-copy": withSeal((seal) => checkSealCopy(facts, seal, ofd)),
    "signer-in-seal": withSeal((seal, ses) => checkSignerInSeal(ses, seal)),
    "signer-key-usage": () => checkSignerKeyUsage(facts),
    "signer-certificate": () => checkSignerCertificate(facts, evidence),
    "signer-revocation": () => checkSignerRevocation(evidence),
    "seal-made": withSeal((seal) => checkSealMade(seal, evidence)),
    "seal-maker": withSeal((_, ses) => checkMaker(ses, evidence)),
    "seal-maker-revocation": withSeal((seal) => checkMakerRevocation(seal, evidence)),
    "seal-validity": withSeal((seal) => checkSealValidity(seal, evidence)),
    "seal-status": withSeal((seal) => checkSealStatus(seal, evidence, sealsBeside(document, facts))),
    "seal-extensions": withSeal((seal, ses) => checkSealExtensions(ses, seal)),
    "seal-time-stamp": withSeal((seal) => checkSealTimeStamp(seal, evidence)),
    "seal-place": () => checkSealPlace(facts),
    "signing-time": () => checkSigningTime(facts, evidence),
    "signature-time-stamp": () => evidence.timeStamp.check,
    names: () => checkNames(facts),
    coverage: () => checkCoverage(facts),
  };
  return mapValues(all, guarded);
}

function checkSealFormat({ seal, sealFault }: SesValue): Check {
  return seal === null ? failed("FORMAT", sealFault ?? "the seal cannot be read") : passed();
}

function checkSignerKeyUsage({ value }: SignatureFacts): Check {
  const signer = "signer" in value ? value.signer.certificate : undefined;
  return signer === undefined
    ? unsure("NOT_EVALUATED", "no signer's certificate that can be read")
    : checkKeyUsage(signer);
}

function checkSignerCertificate({ value }: SignatureFacts, evidence: Evidence): Check {
  if (evidence.signerPath !== null) return checkPath(evidence.signerPath, evidence);
  if (value.tag === "ses") return failed("CERTIFICATE_MALFORMED", value.signer.fault ?? "the signer's certificate");
  return unsure("NO_CERTIFICATE", value.tag === "signed-data" ? (value.signer.fault ?? "") : "no certificate");
}

function checkSignerRevocation(evidence: Evidence): Check {
  if (evidence.signerPath === null) return unsure("NOT_EVALUATED", "no signer's certificate that can be read");
  return checkStatus(evidence.signerPath, evidence.usedAt, evidence);
}

function checkMaker({ maker }: SesValue, evidence: Evidence): Check {
  if (evidence.makerPath !== null) return checkPath(evidence.makerPath, evidence);
  return failed("CERTIFICATE_MALFORMED", maker.fault ?? "the seal maker's certificate");
}

/** A maker's certificate revoked after the seal was made leaves the seal good, as far as its date can be believed. */
function checkMakerRevocation(seal: Seal, evidence: Evidence): Check {
  if (evidence.makerPath === null) return unsure("NOT_EVALUATED", "no seal maker's certificate that can be read");
  return checkStatus(evidence.makerPath, seal.createdAt, evidence);
}

function sealsBeside({ signatures }: DocumentFacts, own: SignatureFacts): Seal[] {
  return signatures.flatMap((facts) => (facts !== own && facts.value.tag === "ses" ? (facts.value.seal ?? []) : []));
}

/**
 * An error inside a check is our fault, not proof of anything; DER that a check is the first to look into and cannot read
 * is the document's. What no reader will parse still refuses the whole input.
 */
export function guarded(check: () => Check): Check {
  try {
    return check();
  } catch (error) {
    if (error instanceof Refusal) throw error;
    if (error instanceof DerError) return failed("FORMAT", error.message);
    return unsure("CHECK_ERROR", error instanceof Error ? error.name : "unknown error");
  }
}

const mapValues = <Name extends string>(
  record: { readonly [K in Name]: () => Check },
  f: (check: () => Check) => Check,
) =>
  Object.fromEntries((Object.entries(record) as [Name, () => Check][]).map(([name, check]) => [name, f(check)])) as {
    readonly [K in Name]: Check;
  };
