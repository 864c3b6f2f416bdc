import { Der, DerError, TAG, constructed, readDer } from "../bytes/der.ts";

/** Content types: GB/T 35275 and its model PKCS#7 (RFC 2315, RFC 5652). */
export const SIGNED_DATA = ["1.2.156.10197.6.1.4.2.2", "1.2.840.113549.1.7.2"] as const;
export const DATA = ["1.2.156.10197.6.1.4.2.1", "1.2.840.113549.1.7.1"] as const;
export const TST_INFO = "1.2.840.113549.1.9.16.1.4";
export const ATTRIBUTE = {
  contentType: "1.2.840.113549.1.9.3",
  messageDigest: "1.2.840.113549.1.9.4",
  signingTime: "1.2.840.113549.1.9.5",
  signingCertificate: "1.2.840.113549.1.9.16.2.12",
  signingCertificateV2: "1.2.840.113549.1.9.16.2.47",
} as const;

export type SignerInfo = {
  /** issuerAndSerialNumber: the issuer's Name as it stands, the serial's content octets as hex. */
  readonly issuer: Uint8Array;
  readonly serial: string;
  readonly digestAlgorithm: string;
  /** `set` is the attributes re-tagged as SET OF: the bytes that are signed (RFC 2315 9.3). */
  readonly attributes: { readonly set: Uint8Array; readonly values: ReadonlyMap<string, readonly Der[]> } | null;
  readonly signatureAlgorithm: { readonly oid: string; readonly parameters: Uint8Array | null };
  readonly signature: Uint8Array;
};

export type SignedData = {
  /** One of SIGNED_DATA. */
  readonly type: string;
  readonly version: number;
  readonly contentType: string;
  readonly content: Uint8Array | null;
  readonly digestAlgorithms: readonly string[];
  readonly certificates: readonly Uint8Array[];
  readonly signers: readonly SignerInfo[];
};

const MAX_MEMBERS = 100;

/**
 * Reads a ContentInfo with SignedData of GB/T 35275 or CMS (the parts both share: issuerAndSerialNumber signers, whole
 * certificates). Throws DerError; a SET with two equal members, two attributes of one
 * type and more than MAX_MEMBERS members are hostile. A Der is one that `readDer` gave.
 */
export function readSignedData(input: Uint8Array | Der): SignedData {
  const [type, content] = (input instanceof Der ? input : readDer(input)).sequence("ContentInfo");
  const oid = member(type, "contentType").oid("contentType");
  if (!SIGNED_DATA.some((known) => known === oid)) throw new DerError("VALUE", `contentType ${oid}`);
  const parts = member(content, "content").expect(constructed(0), "content").only("SignedData").sequence("SignedData");
  const [version, digests, inner, ...rest] = parts;
  const certificates = rest.find((part) => part.is(constructed(0)));
  const signers = rest.find((part) => part.is(TAG.set));
  const known = [certificates, signers, rest.find((part) => part.is(constructed(1)))].filter(
    (part) => part !== undefined,
  );
  if (known.length !== rest.length || rest.at(-1) !== signers) throw new DerError("VALUE", "SignedData members");
  return {
    type: oid,
    version: member(version, "version").number("version"),
    ...readContent(member(inner, "contentInfo").sequence("contentInfo")),
    digestAlgorithms: distinct(member(digests, "digestAlgorithms").expect(TAG.set, "digestAlgorithms").children()).map(
      (entry) => algorithm(entry, "digestAlgorithm").oid,
    ),
    certificates: certificates === undefined ? [] : bounded(certificates.children()).map((entry) => entry.bytes),
    signers: distinct(member(signers, "signerInfos").expect(TAG.set, "signerInfos").children()).map(readSigner),
  };
}

function readContent([type, content, ...more]: readonly Der[]): Pick<SignedData, "contentType" | "content"> {
  if (more.length > 0) throw new DerError("VALUE", "contentInfo");
  const inside = content?.expect(constructed(0), "content").only("content");
  return {
    contentType: member(type, "contentType").oid("contentType"),
    content: inside === undefined ? null : inside.expect(TAG.octetString, "content").content,
  };
}

function readSigner(value: Der): SignerInfo {
  const [version, identifier, digest, ...rest] = value.sequence("SignerInfo");
  if (member(version, "version").number("version") !== 1) throw new DerError("VALUE", "SignerInfo version");
  const [issuer, serial] = member(identifier, "issuerAndSerialNumber").sequence("issuerAndSerialNumber");
  const attributes = rest[0]?.is(constructed(0)) === true ? rest.shift() : undefined;
  const [signatureAlgorithm, signature, unsigned, ...more] = rest;
  if (more.length > 0 || (unsigned !== undefined && !unsigned.is(constructed(1))))
    throw new DerError("VALUE", "SignerInfo members");
  return {
    issuer: member(issuer, "issuer").bytes,
    serial: Buffer.from(member(serial, "serialNumber").integerBytes("serialNumber")).toString("hex").toUpperCase(),
    digestAlgorithm: algorithm(member(digest, "digestAlgorithm"), "digestAlgorithm").oid,
    attributes: attributes === undefined ? null : readAttributes(attributes),
    signatureAlgorithm: algorithm(member(signatureAlgorithm, "digestEncryptionAlgorithm"), "digestEncryptionAlgorithm"),
    signature: member(signature, "encryptedDigest").expect(TAG.octetString, "encryptedDigest").content,
  };
}

function readAttributes(attributes: Der): NonNullable<SignerInfo["attributes"]> {
  const values = new Map<string, readonly Der[]>();
  for (const attribute of bounded(attributes.children())) {
    const [type, set, ...more] = attribute.sequence("attribute");
    const oid = member(type, "attribute type").oid("attribute type");
    if (values.has(oid)) throw new DerError("DUPLICATE", `attribute ${oid} twice`);
    if (more.length > 0) throw new DerError("VALUE", "attribute");
    values.set(oid, distinct(member(set, "attribute values").expect(TAG.set, "attribute values").children()));
  }
  const set = Buffer.from(attributes.bytes);
  set[0] = TAG.set;
  return { set, values };
}

/** The value of an attribute that has exactly one, else null. */
export function attributeValue(signer: SignerInfo, oid: string): Der | null {
  const values = signer.attributes?.values.get(oid);
  return values?.length === 1 ? (values[0] ?? null) : null;
}

/** AlgorithmIdentifier; `parameters` null when absent or NULL. */
export function algorithm(value: Der, what: string): { oid: string; parameters: Uint8Array | null } {
  const [oid, parameters, ...more] = value.sequence(what);
  if (more.length > 0) throw new DerError("VALUE", what);
  const absent = parameters === undefined || (parameters.is(TAG.null) && parameters.content.length === 0);
  return { oid: member(oid, what).oid(what), parameters: absent ? null : parameters.bytes };
}

function distinct(members: Der[]): Der[] {
  const seen = new Set(bounded(members).map((entry) => Buffer.from(entry.bytes).toString("latin1")));
  if (seen.size !== members.length) throw new DerError("DUPLICATE", "SET with two equal members");
  return members;
}

function bounded(members: Der[]): Der[] {
  if (members.length > MAX_MEMBERS) throw new DerError("TOO_MANY", `${members.length} members`);
  return members;
}

function member(value: Der | undefined, what: string): Der {
  if (value === undefined) throw new DerError("VALUE", `${what} is missing`);
  return value;
}
