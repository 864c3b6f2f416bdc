import { readDer } from "../bytes/der.ts";
import {
  bits,
  boolean,
  explicit,
  generalizedTime,
  ia5,
  integer,
  octets,
  oid,
  printable,
  sequence,
  utcTime,
  utf8,
} from "./der.ts";
import { type Deviation, signatureValue } from "./deviations.ts";
import type { Issued } from "./certificate.ts";
import type { SesVersion } from "../seals/ses.ts";
import type { Entries } from "./ofd.ts";
import { roundSealPicture } from "./picture.ts";
import {
  type DateTimeForm,
  type SignatureOptions,
  type Stamp,
  addSignature,
  sm3,
  writeDateTime,
} from "./signature-entry.ts";

/** What stands in header and TBS. */
const VERSION_NUMBERS: { readonly [Version in SesVersion]: number } = { V1: 1, V4: 4, V5: 5 };
/** A time-stamp token for a signature value. */
export type TimeStamper = (signatureValue: Uint8Array) => Uint8Array;
export type SealExtension = { readonly oid: string; readonly critical?: boolean; readonly value: Uint8Array };
/** `type` as written in the seal (PNG, GIF, ofd); width and height in millimetres. */
export type SealPicture = {
  readonly type: string;
  readonly bytes: Uint8Array;
  readonly width: number;
  readonly height: number;
};
/** The signers that a seal names: certificates (certListType 1) or their digests with the algorithm's name (2). */
export type SignerList =
  | { readonly certificates: readonly Uint8Array[] }
  | { readonly digests: readonly { readonly type: string; readonly value: Uint8Array }[] };

/** Times in milliseconds since 1970; `createdAt` is `validFrom` unless given. `type`: 1 organisation, 2 person. */
export type SealRequest = {
  readonly version: SesVersion;
  readonly id: string;
  readonly name: string;
  readonly maker: Issued;
  readonly signers: SignerList;
  readonly validFrom: number;
  readonly validTo: number;
  readonly createdAt?: number;
  readonly type?: number;
  readonly picture?: SealPicture;
  readonly extensions?: readonly SealExtension[];
  readonly vendor?: string;
  /** V5 only. */
  readonly timeStamp?: TimeStamper;
  readonly headerVersion?: number;
  /** The algorithm named beside the signature, when it shall not be the key's. */
  readonly signatureOid?: string;
  /** Changes eSealInfo before it is signed. */
  readonly beforeSigning?: (sealInfo: Uint8Array) => Uint8Array;
  readonly deviations?: readonly Deviation[];
};

const DEFAULT_PICTURE: SealPicture = { type: "PNG", bytes: roundSealPicture(), width: 40, height: 40 };

/** Signers listed by the SM3 digest of their certificates. */
export const digestsOf = (...certificates: readonly Uint8Array[]): SignerList => ({
  digests: certificates.map((certificate) => ({ type: "SM3", value: sm3(certificate) })),
});

/** An electronic seal, SESeal. Signed are: V1 SEQUENCE { eSealInfo, cert, algorithm }, V4 and V5 eSealInfo alone. */
export function makeSeal(request: SealRequest): Uint8Array {
  const { version, maker, deviations = [], beforeSigning = (bytes) => bytes } = request;
  const plain = beforeSigning(sealInfo(request));
  const certificate = octets(maker.certificate);
  const algorithm = oid(request.signatureOid ?? maker.key.signatureOid);
  const message = version === "V1" ? sequence(plain, certificate, algorithm) : plain;
  const value = signatureValue(maker.key.sign(message), deviations);
  if (version === "V1") return sequence(plain, sequence(certificate, algorithm, bits(value)));
  return sequence(plain, certificate, algorithm, bits(value), ...stamped(request.timeStamp, value));
}

function sealInfo(request: SealRequest): Uint8Array {
  const { headerVersion = VERSION_NUMBERS[request.version], vendor = "TONGYAN", picture = DEFAULT_PICTURE } = request;
  return sequence(
    sequence(ia5("ES"), integer(headerVersion), ia5(vendor)),
    ia5(request.id),
    property(request),
    sequence(ia5(picture.type), octets(picture.bytes), integer(picture.width), integer(picture.height)),
    ...extensionList(request),
  );
}

function property(request: SealRequest): Uint8Array {
  const { version, signers, deviations = [] } = request;
  const newer = (version === "V1") === deviations.includes("time-type");
  const times = [request.createdAt ?? request.validFrom, request.validFrom, request.validTo];
  return sequence(
    integer(request.type ?? 1),
    utf8(request.name),
    ...(version === "V1" ? [] : [integer("digests" in signers ? 2 : 1)]),
    signerList(signers),
    ...times.map(newer ? generalizedTime : utcTime),
  );
}

const signerList = (signers: SignerList): Uint8Array =>
  "digests" in signers
    ? sequence(...signers.digests.map(({ type, value }) => sequence(printable(type), octets(value))))
    : sequence(...signers.certificates.map(octets));

type Extended = Pick<SealRequest, "extensions" | "deviations">;

function extensionList({ extensions, deviations = [] }: Extended): readonly Uint8Array[] {
  if (extensions === undefined) return [];
  const writeOut = deviations.includes("explicit-false");
  const items = extensions.map(({ oid: id, critical = false, value }) =>
    sequence(oid(id), ...(critical || writeOut ? [boolean(critical)] : []), octets(value)),
  );
  return [sequence(...items)];
}

const stamped = (timeStamp: TimeStamper | undefined, value: Uint8Array): readonly Uint8Array[] =>
  timeStamp === undefined ? [] : [explicit(0, bits(timeStamp(value)))];

/** `version` is read from the seal when absent. */
export type SealingRequest = SignatureOptions & {
  readonly seal: Uint8Array;
  readonly signer: Issued;
  readonly version?: SesVersion;
  readonly stamp?: Stamp;
  /** What Seal.esl holds, when not the seal; null leaves the file out. */
  readonly sealFile?: Uint8Array | null;
  /** The protected scope, when it shall not be the path of Signature.xml. */
  readonly propertyInfo?: string;
  /** Of V1's timeInfo: text, or a token over dataHash; later versions have GeneralizedTime. */
  readonly timeInfo?: DateTimeForm | TimeStamper;
  readonly timeStamp?: TimeStamper;
  /** V4 and V5. */
  readonly extensions?: readonly SealExtension[];
  readonly tbsVersion?: number;
  readonly signatureOid?: string;
  /** Changes TBS_Sign before it is signed. */
  readonly beforeSigning?: (toSign: Uint8Array) => Uint8Array;
  readonly deviations?: readonly Deviation[];
};

/** Adds a seal signature (Type Seal) to a package. The TLV of TBS_Sign is signed. */
export function sealDocument(entries: Entries, request: SealingRequest): Entries {
  const { seal, sealFile = seal, stamp = { page: 0, box: [120, 100, 40, 40] } } = request;
  const appearance = { stamp, file: sealFile };
  return addSignature(entries, "Seal", request, appearance, (xml, path) => sesSignature(request, xml, path));
}

function sesSignature(request: SealingRequest, xml: Uint8Array, path: string): Uint8Array {
  const { signer, version = versionOf(request.seal), deviations = [], beforeSigning = (bytes) => bytes } = request;
  const certificate = octets(signer.certificate);
  const algorithm = oid(request.signatureOid ?? signer.key.signatureOid);
  const scope = request.propertyInfo ?? path;
  if (version === "V1") {
    const toSign = beforeSigning(sequence(...toSignV1(request, sm3(xml)), ia5(scope), certificate, algorithm));
    return sequence(toSign, bits(signatureValue(signer.key.sign(toSign), deviations)));
  }
  const toSign = beforeSigning(
    sequence(
      integer(request.tbsVersion ?? VERSION_NUMBERS[version]),
      request.seal,
      generalizedTime(request.signedAt),
      bits(sm3(xml)),
      ia5(scope),
      ...extensionList(request).map((list) => explicit(0, list)),
    ),
  );
  const value = signatureValue(signer.key.sign(toSign), deviations);
  return sequence(toSign, certificate, algorithm, bits(value), ...stamped(request.timeStamp, value));
}

function toSignV1(request: SealingRequest, digest: Uint8Array): readonly Uint8Array[] {
  const { seal, deviations = [], timeInfo = "spaced" } = request;
  const time =
    typeof timeInfo === "function" ? timeInfo(digest) : Buffer.from(writeDateTime(request.signedAt, timeInfo));
  const bytes = deviations.includes("octet-string") ? octets : bits;
  return [
    integer(request.tbsVersion ?? 1),
    deviations.includes("wrapped-seal") ? octets(seal) : seal,
    bytes(time),
    bytes(digest),
  ];
}

function versionOf(seal: Uint8Array): SesVersion {
  const parts = readDer(seal).sequence("SESeal");
  if (parts.length === 2) return "V1";
  const header = parts[0]?.sequence("eSealInfo")[0]?.sequence("header");
  return header?.[1]?.number("version") === 5 ? "V5" : "V4";
}
