/** ETSI EN 319 102-1 (clause 5.1.3, table 5) main indications and the sub-indications used here. */
export type Indication = "TOTAL-PASSED" | "TOTAL-FAILED" | "INDETERMINATE";
export type SubIndication =
  | "FORMAT_FAILURE"
  | "HASH_FAILURE"
  | "SIG_CRYPTO_FAILURE"
  | "REVOKED"
  | "EXPIRED"
  | "NOT_YET_VALID"
  | "SIG_CONSTRAINTS_FAILURE"
  | "CHAIN_CONSTRAINTS_FAILURE"
  | "CERTIFICATE_CHAIN_GENERAL_FAILURE"
  | "CRYPTO_CONSTRAINTS_FAILURE"
  | "NO_CERTIFICATE_CHAIN_FOUND"
  | "NO_SIGNING_CERTIFICATE_FOUND"
  | "REVOKED_NO_POE"
  | "REVOKED_CA_NO_POE"
  | "OUT_OF_BOUNDS_NO_POE"
  | "NO_POE"
  | "TIMESTAMP_ORDER_FAILURE"
  | "TRY_LATER"
  | "SIGNED_DATA_NOT_FOUND"
  | "CUSTOM";

type Reason = { readonly sub: SubIndication; readonly zh: string; readonly en: string };

/** Proof of a defect. */
export const FAILED_REASONS = {
  NOT_SIGNED: { sub: "FORMAT_FAILURE", zh: "文件没有任何签章", en: "The document bears no signature" },
  SIGNATURE_LIST: {
    sub: "FORMAT_FAILURE",
    zh: "签章列表与实际签章不符",
    en: "The list of signatures does not fit the signatures that are there",
  },
  FOREIGN_NAMESPACE: {
    sub: "FORMAT_FAILURE",
    zh: "文件结构中混入了其他命名空间的同名元素",
    en: "Elements of a foreign namespace pose as parts of the document",
  },
  FORMAT: {
    sub: "FORMAT_FAILURE",
    zh: "签章数据格式不符合标准",
    en: "The signature data does not have the standard's structure",
  },
  KIND_MISMATCH: {
    sub: "FORMAT_FAILURE",
    zh: "签章类型与签章数据不符",
    en: "The declared kind of signature does not fit its data",
  },
  NOTHING_SIGNED: { sub: "HASH_FAILURE", zh: "签章没有保护任何内容", en: "The signature protects nothing" },
  REFERENCE_INVALID: {
    sub: "HASH_FAILURE",
    zh: "受保护文件的引用不合法",
    en: "A reference to a protected file is not acceptable",
  },
  DIGEST_ALGORITHM: {
    sub: "CRYPTO_CONSTRAINTS_FAILURE",
    zh: "使用了不允许的摘要算法",
    en: "A digest algorithm that is not accepted",
  },
  HASH_MISMATCH: { sub: "HASH_FAILURE", zh: "盖章后文件内容被改动", en: "The content was changed after sealing" },
  SIGNATURE_INVALID: { sub: "SIG_CRYPTO_FAILURE", zh: "签名值验证不通过", en: "The signature value does not verify" },
  ALGORITHM_MISMATCH: {
    sub: "CRYPTO_CONSTRAINTS_FAILURE",
    zh: "签名算法与证书密钥不一致",
    en: "Signature algorithm and certificate key disagree",
  },
  ALGORITHM_FORBIDDEN: {
    sub: "CRYPTO_CONSTRAINTS_FAILURE",
    zh: "使用了不允许的签名算法或密钥",
    en: "A signature algorithm or key that is not accepted",
  },
  SCOPE_MISMATCH: {
    sub: "HASH_FAILURE",
    zh: "签章不属于文件中的这个位置",
    en: "The signature belongs to another place in a document",
  },
  SIGNER_NOT_IN_SEAL: {
    sub: "SIG_CONSTRAINTS_FAILURE",
    zh: "签章人证书不在印章允许的名单中",
    en: "The seal does not list the signer's certificate",
  },
  SEAL_FORGED: {
    sub: "SIG_CRYPTO_FAILURE",
    zh: "印章本身是伪造的或被改动",
    en: "The seal itself is forged or was changed",
  },
  SEAL_MISMATCH: {
    sub: "FORMAT_FAILURE",
    zh: "显示的印章与签名中的印章不同",
    en: "The seal shown is not the seal in the signature",
  },
  SEAL_EXPIRED: { sub: "EXPIRED", zh: "盖章时印章已过期", en: "The seal had expired when it was used" },
  SEAL_NOT_YET_VALID: {
    sub: "NOT_YET_VALID",
    zh: "盖章时印章尚未生效",
    en: "The seal was not yet valid when it was used",
  },
  SEAL_REVOKED: { sub: "REVOKED", zh: "印章已被注销", en: "The seal was withdrawn" },
  SEAL_PLACE: {
    sub: "SIG_CONSTRAINTS_FAILURE",
    zh: "印章图形的位置不合法",
    en: "The seal's appearance is in an impossible place",
  },
  SEAL_OVERDRAWN: {
    sub: "SIG_CONSTRAINTS_FAILURE",
    zh: "印章上覆盖了盖章后加入的内容",
    en: "Content added after sealing is drawn over the seal",
  },
  CERTIFICATE_EXPIRED: { sub: "EXPIRED", zh: "签章时证书已过期", en: "The certificate had expired when it was used" },
  CERTIFICATE_NOT_YET_VALID: {
    sub: "NOT_YET_VALID",
    zh: "签章时证书尚未生效",
    en: "The certificate was not yet valid when it was used",
  },
  CHAIN_INVALID: {
    sub: "CHAIN_CONSTRAINTS_FAILURE",
    zh: "证书链不符合规则",
    en: "The certificate path breaks the rules",
  },
  CHAIN_FORGED: {
    sub: "CHAIN_CONSTRAINTS_FAILURE",
    zh: "证书不是所称机构签发的",
    en: "The certificate was not issued by whom it names",
  },
  CERTIFICATE_MALFORMED: {
    sub: "CHAIN_CONSTRAINTS_FAILURE",
    zh: "证书格式不符合标准",
    en: "The certificate is malformed",
  },
  KEY_USAGE: {
    sub: "CHAIN_CONSTRAINTS_FAILURE",
    zh: "证书不是用于签名的证书",
    en: "The certificate is not one for signing",
  },
  REVOKED: { sub: "REVOKED", zh: "签章前证书已被吊销", en: "The certificate had been revoked before it was used" },
  AUTHORITY: {
    sub: "SIG_CONSTRAINTS_FAILURE",
    zh: "盖章机构无权颁发此证照",
    en: "The sealing body is not the authority for this licence",
  },
  DECEPTIVE_NAME: {
    sub: "SIG_CONSTRAINTS_FAILURE",
    zh: "名称中含有易混淆或不可见的字符",
    en: "A name holds look-alike or invisible characters",
  },
  TIME_STAMP_INVALID: { sub: "SIG_CRYPTO_FAILURE", zh: "时间戳无效", en: "The time-stamp does not verify" },
  LICENCE_EXPIRED: { sub: "EXPIRED", zh: "证照已超过有效期", en: "The licence has passed its end date" },
  LICENCE_NOT_YET_VALID: { sub: "NOT_YET_VALID", zh: "证照尚未生效", en: "The licence is not yet valid" },
  ISSUER_NOT_ENTITLED: {
    sub: "SIG_CONSTRAINTS_FAILURE",
    zh: "颁发机构无权颁发该类证照",
    en: "The issuing authority may not issue this kind of licence",
  },
  HOLDER_MISMATCH: {
    sub: "CUSTOM",
    zh: "登记的持证主体与证照载明的不同",
    en: "The register names another holder than the licence",
  },
  LICENCE_REVOKED: {
    sub: "REVOKED",
    zh: "登记显示证照已被吊销或撤销",
    en: "The register says that the licence was revoked",
  },
  LICENCE_CANCELLED: {
    sub: "REVOKED",
    zh: "登记显示证照已注销",
    en: "The register says that the licence was cancelled",
  },
  LICENCE_SUPERSEDED: {
    sub: "REVOKED",
    zh: "登记显示证照已换发，应出示新证",
    en: "The register says that a newer licence took its place",
  },
} as const satisfies Record<string, Reason>;

/** Evidence is missing. */
export const UNSURE_REASONS = {
  NOT_EVALUATED: {
    sub: "SIGNED_DATA_NOT_FOUND",
    zh: "因前面的检查未通过而无法检查",
    en: "Could not be checked because an earlier check did not pass",
  },
  CHECK_ERROR: { sub: "CUSTOM", zh: "检查过程出错", en: "The check itself ended in an error" },
  COVERAGE_GAP: {
    sub: "SIGNED_DATA_NOT_FOUND",
    zh: "显示的部分内容没有被签章保护",
    en: "Part of what is shown is not protected by the signature",
  },
  UNREFERENCED_ENTRY: {
    sub: "SIGNED_DATA_NOT_FOUND",
    zh: "文件包内夹带了未受保护的文件",
    en: "The package carries a file that nothing protects",
  },
  ENCRYPTED: {
    sub: "SIGNED_DATA_NOT_FOUND",
    zh: "文件已加密，无法核验",
    en: "The document is encrypted and cannot be verified",
  },
  NO_TRUST: {
    sub: "NO_CERTIFICATE_CHAIN_FOUND",
    zh: "证书不在受信任的范围内",
    en: "The certificate leads to no trusted authority",
  },
  NO_CERTIFICATE: {
    sub: "NO_SIGNING_CERTIFICATE_FOUND",
    zh: "找不到签章人证书",
    en: "The signer's certificate is not there",
  },
  PATH_BUDGET: {
    sub: "CERTIFICATE_CHAIN_GENERAL_FAILURE",
    zh: "证书链过于复杂",
    en: "The certificate path is too complex",
  },
  CHAIN_EXPIRED: {
    sub: "OUT_OF_BOUNDS_NO_POE",
    zh: "签章时上级证书不在有效期内",
    en: "An issuer's certificate was outside its validity when the signature was made",
  },
  CRITICAL_EXTENSION: {
    sub: "CERTIFICATE_CHAIN_GENERAL_FAILURE",
    zh: "含有无法识别的关键扩展",
    en: "An unknown critical extension",
  },
  TRY_LATER: { sub: "TRY_LATER", zh: "没有可用的最新吊销信息", en: "No current revocation information" },
  REVOKED_NO_POE: {
    sub: "REVOKED_NO_POE",
    zh: "证书在签章后被吊销，且无可信时间证明",
    en: "Revoked later, and nothing proves that the signature came first",
  },
  ON_HOLD: { sub: "TRY_LATER", zh: "证书被暂停使用", en: "The certificate is on hold" },
  NO_POE: { sub: "NO_POE", zh: "签章时间只是自称，没有可信时间证明", en: "The signing time is claimed, not proven" },
  AUTHORITY_UNMATCHED: {
    sub: "CUSTOM",
    zh: "无法确认盖章机构就是颁发机构",
    en: "Whether the sealing body is the issuing authority cannot be told",
  },
  SEAL_SIZE: { sub: "CUSTOM", zh: "印章图形大于印章本身的尺寸", en: "The seal is shown larger than it is" },
  TIMESTAMP_ORDER: { sub: "TIMESTAMP_ORDER_FAILURE", zh: "时间先后不合理", en: "The times contradict each other" },
  TIME_STAMP_UNTRUSTED: { sub: "NO_POE", zh: "时间戳机构不受信任", en: "The time-stamp authority is not trusted" },
  SEAL_DUPLICATE: {
    sub: "CUSTOM",
    zh: "同一印章编号对应不同的印章",
    en: "One seal number stands for two different seals",
  },
  DATE_UNREADABLE: { sub: "CUSTOM", zh: "证照日期无法识别", en: "A date of the licence cannot be read" },
  BUDGET: { sub: "CUSTOM", zh: "核验超出时间或内存限制", en: "Verification went over its time or memory budget" },
  REGISTER_NOT_ASKED: { sub: "CUSTOM", zh: "未能向登记机关查询", en: "The register could not be asked" },
  REGISTER_UNANSWERED: { sub: "TRY_LATER", zh: "登记机关没有答复", en: "The register did not answer" },
  REGISTER_STALE: {
    sub: "TRY_LATER",
    zh: "登记数据过旧，或其时间不合理",
    en: "The register's data are too old, or their time cannot be right",
  },
  ENTITLEMENT_UNKNOWN: {
    sub: "CUSTOM",
    zh: "无法确认颁发机构有权颁发该类证照",
    en: "Whether the issuing authority may issue this kind of licence cannot be told",
  },
  LICENCE_NOT_FOUND: { sub: "CUSTOM", zh: "登记中查无此证照", en: "The register does not know this licence" },
  HOLDER_NOT_COMPARED: {
    sub: "CUSTOM",
    zh: "登记中没有可核对的持证主体信息",
    en: "The register holds nothing to match the holder with",
  },
  LICENCE_SUSPENDED: { sub: "TRY_LATER", zh: "登记显示证照已被暂停使用", en: "The register says that it is suspended" },
  STATE_UNKNOWN: {
    sub: "CUSTOM",
    zh: "登记没有说明证照的现状",
    en: "The register does not say what state the licence is in",
  },
} as const satisfies Record<string, Reason>;

export type FailedCode = keyof typeof FAILED_REASONS;
export type UnsureCode = keyof typeof UNSURE_REASONS;
export type ReasonCode = FailedCode | UnsureCode;

/** Things worth saying that do not change an outcome. A leniency is a dated, named deviation of real files that was accepted. */
export const REMARKS = {
  TIME_CLAIMED: { zh: "签章时间为自称时间，未经时间戳证明", en: "The signing time is claimed, not proven" },
  CERTIFICATE_ENDED_SINCE: { zh: "证书在签章后已到期", en: "The certificate has ended since" },
  SEAL_ENDED_SINCE: { zh: "印章在签章后已到期", en: "The seal has ended since" },
  REVOKED_SINCE: { zh: "证书在签章后被吊销", en: "The certificate was revoked after the claimed signing time" },
  CA_STATUS_UNKNOWN: { zh: "没有上级证书的吊销信息", en: "No revocation information for an intermediate certificate" },
  STATUS_AFTER_END: {
    zh: "只有证书到期之后的吊销列表，其中可能不再列出该证书",
    en: "Only revocation lists from after the certificate's end, which may no longer name it",
  },
  NO_LICENCE_METADATA: {
    zh: "文件没有证照元数据，未核对颁发机构",
    en: "The document carries no licence metadata, so no issuing authority was matched",
  },
  UNREFERENCED_ENTRY: {
    zh: "文件包内有未被引用且未受保护的文件",
    en: "An entry that nothing references and no signature covers",
  },
  WRONG_CHECK_CHARACTER: { zh: "证照标识的校验位错误", en: "The licence identifier has a wrong check character" },
  WRONG_CHECK_DIGIT: { zh: "代码的校验位错误", en: "A code has a wrong check digit" },
  IDENTIFIER_FORM: { zh: "证照标识的格式不规范", en: "The licence identifier has an unusual form" },
  METADATA_NOT_COVERED: {
    zh: "证照元数据未被签章保护，不作为已证明内容",
    en: "The licence metadata is not covered by a valid signature and so not proven",
  },
  REGISTER_AS_OF: { zh: "登记答复所依据数据的时间", en: "The time of the data on which the register's answer rests" },
  REGISTER_NOT_ASKED: { zh: "未向登记机关查询", en: "The register was not asked" },
  HOLDER_PARTLY_COMPARED: {
    zh: "持证主体只核对了一项",
    en: "Only one of the holder's name and code was matched",
  },
  LENIENT_RAW_SIGNATURE: {
    zh: "签名值为 64 字节裸格式 (宽容项, 2026-11)",
    en: "Signature value as 64 raw bytes (leniency of 2026-11)",
  },
  LENIENT_BOOLEAN_DEFAULT: {
    zh: "扩展中写出了默认值 FALSE (宽容项, 2026-11)",
    en: "A default FALSE was written out (leniency of 2026-11)",
  },
  LENIENT_LOCAL_TIME: {
    zh: "时间相差 8 小时，按本地时间理解 (宽容项, 2026-11)",
    en: "A time off by eight hours, read as local time (leniency of 2026-11)",
  },
  LENIENT_OCTET_STRING: {
    zh: "以 OCTET STRING 代替 BIT STRING (宽容项, 2026-11)",
    en: "OCTET STRING in place of BIT STRING (leniency of 2026-11)",
  },
  LENIENT_TIME_TYPE: {
    zh: "时间类型与版本不符 (宽容项, 2026-11)",
    en: "A time type of another version (leniency of 2026-11)",
  },
  LENIENT_WRAPPED_SEAL: {
    zh: "印章外多包了一层 OCTET STRING (宽容项, 2026-11)",
    en: "The seal is wrapped in an OCTET STRING (leniency of 2026-11)",
  },
  LENIENT_GBK_NAME: { zh: "条目名称为 GBK 编码 (宽容项, 2026-11)", en: "An entry name in GBK (leniency of 2026-11)" },
  LENIENT_RELATIVE_REFERENCE: {
    zh: "受保护文件的引用为相对路径 (宽容项, 2026-11)",
    en: "A reference to a protected file is a relative path (leniency of 2026-11)",
  },
} as const satisfies Record<string, { zh: string; en: string }>;

export type RemarkCode = keyof typeof REMARKS;
export type Remark = { readonly code: RemarkCode; readonly detail?: string };

/** What one check found. `detail` is fit for the caller: it names places, numbers and codes, never personal data. */
export type Passed = { readonly outcome: "passed"; readonly remarks?: readonly Remark[] };
export type Failed = { readonly outcome: "failed"; readonly code: FailedCode; readonly detail: string };
export type Unsure = { readonly outcome: "unsure"; readonly code: UnsureCode; readonly detail: string };
export type Check = Passed | Failed | Unsure;

export const passed = (...remarks: readonly Remark[]): Passed =>
  remarks.length === 0 ? { outcome: "passed" } : { outcome: "passed", remarks };
export const failed = (code: FailedCode, detail: string): Failed => ({ outcome: "failed", code, detail });
export const unsure = (code: UnsureCode, detail: string): Unsure => ({ outcome: "unsure", code, detail });
