import type { SignatureResult } from "./checks/document.ts";
import type { Question } from "./checks/evidence.ts";
import type { DocumentFacts, SignatureFacts } from "./facts.ts";
import type { Judgement, NamedCheck, SignatureJudgement } from "./judge.ts";
import { REMARKS, type Remark } from "./reasons.ts";
import type {
  CertificateReport,
  CheckReport,
  LicenceReport,
  RemarkReport,
  Report,
  SealReport,
  SignatureReport,
} from "./report.ts";
import type { Seal } from "./seals/ses.ts";
import { iso } from "./seals/times.ts";
import { answersOf, summaryOf } from "./summary.ts";
import type { Certificate } from "./x509/certificate.ts";

type Material = {
  readonly facts: DocumentFacts;
  readonly results: readonly SignatureResult[];
  readonly judgement: Judgement;
  readonly question: Question;
  readonly proven: boolean;
};

/** Writes down what was found; decides nothing. */
export function composeReport(material: Material): Report {
  const { facts, results, judgement, question } = material;
  const { policy, trust, at } = question;
  const signatures = facts.signatures.map((signature, index) =>
    composeSignature(signature, results[index], judgement.signatures[index]),
  );
  return {
    verdict: judgement.verdict,
    summary: summaryOf(judgement.worst, [howSigned(results)]),
    nextAction: judgement.nextAction,
    answers: answersOf(judgement, datesSpeak(material) ? "dates" : "nothing"),
    document: { type: "OFD", sha256: facts.sha256, bytes: facts.bytes },
    licence: composeLicence(facts, material.proven),
    signatures,
    checks: judgement.document.map(composeCheck),
    remarks: composeRemarks(material),
    register: null,
    trust: { snapshot: trust.digest, policy: policy.id, policyDigest: policy.digest, at: iso(at) },
  };
}

/** Whether anybody's seal is among the signatures. */
export const howSigned = (signatures: readonly { readonly kind: "seal" | "signature" }[]): "sealed" | "signed" =>
  signatures.some(({ kind }) => kind === "seal") ? "sealed" : "signed";

/** The licence's own dates speak only when a good signature covers them. */
const datesSpeak = ({ facts, proven }: Material): boolean =>
  proven && facts.licence !== null && facts.licence.dates.to.kind !== "absent";

/** Of thousands of entries and 64 signatures nobody reads all; the check's detail tells how many there are. */
const MOST_UNCOVERED = 200;

function composeSignature(
  { listed, value, coverage }: SignatureFacts,
  result: SignatureResult | undefined,
  judgement: SignatureJudgement | undefined,
): SignatureReport {
  if (result === undefined || judgement === undefined) throw new Error("a signature without a judgement");
  const signer = "signer" in value ? value.signer.certificate : undefined;
  const { claimed, timeStamp } = result.evidence;
  return {
    id: listed.id,
    kind: result.kind,
    format: value.tag === "ses" ? `SES ${value.ses.version}` : value.tag === "signed-data" ? "GB/T 35275" : "unknown",
    signer: signer === undefined ? null : composeCertificate(signer),
    seal: value.tag === "ses" && value.seal !== null ? composeSeal(value.seal, value.maker.certificate) : null,
    times: {
      claimed: claimed === null ? null : iso(claimed.at),
      proven: timeStamp.provenAt === null ? null : iso(timeStamp.provenAt),
    },
    coverage: { complete: coverage.complete, uncovered: coverage.uncovered.slice(0, MOST_UNCOVERED) },
    indication: judgement.indication,
    subIndication: judgement.subIndication,
    checks: judgement.checks.map(composeCheck),
  };
}

export function composeCheck({ name, check }: NamedCheck): CheckReport {
  switch (check.outcome) {
    case "passed":
      return { code: name, outcome: "passed" };
    case "failed":
      return { code: name, outcome: "failed", reason: check.code, detail: check.detail };
    case "unsure":
      return { code: name, outcome: "unsure", reason: check.code, detail: check.detail };
  }
}

const sealReports = new WeakMap<Seal, SealReport>();
const certificateReports = new WeakMap<Certificate, CertificateReport>();

/** Seals and certificates that are remembered come back on thousands of documents. A seal names its maker's certificate itself. */
function composeSeal(seal: Seal, maker: Certificate | undefined): SealReport {
  const known = sealReports.get(seal) ?? describeSeal(seal, maker);
  sealReports.set(seal, known);
  return known;
}

function composeCertificate(certificate: Certificate): CertificateReport {
  const known = certificateReports.get(certificate) ?? describeCertificate(certificate);
  certificateReports.set(certificate, known);
  return known;
}

const describeSeal = (seal: Seal, maker: Certificate | undefined): SealReport => ({
  id: seal.id,
  name: seal.name,
  validFrom: iso(seal.validFrom),
  validTo: iso(seal.validTo),
  maker: maker === undefined ? null : composeCertificate(maker),
});

const describeCertificate = (certificate: Certificate): CertificateReport => ({
  subject: certificate.subject.text,
  organisation: certificate.subject.organisation,
  organisationCode: certificate.subject.organisationCode,
  issuer: certificate.issuer.text,
  serial: certificate.serial,
  notBefore: iso(certificate.notBefore),
  notAfter: iso(certificate.notAfter),
  sha256: certificate.sha256,
});

const composeLicence = ({ licence }: DocumentFacts, proven: boolean): LicenceReport | null =>
  licence === null ? null : { proven, ...licence.licence };

export const composeRemark = ({ code, detail }: Remark): RemarkReport =>
  detail === undefined ? { code, ...REMARKS[code] } : { code, ...REMARKS[code], detail };

function composeRemarks({ facts, judgement, proven }: Material): RemarkReport[] {
  const checks = [...judgement.document, ...judgement.signatures.flatMap((signature) => signature.checks)];
  const all: Remark[] = checks.flatMap(({ check }) => (check.outcome === "passed" ? (check.remarks ?? []) : []));
  if (facts.licence !== null)
    all.push(...facts.licence.remarks, ...(proven ? [] : [{ code: "METADATA_NOT_COVERED" } as const]));
  const distinct = new Map(all.map((remark) => [`${remark.code} ${remark.detail ?? ""}`, remark]));
  return [...distinct.values()].map(composeRemark);
}
