import type { PolicyId } from "#certs/policy.ts";
import type { Report } from "#certs/report.ts";
import type { AuditElements } from "#connectors/source.ts";
import type { Authentication, Network } from "#gateway/clients/caller.ts";

/** Who asked. No address is kept: it is personal data. `organisation`: credit code. */
export type Client = {
  readonly id: string;
  readonly network: Network;
  readonly authentication: Authentication;
  readonly organisation: string | null;
};

/** A report as it is answered: with the exchange that it came out of. */
export type AnsweredReport = Report & {
  readonly id: string;
  readonly exchange: {
    readonly id: string;
    readonly receivedAt: string;
    readonly url: string;
    readonly receipt: string;
  };
};

export type RecordedDecision = {
  readonly effect: "permit" | "deny";
  readonly decisionId: string;
  readonly policySetDigest: string;
  readonly reasons: readonly string[];
};

/** Times are ISO 8601 in UTC. */
type Recorded = {
  readonly id: string;
  readonly receivedAt: string;
  readonly client: Client;
  readonly decision: RecordedDecision;
};

/** The purpose as it was stated; null where none was. */
export type RecordedPurpose = AuditElements & { readonly consent: string | null };

/** The source that was asked. `receipt`: what a peer signed. */
export type RecordedSource = {
  readonly id: string;
  readonly asOf: string;
  readonly reference: string;
  readonly receipt: string | null;
};

/** The document itself is not kept. `sha256` and `bytes` are null when the caller was denied before it was read. */
export type VerificationRecord = Recorded & {
  readonly kind: "verification";
  readonly request: {
    readonly sha256: string | null;
    readonly bytes: number | null;
    /** Null when the caller asked for now. */
    readonly at: string | null;
    readonly policy: PolicyId;
    /** The register that was to be asked, and for what. */
    readonly register: {
      readonly resource: string;
      readonly region: string | null;
      readonly purpose: RecordedPurpose;
    } | null;
  };
  readonly outcome: { readonly result: Report["verdict"] | "REFUSED" | "DENIED"; readonly code: string | null };
  /** Of the register's answer; null when none was asked, or none answered. */
  readonly source: RecordedSource | null;
  readonly report: AnsweredReport | null;
};

/** How one field left: `denied` with the rule's code. */
export type RecordedField = { readonly field: string; readonly treatment: string; readonly code: string | null };

/** A match or a lookup. Of keys, claims and answers only names are kept. */
export type InquiryRecord = Recorded & {
  readonly kind: "match" | "lookup";
  readonly request: {
    readonly resource: string;
    readonly region: string;
    readonly keys: readonly string[];
    readonly fields: readonly string[];
    readonly purpose: RecordedPurpose;
    readonly approval: string | null;
  };
  readonly outcome: {
    readonly result: "FOUND" | "MATCHED" | "MISMATCHED" | "INCOMPLETE" | "NOT_FOUND" | "DENIED" | "UNANSWERED";
    readonly code: string | null;
  };
  /** What was carried out. */
  readonly disclosed: readonly RecordedField[];
  readonly duties: readonly string[];
  readonly source: RecordedSource | null;
};

/** What a peer signed for an exchange that it asked for here. */
export type CounterReceiptRecord = {
  readonly id: string;
  readonly receivedAt: string;
  readonly kind: "counter-receipt";
  readonly client: Client;
  /** The exchange here. */
  readonly of: string;
  readonly receipt: string;
};

/** What was done to the service itself, by an operator, an auditor, or by itself (`client` null): a change of the registry, an erasure. */
export type ActRecord = {
  readonly id: string;
  readonly receivedAt: string;
  readonly kind: "act";
  readonly client: Client | null;
  /** As in `change-entry`; the names are listed in gateway/log/acts.ts. */
  readonly act: string;
  /** What it was done to, as in `grant/anhui-real-estate`. */
  readonly to: string;
  readonly detail: Readonly<Record<string, string | number | null>>;
};

export type ExchangeRecord = VerificationRecord | InquiryRecord | CounterReceiptRecord | ActRecord;
export type ExchangeResult = VerificationRecord["outcome"]["result"] | InquiryRecord["outcome"]["result"];

/** A record as the log keeps it. `index` in the log; `time` is the log's. */
export type StoredExchange = {
  readonly index: number;
  readonly time: string;
  /** Null when it was erased. */
  readonly record: ExchangeRecord | null;
  /** Keyed pseudonym of the record that was asked about. */
  readonly subject: string | null;
  /** When and on which basis its content was destroyed; null while it is there. */
  readonly erased: { readonly at: string; readonly basis: string } | null;
};
