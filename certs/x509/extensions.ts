import { DerError, TAG, constructed, context, readDer, type Der } from "../bytes/der.ts";
import { readGeneralName, readGeneralNames, type GeneralName } from "./general-name.ts";

/** The extensions this verifier processes (RFC 5280 4.2.1, 5.2, 5.3). Any other one that is critical stops it. */
export const EXTENSION = {
  subjectKeyIdentifier: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAltName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  crlNumber: "2.5.29.20",
  reasonCode: "2.5.29.21",
  invalidityDate: "2.5.29.24",
  deltaCrlIndicator: "2.5.29.27",
  issuingDistributionPoint: "2.5.29.28",
  certificateIssuer: "2.5.29.29",
  nameConstraints: "2.5.29.30",
  crlDistributionPoints: "2.5.29.31",
  certificatePolicies: "2.5.29.32",
  policyMappings: "2.5.29.33",
  authorityKeyIdentifier: "2.5.29.35",
  policyConstraints: "2.5.29.36",
  extendedKeyUsage: "2.5.29.37",
  inhibitAnyPolicy: "2.5.29.54",
} as const;

/** `value` is the content of the OCTET STRING. */
export type Extension = { readonly oid: string; readonly critical: boolean; readonly value: Uint8Array };

/** Extensions by OID. Throws DerError, also for an OID that stands twice. An explicit `critical FALSE` of real issuers is taken. */
export function readExtensions(list: Der): ReadonlyMap<string, Extension> {
  const found = new Map<string, Extension>();
  for (const entry of list.sequence("Extensions")) {
    const extension = readExtension(entry);
    if (found.has(extension.oid)) throw new DerError("VALUE", `extension ${extension.oid} twice`);
    found.set(extension.oid, extension);
  }
  if (found.size === 0) throw new DerError("VALUE", "Extensions: empty");
  return found;
}

function readExtension(entry: Der): Extension {
  const parts = entry.sequence("Extension");
  const [id, second, third] = parts;
  const value = third ?? second;
  if (id === undefined || value === undefined || parts.length > 3) throw new DerError("VALUE", "Extension: members");
  const critical = third !== undefined && second?.boolean("critical") === true;
  return { oid: id.oid("extnID"), critical, value: value.expect(TAG.octetString, "extnValue").content };
}

export type BasicConstraints = { readonly ca: boolean; readonly pathLength: number | null };
export type NameConstraints = { readonly permitted: readonly GeneralName[]; readonly excluded: readonly GeneralName[] };
export type PolicyMapping = { readonly issuer: string; readonly subject: string };
/** Counts of certificates, null when the member is absent. */
export type PolicyConstraints = { readonly explicit: number | null; readonly mapping: number | null };
/** `names`: fullName; `relative`: the bytes of nameRelativeToCRLIssuer. `partial`: for some reasons only, or with another CRL issuer. */
export type DistributionPoint = {
  readonly names: readonly GeneralName[];
  readonly relative: Uint8Array | null;
  readonly partial: boolean;
};

export type CertificateExtensions = {
  readonly basicConstraints: BasicConstraints | null;
  readonly keyUsage: ReadonlySet<number> | null;
  readonly extendedKeyUsage: readonly string[] | null;
  readonly extendedKeyUsageCritical: boolean;
  /** Key identifiers in hex. */
  readonly subjectKeyIdentifier: string | null;
  readonly authorityKeyIdentifier: string | null;
  readonly subjectAltName: readonly GeneralName[] | null;
  readonly nameConstraints: NameConstraints | null;
  readonly policies: readonly string[] | null;
  readonly policyMappings: readonly PolicyMapping[];
  readonly policyConstraints: PolicyConstraints | null;
  readonly inhibitAnyPolicy: number | null;
  readonly crlDistributionPoints: readonly DistributionPoint[] | null;
  /** OIDs of critical extensions that are not processed here. */
  readonly unknownCritical: readonly string[];
};

const PROCESSED: ReadonlySet<string> = new Set([
  EXTENSION.subjectKeyIdentifier,
  EXTENSION.keyUsage,
  EXTENSION.subjectAltName,
  EXTENSION.basicConstraints,
  EXTENSION.nameConstraints,
  EXTENSION.crlDistributionPoints,
  EXTENSION.certificatePolicies,
  EXTENSION.policyMappings,
  EXTENSION.authorityKeyIdentifier,
  EXTENSION.policyConstraints,
  EXTENSION.extendedKeyUsage,
  EXTENSION.inhibitAnyPolicy,
]);

/** Throws DerError. */
export function readCertificateExtensions(found: ReadonlyMap<string, Extension>): CertificateExtensions {
  const read = <Value>(oid: string, reader: (value: Der) => Value): Value | null => {
    const extension = found.get(oid);
    return extension === undefined ? null : reader(readDer(extension.value));
  };
  return {
    basicConstraints: read(EXTENSION.basicConstraints, readBasicConstraints),
    keyUsage: read(EXTENSION.keyUsage, (value) => value.namedBits("keyUsage")),
    extendedKeyUsage: read(EXTENSION.extendedKeyUsage, readPurposes),
    extendedKeyUsageCritical: found.get(EXTENSION.extendedKeyUsage)?.critical === true,
    subjectKeyIdentifier: read(EXTENSION.subjectKeyIdentifier, (value) =>
      hex(value.expect(TAG.octetString, "keyIdentifier")),
    ),
    authorityKeyIdentifier: read(EXTENSION.authorityKeyIdentifier, readAuthorityKeyIdentifier),
    subjectAltName: read(EXTENSION.subjectAltName, readSubjectAltName),
    nameConstraints: read(EXTENSION.nameConstraints, readNameConstraints),
    policies: read(EXTENSION.certificatePolicies, readPolicies),
    policyMappings: read(EXTENSION.policyMappings, readPolicyMappings) ?? [],
    policyConstraints: read(EXTENSION.policyConstraints, readPolicyConstraints),
    inhibitAnyPolicy: read(EXTENSION.inhibitAnyPolicy, (value) => value.number("inhibitAnyPolicy")),
    crlDistributionPoints: read(EXTENSION.crlDistributionPoints, (value) =>
      value.sequence("cRLDistributionPoints").map(readDistributionPoint),
    ),
    unknownCritical: [...found.values()]
      .filter(({ oid, critical }) => critical && !PROCESSED.has(oid))
      .map(({ oid }) => oid),
  };
}

function readSubjectAltName(value: Der): readonly GeneralName[] {
  const names = readGeneralNames(value);
  if (names.some((name) => name.form === "ip" && name.octets.length !== 4 && name.octets.length !== 16))
    throw new DerError("VALUE", "subjectAltName: address");
  return names;
}

const hex = (value: Der): string => Buffer.from(value.content).toString("hex");

/** A written-out cA FALSE is taken: many issuers write it. */
function readBasicConstraints(value: Der): BasicConstraints {
  const parts = value.sequence("basicConstraints");
  const flag = parts[0]?.is(TAG.boolean) === true ? parts.shift() : undefined;
  const [length, ...rest] = parts;
  if (rest.length > 0) throw new DerError("VALUE", "basicConstraints: members");
  return { ca: flag?.boolean("cA") ?? false, pathLength: length?.number("pathLenConstraint") ?? null };
}

function readPurposes(value: Der): readonly string[] {
  const purposes = value.sequence("extendedKeyUsage").map((purpose) => purpose.oid("KeyPurposeId"));
  if (purposes.length === 0) throw new DerError("VALUE", "extendedKeyUsage: empty");
  return purposes;
}

export function readAuthorityKeyIdentifier(value: Der): string | null {
  const id = value.sequence("authorityKeyIdentifier").find((part) => part.is(context(0)));
  return id === undefined ? null : hex(id);
}

function readNameConstraints(value: Der): NameConstraints {
  const parts = value.sequence("nameConstraints");
  const lists = { permitted: [] as readonly GeneralName[], excluded: [] as readonly GeneralName[] };
  if (parts[0]?.is(constructed(0)) === true) lists.permitted = readSubtrees(parts.shift());
  if (parts[0]?.is(constructed(1)) === true) lists.excluded = readSubtrees(parts.shift());
  if (parts.length > 0) throw new DerError("VALUE", "nameConstraints: members");
  return lists;
}

/** `minimum` and `maximum` are not used in RFC 5280 (4.2.1.10): a subtree that has one is refused. */
function readSubtrees(list: Der | undefined): readonly GeneralName[] {
  return (list?.children() ?? []).map((subtree) => {
    const [base, ...bounds] = subtree.sequence("GeneralSubtree");
    if (base === undefined || bounds.length > 0) throw new DerError("VALUE", "GeneralSubtree: minimum or maximum");
    const name = readGeneralName(base);
    if (name.form === "ip" && !isAddressRange(name.octets))
      throw new DerError("VALUE", "GeneralSubtree: address range");
    return name;
  });
}

/** Address and mask, the mask ones before zeros. */
function isAddressRange(octets: Uint8Array): boolean {
  if (octets.length !== 8 && octets.length !== 32) return false;
  const mask = [...octets.subarray(octets.length / 2)].map((octet) => octet.toString(2).padStart(8, "0")).join("");
  return /^1*0*$/.test(mask);
}

/** Policy OIDs; qualifiers are not used. */
function readPolicies(value: Der): readonly string[] {
  const policies = value
    .sequence("certificatePolicies")
    .map((entry) => member(entry.sequence("PolicyInformation")[0]).oid("policy"));
  if (policies.length === 0 || new Set(policies).size !== policies.length)
    throw new DerError("VALUE", "certificatePolicies");
  return policies;
}

function readPolicyMappings(value: Der): readonly PolicyMapping[] {
  return value.sequence("policyMappings").map((entry) => {
    const [issuer, subject, ...rest] = entry.sequence("policyMapping");
    if (rest.length > 0) throw new DerError("VALUE", "policyMapping: members");
    return { issuer: member(issuer).oid("issuerDomainPolicy"), subject: member(subject).oid("subjectDomainPolicy") };
  });
}

function readPolicyConstraints(value: Der): PolicyConstraints {
  const parts = value.sequence("policyConstraints");
  const explicit = parts[0]?.is(context(0)) === true ? skipCerts(parts.shift()) : null;
  const mapping = parts[0]?.is(context(1)) === true ? skipCerts(parts.shift()) : null;
  if (parts.length > 0 || (explicit === null && mapping === null))
    throw new DerError("VALUE", "policyConstraints: members");
  return { explicit, mapping };
}

/** SkipCerts under an implicit tag: up to three octets matter, a path is never that long. */
function skipCerts(value: Der | undefined): number {
  const content = value?.content ?? new Uint8Array();
  const [first] = content;
  const minimal = content.length === 1 || (first === 0 && (content[1] ?? 0) >= 0x80) || (first ?? 0) > 0;
  if (first === undefined || first >= 0x80 || content.length > 3 || !minimal) throw new DerError("VALUE", "SkipCerts");
  return content.reduce((sum, octet) => sum * 256 + octet, 0);
}

function readDistributionPoint(value: Der): DistributionPoint {
  const parts = value.sequence("DistributionPoint");
  const point = parts[0]?.is(constructed(0)) === true ? parts.shift() : undefined;
  const partial = parts.length > 0;
  return { ...readDistributionPointName(point), partial };
}

/** DistributionPointName inside its explicit tag; empty when `wrapper` is absent. */
export function readDistributionPointName(wrapper: Der | undefined): Pick<DistributionPoint, "names" | "relative"> {
  const point = wrapper?.only("distributionPoint");
  if (point === undefined) return { names: [], relative: null };
  if (point.is(constructed(0))) return { names: readGeneralNames(point, constructed(0)), relative: null };
  return { names: [], relative: point.expect(constructed(1), "nameRelativeToCRLIssuer").bytes };
}

function member(value: Der | undefined): Der {
  if (value === undefined) throw new DerError("VALUE", "a member is missing");
  return value;
}
