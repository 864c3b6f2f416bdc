import { createHash } from "node:crypto";
import { TAG, constructed, readDer } from "../bytes/der.ts";
import { EXTENSION } from "../x509/extensions.ts";
import {
  boolean,
  der,
  explicit,
  ia5,
  implicit,
  integer,
  namedBits,
  octets,
  oid,
  sequence,
  type DerBytes,
} from "./der.ts";

export type ExtensionRequest = { readonly oid: string; readonly critical?: boolean; readonly value: Uint8Array };

export function encodeExtension(extension: ExtensionRequest): DerBytes {
  const critical = extension.critical === true ? [boolean(true)] : [];
  return sequence(oid(extension.oid), ...critical, octets(extension.value));
}

/** The later of two extensions with one OID wins; `omit` names OIDs to leave out of the defaults. */
export function mergeExtensions(
  defaults: readonly ExtensionRequest[],
  own: readonly ExtensionRequest[] = [],
  omit: readonly string[] = [],
): ExtensionRequest[] {
  const replaced = new Set([...omit, ...own.map((extension) => extension.oid)]);
  return [...defaults.filter((extension) => !replaced.has(extension.oid)), ...own];
}

export function basicConstraints(ca: boolean | { readonly pathLength?: number }): ExtensionRequest {
  const length = typeof ca === "object" && ca.pathLength !== undefined ? [integer(ca.pathLength)] : [];
  const value = ca === false ? sequence() : sequence(boolean(true), ...length);
  return { oid: EXTENSION.basicConstraints, critical: true, value };
}

export function keyUsage(bits: readonly number[]): ExtensionRequest {
  return { oid: EXTENSION.keyUsage, critical: true, value: namedBits(...bits) };
}

const TIME_STAMPING = "1.3.6.1.5.5.7.3.8";

/** Critical when it is time stamping alone (RFC 3161 2.3). */
export function extendedKeyUsage(purposes: readonly string[]): ExtensionRequest {
  const critical = purposes.length === 1 && purposes[0] === TIME_STAMPING;
  return { oid: EXTENSION.extendedKeyUsage, critical, value: sequence(...purposes.map(oid)) };
}

/** The first 20 octets of SHA-256 over the key's bits (RFC 7093 2, method 1). */
export function keyIdentifier(spki: Uint8Array): Uint8Array {
  const key = readDer(spki).children()[1];
  return createHash("sha256")
    .update(key?.bitOctets("subjectPublicKey") ?? spki)
    .digest()
    .subarray(0, 20);
}

export const subjectKeyIdentifier = (id: Uint8Array): ExtensionRequest => ({
  oid: EXTENSION.subjectKeyIdentifier,
  value: octets(id),
});
export const authorityKeyIdentifier = (id: Uint8Array): ExtensionRequest => ({
  oid: EXTENSION.authorityKeyIdentifier,
  value: sequence(implicit(0, id)),
});

/** One GeneralName (RFC 5280 4.2.1.6). `directory` is a whole Name. */
export type GeneralNameRequest =
  | { readonly uri: string }
  | { readonly dns: string }
  | { readonly email: string }
  | { readonly ip: Uint8Array }
  | { readonly directory: Uint8Array };

export function generalName(name: GeneralNameRequest): DerBytes {
  if ("uri" in name) return implicit(6, Buffer.from(name.uri, "latin1"));
  if ("dns" in name) return implicit(2, Buffer.from(name.dns, "latin1"));
  if ("email" in name) return implicit(1, Buffer.from(name.email, "latin1"));
  if ("ip" in name) return implicit(7, name.ip);
  return explicit(4, name.directory);
}

export const subjectAltName = (...names: readonly GeneralNameRequest[]): ExtensionRequest => ({
  oid: EXTENSION.subjectAltName,
  value: sequence(...names.map(generalName)),
});

/** DistributionPointName with one full name. */
const fullName = (uri: string): DerBytes => explicit(0, explicit(0, generalName({ uri })));

export const crlDistributionPoints = (...uris: readonly string[]): ExtensionRequest => ({
  oid: EXTENSION.crlDistributionPoints,
  value: sequence(...uris.map((uri) => sequence(fullName(uri)))),
});

export type IssuingDistributionPointRequest = {
  readonly uri?: string;
  readonly only?: "user" | "ca" | "attribute";
  readonly someReasons?: readonly number[];
  readonly indirect?: boolean;
};

export function issuingDistributionPoint(request: IssuingDistributionPointRequest): ExtensionRequest {
  const yes = Buffer.of(0xff);
  const parts: Uint8Array[] = [];
  if (request.uri !== undefined) parts.push(fullName(request.uri));
  if (request.only === "user") parts.push(implicit(1, yes));
  if (request.only === "ca") parts.push(implicit(2, yes));
  if (request.someReasons !== undefined) parts.push(implicit(3, readDer(namedBits(...request.someReasons)).content));
  if (request.indirect === true) parts.push(implicit(4, yes));
  if (request.only === "attribute") parts.push(implicit(5, yes));
  return { oid: EXTENSION.issuingDistributionPoint, critical: true, value: sequence(...parts) };
}

/** Raw GeneralNames for `certificateIssuer`. */
export const generalNames = (...names: readonly GeneralNameRequest[]): DerBytes => sequence(...names.map(generalName));

const subtrees = (n: number, names: readonly GeneralNameRequest[] = []): DerBytes[] =>
  names.length === 0 ? [] : [der(constructed(n), ...names.map((name) => sequence(generalName(name))))];

export const nameConstraints = (bounds: {
  readonly permitted?: readonly GeneralNameRequest[];
  readonly excluded?: readonly GeneralNameRequest[];
}): ExtensionRequest => ({
  oid: EXTENSION.nameConstraints,
  critical: true,
  value: sequence(...subtrees(0, bounds.permitted), ...subtrees(1, bounds.excluded)),
});

export const certificatePolicies = (...policies: readonly string[]): ExtensionRequest => ({
  oid: EXTENSION.certificatePolicies,
  value: sequence(...policies.map((policy) => sequence(oid(policy)))),
});

export const policyMappings = (
  ...pairs: readonly (readonly [issuer: string, subject: string])[]
): ExtensionRequest => ({
  oid: EXTENSION.policyMappings,
  critical: true,
  value: sequence(...pairs.map(([issuer, subject]) => sequence(oid(issuer), oid(subject)))),
});

const skipCerts = (n: number, value: number | undefined): DerBytes[] =>
  value === undefined ? [] : [implicit(n, readDer(integer(value)).content)];

export const policyConstraints = (skip: {
  readonly explicit?: number;
  readonly mapping?: number;
}): ExtensionRequest => ({
  oid: EXTENSION.policyConstraints,
  critical: true,
  value: sequence(...skipCerts(0, skip.explicit), ...skipCerts(1, skip.mapping)),
});

export const inhibitAnyPolicy = (skip: number): ExtensionRequest => ({
  oid: EXTENSION.inhibitAnyPolicy,
  critical: true,
  value: integer(skip),
});

const ATTRIBUTES: Readonly<Record<string, string>> = {
  CN: "2.5.4.3",
  serialNumber: "2.5.4.5",
  C: "2.5.4.6",
  L: "2.5.4.7",
  ST: "2.5.4.8",
  STREET: "2.5.4.9",
  O: "2.5.4.10",
  OU: "2.5.4.11",
  organizationIdentifier: "2.5.4.97",
  emailAddress: "1.2.840.113549.1.9.1",
  DC: "0.9.2342.19200300.100.1.25",
};

/** An attribute's short name (`CN`, `O`, …) or OID, and its value. */
export type NameRequest = readonly (readonly [attribute: string, value: string])[];

export function encodeName(name: NameRequest): DerBytes {
  return sequence(
    ...name.map(([attribute, value]) => {
      const text = ["emailAddress", "DC"].includes(attribute) ? ia5(value) : utf8Unless(attribute === "C", value);
      return der(TAG.set, sequence(oid(ATTRIBUTES[attribute] ?? attribute), text));
    }),
  );
}

const utf8Unless = (printable: boolean, value: string): DerBytes =>
  der(printable ? TAG.printableString : TAG.utf8String, Buffer.from(value, "utf8"));
