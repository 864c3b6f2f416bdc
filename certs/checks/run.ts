import { DerError } from "../bytes/der.ts";
import type { DocumentFacts, SesValue, SignatureFacts } from "../facts.ts";
import { type Check, failed, passed, unsure } from "../reasons.ts";
import { Refusal } from "../refusal.ts";
import type { Seal } from "../seals/ses.ts";
import { SEAL_CHECK_NAMES, SIGN_CHECK_NAMES, type SealCheckName } from "./catalogue.ts";
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

/** What one signature's checks look at. */
type Subject = { readonly document: DocumentFacts; readonly facts: SignatureFacts; readonly evidence: Evidence };
type SubjectCheck = (subject: Subject) => Check;

/** Runs every check of one signature. A check that throws is unsure with CHECK_ERROR: it is never left out. */
export function checkSignature(document: DocumentFacts, facts: SignatureFacts, question: Question): SignatureResult {
  const evidence = evidenceOf(facts, question);
  const subject = { document, facts, evidence };
  if (facts.value.tag === "ses" || facts.listed.type !== "Sign")
    return { kind: "seal", checks: runAll(SEAL_CHECK_NAMES, subject), evidence };
  return { kind: "signature", checks: runAll(SIGN_CHECK_NAMES, subject), evidence };
}

function runAll<Name extends SealCheckName>(names: readonly Name[], subject: Subject): { readonly [N in Name]: Check } {
  const checks: { [N in SealCheckName]?: Check } = {};
  for (const name of names) checks[name] = guarded(() => CHECKS[name](subject));
  return checks as { readonly [N in Name]: Check };
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

const ofSes =
  (check: (value: SesValue, subject: Subject) => Check): SubjectCheck =>
  (subject) =>
    subject.facts.value.tag === "ses"
      ? check(subject.facts.value, subject)
      : unsure("NOT_EVALUATED", "there is no seal signature that can be read");

const ofSeal = (check: (seal: Seal, subject: Subject, value: SesValue) => Check): SubjectCheck =>
  ofSes((value, subject) =>
    value.seal === null ? unsure("NOT_EVALUATED", "the seal cannot be read") : check(value.seal, subject, value),
  );

const CHECKS: { readonly [Name in SealCheckName]: SubjectCheck } = {
  format: ({ facts }) => checkFormat(facts),
  kind: ({ facts }) => checkKind(facts),
  references: ({ facts, document }) => checkReferences(facts, document.ofd),
  "digest-method": ({ facts }) => checkDigestMethod(facts),
  "reference-digests": ({ facts, document }) => checkReferenceDigests(facts, document.ofd),
  "document-digest": ({ facts }) => checkDocumentDigest(facts),
  algorithms: ({ facts }) => checkAlgorithms(facts),
  "signature-value": ({ facts, evidence }) => checkSignatureValue(facts, evidence),
  scope: ofSes((ses, { facts }) => checkScope(facts, ses)),
  "seal-format": ofSes(checkSealFormat),
  "seal-value": ofSeal((seal, { evidence }, ses) => checkSealValue(ses, seal, evidence)),
  "seal-copy": ofSeal((seal, { facts, document }) => checkSealCopy(facts, seal, document.ofd)),
  "signer-in-seal": ofSeal((seal, _, ses) => checkSignerInSeal(ses, seal)),
  "signer-key-usage": ({ facts }) => checkSignerKeyUsage(facts),
  "signer-certificate": ({ facts, evidence }) => checkSignerCertificate(facts, evidence),
  "signer-revocation": ({ evidence }) => checkSignerRevocation(evidence),
  "seal-made": ofSeal((seal, { evidence }) => checkSealMade(seal, evidence)),
  "seal-maker": ofSeal((_, { evidence }, ses) => checkMaker(ses, evidence)),
  "seal-maker-revocation": ofSeal((seal, { evidence }) => checkMakerRevocation(seal, evidence)),
  "seal-validity": ofSeal((seal, { evidence }) => checkSealValidity(seal, evidence)),
  "seal-status": ofSeal((seal, { facts, document, evidence }) =>
    checkSealStatus(seal, evidence, sealsBeside(document, facts)),
  ),
  "seal-extensions": ofSeal((seal, _, ses) => checkSealExtensions(ses, seal)),
  "seal-time-stamp": ofSeal((seal, { evidence }) => checkSealTimeStamp(seal, evidence)),
  "seal-place": ({ facts }) => checkSealPlace(facts),
  "signing-time": ({ facts, evidence }) => checkSigningTime(facts, evidence),
  "signature-time-stamp": ({ evidence }) => evidence.timeStamp.check,
  names: ({ facts }) => checkNames(facts),
  coverage: ({ facts }) => checkCoverage(facts),
};

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
