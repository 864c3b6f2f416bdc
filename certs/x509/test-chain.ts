import { SignatureMemory } from "../crypto/memory.ts";
import { issueCertificate, type CertificateRequest, type Issued } from "../issue/certificate.ts";
import { issueCrl, type CrlRequest } from "../issue/crl.ts";
import { generateKey, type KeyKind, type SigningKey } from "../issue/keys.ts";
import { buildTrustSnapshot, type TrustMaterial, type TrustSnapshot, type TrustUse } from "../trust/snapshot.ts";
import { readCertificate } from "./certificate.ts";
import { validatePath, type PathResult } from "./path.ts";
import { checkRevocation, type RevocationQuestion } from "./revocation.ts";
import type { Check } from "../reasons.ts";

/** Throw-away certificates for tests: short requests, keys made once for each kind and purpose. */
export const NOW = Date.UTC(2026, 5, 1);
export const DAY = 86_400_000;
export const KINDS = ["SM2", "P-256", "RSA-2048"] as const satisfies readonly KeyKind[];

const keys = new Map<string, SigningKey>();

/** The same key for the same name and kind. */
export function keyOf(name: string, kind: KeyKind = "SM2"): SigningKey {
  const known = keys.get(`${kind} ${name}`) ?? generateKey(kind);
  keys.set(`${kind} ${name}`, known);
  return known;
}

/** `name` is the CN; the key is the one of that name unless the request has its own. */
export const issue = (
  name: string,
  request: Partial<CertificateRequest> & { readonly kind?: KeyKind } = {},
): Issued => {
  const { kind = "SM2", ...own } = request;
  return issueCertificate({
    subject: [
      ["C", "CN"],
      ["O", "Test"],
      ["CN", name],
    ],
    key: keyOf(name, kind),
    notBefore: NOW - 1000 * DAY,
    notAfter: NOW + 1000 * DAY,
    ...own,
  });
};

export type Chain = { readonly root: Issued; readonly issuing: Issued; readonly leaf: Issued };
export type ChainRequest = {
  readonly kind?: KeyKind;
  readonly root?: Partial<CertificateRequest>;
  readonly issuing?: Partial<CertificateRequest>;
  readonly leaf?: Partial<CertificateRequest>;
};

export function makeChain({
  kind = "SM2",
  root: rootRequest,
  issuing: issuingRequest,
  leaf: leafRequest,
}: ChainRequest = {}): Chain {
  const root = issue("root", { kind, ca: true, ...rootRequest });
  const issuing = issue("issuing", { kind, ca: true, issuer: root, ...issuingRequest });
  const leaf = issue("leaf", { kind, issuer: issuing, ...leafRequest });
  return { root, issuing, leaf };
}

/** Certificates and CRLs by turns of any number; `settings` becomes trust.json. */
export function trust(parts: {
  certificates?: readonly Issued[];
  crls?: readonly Uint8Array[];
  settings?: unknown;
}): TrustSnapshot {
  const material: TrustMaterial = [
    ...(parts.certificates ?? []).map(({ certificate }, i) => ({ name: `${i}.cer`, bytes: certificate })),
    ...(parts.crls ?? []).map((bytes, i) => ({ name: `${i}.crl`, bytes })),
    ...(parts.settings === undefined
      ? []
      : [{ name: "trust.json", bytes: Buffer.from(JSON.stringify(parts.settings)) }]),
  ];
  return buildTrustSnapshot(material);
}

export type Ask = {
  readonly trust: TrustSnapshot;
  readonly bag?: readonly Issued[];
  readonly use?: TrustUse;
  readonly at?: number;
};

export const path = (leaf: Issued, { trust, bag = [], use = "signer", at = NOW }: Ask): PathResult =>
  validatePath(readCertificate(leaf.certificate), {
    use,
    at,
    trust,
    bag: bag.map(({ certificate }) => readCertificate(certificate)),
    memory: new SignatureMemory(),
  });

/** `passed`, or the reason's code. */
export const code = (check: Check): string => (check.outcome === "passed" ? "passed" : check.code);

/** The path's outcome with root and intermediate trusted. */
export const pathCode = (chain: Chain, ask: Partial<Ask> = {}): string =>
  code(path(chain.leaf, { trust: trust({ certificates: [chain.root, chain.issuing] }), ...ask }).check);

export const crl = (issuer: Issued, request: Partial<CrlRequest> = {}): Uint8Array =>
  issueCrl({ issuer, thisUpdate: NOW - DAY, nextUpdate: NOW + 30 * DAY, revoked: [], ...request });

/** Revocation of the chain's certificates under these CRLs; used a hundred days ago unless asked otherwise. */
export const revocation = (
  chain: Chain,
  crls: readonly Uint8Array[],
  question: Partial<RevocationQuestion> = {},
  extra: readonly Issued[] = [],
): Check =>
  checkRevocation(
    [chain.leaf, chain.issuing, chain.root].map(({ certificate }) => readCertificate(certificate)),
    {
      usedAt: NOW - 100 * DAY,
      now: NOW,
      provenAt: null,
      laterRevocation: "accept",
      caStatus: "remark",
      endedStatus: "remark",
      trust: trust({ certificates: [chain.root, chain.issuing, ...extra], crls }),
      memory: new SignatureMemory(),
      ...question,
    },
  );
