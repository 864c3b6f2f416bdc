import { TAG, constructed } from "../bytes/der.ts";
import { ATTRIBUTE } from "../seals/signed-data.ts";
import { type Issued, issuerOf, serialOf } from "./certificate.ts";
import { der, explicit, integer, nil, octets, oid, sequence, setOf, utcTime } from "./der.ts";
import { type Deviation, signatureValue } from "./deviations.ts";
import type { Entries } from "./ofd.ts";
import { type SignatureOptions, addSignature, sm3 } from "./signature-entry.ts";

const GB_DATA = "1.2.156.10197.6.1.4.2.1";
const GB_SIGNED_DATA = "1.2.156.10197.6.1.4.2.2";
const SM3 = "1.2.156.10197.1.401";
const SM2_SIGN = "1.2.156.10197.1.301.1";

/** An attribute of one value. */
export type CmsAttribute = { readonly oid: string; readonly value: Uint8Array };

export const issuerAndSerial = (certificate: Uint8Array): Uint8Array =>
  sequence(issuerOf(certificate), serialOf(certificate));

/** `hashed`: with the SET tag, over which the signature goes; `written`: the [0] IMPLICIT form in SignerInfo. */
export function signedAttributes(attributes: readonly CmsAttribute[]): { hashed: Uint8Array; written: Uint8Array } {
  const hashed = setOf(...attributes.map(({ oid: type, value }) => sequence(oid(type), setOf(value))));
  return { hashed, written: Buffer.concat([Buffer.of(constructed(0)), hashed.subarray(1)]) };
}

/** Attached: the digest is the content, and the message that is signed. Attributes: detached, PKCS#9 attributes are signed. */
export type SignedDataForm = "attached" | "attributes";

/** `digest`: SM3 of Signature.xml. Several or no `signers` make what no honest writer makes. */
export type SignedDataRequest = {
  readonly signers: readonly Issued[];
  readonly digest: Uint8Array;
  readonly form: SignedDataForm;
  /** For the attribute signingTime, milliseconds since 1970. */
  readonly signedAt: number;
  /** Attached content as base64 text in place of the 32 octets. */
  readonly base64?: boolean;
  readonly omitAttributes?: readonly string[];
  /** The tag under which the attributes are signed; [0] is wrong. */
  readonly signedTag?: "set" | "context";
  readonly innerType?: string;
  readonly certificates?: readonly Uint8Array[];
  readonly algorithmOid?: string;
  readonly deviations?: readonly Deviation[];
};

/** ContentInfo with SignedData. Source: GB/T 35275-2017, clauses 7 and 8. */
export function makeSignedData(request: SignedDataRequest): Uint8Array {
  const { signers, form, innerType = GB_DATA } = request;
  const certificates = request.certificates ?? signers.map((signer) => signer.certificate);
  const content = form === "attached" ? [explicit(0, octets(attachedContent(request)))] : [];
  const signedData = sequence(
    integer(1),
    setOf(sequence(oid(SM3))),
    sequence(oid(innerType), ...content),
    ...(certificates.length === 0 ? [] : [der(constructed(0), ...certificates)]),
    der(TAG.set, ...signers.map((signer) => signerInfo(request, signer))),
  );
  return sequence(oid(GB_SIGNED_DATA), explicit(0, signedData));
}

const attachedContent = ({ digest, base64 = false }: SignedDataRequest): Uint8Array =>
  base64 ? Buffer.from(Buffer.from(digest).toString("base64")) : digest;

function signerInfo(request: SignedDataRequest, { certificate, key }: Issued): Uint8Array {
  const attributes = request.form === "attributes" ? signedAttributes(attributeList(request)) : null;
  const wrongTag = request.signedTag === "context";
  const message = attributes === null ? attachedContent(request) : wrongTag ? attributes.written : attributes.hashed;
  const algorithm = request.algorithmOid ?? (key.kind === "SM2" ? SM2_SIGN : key.signatureOid);
  return sequence(
    integer(1),
    issuerAndSerial(certificate),
    sequence(oid(SM3)),
    ...(attributes === null ? [] : [attributes.written]),
    sequence(oid(algorithm)),
    octets(signatureValue(key.sign(message), request.deviations ?? [])),
  );
}

function attributeList({ digest, signedAt, omitAttributes = [] }: SignedDataRequest): readonly CmsAttribute[] {
  const all: readonly CmsAttribute[] = [
    { oid: ATTRIBUTE.contentType, value: oid(GB_DATA) },
    { oid: ATTRIBUTE.signingTime, value: utcTime(signedAt) },
    { oid: ATTRIBUTE.messageDigest, value: octets(digest) },
  ];
  return all.filter((attribute) => !omitAttributes.includes(attribute.oid));
}

/** Form `bare` is the old one: the signature value alone, over Signature.xml, by the first signer. */
export type SigningRequest = SignatureOptions &
  Omit<SignedDataRequest, "digest" | "form"> & { readonly form?: SignedDataForm | "bare" };

/** Adds a digital signature (Type Sign, no seal) to a package. Source: GM/T 0099-2020, 7.2.2. */
export function signDocument(entries: Entries, request: SigningRequest): Entries {
  const { form = "attached", signers } = request;
  return addSignature(entries, "Sign", request, null, (xml) =>
    form === "bare" ? (signers[0]?.key.sign(xml) ?? nil()) : makeSignedData({ ...request, form, digest: sm3(xml) }),
  );
}
