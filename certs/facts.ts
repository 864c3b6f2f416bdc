import { hash } from "node:crypto";
import { type Der, DerError, TAG, readDer } from "./bytes/der.ts";
import type { Limits } from "./limits.ts";
import { readLicence, type Licence } from "./licence/metadata.ts";
import type { VerificationMemory } from "./memory.ts";
import { type OfdBody, type OfdPackage, type OfdSignature, readOfd } from "./ofd/package.ts";
import { type Coverage, coverageOf } from "./ofd/coverage.ts";
import { Refusal } from "./refusal.ts";
import { type Seal, type SesSignature, readSesSignature } from "./seals/ses.ts";
import { type SignedData, type SignerInfo, readSignedData } from "./seals/signed-data.ts";
import { type Certificate, CertificateError } from "./x509/certificate.ts";

/** What a document says, read once from its bytes and never changed after. Nothing here has been judged. */
export type DocumentFacts = {
  readonly sha256: string;
  readonly bytes: number;
  readonly ofd: OfdPackage;
  readonly signatures: readonly SignatureFacts[];
  /** Out of the first body's metadata; whether it is proven is the judge's to say. */
  readonly licence: Licence | null;
};

export type SignatureFacts = {
  readonly body: OfdBody;
  readonly listed: OfdSignature;
  readonly coverage: Coverage;
  readonly value: SignatureValue;
};

export type ReadCertificate =
  | { readonly certificate: Certificate; readonly fault?: undefined }
  | { readonly certificate?: undefined; readonly fault: string };

/** The signature's value, told by its bytes. `fault` says why something cannot be read. */
export type SignatureValue =
  | SesValue
  | SignedDataValue
  | { readonly tag: "bare" }
  | { readonly tag: "malformed"; readonly fault: string };

export type SesValue = {
  readonly tag: "ses";
  readonly ses: SesSignature;
  readonly seal: Seal | null;
  readonly sealFault: string | null;
  readonly signer: ReadCertificate;
  readonly maker: ReadCertificate;
};

export type SignedDataValue = {
  readonly tag: "signed-data";
  readonly signedData: SignedData;
  /** The only signer; null when there is none or more than one. */
  readonly signerInfo: SignerInfo | null;
  readonly signer: ReadCertificate;
  readonly bag: readonly Certificate[];
};

/** Reads a document whole. `sha256`: lower-case hex, of `bytes`. Throws Refusal for what no reader will parse. */
export function gatherFacts(
  bytes: Uint8Array,
  limits: Limits,
  memory: VerificationMemory,
  sha256: string = hash("sha256", bytes, "hex"),
): DocumentFacts {
  const ofd = readOfd(bytes, limits, memory.entries);
  const signatures = ofd.bodies.flatMap((body) =>
    body.signatures.map((listed) => ({
      body,
      listed,
      coverage: coverageOf(ofd, body, listed),
      value: readValue(listed.signedValue, memory),
    })),
  );
  readAll(ofd, signatures);
  const metadata = ofd.bodies[0]?.metadata;
  return {
    sha256,
    bytes: bytes.length,
    ofd,
    signatures,
    licence: metadata === undefined ? null : readLicence(metadata.custom),
  };
}

/** Reads every entry once: those that a signature lists for their digest, the others because they may lie about size or checksum. */
function readAll(ofd: OfdPackage, signatures: readonly SignatureFacts[]): void {
  for (const { listed } of signatures)
    for (const { path } of listed.references) if (path !== null && ofd.entries.has(path)) ofd.sm3(path);
  ofd.readRest();
}

function readValue(bytes: Uint8Array | null, memory: VerificationMemory): SignatureValue {
  if (bytes === null) return { tag: "malformed", fault: "the signature value is not in the package" };
  try {
    const value = readDer(bytes);
    const [first] = value.sequence("signature value");
    if (first?.is(TAG.oid) === true) return readSignedDataValue(value, memory);
    if (first?.is(TAG.integer) === true) return { tag: "bare" };
    return readSesValue(value, memory);
  } catch (error) {
    return { tag: "malformed", fault: faultOf(error) };
  }
}

function readSesValue(value: Der, memory: VerificationMemory): SesValue {
  const ses = readSesSignature(value);
  const sealed = readSealOf(ses, memory);
  return {
    tag: "ses",
    ses,
    ...sealed,
    signer: readCertificateOf(ses.certificate, memory),
    maker:
      sealed.seal === null
        ? { fault: "the seal cannot be read" }
        : readCertificateOf(sealed.seal.makerCertificate, memory),
  };
}

function readSealOf(ses: SesSignature, memory: VerificationMemory): { seal: Seal | null; sealFault: string | null } {
  try {
    const seal = memory.seals.read(ses.seal);
    if (seal.version !== ses.version)
      return { seal: null, sealFault: `a ${seal.version} seal in a ${ses.version} signature` };
    return { seal, sealFault: null };
  } catch (error) {
    return { seal: null, sealFault: faultOf(error) };
  }
}

function readSignedDataValue(value: Der, memory: VerificationMemory): SignedDataValue {
  const signedData = readSignedData(value);
  const bag = signedData.certificates
    .map((certificate) => readCertificateOf(certificate, memory))
    .flatMap(({ certificate }) => (certificate === undefined ? [] : [certificate]));
  const signerInfo = signedData.signers.length === 1 ? (signedData.signers[0] ?? null) : null;
  return { tag: "signed-data", signedData, signerInfo, signer: signerOf(signerInfo, bag), bag };
}

/** The certificate that issuerAndSerialNumber names, compared byte by byte. */
export function signerOf(signer: SignerInfo | null, bag: readonly Certificate[]): ReadCertificate {
  if (signer === null) return { fault: "not exactly one signer" };
  const found = bag.find(
    ({ issuer, serial }) => Buffer.compare(issuer.bytes, signer.issuer) === 0 && serial === signer.serial,
  );
  return found === undefined
    ? { fault: "no certificate of the named issuer and serial number" }
    : { certificate: found };
}

export function readCertificateOf(bytes: Uint8Array, memory: VerificationMemory): ReadCertificate {
  try {
    return { certificate: memory.certificates.read(bytes) };
  } catch (error) {
    return { fault: faultOf(error) };
  }
}

/** A reader's fault as text; encodings that only an attacker writes refuse the whole input; other errors are ours and go on. */
function faultOf(error: unknown): string {
  if (error instanceof DerError && error.hostile) throw new Refusal("DER_HOSTILE", error.message);
  if (error instanceof DerError || error instanceof CertificateError) return error.message;
  throw error;
}
