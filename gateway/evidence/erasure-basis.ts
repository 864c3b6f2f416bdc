import { Fault } from "#gateway/fault.ts";

type Row = {
  readonly zh: string;
  readonly en: string;
  /** The law that it rests on. PIPL: 个人信息保护法. */
  readonly law: string;
  /** Whether it holds before the term ends for which records have to be kept (条例 art. 29, PIPL art. 56; see PIPL art. 47 (2)). */
  readonly holds: "at-once" | "after-term";
};

/** Every reason there is for erasing what was recorded, besides the end of its term. */
export const ERASURE_BASES = {
  "court-order": {
    zh: "人民法院生效法律文书",
    en: "a court's final decision",
    law: "民事诉讼法、行政诉讼法",
    holds: "at-once",
  },
  "authority-order": {
    zh: "履行个人信息保护职责的部门责令",
    en: "an order of the authority for personal information",
    law: "个人信息保护法第六十四条、第六十六条",
    holds: "at-once",
  },
  "unlawful-processing": {
    zh: "违反法律、行政法规处理个人信息",
    en: "personal information was processed against the law",
    law: "个人信息保护法第四十七条第一款第四项",
    holds: "at-once",
  },
  "recorded-in-error": {
    zh: "记录有误，误记他人信息",
    en: "recorded in error, about somebody else",
    law: "个人信息保护法第八条、第四十六条",
    holds: "at-once",
  },
  "consent-withdrawn": {
    zh: "个人撤回同意",
    en: "consent was withdrawn",
    law: "个人信息保护法第四十七条第一款第三项",
    holds: "after-term",
  },
  "purpose-achieved": {
    zh: "处理目的已实现或者不再必要",
    en: "its purpose was achieved, or fell away",
    law: "个人信息保护法第四十七条第一款第一项",
    holds: "after-term",
  },
} as const satisfies Record<string, Row>;
export type ErasureBasis = keyof typeof ERASURE_BASES;

/** Which reason, and the document in which it stands, such as （2026）皖01行终12号. */
export type ErasureReason = { readonly basis: ErasureBasis; readonly reference: string };

/** Whatever stands between the parts of a number and is neither letter nor digit. */
const SEPARATORS = /[^\p{L}\p{Nd}]/gu;
/** Digits of any script, that stand together but for separators: a phone number has eleven. */
const LONG_NUMBER = /\p{Nd}{10,}/u;
const CREDIT_CODE = /[0-9A-HJ-NP-RT-UW-Y]{15,}/u;

/** Throws Fault INVALID_REQUEST for a reference that holds what may name a person: it is kept for ten years. A name it cannot tell. */
export function checkReference(reference: string): void {
  const plain = reference.normalize("NFKC").toUpperCase().replace(SEPARATORS, "");
  if (LONG_NUMBER.test(plain) || CREDIT_CODE.test(plain) || reference.normalize("NFKC").includes("@"))
    throw new Fault("INVALID_REQUEST", "body/reference: it must name a document, not a person");
}
