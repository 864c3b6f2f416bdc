import { Der, DerError, TAG, constructed, readDer } from "../bytes/der.ts";
import type { Remark } from "../reasons.ts";
import { parseWrittenTime, type WrittenTime } from "./times.ts";

/** V1: GM/T 0031-2014, V4: GB/T 38540-2020, V5: GM/T 0031-2025. */
export type SesVersion = "V1" | "V4" | "V5";
export type SealExtension = { readonly oid: string; readonly critical: boolean };

/** Who may sign with the seal: whole certificates (DER), or their digests under a type name that the maker chose. */
export type SealSigners =
  | { readonly kind: "certificates"; readonly list: readonly Uint8Array[] }
  | { readonly kind: "digests"; readonly list: readonly { readonly type: string; readonly value: Uint8Array }[] };

/** An electronic seal (SESeal). All byte members are views on the input. Times in milliseconds. */
export type Seal = {
  readonly version: SesVersion;
  readonly bytes: Uint8Array;
  readonly id: string;
  readonly vendor: string;
  readonly name: string;
  readonly signers: SealSigners;
  readonly createdAt: number;
  readonly validFrom: number;
  readonly validTo: number;
  readonly picture: {
    readonly type: string;
    readonly content: Uint8Array;
    readonly width: number;
    readonly height: number;
  };
  readonly extensions: readonly SealExtension[];
  readonly makerCertificate: Uint8Array;
  readonly algorithm: string;
  readonly signedBytes: Uint8Array;
  readonly signature: Uint8Array;
  readonly timeStamp: Uint8Array | null;
  readonly remarks: readonly Remark[];
};

/** A seal signature (SES_Signature) with the seal still as it stands in it: `readSeal` reads that. */
export type SesSignature = {
  readonly version: SesVersion;
  readonly toSign: Uint8Array;
  readonly seal: Der;
  /** V1 may hold a time-stamp token in place of a text. */
  readonly time: WrittenTime | null;
  readonly timeToken: Uint8Array | null;
  readonly documentDigest: Uint8Array;
  readonly property: string;
  readonly extensions: readonly SealExtension[];
  readonly certificate: Uint8Array;
  readonly algorithm: string;
  readonly signature: Uint8Array;
  readonly timeStamp: Uint8Array | null;
  readonly remarks: readonly Remark[];
};

const MAX_LIST = 256;
/** Octets of a name or number that a report repeats. */
const MAX_TEXT = 2000;

/**
 * Reads an SES_Signature of any of the three standards. The version is told by structure and by the numbers inside, and
 * both must agree. A Der is one that `readDer` gave. Throws DerError. Bytes that get hashed are slices of the input, never re-encoded.
 */
export function readSesSignature(input: Uint8Array | Der): SesSignature {
  const parts = (input instanceof Der ? input : readDer(input)).sequence("SES_Signature");
  if (parts.length === 2) return readV1Signature(parts);
  if (parts.length === 4 || parts.length === 5) return readV4Signature(parts);
  throw new DerError("VALUE", `SES_Signature of ${parts.length} members`);
}

function readV1Signature([toSign, signature]: readonly Der[]): SesSignature {
  const remarks: Remark[] = [];
  const tbs = member(toSign, "TBS_Sign").sequence("TBS_Sign");
  if (tbs.length !== 7) throw new DerError("VALUE", `TBS_Sign of ${tbs.length} members in a V1 signature`);
  const [version, seal, time, digest, property, certificate, algorithm] = tbs;
  const number = member(version, "version").number("version");
  if (number < 1 || number > 3) throw new DerError("VALUE", `version ${number} in a V1 structure`);
  const timeOctets = bitsOrOctets(member(time, "timeInfo"), "timeInfo", remarks);
  const isToken = timeOctets[0] === TAG.sequence;
  return {
    version: "V1",
    toSign: member(toSign, "TBS_Sign").bytes,
    seal: unwrapped(member(seal, "eseal"), remarks),
    time: isToken ? null : parseWrittenTime(latin(timeOctets)),
    timeToken: isToken ? timeOctets : null,
    documentDigest: bitsOrOctets(member(digest, "dataHash"), "dataHash", remarks),
    property: member(property, "propertyInfo").expect(TAG.ia5String, "propertyInfo").text("propertyInfo"),
    extensions: [],
    certificate: octetString(certificate, "cert"),
    algorithm: oneOid(algorithm, "signatureAlgorithm"),
    signature: member(signature, "signature").bitOctets("signature"),
    timeStamp: null,
    remarks,
  };
}

function readV4Signature([toSign, certificate, algorithm, signature, timeStamp]: readonly Der[]): SesSignature {
  const remarks: Remark[] = [];
  const tbs = member(toSign, "TBS_Sign").sequence("TBS_Sign");
  if (tbs.length !== 5 && tbs.length !== 6)
    throw new DerError("VALUE", `TBS_Sign of ${tbs.length} members in a V4 signature`);
  const [version, seal, time, digest, property, extensions] = tbs;
  const written = member(time, "timeInfo").expect(TAG.generalizedTime, "timeInfo");
  return {
    version: versionOf(member(version, "version").number("version")),
    toSign: member(toSign, "TBS_Sign").bytes,
    seal: unwrapped(member(seal, "eseal"), remarks),
    time: parseWrittenTime(latin(written.content)),
    timeToken: null,
    documentDigest: member(digest, "dataHash").bitOctets("dataHash"),
    property: member(property, "propertyInfo").expect(TAG.ia5String, "propertyInfo").text("propertyInfo"),
    extensions:
      extensions === undefined
        ? []
        : readExtensions(extensions.expect(constructed(0), "extDatas").only("extDatas"), remarks),
    certificate: octetString(certificate, "cert"),
    algorithm: oneOid(algorithm, "signatureAlgID"),
    signature: member(signature, "signature").bitOctets("signature"),
    timeStamp: timeStamp === undefined ? null : readTimeStampMember(timeStamp),
    remarks,
  };
}

/** Reads an SESeal. Throws DerError; its version is told as for signatures. */
export function readSeal(seal: Der): Seal {
  const remarks: Remark[] = [];
  const parts = seal.sequence("SESeal");
  const [information, second] = parts;
  const info = member(information, "eSealInfo").sequence("SES_SealInfo");
  const header = member(info[0], "header").sequence("SES_Header");
  if (header.length !== 3) throw new DerError("VALUE", "SES_Header");
  if (member(header[0], "ID").expect(TAG.ia5String, "ID").text("ID") !== "ES")
    throw new DerError("VALUE", "SES_Header ID is not ES");
  const version = sealVersion(parts.length, member(header[1], "version").number("version"));
  const body = { ...readInformation(info, version, remarks), vendor: member(header[2], "Vid").text("Vid") };
  const makerPart = version === "V1" ? member(second, "SES_SignInfo").sequence("SES_SignInfo") : parts.slice(1);
  const [certificate, algorithm, signature, timeStamp] = makerPart;
  if (version === "V1" && makerPart.length !== 3) throw new DerError("VALUE", "SES_SignInfo");
  return {
    version,
    bytes: seal.bytes,
    ...body,
    makerCertificate: octetString(certificate, "cert"),
    algorithm: oneOid(algorithm, "signAlgID"),
    signedBytes:
      version === "V1"
        ? sequenceOf(
            member(information, "eSealInfo"),
            member(certificate, "cert"),
            member(algorithm, "signatureAlgorithm"),
          )
        : member(information, "eSealInfo").bytes,
    signature: member(signature, "signedValue").bitOctets("signedValue"),
    timeStamp: timeStamp === undefined ? null : readTimeStampMember(timeStamp),
    remarks,
  };
}

function sealVersion(members: number, header: number): SesVersion {
  if (members === 2 && header >= 1 && header <= 3) return "V1";
  if (members === 4 && header === 4) return "V4";
  if ((members === 4 || members === 5) && header === 5) return "V5";
  throw new DerError("VALUE", `SESeal of ${members} members with header version ${header}`);
}

function versionOf(number: number): "V4" | "V5" {
  if (number === 4) return "V4";
  if (number === 5) return "V5";
  throw new DerError("VALUE", `version ${number} in a V4 or V5 structure`);
}

type Information = Pick<
  Seal,
  "id" | "name" | "signers" | "createdAt" | "validFrom" | "validTo" | "picture" | "extensions"
>;

function readInformation(info: readonly Der[], version: SesVersion, remarks: Remark[]): Information {
  const [, id, property, picture, extensions] = info;
  if (info.length < 4 || info.length > 5) throw new DerError("VALUE", `SES_SealInfo of ${info.length} members`);
  return {
    id: shortText(member(id, "esID").expect(TAG.ia5String, "esID"), "esID"),
    ...readProperty(member(property, "property").sequence("property"), version, remarks),
    picture: readPicture(member(picture, "picture").sequence("picture")),
    extensions: extensions === undefined ? [] : readExtensions(untagged(extensions), remarks),
  };
}

/** V1 texts tag extDatas as [0] EXPLICIT, real V1 files do not. */
const untagged = (extensions: Der): Der => (extensions.is(constructed(0)) ? extensions.only("extDatas") : extensions);

type Property = Pick<Seal, "name" | "signers" | "createdAt" | "validFrom" | "validTo">;

function readProperty(property: readonly Der[], version: SesVersion, remarks: Remark[]): Property {
  const inV1 = version === "V1";
  if (property.length !== (inV1 ? 6 : 7)) throw new DerError("VALUE", `property of ${property.length} members`);
  member(property[0], "type").number("type");
  const [list, created, from, to] = property.slice(inV1 ? 2 : 3);
  const listType = inV1 ? 1 : member(property[2], "certListType").number("certListType");
  const tag = inV1 ? TAG.utcTime : TAG.generalizedTime;
  const time = (value: Der | undefined, what: string): number => readSealTime(member(value, what), tag, what, remarks);
  return {
    name: shortText(member(property[1], "name").expect(TAG.utf8String, "name"), "name"),
    signers: readSigners(member(list, "certList").sequence("certList"), listType),
    createdAt: time(created, "createDate"),
    validFrom: time(from, "validStart"),
    validTo: time(to, "validEnd"),
  };
}

function readSigners(list: readonly Der[], type: number): SealSigners {
  if (list.length > MAX_LIST) throw new DerError("VALUE", `certList of ${list.length} entries`);
  if (type === 1) return { kind: "certificates", list: list.map((entry) => octetString(entry, "certList")) };
  if (type !== 2) throw new DerError("VALUE", `certListType ${type}`);
  const digests = list.map((entry) => {
    const [name, value] = entry.sequence("certList");
    return { type: member(name, "type").text("type"), value: octetString(value, "value") };
  });
  return { kind: "digests", list: digests };
}

function readPicture(picture: readonly Der[]): Seal["picture"] {
  const [type, content, width, height] = picture;
  if (picture.length !== 4) throw new DerError("VALUE", `picture of ${picture.length} members`);
  return {
    type: member(type, "picture type").expect(TAG.ia5String, "picture type").text("picture type"),
    content: octetString(content, "picture data"),
    width: member(width, "width").number("width"),
    height: member(height, "height").number("height"),
  };
}

function readExtensions(list: Der, remarks: Remark[]): SealExtension[] {
  const entries = list.sequence("extDatas");
  if (entries.length > MAX_LIST) throw new DerError("VALUE", `extDatas of ${entries.length} entries`);
  return entries.map((entry) => {
    const parts = entry.sequence("ExtData");
    if (parts.length !== 2 && parts.length !== 3) throw new DerError("VALUE", "ExtData");
    octetString(parts.at(-1), "extnValue");
    const critical = parts.length === 3 && member(parts[1], "critical").boolean("critical");
    if (parts.length === 3 && !critical) remark(remarks, "LENIENT_BOOLEAN_DEFAULT");
    return { oid: oneOid(parts[0], "extnID"), critical };
  });
}

/** A seal's date: the type of its version, or the other one as a leniency; any written form that names a zone, or UTC+8. */
function readSealTime(value: Der, tag: number, what: string, remarks: Remark[]): number {
  const other = tag === TAG.utcTime ? TAG.generalizedTime : TAG.utcTime;
  if (value.is(other)) remark(remarks, "LENIENT_TIME_TYPE");
  else value.expect(tag, what);
  const text = latin(value.content);
  const full = value.is(TAG.utcTime) ? `${Number(text.slice(0, 2)) < 50 ? "20" : "19"}${text}` : text;
  const written = parseWrittenTime(full);
  if (written === null) throw new DerError("VALUE", `${what}: not a time`);
  return written.at;
}

function readTimeStampMember(value: Der): Uint8Array {
  return value.expect(constructed(0), "timeStamp").only("timeStamp").bitOctets("timeStamp");
}

/** Some V1 makers write OCTET STRING where the standard has BIT STRING. */
function bitsOrOctets(value: Der, what: string, remarks: Remark[]): Uint8Array {
  if (!value.is(TAG.octetString)) return value.bitOctets(what);
  remark(remarks, "LENIENT_OCTET_STRING");
  return value.content;
}

function unwrapped(seal: Der, remarks: Remark[]): Der {
  if (!seal.is(TAG.octetString)) return seal;
  remark(remarks, "LENIENT_WRAPPED_SEAL");
  return readDer(seal.content);
}

/** The only bytes not found in one piece in the input: SEQUENCE over three slices of it (standards: V1 seal). */
function sequenceOf(...parts: readonly Der[]): Uint8Array {
  const content = Buffer.concat(parts.map((part) => part.bytes));
  const length = content.length;
  const head =
    length < 0x80
      ? [length]
      : length < 0x100
        ? [0x81, length]
        : length < 0x10000
          ? [0x82, length >> 8, length & 0xff]
          : [0x83, length >> 16, (length >> 8) & 0xff, length & 0xff];
  if (length >= 0x1000000) throw new DerError("LENGTH", "eSealInfo too large");
  return Buffer.concat([Buffer.from([TAG.sequence, ...head]), content]);
}

/** An OBJECT IDENTIFIER, bare or as an AlgorithmIdentifier without parameters (or NULL). */
function oneOid(value: Der | undefined, what: string): string {
  const found = member(value, what);
  if (!found.is(TAG.sequence)) return found.oid(what);
  const [oid, parameters, ...more] = found.children();
  if (more.length > 0 || (parameters !== undefined && !parameters.is(TAG.null))) throw new DerError("VALUE", what);
  return member(oid, what).oid(what);
}

function shortText(value: Der, what: string): string {
  if (value.content.length > MAX_TEXT) throw new DerError("VALUE", `${what}: more than ${MAX_TEXT} octets`);
  return value.text(what);
}

const octetString = (value: Der | undefined, what: string): Uint8Array =>
  member(value, what).expect(TAG.octetString, what).content;
const latin = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");

function member(value: Der | undefined, what: string): Der {
  if (value === undefined) throw new DerError("VALUE", `${what} is missing`);
  return value;
}

function remark(remarks: Remark[], code: Remark["code"]): void {
  if (!remarks.some((known) => known.code === code)) remarks.push({ code });
}
