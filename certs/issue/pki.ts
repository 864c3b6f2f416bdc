import { PROVINCES, type ProvinceCode } from "../licence/region.ts";
import type { SesVersion } from "../seals/ses.ts";
import { type CertificateRequest, type Issued, issueCertificate } from "./certificate.ts";
import { issueCrl } from "./crl.ts";
import { generateKey } from "./keys.ts";
import { makeSeal } from "./seal.ts";
import { timeStamper } from "./time-stamp.ts";

export const DAY = 86_400_000;
const YEAR = 365 * DAY;
const MINUTE = 60_000;
const TIME_STAMPING = "1.3.6.1.5.5.7.3.8";
const DIGITAL_SIGNATURE = 0;
const NON_REPUDIATION = 1;
const KEY_COMPROMISE = 1;

/** An invented issuing authority: `code` its credit code, `region` as in GB/T 2260. */
type AuthorityFacts = {
  readonly region: string;
  readonly code: string;
  readonly name: string;
  readonly sealName: string;
};
export type Authority = AuthorityFacts & {
  readonly signer: Issued;
  readonly seals: { readonly [Version in SesVersion]: Uint8Array };
};

const AUTHORITIES = {
  anhui: {
    region: "340000",
    code: "11340000MB0E00011X",
    name: "示例市自然资源和规划局",
    sealName: "示例市自然资源和规划局不动产登记专用章",
  },
  guangdong: {
    region: "440000",
    code: "11440000MB0E0002XC",
    name: "示例省自然资源厅",
    sealName: "示例省自然资源厅矿业权登记专用章",
  },
  shache: {
    region: "653125",
    code: "11653125MB0E00038F",
    name: "示例县自然资源局",
    sealName: "示例县自然资源局电子证照专用章",
  },
} as const satisfies Record<string, AuthorityFacts>;
export type AuthorityName = keyof typeof AUTHORITIES;

/** The files of a trust directory. */
export type TrustFiles = readonly { readonly name: string; readonly bytes: Uint8Array }[];

/** A throw-away PKI, all SM2. Certificates of signers, maker and seals hold from a year before `now` to four years after. */
export type DemoPki = {
  readonly now: number;
  readonly root: Issued;
  readonly issuing: Issued;
  readonly maker: Issued;
  readonly tsa: Issued;
  readonly authorities: { readonly [Name in AuthorityName]: Authority };
  /** With a CRL that revokes nothing; `trustFiles` makes others. */
  readonly trust: TrustFiles;
};
export type Revoked = { readonly certificate: Uint8Array; readonly at: number; readonly reason?: number };

/** `operator` names the certification authority: two PKIs with one name would look like one that was forged. */
export function makePki(now: number, operator = "示例电子认证中心"): DemoPki {
  const long = { notBefore: now - 2 * YEAR, notAfter: now + 8 * YEAR };
  const root = issueCertificate({
    ...long,
    subject: [
      ["C", "CN"],
      ["O", operator],
      ["CN", "示例根证书"],
    ],
    key: generateKey("SM2"),
    ca: true,
  });
  const issuing = issueCertificate({
    ...long,
    subject: [
      ["C", "CN"],
      ["O", operator],
      ["CN", "示例签发证书"],
    ],
    key: generateKey("SM2"),
    issuer: root,
    ca: { pathLength: 0 },
  });
  const maker = issueLeaf(
    { now, issuing },
    {
      subject: [
        ["C", "CN"],
        ["O", "示例印章制作中心"],
        ["CN", "示例制章人"],
      ],
    },
  );
  const tsa = issueLeaf(
    { now, issuing },
    {
      subject: [
        ["C", "CN"],
        ["O", "示例时间戳服务中心"],
        ["CN", "示例时间戳"],
      ],
      keyUsage: [DIGITAL_SIGNATURE],
      extendedKeyUsage: [TIME_STAMPING],
    },
  );
  const made = { now, root, issuing, maker, tsa };
  const authorities = {
    anhui: makeAuthority(made, AUTHORITIES.anhui),
    guangdong: makeAuthority(made, AUTHORITIES.guangdong),
    shache: makeAuthority(made, AUTHORITIES.shache),
  };
  return { ...made, authorities, trust: trustFiles(made) };
}

/** root.cer, issuing.cer and a CRL of each, current from a day before `now` for a year. */
export function trustFiles(
  pki: Pick<DemoPki, "now" | "root" | "issuing">,
  revoked: readonly Revoked[] = [],
): TrustFiles {
  const times = { thisUpdate: pki.now - DAY, nextUpdate: pki.now + YEAR, number: 1 };
  const entries = revoked.map(({ certificate, at, reason = KEY_COMPROMISE }) => ({ serial: certificate, at, reason }));
  return [
    { name: "root.cer", bytes: pki.root.certificate },
    { name: "issuing.cer", bytes: pki.issuing.certificate },
    { name: "root.crl", bytes: issueCrl({ issuer: pki.root, ...times, revoked: [] }) },
    { name: "issuing.crl", bytes: issueCrl({ issuer: pki.issuing, ...times, revoked: entries }) },
  ];
}

/** A certificate below the issuing authority; for signing, unless the request says otherwise. */
export const issueLeaf = (
  pki: Pick<DemoPki, "now" | "issuing">,
  request: Partial<CertificateRequest> & Pick<CertificateRequest, "subject">,
): Issued =>
  issueCertificate({
    key: generateKey("SM2"),
    issuer: pki.issuing,
    notBefore: pki.now - YEAR - DAY,
    notAfter: pki.now + 4 * YEAR + DAY,
    keyUsage: [DIGITAL_SIGNATURE, NON_REPUDIATION],
    ...request,
  });

/** A certificate that names the authority as real ones do: the credit code glued in front of its name. */
export const issueSigner = (
  pki: Pick<DemoPki, "now" | "issuing">,
  authority: AuthorityFacts,
  request: Partial<CertificateRequest> = {},
): Issued =>
  issueLeaf(pki, {
    subject: [
      ["C", "CN"],
      ["ST", PROVINCES[authority.region.slice(0, 2) as ProvinceCode]],
      ["O", authority.code + authority.name],
      ["CN", `${authority.region}00000001`],
    ],
    ...request,
  });

function makeAuthority(pki: Pick<DemoPki, "now" | "issuing" | "maker" | "tsa">, facts: AuthorityFacts): Authority {
  const signer = issueSigner(pki, facts);
  const seal = (version: SesVersion, serial: number): Uint8Array =>
    makeSeal({
      version,
      id: facts.region + String(serial).padStart(8, "0"),
      name: facts.sealName,
      maker: pki.maker,
      signers: { certificates: [signer.certificate] },
      validFrom: pki.now - YEAR,
      validTo: pki.now + 4 * YEAR,
      ...(version === "V5" && { timeStamp: timeStamper({ authority: pki.tsa, at: pki.now - YEAR + MINUTE }) }),
    });
  return { ...facts, signer, seals: { V1: seal("V1", 1), V4: seal("V4", 4), V5: seal("V5", 5) } };
}
