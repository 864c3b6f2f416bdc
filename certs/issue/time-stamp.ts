import { ATTRIBUTE } from "../seals/signed-data.ts";
import { hash } from "node:crypto";
import type { Issued } from "./certificate.ts";
import { boolean, der, explicit, generalizedTime, integer, octets, oid, sequence, setOf } from "./der.ts";
import { type KeyKind, signatureAlgorithm } from "./keys.ts";
import { type CmsAttribute, issuerAndSerial, signedAttributes } from "./signed-data.ts";
import type { TimeStamper } from "./seal.ts";
import { TAG, constructed } from "../bytes/der.ts";

export type StampDigest = "sm3" | "sha1" | "sha256" | "sha384" | "sha512";

const DIGEST_OIDS: { readonly [Name in StampDigest]: string } = {
  sm3: "1.2.156.10197.1.401",
  sha1: "1.3.14.3.2.26",
  sha256: "2.16.840.1.101.3.4.2.1",
  sha384: "2.16.840.1.101.3.4.2.2",
  sha512: "2.16.840.1.101.3.4.2.3",
};
const SIGNED_DATA = "1.2.840.113549.1.7.2";
const TST_INFO = "1.2.840.113549.1.9.16.1.4";
/** Under the arc for examples (X.660, annex A.9). */
const DEFAULT_POLICY = "2.999.1";

/** `authority` bears the extended key usage time-stamping. `at` in milliseconds since 1970. */
export type TimeStampRequest = {
  readonly authority: Issued;
  readonly at: number;
  readonly serial?: bigint;
  readonly policy?: string;
  /** Of the imprint; the signature's own digest is that of the key. */
  readonly imprint?: StampDigest;
  readonly ordering?: boolean;
  readonly nonce?: bigint;
  readonly omitAttributes?: readonly string[];
  /** False leaves the authority's certificate out of the token. */
  readonly withCertificate?: boolean;
};

/** A time-stamp token over `message`. Source: RFC 3161, 2.4.2; RFC 5652, 5; RFC 5816. */
export function makeTimeStamp(message: Uint8Array, request: TimeStampRequest): Uint8Array {
  const { authority, withCertificate = true } = request;
  const digest = keyDigest(authority.key.kind);
  const stamp = timeStampInfo(message, request);
  const attributes = signedAttributes(attributeList(stamp, request));
  const signer = sequence(
    integer(1),
    issuerAndSerial(authority.certificate),
    sequence(oid(DIGEST_OIDS[digest])),
    attributes.written,
    signatureAlgorithm(authority.key),
    octets(authority.key.sign(attributes.hashed)),
  );
  const signedData = sequence(
    integer(3),
    setOf(sequence(oid(DIGEST_OIDS[digest]))),
    sequence(oid(TST_INFO), explicit(0, octets(stamp))),
    ...(withCertificate ? [der(constructed(0), authority.certificate)] : []),
    der(TAG.set, signer),
  );
  return sequence(oid(SIGNED_DATA), explicit(0, signedData));
}

/** For the timeStamp of V4 and V5 signatures and V5 seals: the imprint is over the octets of the signature value. */
export const timeStamper =
  (request: TimeStampRequest): TimeStamper =>
  (signatureValue) =>
    makeTimeStamp(signatureValue, request);

function timeStampInfo(message: Uint8Array, request: TimeStampRequest): Uint8Array {
  const { imprint = keyDigest(request.authority.key.kind), serial = BigInt(request.at), nonce } = request;
  return sequence(
    integer(1),
    oid(request.policy ?? DEFAULT_POLICY),
    sequence(sequence(oid(DIGEST_OIDS[imprint])), octets(hash(imprint, message, "buffer"))),
    integer(serial),
    generalizedTime(request.at),
    ...(request.ordering === true ? [boolean(true)] : []),
    ...(nonce === undefined ? [] : [integer(nonce)]),
  );
}

function attributeList(stamp: Uint8Array, request: TimeStampRequest): readonly CmsAttribute[] {
  const { authority, omitAttributes = [] } = request;
  const digest = keyDigest(authority.key.kind);
  const all: readonly CmsAttribute[] = [
    { oid: ATTRIBUTE.contentType, value: oid(TST_INFO) },
    { oid: ATTRIBUTE.messageDigest, value: octets(hash(digest, stamp, "buffer")) },
    { oid: ATTRIBUTE.signingCertificateV2, value: signingCertificate(authority.certificate, digest) },
  ];
  return all.filter((attribute) => !omitAttributes.includes(attribute.oid));
}

/** SigningCertificateV2 with one ESSCertIDv2; SHA-256 is the default and so not written (RFC 5816, 2.2.1). */
function signingCertificate(certificate: Uint8Array, digest: StampDigest): Uint8Array {
  const algorithm = digest === "sha256" ? [] : [sequence(oid(DIGEST_OIDS[digest]))];
  return sequence(sequence(sequence(...algorithm, octets(hash(digest, certificate, "buffer")))));
}

function keyDigest(kind: KeyKind): StampDigest {
  switch (kind) {
    case "SM2":
      return "sm3";
    case "P-384":
      return "sha384";
    case "P-521":
    case "Ed25519":
      return "sha512";
    case "P-256":
    case "RSA-2048":
    case "RSA-3072":
      return "sha256";
  }
}
