/** Codes of refused input (HTTP 422): what no reader will parse. Each says what was wrong; none carries bytes of the input. */
export const REFUSALS = {
  NOT_OFD: { zh: "这不是 OFD 文件", en: "This is not an OFD file" },
  TOO_LARGE: { zh: "文件超过允许的大小", en: "The file is larger than allowed" },
  ZIP_MALFORMED: { zh: "文件包结构损坏或被截断", en: "The package is damaged or cut short" },
  ZIP_DUPLICATE: { zh: "文件包内有重名条目", en: "The package holds two entries of one name" },
  ZIP_NAME: { zh: "文件包内有不允许的条目名称", en: "The package holds an entry with a forbidden name" },
  ZIP_MISMATCH: { zh: "文件包的本地头与目录不一致", en: "Local headers and directory of the package disagree" },
  ZIP_CRC: { zh: "文件包条目校验和错误", en: "The checksum of a package entry is wrong" },
  ZIP_OVERLAP: { zh: "文件包条目相互重叠", en: "Entries of the package overlap" },
  ZIP_BOMB: { zh: "文件包展开后过大", en: "The package grows too large when unpacked" },
  ZIP_TOO_MANY: { zh: "文件包条目过多", en: "The package has too many entries" },
  ZIP_EXTRA_BYTES: { zh: "文件包前后或条目之间夹有多余字节", en: "The package has bytes that belong to no entry" },
  ZIP_UNSUPPORTED: {
    zh: "文件包使用了加密或不支持的压缩方式",
    en: "The package uses encryption or an unsupported method",
  },
  ZIP_LINK: { zh: "文件包内有符号链接等特殊条目", en: "The package holds a link or another special entry" },
  XML_HOSTILE: {
    zh: "XML 含有 DOCTYPE、实体等不允许的内容",
    en: "XML with DOCTYPE, entities or other forbidden content",
  },
  XML_MALFORMED: { zh: "XML 格式错误", en: "XML that is not well-formed" },
  XML_LIMIT: { zh: "XML 嵌套过深或过大", en: "XML that is too deep or too large" },
  DER_HOSTILE: { zh: "签名数据使用不允许的 ASN.1 编码", en: "Signature data in a forbidden ASN.1 encoding" },
  OFD_STRUCTURE: { zh: "OFD 文件结构不完整", en: "The structure of the OFD file is incomplete" },
  OFD_LIMIT: { zh: "OFD 文件内签名或页面过多", en: "The OFD file has too many signatures or pages" },
} as const satisfies Record<string, { zh: string; en: string }>;

export type RefusalCode = keyof typeof REFUSALS;

/** Thrown by readers for input that cannot be parsed. `detail` is fit for the caller: it names places, never content. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly code: RefusalCode;
  readonly detail: string;

  constructor(code: RefusalCode, detail: string) {
    super(`${code}: ${detail}`);
    this.code = code;
    this.detail = detail;
  }
}
