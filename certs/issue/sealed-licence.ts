import { licenceIdentifierCheck } from "../licence/identifier.ts";
import type { SesVersion } from "../seals/ses.ts";
import { type Entries, type OfdContent, writeOfd } from "./ofd.ts";
import { type Authority, type AuthorityName, DAY, type DemoPki } from "./pki.ts";
import { type SealingRequest, sealDocument } from "./seal.ts";
import { zipOf } from "./zip.ts";

export type LicenceKind = "real-estate" | "mining" | "survey";
export type Metadata = Readonly<Record<string, string>>;
type Holder = { readonly name: string; readonly code: string; readonly codeType: "111" | "001" };
type KindFacts = {
  readonly name: string;
  readonly typeCode: string;
  readonly years: number;
  readonly holder: Holder;
  readonly number: (authority: Authority, year: string, serial: string) => string;
  readonly fields: (authority: Authority, serial: string) => Metadata;
};

/** The holders' numbers are the worked samples of GB 11643; the type codes 101 and 102 are invented. */
const KINDS: { readonly [Kind in LicenceKind]: KindFacts } = {
  "real-estate": {
    name: "不动产权证书",
    typeCode: "11100000MB03271699001",
    years: 70,
    holder: { name: "张三", code: "11010519491231002X", codeType: "111" },
    number: (_, year, serial) => `皖（${year}）示例市不动产权第${serial.slice(-7)}号`,
    fields: ({ region }, serial) => ({
      KZ_ZL: `示例市示例路${Number(serial)}号`,
      KZ_BDCDYH: `${region}001001GB00001F${serial.slice(-8)}`,
      KZ_MJ: "89.50",
    }),
  },
  mining: {
    name: "采矿许可证",
    typeCode: "11100000MB03271699101",
    years: 10,
    holder: { name: "示例矿业有限公司", code: "11440300MA0E00093G", codeType: "001" },
    number: ({ region }, year, serial) => `C${region}${year}017100${serial.slice(-6)}`,
    fields: () => ({ KZ_KSMC: "示例石灰岩矿", KZ_KZ: "石灰岩" }),
  },
  survey: {
    name: "测绘作业证",
    typeCode: "11100000MB03271699102",
    years: 5,
    holder: { name: "李四", code: "440524188001010014", codeType: "111" },
    number: ({ region }, _, serial) => region + serial.slice(-7),
    fields: () => ({ KZ_DWMC: "示例测绘院" }),
  },
};
const KIND_OF: { readonly [Name in AuthorityName]: LicenceKind } = {
  anhui: "real-estate",
  guangdong: "mining",
  shache: "survey",
};
const CODE_TYPES = { "111": "公民身份号码", "001": "统一社会信用代码" } as const;
const LABELS: Metadata = {
  ZZBH: "证照编号",
  ZZBS: "证照标识",
  CZZT: "持证主体",
  ZZBFJG: "颁发机构",
  ZZBFRQ: "颁发日期",
  ZZYXQJZRQ: "有效期至",
  KZ_ZL: "坐落",
  KZ_BDCDYH: "不动产单元号",
  KZ_MJ: "面积（平方米）",
  KZ_KSMC: "矿山名称",
  KZ_KZ: "开采矿种",
  KZ_DWMC: "单位名称",
};

const CHINA = 8 * 3_600_000;
const dayOf = (time: number): string => new Date(time + CHINA).toISOString().slice(0, 10);

/**
 * What a licence says. `kind` is the authority's usual one; `serial` makes it distinct. In force from `validFrom`, a
 * hundred days before the PKI's `now` unless given, in milliseconds since 1970. `metadata` overrides single values.
 */
export type LicenceRequest = {
  readonly pki: DemoPki;
  readonly authority?: AuthorityName;
  readonly kind?: LicenceKind;
  readonly serial?: number;
  readonly holder?: Holder;
  readonly validFrom?: number;
  readonly validTo?: number;
  readonly metadata?: Metadata;
  /** Lines of text of pages after the first. */
  readonly morePages?: readonly (readonly string[])[];
};

/** Metadata of GB/T 36903 with an identifier of GB/T 36904 whose check character is right. */
export function licenceMetadata(request: LicenceRequest): Metadata {
  const { pki, authority = "anhui", kind = KIND_OF[authority], serial = 1 } = request;
  const facts = KINDS[kind];
  const issuer = pki.authorities[authority];
  const { holder = facts.holder, validFrom = pki.now - 100 * DAY } = request;
  const from = dayOf(validFrom);
  const number = String(serial).padStart(10, "0");
  return {
    ZZMC: facts.name,
    ZZLXDM: facts.typeCode,
    ZZBH: facts.number(issuer, from.slice(0, 4), number),
    ZZBS: licenceIdentifier(facts.typeCode, issuer.code, issuer.region + from.slice(0, 4) + number, "001"),
    ZZBFJG: issuer.name,
    ZZBFJGDM: issuer.code,
    ZZBFRQ: from,
    CZZT: holder.name,
    CZZTDM: holder.code,
    CZZTDMLX: CODE_TYPES[holder.codeType],
    CZZTDMLXDM: holder.codeType,
    ZZYXQQSRQ: from,
    ZZYXQJZRQ: dayOf(request.validTo ?? validFrom + facts.years * 365 * DAY),
    ...facts.fields(issuer, number),
    ...request.metadata,
  };
}

function licenceIdentifier(typeCode: string, issuerCode: string, serial: string, version: string): string {
  const check = licenceIdentifierCheck(typeCode + issuerCode + serial + version);
  return ["1.2.156.3005.2", typeCode, issuerCode, serial, version, check].join(".");
}

/** The document that shows the metadata, not yet sealed. `content` overrides or adds to it. */
export function licenceDocument(request: LicenceRequest, content: Partial<OfdContent> = {}): Entries {
  const metadata = licenceMetadata(request);
  const title = metadata["ZZMC"] ?? "";
  const lines = Object.entries(metadata).flatMap(([name, value]) =>
    LABELS[name] === undefined ? [] : [`${LABELS[name]}：${value}`],
  );
  return writeOfd({
    title,
    metadata,
    pages: [[title, ...lines], ...(request.morePages ?? [])],
    createdOn: metadata["ZZBFRQ"] ?? "",
    documentId: String(request.serial ?? 1).padStart(32, "0"),
    ...content,
  });
}

/** `version` V4 unless given; `sealing` overrides what sealDocument is asked; signed 99 days before the PKI's `now`. */
export type SealedLicenceRequest = LicenceRequest & {
  readonly version?: SesVersion;
  readonly content?: Partial<OfdContent>;
  readonly sealing?: Partial<SealingRequest>;
};

export function sealedEntries(request: SealedLicenceRequest): Entries {
  const { pki, version = "V4" } = request;
  const authority = pki.authorities[request.authority ?? "anhui"];
  return sealDocument(licenceDocument(request, request.content), {
    seal: authority.seals[version],
    signer: authority.signer,
    signedAt: pki.now - 99 * DAY,
    ...request.sealing,
  });
}

/** A whole OFD file with the authority's own seal: `sealedLicence({ pki, serial: 7 })` is one that verifies. */
export const sealedLicence = (request: SealedLicenceRequest): Uint8Array => zipOf(sealedEntries(request));
