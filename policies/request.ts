/** What a request may want to do. */
export const ACTIONS = [
  "verify",
  "match",
  "lookup",
  "read-catalogue",
  "read-exchange",
  "register-case",
  "approve",
  "administer",
  "read-monitor",
  "read-metrics",
  "read-scorecard",
  "read-trail",
  "erase",
] as const;
export type Action = (typeof ACTIONS)[number];

/** Who is asking, as facts. `address`: `loopback` is this machine itself, `proxied` this machine on behalf of somebody elsewhere. */
export type Principal = {
  readonly client: string;
  /** Credit code and region of the organisation; null for somebody unknown. */
  readonly organisation: string | null;
  readonly region: string | null;
  readonly roles: readonly string[];
  /** `hmac-bare`: headers that do not cover the body. */
  readonly authentication: "none" | "token" | "certificate" | "hmac" | "hmac-bare";
  readonly address: "loopback" | "remote" | "proxied";
};

/** The resource that is asked for, with all of its fields; the decision says of each what may be disclosed. */
export type DataResource = {
  readonly id: string;
  readonly sharing: "unconditional" | "conditional" | "not-shared";
  /** Why it is not shared (依据); null for the other classes. */
  readonly legalBasis: string | null;
  readonly classification: "general" | "important" | "core";
  readonly provider: string;
  readonly fields: Readonly<Record<string, FieldFacts>>;
};
export type FieldFacts = {
  readonly classification: "public" | "general" | "personal" | "sensitive";
  /** What it holds, as the catalogue says (name, resident-number, phone, date…): decides how it is masked. */
  readonly type: string;
};

/** What the request says it is for, checked against the registry by whoever asks for a decision. */
export type PurposeFacts = {
  /** Code of the item (事项); `fields` are those of this resource that it may use; [] for an unknown item. */
  readonly item: string;
  readonly itemKnown: boolean;
  readonly itemFields: readonly string[];
  /** Of this organisation and for this item; any other case is unknown. */
  readonly case: "open" | "closed" | "unknown";
  /** Whether the organisation named is the client's own, and the name of the item one that its code has. */
  readonly organisationAgrees: boolean;
  readonly itemNameAgrees: boolean;
  /** Whether the holder's consent is named. */
  readonly consent: boolean;
};

/** The grant (授权) that fits organisation and resource best: a live one goes before any other. `fields` and `items` as granted. */
export type GrantFacts = {
  readonly id: string;
  readonly state: "live" | "expired" | "not-yet" | "suspended";
  readonly fields: readonly string[];
  readonly items: readonly string[];
  /** Answers a day; null when there is no such bound. */
  readonly perDay: number | null;
};

/** All that a decision rests on; equal requests get equal decisions. */
export type AuthorizationRequest = {
  readonly principal: Principal;
  readonly action: Action;
  readonly resource: DataResource | null;
  readonly context: {
    /** `open`: the operator lets everybody verify who reaches the port. */
    readonly access: "loopback" | "open";
    readonly purpose: PurposeFacts | null;
    readonly grant: GrantFacts | null;
    /** Whether a second official has approved just this request. */
    readonly approved: boolean;
    /** Of the day in China, 0 to 23. */
    readonly hour: number;
    /** For read-exchange: whose exchange it is. For register-case: whose case it is to be. For read-scorecard: whom it is about. */
    readonly owner: { readonly client: string; readonly organisation: string | null } | null;
  };
};
