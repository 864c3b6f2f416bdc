import { randomBytes } from "node:crypto";
import { constructed, readDer, type Der } from "../bytes/der.ts";
import { bits, explicit, generalizedTime, integer, sequence, utcTime, der, type DerBytes } from "./der.ts";
import {
  authorityKeyIdentifier,
  basicConstraints,
  encodeExtension,
  encodeName,
  extendedKeyUsage,
  keyIdentifier,
  keyUsage,
  mergeExtensions,
  subjectKeyIdentifier,
  type ExtensionRequest,
  type NameRequest,
} from "./extensions.ts";
import { EXTENSION } from "../x509/extensions.ts";
import { signatureAlgorithm, type SigningKey } from "./keys.ts";

export type Issued = { readonly certificate: Uint8Array; readonly key: SigningKey };

export type CertificateRequest = {
  readonly subject: NameRequest;
  readonly key: SigningKey;
  /** Absent: self-signed. */
  readonly issuer?: Issued;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly serial?: bigint;
  readonly ca?: boolean | { readonly pathLength?: number };
  /** Bit numbers of RFC 5280 4.2.1.3; by default 5 and 6 for a CA, else 0 and 1. */
  readonly keyUsage?: readonly number[];
  readonly extendedKeyUsage?: readonly string[];
  /** Added, or in place of a default with the same OID. */
  readonly extensions?: readonly ExtensionRequest[];
  readonly omit?: readonly string[];
  readonly spoilt?: SpoiltCertificate;
};

/** What makes a certificate that no honest CA issues. All but `sign` are encoded values put in place of the right ones. */
export type SpoiltCertificate = {
  readonly version?: 1 | 2 | 3;
  readonly subject?: Uint8Array;
  readonly issuer?: Uint8Array;
  readonly serial?: Uint8Array;
  readonly spki?: Uint8Array;
  readonly innerAlgorithm?: Uint8Array;
  readonly outerAlgorithm?: Uint8Array;
  /** One after another, doubles kept: in place of all extensions. */
  readonly rawExtensions?: readonly ExtensionRequest[];
  readonly sign?: (tbs: Uint8Array) => Uint8Array;
};

/** X.509 v3 (RFC 5280 4.1). Default extensions: basicConstraints, keyUsage, subjectKeyIdentifier, authorityKeyIdentifier. */
export function issueCertificate(request: CertificateRequest): Issued {
  const { key, spoilt = {} } = request;
  const signer = request.issuer?.key ?? key;
  const algorithm = signatureAlgorithm(signer);
  const tbs = encodeTbs(request, spoilt, algorithm);
  const signature = spoilt.sign === undefined ? signer.sign(tbs) : spoilt.sign(tbs);
  return { certificate: sequence(tbs, spoilt.outerAlgorithm ?? algorithm, bits(signature)), key };
}

function encodeTbs(request: CertificateRequest, spoilt: SpoiltCertificate, algorithm: DerBytes): DerBytes {
  const version = spoilt.version ?? 3;
  const subject = spoilt.subject ?? encodeName(request.subject);
  const issuer = request.issuer === undefined ? subject : subjectOf(request.issuer.certificate);
  const extensions = spoilt.rawExtensions ?? extensionsOf(request);
  return sequence(
    ...(version === 1 ? [] : [explicit(0, integer(version - 1))]),
    spoilt.serial ?? integer(request.serial ?? randomSerial()),
    spoilt.innerAlgorithm ?? algorithm,
    spoilt.issuer ?? issuer,
    sequence(time(request.notBefore), time(request.notAfter)),
    subject,
    spoilt.spki ?? request.key.spki,
    ...(version === 3 && extensions.length > 0
      ? [der(constructed(3), sequence(...extensions.map(encodeExtension)))]
      : []),
  );
}

function extensionsOf(request: CertificateRequest): ExtensionRequest[] {
  const { ca = false, key, issuer } = request;
  const defaults = [
    basicConstraints(ca),
    keyUsage(request.keyUsage ?? (ca === false ? [0, 1] : [5, 6])),
    subjectKeyIdentifier(keyIdentifier(key.spki)),
    authorityKeyIdentifier(issuer === undefined ? keyIdentifier(key.spki) : keyIdentifierOf(issuer)),
    ...(request.extendedKeyUsage === undefined ? [] : [extendedKeyUsage(request.extendedKeyUsage)]),
  ];
  return mergeExtensions(defaults, request.extensions, request.omit);
}

/** UTCTime through 2049, then GeneralizedTime (RFC 5280 4.1.2.5). */
export const time = (at: number): DerBytes => (at < Date.UTC(2050) ? utcTime(at) : generalizedTime(at));

/** 16 octets, positive. */
const randomSerial = (): bigint => (BigInt(`0x${randomBytes(16).toString("hex")}`) >> 1n) | 1n;

function tbsFields(certificate: Uint8Array): Der[] {
  const fields = readDer(certificate).children()[0]?.children() ?? [];
  return fields[0]?.is(constructed(0)) === true ? fields.slice(1) : fields;
}

function field(certificate: Uint8Array, index: number): Der {
  const found = tbsFields(certificate)[index];
  if (found === undefined) throw new Error("not a certificate");
  return found;
}

/** The subject's Name, as it stands in the certificate. */
export const subjectOf = (certificate: Uint8Array): Uint8Array => field(certificate, 4).bytes;
/** The INTEGER of the serial number, as it stands in the certificate. */
export const serialOf = (certificate: Uint8Array): Uint8Array => field(certificate, 0).bytes;
/** The issuer's Name, as it stands in the certificate. */
export const issuerOf = (certificate: Uint8Array): Uint8Array => field(certificate, 2).bytes;

/** The subjectKeyIdentifier in the issuer's certificate, else that of its key. */
export function keyIdentifierOf(issuer: Issued): Uint8Array {
  const wrapper = tbsFields(issuer.certificate).find((part) => part.is(constructed(3)));
  for (const extension of wrapper?.only("extensions").children() ?? []) {
    const parts = extension.children();
    const value = parts.at(-1);
    if (value !== undefined && parts[0]?.oid("extnID") === EXTENSION.subjectKeyIdentifier)
      return readDer(value.content).content;
  }
  return keyIdentifier(issuer.key.spki);
}
