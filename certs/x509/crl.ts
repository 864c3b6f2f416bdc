import { hash } from "node:crypto";
import { DerError, TAG, constructed, context, readDer, readTime, type Der } from "../bytes/der.ts";
import type { AlgorithmIdentifier } from "../crypto/algorithms.ts";
import { readAlgorithm } from "./certificate.ts";
import { CrlEntries } from "./crl-entries.ts";
import { EXTENSION, readAuthorityKeyIdentifier, readDistributionPointName, readExtensions } from "./extensions.ts";
import type { DistributionPoint, Extension } from "./extensions.ts";
import { readName, type Name } from "./name.ts";

/** issuingDistributionPoint (RFC 5280 5.2.5). `only` null: for all kinds of certificates. */
export type CrlScope = Pick<DistributionPoint, "names" | "relative"> & {
  readonly only: "user" | "ca" | "attribute" | null;
  readonly someReasons: boolean;
  readonly indirect: boolean;
};

export type Crl = {
  readonly bytes: Uint8Array;
  readonly sha256: string;
  readonly tbs: Uint8Array;
  readonly issuer: Name;
  /** Milliseconds. */
  readonly thisUpdate: number;
  readonly nextUpdate: number | null;
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly signature: Uint8Array;
  readonly number: bigint | null;
  /** BaseCRLNumber of a delta CRL; null for a complete one. */
  readonly baseNumber: bigint | null;
  readonly authorityKeyIdentifier: string | null;
  readonly scope: CrlScope | null;
  /** Hex of the scope's bytes: CRLs of one issuer and one scope replace each other. */
  readonly scopeKey: string;
  readonly entries: CrlEntries;
  /** Why nobody may rely on it: an unknown critical extension and the like. Null when there is no such reason. */
  readonly unusable: string | null;
};

/**
 * Reads a CRL (RFC 5280 5.1). Nothing is copied: `input` must not change afterwards. Its entries are walked once, for an index by serial
 * number. Throws DerError.
 */
export function readCrl(input: Uint8Array): Crl {
  const [tbs, algorithm, signature, ...rest] = readDer(input).sequence("CertificateList");
  if (tbs === undefined || algorithm === undefined || signature === undefined || rest.length > 0)
    throw fault("CertificateList: members");
  return {
    ...readTbs(tbs, algorithm),
    bytes: input,
    sha256: hash("sha256", input, "hex"),
    tbs: tbs.bytes,
    signatureAlgorithm: readAlgorithm(algorithm),
    signature: signature.bitOctets("signature"),
  };
}

function readTbs(tbs: Der, outer: Der) {
  const fields = tbs.sequence("TBSCertList");
  const version = readVersion(fields[0]?.is(TAG.integer) === true ? fields.shift() : undefined);
  const [inner, issuer, thisUpdate, ...optional] = fields;
  if (inner === undefined || issuer === undefined || thisUpdate === undefined) throw fault("TBSCertList: members");
  if (Buffer.compare(inner.bytes, outer.bytes) !== 0) throw fault("inner and outer signature algorithm differ");
  const nextUpdate =
    optional[0]?.is(TAG.sequence) === false && !optional[0].is(constructed(0)) ? optional.shift() : undefined;
  const revoked = optional[0]?.is(TAG.sequence) === true ? optional.shift() : undefined;
  const wrapper = version === 2 && optional[0]?.is(constructed(0)) === true ? optional.shift() : undefined;
  if (optional.length > 0) throw fault(`TBSCertList: members that version ${version} does not have`);
  const extensions = readCrlExtensions(
    wrapper === undefined ? new Map() : readExtensions(wrapper.only("crlExtensions")),
  );
  const entries = new CrlEntries(revoked, { extensions: version === 2, indirect: extensions.scope?.indirect === true });
  return {
    issuer: readName(issuer),
    thisUpdate: readTime(thisUpdate, "thisUpdate"),
    nextUpdate: nextUpdate === undefined ? null : readTime(nextUpdate, "nextUpdate"),
    ...extensions,
    entries,
    unusable: extensions.unusable ?? entries.unusable,
  };
}

function readVersion(value: Der | undefined): 1 | 2 {
  if (value === undefined) return 1;
  if (value.number("version") !== 1) throw fault("version");
  return 2;
}

const PROCESSED: ReadonlySet<string> = new Set([
  EXTENSION.authorityKeyIdentifier,
  EXTENSION.crlNumber,
  EXTENSION.deltaCrlIndicator,
  EXTENSION.issuingDistributionPoint,
]);

function readCrlExtensions(found: ReadonlyMap<string, Extension>) {
  const read = <Value>(oid: string, reader: (value: Der) => Value): Value | null => {
    const extension = found.get(oid);
    return extension === undefined ? null : reader(readDer(extension.value));
  };
  const unknown = [...found.values()].find(({ oid, critical }) => critical && !PROCESSED.has(oid));
  const scopeBytes = found.get(EXTENSION.issuingDistributionPoint)?.value ?? new Uint8Array();
  return {
    number: read(EXTENSION.crlNumber, (value) => value.integer("cRLNumber")),
    baseNumber: read(EXTENSION.deltaCrlIndicator, (value) => value.integer("BaseCRLNumber")),
    authorityKeyIdentifier: read(EXTENSION.authorityKeyIdentifier, readAuthorityKeyIdentifier),
    scope: read(EXTENSION.issuingDistributionPoint, readScope),
    scopeKey: Buffer.from(scopeBytes).toString("hex"),
    unusable: unknown === undefined ? null : `unknown critical extension ${unknown.oid}`,
  };
}

const ONLY = { 1: "user", 2: "ca", 5: "attribute" } as const;

function readScope(value: Der): CrlScope {
  const parts = value.sequence("issuingDistributionPoint");
  const point = readDistributionPointName(parts[0]?.is(constructed(0)) === true ? parts.shift() : undefined);
  const flags = parts.filter((part) => !part.is(context(3)));
  const set = new Set(flags.filter(isTrue).map((part) => part.tag & 0x1f));
  const only = ([1, 2, 5] as const).filter((n) => set.has(n)).map((n) => ONLY[n]);
  const ascending = parts.every((part, index) => index === 0 || part.tag > (parts[index - 1]?.tag ?? 0));
  if (!ascending || only.length > 1) throw fault("issuingDistributionPoint: members");
  return { ...point, only: only[0] ?? null, someReasons: parts.length > flags.length, indirect: set.has(4) };
}

function isTrue(flag: Der): boolean {
  const [value] = flag.content;
  const known = [1, 2, 4, 5].some((n) => flag.is(context(n)));
  if (!known || flag.content.length !== 1 || (value !== 0 && value !== 0xff))
    throw fault("issuingDistributionPoint: flag");
  return value === 0xff;
}

const fault = (message: string): DerError => new DerError("VALUE", message);
