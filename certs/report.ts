import type { PolicyId } from "./policy.ts";
import type { FailedCode, Indication, RemarkCode, SubIndication, UnsureCode } from "./reasons.ts";
import type { RegisterAnswer } from "./register-answer.ts";

export type Verdict = "PASSED" | "FAILED" | "INDETERMINATE";
export type NextAction = "ACCEPT" | "RETURN" | "ASK";
export type Sentence = { readonly zh: string; readonly en: string };
export type ReasonCode = FailedCode | UnsureCode;

/** One of the four answers. `code` is OK, NOT_ASKED, or the reason of the worst check behind the answer. */
export type Answer = Sentence & {
  readonly outcome: "passed" | "failed" | "unsure" | "not-asked";
  readonly code: "OK" | "NOT_ASKED" | ReasonCode;
};

/** `code` is the check's name. `detail` names places and codes. */
export type CheckReport = { readonly code: string } & (
  | { readonly outcome: "passed"; readonly reason?: never; readonly detail?: never }
  | { readonly outcome: "failed"; readonly reason: FailedCode; readonly detail: string }
  | { readonly outcome: "unsure"; readonly reason: UnsureCode; readonly detail: string }
);

export type RemarkReport = Sentence & { readonly code: RemarkCode; readonly detail?: string };

/** Times are ISO 8601 in UTC, `sha256` lower-case hex of the DER certificate. `organisationCode` is the credit code found in the subject. */
export type CertificateReport = {
  readonly subject: string;
  readonly organisation: string | null;
  readonly organisationCode: string | null;
  readonly issuer: string;
  readonly serial: string;
  readonly notBefore: string;
  readonly notAfter: string;
  readonly sha256: string;
};

export type SealReport = {
  readonly id: string;
  readonly name: string;
  readonly validFrom: string;
  readonly validTo: string;
  readonly maker: CertificateReport | null;
};

export type SignatureReport = {
  readonly id: string;
  readonly kind: "seal" | "signature";
  readonly format: "SES V1" | "SES V4" | "SES V5" | "GB/T 35275" | "unknown";
  readonly signer: CertificateReport | null;
  readonly seal: SealReport | null;
  /** `claimed` by the signer; `proven` by a valid time-stamp, else null. */
  readonly times: { readonly claimed: string | null; readonly proven: string | null };
  /** `uncovered`: entries that the shown document reaches and this signature does not cover, and how they are reached; the first 200. */
  readonly coverage: {
    readonly complete: boolean;
    readonly uncovered: readonly { readonly entry: string; readonly via: string }[];
  };
  readonly indication: Indication;
  readonly subIndication: SubIndication | null;
  readonly checks: readonly CheckReport[];
};

/** Out of the metadata of GB/T 36903. `proven` is true when a signature that passed covers it. Dates as written, YYYY-MM-DD where readable. */
export type LicenceReport = {
  readonly proven: boolean;
  readonly identifier: string | null;
  readonly typeCode: string | null;
  readonly typeName: string | null;
  readonly number: string | null;
  readonly issuer: { readonly code: string | null; readonly name: string | null };
  readonly holder: { readonly name: string | null; readonly code: string | null; readonly codeType: string | null };
  readonly issuedOn: string | null;
  readonly validFrom: string | null;
  readonly validTo: string | null;
  /** Licence-specific fields (KZ_…) and others, by their pinyin names. */
  readonly fields: Readonly<Record<string, string>>;
};

/** The report of one verification (design: HTTP contract). The gateway adds the exchange's id and receipt. */
export type Report = {
  readonly verdict: Verdict;
  readonly summary: Sentence;
  readonly nextAction: NextAction;
  readonly answers: {
    readonly integrity: Answer;
    readonly authority: Answer;
    readonly status: Answer;
    readonly binding: Answer;
  };
  readonly document: { readonly type: "OFD"; readonly sha256: string; readonly bytes: number };
  readonly licence: LicenceReport | null;
  readonly signatures: readonly SignatureReport[];
  /** Checks of the document as a whole, and of what the register says of it. */
  readonly checks: readonly CheckReport[];
  /** Remarks and leniencies used; they do not change the verdict. */
  readonly remarks: readonly RemarkReport[];
  /** What came of asking the register that the caller named; null when none was. */
  readonly register: RegisterAnswer | null;
  /** What the verdict rests on: the same document, snapshot, policy and time, and the same register's answer, give the same verdict again. */
  readonly trust: {
    readonly snapshot: string;
    readonly policy: PolicyId;
    readonly policyDigest: string;
    readonly at: string;
  };
};
