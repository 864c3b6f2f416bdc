import { createHash } from "node:crypto";
import {
  DOCUMENT_CHECK_NAMES,
  type DocumentCheckName,
  REGISTER_CHECK_NAMES,
  type RegisterCheckName,
  SEAL_CHECK_NAMES,
  type SealCheckName,
  SIGN_CHECK_NAMES,
  type SignCheckName,
} from "./checks/catalogue.ts";

/** What a validation policy leaves open to choice. Nothing here can switch a check off. */
type Rules = {
  readonly id: PolicyId;
  readonly zh: string;
  readonly en: string;
  /** Without a valid time-stamp the signing time is only claimed. */
  readonly claimedTime: "accept" | "unsure";
  /** A revocation after the signing time, for a reason other than a compromised key, when no time is proven. */
  readonly laterRevocation: "accept" | "unsure";
  /** Revocation information for certificates of authorities between signer and anchor. */
  readonly caStatus: "remark" | "require";
  /** A certificate that has ended, when only revocation lists from after its end are there: they may no longer name it. */
  readonly endedStatus: "remark" | "require";
  /** Entries that nothing references and no signature covers. */
  readonly strayEntries: "remark" | "unsure";
  /** Days that a register's data may be old and still say that a licence is in force. */
  readonly registerDays: number;
  readonly expected: {
    readonly seal: readonly SealCheckName[];
    readonly signature: readonly SignCheckName[];
    readonly document: readonly DocumentCheckName[];
    /** Of a verification that names a register. */
    readonly register: readonly RegisterCheckName[];
  };
};

export type PolicyId = "gb-t-38540" | "strict";
export type ValidationPolicy = Rules & { /** `sha256:` and the hex digest of the rules. */ readonly digest: string };

const expected = {
  seal: SEAL_CHECK_NAMES,
  signature: SIGN_CHECK_NAMES,
  document: DOCUMENT_CHECK_NAMES,
  register: REGISTER_CHECK_NAMES,
};

const policy = (rules: Rules): ValidationPolicy => ({
  ...rules,
  digest: `sha256:${createHash("sha256").update(JSON.stringify(rules)).digest("hex")}`,
});

/**
 * The two policies that ship (design: Verification, Times). Licences live for decades, seals' certificates for one to five
 * years, and most seals carry no time-stamp: the national procedure takes the claimed time, `strict` wants it proven.
 */
export const VALIDATION_POLICIES: { readonly [Id in PolicyId]: ValidationPolicy } = {
  "gb-t-38540": policy({
    id: "gb-t-38540",
    zh: "按国家标准程序，接受自称的签章时间",
    en: "The national procedure: the claimed signing time is accepted",
    claimedTime: "accept",
    laterRevocation: "accept",
    caStatus: "remark",
    endedStatus: "remark",
    strayEntries: "remark",
    registerDays: 366,
    expected,
  }),
  strict: policy({
    id: "strict",
    zh: "签章时间须有可信时间戳证明",
    en: "The signing time must be proven by a time-stamp",
    claimedTime: "unsure",
    laterRevocation: "unsure",
    caStatus: "require",
    endedStatus: "require",
    strayEntries: "unsure",
    registerDays: 7,
    expected,
  }),
};

export const isPolicyId = (text: string): text is PolicyId => Object.hasOwn(VALIDATION_POLICIES, text);
