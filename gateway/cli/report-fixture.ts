import type { CertificateReport, CheckReport, Report } from "#certs/report.ts";

/** Hand-made reports for tests of what people read. */

const certificate: CertificateReport = {
  subject: "C=CN,O=示例市自然资源和规划局,CN=示例市自然资源和规划局",
  organisation: "11340000MB0E00011X示例市自然资源和规划局",
  organisationCode: "11340000MB0E00011X",
  issuer: "C=CN,CN=Example Issuing CA",
  serial: "01A2",
  notBefore: "2026-01-01T00:00:00.000Z",
  notAfter: "2030-01-01T00:00:00.000Z",
  sha256: "a".repeat(64),
};

export const PASSED_REPORT: Report = {
  verdict: "PASSED",
  summary: { zh: "文件真实完整，印章和签发机关可信。", en: "Genuine and unchanged, sealed by a trusted authority." },
  nextAction: "ACCEPT",
  answers: {
    integrity: { outcome: "passed", code: "OK", zh: "文件盖章后未被改动", en: "Nothing was changed" },
    authority: { outcome: "passed", code: "OK", zh: "印章和签发机关可信", en: "Seal and signer are trusted" },
    status: { outcome: "passed", code: "OK", zh: "在有效期内", en: "Within its dates" },
    binding: { outcome: "not-asked", code: "NOT_ASKED", zh: "未核对持证主体", en: "The holder was not matched" },
  },
  document: { type: "OFD", sha256: "b".repeat(64), bytes: 9000 },
  licence: {
    proven: true,
    identifier: "1.2.156.3005.2.11100000MB03271699001.11340000MB0E00011X.34000020260000000001.001.Z",
    typeCode: "11100000MB03271699001",
    typeName: "不动产权证书",
    number: "皖（2026）示例市不动产权第0000001号",
    issuer: { code: "11340000MB0E00011X", name: "示例市自然资源和规划局" },
    holder: { name: "张*", code: "110105********002X", codeType: "111" },
    issuedOn: "2026-01-15",
    validFrom: "2026-01-15",
    validTo: "2096-01-14",
    fields: {},
  },
  signatures: [
    {
      id: "s001",
      kind: "seal",
      format: "SES V4",
      signer: certificate,
      seal: {
        id: "34000000000001",
        name: "示例市自然资源和规划局不动产登记专用章",
        validFrom: "2026-01-01T00:00:00.000Z",
        validTo: "2030-01-01T00:00:00.000Z",
        maker: certificate,
      },
      times: { claimed: "2026-11-20T10:00:00.000Z", proven: null },
      coverage: { complete: true, uncovered: [] },
      indication: "TOTAL-PASSED",
      subIndication: null,
      checks: [{ code: "signature-value", outcome: "passed" }],
    },
  ],
  checks: [{ code: "signed", outcome: "passed" }],
  remarks: [{ code: "TIME_CLAIMED", zh: "签章时间为自称时间", en: "The signing time is claimed" }],
  register: null,
  trust: {
    snapshot: `sha256:${"c".repeat(64)}`,
    policy: "gb-t-38540",
    policyDigest: `sha256:${"d".repeat(64)}`,
    at: "2026-11-21T00:00:00.000Z",
  },
};

/** The same seal, with these checks of it. */
const signed = (
  checks: readonly CheckReport[],
  fate: Pick<Report["signatures"][number], "indication" | "subIndication">,
) => PASSED_REPORT.signatures.map((signature) => Object.assign({}, signature, { checks, ...fate }));

export const FAILED_REPORT: Report = {
  ...PASSED_REPORT,
  verdict: "FAILED",
  summary: { zh: "盖章后文件内容被改动。", en: "The content was changed after sealing." },
  nextAction: "RETURN",
  answers: {
    ...PASSED_REPORT.answers,
    integrity: { outcome: "failed", code: "HASH_MISMATCH", zh: "盖章后文件内容被改动", en: "It was changed" },
  },
  signatures: signed(
    [
      { code: "format", outcome: "passed" },
      { code: "signing-time", outcome: "unsure", reason: "TIMESTAMP_ORDER", detail: "later than now" },
      {
        code: "reference-digests",
        outcome: "failed",
        reason: "HASH_MISMATCH",
        detail: "/Doc_0/Pages/Page_0/Content.xml",
      },
      { code: "seal-maker", outcome: "unsure", reason: "NOT_EVALUATED", detail: "nothing to go on" },
    ],
    { indication: "TOTAL-FAILED", subIndication: "HASH_FAILURE" },
  ),
};
