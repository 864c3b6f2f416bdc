import type { JWK } from "jose";
import type { FieldType } from "#connectors/source.ts";

/** Sharing class (条例 art. 14, 15). */
export type Sharing =
  | { readonly kind: "unconditional" }
  | { readonly kind: "conditional"; readonly conditions: string }
  | { readonly kind: "not-shared"; readonly legalBasis: string };

/** Of a field: what it says of a person decides how it is masked (standards: GB/T 35273, GB/T 43697). */
export type FieldClass = "public" | "general" | "personal" | "sensitive";

export type Field = {
  readonly zh: string;
  readonly en: string;
  readonly type: FieldType;
  readonly classification: FieldClass;
};

/** What a value of the state field means for somebody who was shown the licence. */
export type LicenceState = "in-force" | "suspended" | "revoked" | "cancelled" | "expired" | "superseded";

/** A data resource (数据资源), as the catalogue describes it. */
export type Resource = {
  readonly id: string;
  readonly zh: string;
  readonly en: string;
  readonly provider: { readonly code: string; readonly name: string };
  readonly sharing: Sharing;
  readonly classification: "general" | "important" | "core";
  readonly updateFrequency: "real-time" | "daily" | "weekly" | "monthly" | "yearly" | "irregular";
  readonly fields: Readonly<Record<string, Field>>;
  /** Each a set of fields that names one record. */
  readonly keys: readonly (readonly string[])[];
  /** Who is asked, by region code; a parent region answers for those below it. */
  readonly sources: Readonly<Record<string, string>>;
  /** What a verification needs to ask the register of this kind of licence; null when the resource is no such register. */
  readonly licence: LicenceRegister | null;
};

export type LicenceRegister = {
  /** Licence type codes (证照类型代码) that this register keeps. */
  readonly typeCodes: readonly string[];
  /** The fields that hold the licence's number, its state, and its holder. */
  readonly number: string;
  readonly state: string;
  readonly holderName: string;
  readonly holderCode: string;
  readonly states: Readonly<Record<string, LicenceState>>;
  /** Bodies that may issue this kind, by credit code or code of issuer as licences state it. */
  readonly issuers: readonly string[];
};

/** An item of government service (事项) and what it may use: fields by resource. */
export type Item = {
  readonly code: string;
  readonly zh: string;
  readonly en: string;
  /** Other names that requests may use. */
  readonly aliases: readonly string[];
  readonly group: "real-estate" | "mining" | "surveying";
  readonly uses: Readonly<Record<string, readonly string[]>>;
};

export type Role = "department" | "approver" | "operator" | "auditor" | "provider" | "peer" | "portal";
export type Organisation = { readonly code: string; readonly name: string; readonly region: string };

/** Somebody who may ask. Secrets stand elsewhere, under the name given here. */
export type ClientEntry = {
  readonly id: string;
  readonly organisation: Organisation;
  readonly roles: readonly Role[];
  readonly active: boolean;
  /** Public keys for private_key_jwt, each with `kid` and `alg`. */
  readonly keys: readonly JWK[];
  /** Legacy HMAC headers; null when this client may not use them. */
  readonly hmac: { readonly secret: string; readonly bodyDigest: "required" | "absent" } | null;
  /** SHA-256 of client certificates (hex) that its tokens are bound to; empty when it may come without one. */
  readonly certificates: readonly string[];
  /** Requests a minute for each resource. */
  readonly perMinute: number;
};

/** A grant (授权) of a conditional resource to an organisation. Times are RFC 3339. */
export type Grant = {
  readonly id: string;
  /** Credit code of the organisation it is given to. */
  readonly organisation: string;
  readonly resource: string;
  readonly fields: readonly string[];
  readonly items: readonly string[];
  readonly from: string;
  readonly until: string;
  /** Answers a day; null when there is no such bound. */
  readonly perDay: number | null;
  /** Use basis 使用依据 and scene 使用场景. */
  readonly basis: string;
  readonly scene: string;
  readonly suspended: boolean;
};

/** A case (办件) that a handling department has opened. */
export type Case = {
  readonly number: string;
  /** Credit code of the handling department's organisation. */
  readonly organisation: string;
  readonly item: string;
  readonly state: "open" | "closed";
};

/** A source of one resource. `settings` are those of its kind, see connectors/. */
export type SourceEntry = {
  readonly id: string;
  readonly resource: string;
  readonly zh: string;
  readonly en: string;
  readonly settings: { readonly kind: string } & Readonly<Record<string, unknown>>;
};

/** Every kind of entry the registry keeps, by the name its routes use. */
export type Entries = {
  readonly resource: Resource;
  readonly item: Item;
  readonly client: ClientEntry;
  readonly grant: Grant;
  readonly case: Case;
  readonly source: SourceEntry;
};
export type EntryKind = keyof Entries;
