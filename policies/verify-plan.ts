import type { Exception, MaskMethod, Plan, Treatment } from "./decision.ts";

/** Kinds of holders that are organisations (GB/T 36903 annex A); every other kind, and an unknown one, may be a person. */
const UNLESS_ORGANISATION: Exception = { path: "licence.holder.codeType", oneOf: ["001", "099"] };

const BLOT: Treatment = { kind: "blot" };
const always = (method: MaskMethod): Treatment => ({ kind: "mask", method });
const ofPersons = (method: MaskMethod): Treatment => ({ kind: "mask", method, unless: UNLESS_ORGANISATION });

/** Licence-specific fields whose pinyin names say who somebody is, by how they are masked. */
const PERSON_FIELDS = {
  // 权利人 义务人 持证人 所有权人 使用权人 共有人 抵押权人 抵押人 申请人
  holderNames: "QLR YWR CZR SYQR SHYQR GYR DYQR DYR SQR",
  // 姓名 法定代表人 负责人 经办人 代理人 联系人 配偶
  personNames: "XM FDDBR FR FZR JBR DLR LXR PO POXM",
  // 证件号(码) 身份证号(码) 公民身份号码 权利人/义务人/法定代表人证件号
  numbers: "ZJH ZJHM SFZH SFZHM SFZJH SFZJHM GMSFHM QLRZJH QLRZJHM YWRZJH YWRZJHM FDDBRZJH FDDBRZJHM POZJH",
  // 联系电话 电话 手机(号码) 联系方式
  phones: "LXDH DH SJ SJH SJHM LXFS QLRDH",
  // 住址 家庭住址 通讯地址 联系地址
  addresses: "ZZ ZHUZHI JTZZ TXDZ LXDZ QLRDZ",
  // 银行卡号 银行账号
  accounts: "YHKH YHZH YHZHHM",
} as const;

const fields = (names: string, treatment: Treatment): Plan =>
  Object.fromEntries(names.split(" ").map((name) => [`licence.fields.KZ_${name}`, treatment]));

/**
 * What the answer of a verification says of persons: enough to compare with the document in hand, no more. The document's own
 * texts are blotted wherever they may repeat a masked value; verdicts, codes and digests are no document text and stay.
 */
export const VERIFY_PLAN: Plan = {
  "licence.holder.name": ofPersons("name"),
  "licence.holder.code": ofPersons("resident-number"),
  "licence.holder.codeType": BLOT,
  "licence.identifier": BLOT,
  "licence.typeCode": BLOT,
  "licence.typeName": BLOT,
  "licence.number": BLOT,
  "licence.issuer.*": BLOT,
  "licence.issuedOn": BLOT,
  "licence.validFrom": BLOT,
  "licence.validTo": BLOT,
  "licence.fields": BLOT,
  "licence.fields.*": BLOT,
  ...fields(PERSON_FIELDS.holderNames, ofPersons("name")),
  ...fields(PERSON_FIELDS.personNames, always("name")),
  ...fields(PERSON_FIELDS.numbers, ofPersons("resident-number")),
  ...fields(PERSON_FIELDS.phones, always("phone")),
  ...fields(PERSON_FIELDS.addresses, always("address")),
  ...fields(PERSON_FIELDS.accounts, always("bank-card")),
  // 制作者 of an annotated copy, 签章人
  "licence.fields.JZJZZZ": always("name"),
  "licence.fields.ZZQZR": BLOT,
  "signatures.*.id": BLOT,
  "signatures.*.signer.subject": BLOT,
  "signatures.*.signer.organisation": BLOT,
  "signatures.*.signer.issuer": BLOT,
  "signatures.*.seal.id": BLOT,
  "signatures.*.seal.name": BLOT,
  "signatures.*.seal.maker.subject": BLOT,
  "signatures.*.seal.maker.organisation": BLOT,
  "signatures.*.seal.maker.issuer": BLOT,
  "signatures.*.coverage.uncovered.*.*": BLOT,
  "signatures.*.checks.*.detail": BLOT,
  "checks.*.detail": BLOT,
  "remarks.*.detail": BLOT,
  // The source's own name for its answer could be made of the person's number.
  "register.reference": BLOT,
};
