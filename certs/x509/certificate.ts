import { hash } from "node:crypto";
import { DerError, TAG, constructed, context, readDer, readTime, type Der } from "../bytes/der.ts";
import type { AlgorithmIdentifier } from "../crypto/algorithms.ts";
import { PublicKeyError, readPublicKey, type PublicKey } from "../crypto/public-key.ts";
import { readCertificateExtensions, readExtensions, type CertificateExtensions, type Extension } from "./extensions.ts";
import { readName, type Name } from "./name.ts";

/** Good DER, but no certificate that is accepted. The message names parts and OIDs, never content. */
export class CertificateError extends Error {
  override readonly name = "CertificateError";
  readonly code: "CERTIFICATE_MALFORMED" | "ALGORITHM_FORBIDDEN";

  constructor(message: string, code: "CERTIFICATE_MALFORMED" | "ALGORITHM_FORBIDDEN" = "CERTIFICATE_MALFORMED") {
    super(message);
    this.code = code;
  }
}

export type Certificate = CertificateExtensions & {
  readonly bytes: Uint8Array;
  /** Lower-case hex, over `bytes`. */
  readonly sha256: string;
  readonly tbs: Uint8Array;
  readonly version: 1 | 2 | 3;
  /** The content octets of the INTEGER in upper-case hex, its sign octet included. */
  readonly serial: string;
  readonly issuer: Name;
  readonly subject: Name;
  /** Milliseconds; both ends belong to the validity. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly publicKey: PublicKey;
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly signature: Uint8Array;
  /** Issuer and subject are one name. Says nothing about the key. */
  readonly selfIssued: boolean;
};

/** No certificate of a person or an organisation comes near this. */
const MAX_BYTES = 64 * 1024;

/**
 * Reads one X.509 certificate (RFC 5280 4.1) strictly: inner and outer algorithm byte for byte the same, serial positive and of at most 20 octets,
 * extensions only in v3, no extension twice. The bytes are copied. Throws DerError or CertificateError.
 */
export function readCertificate(input: Uint8Array): Certificate {
  if (input.length > MAX_BYTES) throw new CertificateError(`certificate of ${input.length} bytes`);
  const bytes = Uint8Array.from(input);
  const [tbs, algorithm, signature, ...rest] = readDer(bytes).sequence("Certificate");
  if (tbs === undefined || algorithm === undefined || signature === undefined || rest.length > 0)
    throw new CertificateError("Certificate: members");
  return {
    ...readTbs(tbs, algorithm),
    bytes,
    sha256: hash("sha256", bytes, "hex"),
    tbs: tbs.bytes,
    signatureAlgorithm: readAlgorithm(algorithm),
    signature: signature.bitOctets("signature"),
  };
}

function readTbs(tbs: Der, outer: Der) {
  const fields = tbs.sequence("TBSCertificate");
  const version = readVersion(fields[0]?.is(constructed(0)) === true ? fields.shift() : undefined);
  const [serial, inner, issuerField, validity, subjectField, spki, ...optional] = fields;
  if (Buffer.compare(field(inner).bytes, outer.bytes) !== 0)
    throw new CertificateError("inner and outer signature algorithm differ");
  const issuer = readName(field(issuerField));
  const subject = readName(field(subjectField));
  if (issuer.empty) throw new CertificateError("issuer: empty");
  return {
    version,
    serial: readSerial(field(serial)),
    issuer,
    subject,
    selfIssued: issuer.key === subject.key,
    ...readValidity(field(validity)),
    publicKey: readKey(field(spki).bytes),
    ...readCertificateExtensions(readOptional(optional, version)),
  };
}

function readVersion(value: Der | undefined): 1 | 2 | 3 {
  if (value === undefined) return 1;
  const number = value.only("version").number("version");
  if (number !== 1 && number !== 2) throw new CertificateError(`version ${number}`);
  return number === 1 ? 2 : 3;
}

/** RFC 5280 4.1.2.2. */
function readSerial(value: Der): string {
  const content = value.expect(TAG.integer, "serialNumber").integerBytes("serialNumber");
  const zero = content.every((octet) => octet === 0);
  if (zero || (content[0] ?? 0) >= 0x80 || content.length > 20)
    throw new CertificateError("serialNumber: not positive, or over 20 octets");
  return Buffer.from(content).toString("hex").toUpperCase();
}

function readValidity(value: Der): { notBefore: number; notAfter: number } {
  const [from, to, ...rest] = value.sequence("Validity");
  if (rest.length > 0) throw new CertificateError("Validity: members");
  return { notBefore: readTime(field(from), "notBefore"), notAfter: readTime(field(to), "notAfter") };
}

function readKey(spki: Uint8Array): PublicKey {
  try {
    return readPublicKey(spki);
  } catch (error) {
    if (error instanceof PublicKeyError) throw new CertificateError(error.message, error.code);
    throw error;
  }
}

/** issuerUniqueID, subjectUniqueID (both unused) and extensions, in this order, where the version allows them. */
function readOptional(fields: readonly Der[], version: 1 | 2 | 3): ReadonlyMap<string, Extension> {
  const rest = [...fields];
  if (version > 1 && rest[0]?.is(context(1)) === true) rest.shift();
  if (version > 1 && rest[0]?.is(context(2)) === true) rest.shift();
  const wrapper = version === 3 && rest[0]?.is(constructed(3)) === true ? rest.shift() : undefined;
  if (rest.length > 0) throw new CertificateError(`TBSCertificate: members that version ${version} does not have`);
  return wrapper === undefined ? new Map() : readExtensions(wrapper.only("extensions"));
}

/** AlgorithmIdentifier. Throws DerError. */
export function readAlgorithm(value: Der): AlgorithmIdentifier {
  const [oid, parameters, ...rest] = value.sequence("AlgorithmIdentifier");
  if (oid === undefined || rest.length > 0) throw new DerError("VALUE", "AlgorithmIdentifier: members");
  return { oid: oid.oid("algorithm"), parameters: parameters?.bytes ?? null };
}

function field(value: Der | undefined): Der {
  if (value === undefined) throw new CertificateError("a field is missing");
  return value;
}
