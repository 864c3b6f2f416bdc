import { TAG, constructed } from "../bytes/der.ts";
import { keyIdentifierOf, serialOf, subjectOf, time, type Issued } from "./certificate.ts";
import { bits, der, generalizedTime, integer, sequence, type DerBytes } from "./der.ts";
import { authorityKeyIdentifier, encodeExtension, mergeExtensions, type ExtensionRequest } from "./extensions.ts";
import { EXTENSION } from "../x509/extensions.ts";
import { signatureAlgorithm } from "./keys.ts";

export type RevokedRequest = {
  /** A number, or the whole certificate. */
  readonly serial: bigint | Uint8Array;
  readonly at: number;
  /** CRLReason of RFC 5280 5.3.1. */
  readonly reason?: number;
  readonly invalidFrom?: number;
  readonly extensions?: readonly ExtensionRequest[];
};

export type CrlRequest = {
  readonly issuer: Issued;
  readonly thisUpdate: number;
  readonly nextUpdate?: number;
  readonly number?: number;
  readonly revoked: readonly RevokedRequest[];
  /** Added, or in place of a default (authorityKeyIdentifier, cRLNumber) with the same OID. */
  readonly extensions?: readonly ExtensionRequest[];
  readonly omit?: readonly string[];
  readonly spoilt?: {
    readonly version?: 1 | 2;
    readonly issuer?: Uint8Array;
    readonly innerAlgorithm?: Uint8Array;
    readonly outerAlgorithm?: Uint8Array;
    readonly sign?: (tbs: Uint8Array) => Uint8Array;
  };
};

/** A CRL v2 (RFC 5280 5.1), DER. */
export function issueCrl(request: CrlRequest): Uint8Array {
  const { issuer, spoilt = {} } = request;
  const algorithm = signatureAlgorithm(issuer.key);
  const version = spoilt.version ?? 2;
  const extensions = version === 1 ? [] : extensionsOf(request);
  const tbs = sequence(
    ...(version === 1 ? [] : [integer(1)]),
    spoilt.innerAlgorithm ?? algorithm,
    spoilt.issuer ?? subjectOf(issuer.certificate),
    time(request.thisUpdate),
    ...(request.nextUpdate === undefined ? [] : [time(request.nextUpdate)]),
    ...(request.revoked.length === 0 ? [] : [der(TAG.sequence, Buffer.concat(request.revoked.map(encodeEntry)))]),
    ...(extensions.length === 0 ? [] : [der(constructed(0), sequence(...extensions.map(encodeExtension)))]),
  );
  const signature = spoilt.sign === undefined ? issuer.key.sign(tbs) : spoilt.sign(tbs);
  return sequence(tbs, spoilt.outerAlgorithm ?? algorithm, bits(signature));
}

function extensionsOf(request: CrlRequest): ExtensionRequest[] {
  const defaults = [
    authorityKeyIdentifier(keyIdentifierOf(request.issuer)),
    { oid: EXTENSION.crlNumber, value: integer(request.number ?? 1) },
  ];
  return mergeExtensions(defaults, request.extensions, request.omit);
}

function encodeEntry(entry: RevokedRequest): DerBytes {
  const serial = typeof entry.serial === "bigint" ? integer(entry.serial) : serialOf(entry.serial);
  const extensions: ExtensionRequest[] = [...(entry.extensions ?? [])];
  if (entry.reason !== undefined)
    extensions.unshift({ oid: EXTENSION.reasonCode, value: der(TAG.enumerated, Buffer.of(entry.reason)) });
  if (entry.invalidFrom !== undefined)
    extensions.push({ oid: EXTENSION.invalidityDate, value: generalizedTime(entry.invalidFrom) });
  const list = extensions.length === 0 ? [] : [sequence(...extensions.map(encodeExtension))];
  return sequence(serial, time(entry.at), ...list);
}
