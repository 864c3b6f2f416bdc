import type { Check } from "../reasons.ts";

/** Which of the four answers a check serves. */
export type Serves = "integrity" | "authority" | "status" | "binding";
type Entry = { readonly serves: Serves; readonly zh: string; readonly en: string };

/**
 * Every check of a seal signature (Type=Seal), in the order in which a reason is looked for: the first that failed is
 * the reason given. Steps of GB/T 38540-2020 7.3 and GM/T 0031-2025, each its own check (standards: verification steps).
 */
export const SEAL_CHECKS = {
  format: { serves: "integrity", zh: "签章数据结构", en: "structure of the signature" },
  kind: { serves: "integrity", zh: "签章类型", en: "declared kind" },
  references: { serves: "integrity", zh: "受保护文件清单", en: "list of protected files" },
  "digest-method": { serves: "integrity", zh: "摘要算法", en: "digest algorithm" },
  "reference-digests": { serves: "integrity", zh: "受保护文件摘要", en: "digests of protected files" },
  "document-digest": { serves: "integrity", zh: "原文摘要", en: "digest of the signed list" },
  algorithms: { serves: "authority", zh: "算法一致性", en: "agreement of algorithms" },
  "signature-value": { serves: "integrity", zh: "签名值", en: "signature value" },
  scope: { serves: "integrity", zh: "签章位置属性", en: "place that was signed" },
  "seal-format": { serves: "authority", zh: "印章数据结构", en: "structure of the seal" },
  "seal-value": { serves: "authority", zh: "制章人签名", en: "seal maker's signature" },
  "seal-copy": { serves: "integrity", zh: "印章副本一致性", en: "copies of the seal" },
  "signer-in-seal": { serves: "authority", zh: "签章人在印章名单内", en: "signer listed in the seal" },
  "signer-key-usage": { serves: "authority", zh: "签章证书用途", en: "signer's key usage" },
  "signer-certificate": { serves: "authority", zh: "签章证书链", en: "signer's certificate path" },
  "signer-revocation": { serves: "authority", zh: "签章证书吊销状态", en: "signer's revocation status" },
  "seal-made": { serves: "authority", zh: "制章时间", en: "time at which the seal was made" },
  "seal-maker": { serves: "authority", zh: "制章证书链", en: "seal maker's certificate path" },
  "seal-maker-revocation": { serves: "authority", zh: "制章证书吊销状态", en: "seal maker's revocation status" },
  "seal-validity": { serves: "authority", zh: "印章有效期", en: "validity of the seal" },
  "seal-status": { serves: "authority", zh: "印章状态", en: "status of the seal" },
  "seal-extensions": { serves: "authority", zh: "印章扩展", en: "extensions of the seal" },
  "seal-time-stamp": { serves: "authority", zh: "印章时间戳", en: "time-stamp on the seal" },
  "seal-place": { serves: "integrity", zh: "印章图形位置", en: "place of the seal's appearance" },
  "signing-time": { serves: "authority", zh: "签章时间", en: "signing time" },
  "signature-time-stamp": { serves: "authority", zh: "签章时间戳", en: "time-stamp on the signature" },
  names: { serves: "authority", zh: "名称中的可疑字符", en: "deceptive characters in names" },
  coverage: { serves: "integrity", zh: "保护范围", en: "coverage" },
} as const satisfies Record<string, Entry>;

export type SealCheckName = keyof typeof SEAL_CHECKS;

const SEAL_ONLY = [
  "scope",
  "seal-format",
  "seal-value",
  "seal-copy",
  "signer-in-seal",
  "seal-made",
  "seal-maker",
  "seal-maker-revocation",
  "seal-validity",
  "seal-status",
  "seal-extensions",
  "seal-time-stamp",
  "seal-place",
] as const satisfies readonly SealCheckName[];
type SealOnly = (typeof SEAL_ONLY)[number];

/** The checks of a signature without a seal (Type=Sign, GB/T 35275): those that speak of no seal. */
export type SignCheckName = Exclude<SealCheckName, SealOnly>;

/** Checks of the document as a whole. */
export const DOCUMENT_CHECKS = {
  signed: { serves: "integrity", zh: "文件有签章", en: "the document is signed" },
  encryption: { serves: "integrity", zh: "文件未加密", en: "the document is not encrypted" },
  namespaces: { serves: "integrity", zh: "命名空间", en: "namespaces" },
  "signature-list": { serves: "integrity", zh: "签章列表", en: "list of signatures" },
  entries: { serves: "integrity", zh: "夹带文件", en: "stray entries" },
  "issuing-authority": { serves: "authority", zh: "颁发机构与盖章机构", en: "issuing authority and sealing body" },
  "licence-validity": { serves: "status", zh: "证照有效期", en: "validity of the licence" },
} as const satisfies Record<string, Entry>;
export type DocumentCheckName = keyof typeof DOCUMENT_CHECKS;

/** What the issuing region's register says; only where the caller named one (hostile-cases 57, 90, 91). */
export const REGISTER_CHECKS = {
  "register-authority": { serves: "authority", zh: "颁发机构的权限", en: "entitlement of the issuing authority" },
  "register-holder": { serves: "binding", zh: "持证主体与登记", en: "holder against the register" },
  "register-state": { serves: "status", zh: "登记的现状", en: "present state in the register" },
} as const satisfies Record<string, Entry>;
export type RegisterCheckName = keyof typeof REGISTER_CHECKS;

/** Closed sets: a check that nobody ran cannot be written down, so it cannot look like one that passed. */
export type SealChecks = { readonly [Name in SealCheckName]: Check };
export type SignChecks = { readonly [Name in SignCheckName]: Check };
export type DocumentChecks = { readonly [Name in DocumentCheckName]: Check };
export type RegisterChecks = { readonly [Name in RegisterCheckName]: Check };

export type SignatureChecks =
  | { readonly kind: "seal"; readonly checks: SealChecks }
  | { readonly kind: "signature"; readonly checks: SignChecks };

export const SEAL_CHECK_NAMES = Object.keys(SEAL_CHECKS) as readonly SealCheckName[];
export const SIGN_CHECK_NAMES = SEAL_CHECK_NAMES.filter(
  (name): name is SignCheckName => !(SEAL_ONLY as readonly string[]).includes(name),
);
export const DOCUMENT_CHECK_NAMES = Object.keys(DOCUMENT_CHECKS) as readonly DocumentCheckName[];
export const REGISTER_CHECK_NAMES = Object.keys(REGISTER_CHECKS) as readonly RegisterCheckName[];

const SERVES: Readonly<Record<string, Entry>> = { ...SEAL_CHECKS, ...DOCUMENT_CHECKS, ...REGISTER_CHECKS };

/** By a check's name in a report. Null for one that is in no list: it stands for the verification as a whole and serves every answer. */
export const servesOf = (name: string): Serves | null =>
  (Object.hasOwn(SERVES, name) ? SERVES[name]?.serves : null) ?? null;
