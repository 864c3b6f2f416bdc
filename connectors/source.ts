import type { Upload, UploadReport } from "./upload.ts";

/** What one field holds. A date is YYYY-MM-DD; numbers are decimal texts, so that nothing is rounded; a flag is `true` or `false`. A holder code is a resident number or a credit code. */
export type FieldType =
  | "text"
  | "name"
  | "address"
  | "date"
  | "decimal"
  | "region"
  | "credit-code"
  | "resident-number"
  | "holder-code"
  | "phone"
  | "certificate-number"
  | "account"
  | "code"
  | "flag";

/** A record of a source: every value a text as the source states it, null where it states none. */
export type SourceRecord = Readonly<Record<string, string | null>>;

/** The five audit elements (五要素) that travel with each request. */
export type AuditElements = {
  readonly organisation: string;
  readonly official: string;
  readonly itemCode: string;
  readonly itemName: string;
  readonly caseNumber: string;
};

/** What a source is asked. Names of keys, fields and claims are the catalogue's. */
type Asked = {
  readonly resource: string;
  /** Six digits (GB/T 2260). */
  readonly region: string;
  readonly keys: Readonly<Record<string, string>>;
  readonly purpose: AuditElements;
  /** Reference of the holder's consent, where there is one. */
  readonly consent?: string | null;
  /** The exchange here, for the source's own record. */
  readonly exchange: string;
};
export type LookupQuestion = Asked & { readonly fields: readonly string[] };
/** `state`: the field whose value comes back with the match, null when the resource has none. */
export type MatchQuestion = Asked & {
  readonly claims: Readonly<Record<string, string>>;
  readonly state: string | null;
};

/** `asOf`: RFC 3339, from when the answer's facts are. `reference`: the source's own name for this answer. `receipt`: a peer's signed statement. */
export type Provenance = { readonly asOf: string; readonly reference: string; readonly receipt?: string };

export type LookupAnswer = Provenance &
  ({ readonly kind: "found"; readonly record: SourceRecord } | { readonly kind: "not-found" });

export type ClaimResult = "match" | "mismatch" | "no-data";
export type MatchAnswer = Provenance &
  (
    | {
        readonly kind: "found";
        readonly claims: Readonly<Record<string, ClaimResult>>;
        /** The value of the state field. */
        readonly state: string | null;
      }
    | { readonly kind: "not-found" }
  );

export type SourceHealth = {
  readonly status: "ready" | "degraded" | "unavailable";
  readonly zh: string;
  readonly en: string;
};

/** `host` without credentials or path; null for a source inside the gateway. */
export type SourceDescription = {
  readonly kind: string;
  readonly host: string | null;
  readonly abilities: readonly ("lookup" | "match")[];
};

/** `traceparent`: W3C Trace Context, for sources that are asked over HTTP; a new span each time it is read. */
export type CallOptions = { readonly signal: AbortSignal; readonly traceparent?: string | undefined };

/**
 * One way to ask (design: sources). `fetch` answers with the asked fields and the keys, so that the caller can see whose
 * record it is. `match` is there when the source itself compares, so that no data leaves it. All throw SourceError.
 */
export type Source = {
  readonly describe: () => SourceDescription;
  readonly fetch: (question: LookupQuestion, options: CallOptions) => Promise<LookupAnswer>;
  readonly match?: (question: MatchQuestion, options: CallOptions) => Promise<MatchAnswer>;
  /** Takes a whole new set of records in place of the former; there when the source keeps its records itself. Throws UploadError. */
  readonly upload?: (upload: Upload, options: CallOptions) => Promise<UploadReport>;
  readonly health: (options: CallOptions) => Promise<SourceHealth>;
  readonly close: () => Promise<void>;
};

/** The fields of a resource, as far as sources need to know them. */
export type ResourceShape = {
  readonly id: string;
  readonly fields: Readonly<Record<string, { readonly type: FieldType }>>;
  /** Each a set of fields that names one record. */
  readonly keys: readonly (readonly string[])[];
};
