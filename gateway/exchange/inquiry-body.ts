import type { Decision, DecisionReason, FieldDecision, Treatment } from "#policies/decision.ts";
import { readPlan, type ReadPlan } from "#policies/disclose.ts";
import type { ClaimResult, LookupAnswer, MatchAnswer, Provenance, SourceRecord } from "#connectors/source.ts";
import type { LicenceState, Resource } from "#gateway/registry/entities.ts";
import { answeredExchange, type AnsweredExchange } from "./exchange-identity.ts";
import { dayInChina } from "./authorization.ts";
import type { OpenInquiry } from "./inquiry-asking.ts";
import { type Ruling, toNotify } from "./inquiry-ruling.ts";

type Sentence = { readonly zh: string; readonly en: string };

/** How one field left; with the rule when it did not. */
export type AnsweredTreatment =
  | { readonly treatment: "give" | "mask" | "generalise" }
  | ({ readonly treatment: "match-only" | "withhold"; readonly code: string } & Sentence);

type Answered = Sentence & {
  readonly exchange: AnsweredExchange;
  readonly resource: string;
  readonly region: string;
  readonly source: { readonly id: string; readonly region: string; readonly asOf: string; readonly reference: string };
  readonly decision: { readonly id: string; readonly policySet: string; readonly reasons: readonly DecisionReason[] };
  readonly watermark: string | null;
  readonly notified: readonly "provider"[];
};

export type LookupBody = Answered & {
  readonly outcome: "FOUND" | "NOT_FOUND";
  /** As the plan allows: null where the source has nothing, and where nothing may be told. */
  readonly record: SourceRecord | null;
  readonly treatments: Readonly<Record<string, AnsweredTreatment>>;
};

export type MatchOutcome = "MATCHED" | "MISMATCHED" | "INCOMPLETE" | "NOT_FOUND";
export type MatchBody = Answered & {
  readonly outcome: MatchOutcome;
  readonly claims: Claims;
  /** The licence's present state, where the resource has one and it may be told. */
  readonly state: ({ readonly code: LicenceState | "unknown" } & Sentence) | null;
};

const OUTCOMES: { readonly [Outcome in MatchOutcome | "FOUND"]: Sentence } = {
  FOUND: { zh: "已查到，按规则提供。", en: "Found; given as the rules allow." },
  MATCHED: { zh: "所核验的信息全部一致。", en: "All claims match." },
  MISMATCHED: { zh: "所核验的信息有不一致之处。", en: "Some claims do not match." },
  INCOMPLETE: {
    zh: "数据源缺少部分信息，无法全部核验。",
    en: "The source lacks some of it; not all claims could be matched.",
  },
  NOT_FOUND: { zh: "数据源中查无此记录。", en: "The source has no such record." },
};

const STATES: { readonly [State in LicenceState | "unknown"]: Sentence } = {
  "in-force": { zh: "有效", en: "in force" },
  suspended: { zh: "暂停", en: "suspended" },
  revoked: { zh: "吊销或撤销", en: "revoked" },
  cancelled: { zh: "注销", en: "cancelled" },
  expired: { zh: "失效", en: "expired" },
  superseded: { zh: "已换发", en: "superseded" },
  unknown: { zh: "状态不明", en: "state unknown" },
};

/** What both kinds of answers say. Of nothing found nobody is told. Lists of a decision are frozen, and so copied (see DECISIONS.md, "Texts in one piece"). */
export function commonBody(
  inquiry: OpenInquiry,
  { decision, reasons }: Ruling,
  { kind, asOf, reference }: Pick<LookupAnswer, "kind"> & Provenance,
): Omit<Answered, "zh" | "en"> {
  const { id, receivedAt, at, resource, request, route } = inquiry;
  return {
    exchange: answeredExchange(id, at),
    resource: resource.id,
    region: request.region,
    source: { id: route.source.id, region: route.region, asOf, reference },
    decision: { id: decision.decisionId, policySet: decision.policySetDigest, reasons: [...reasons] },
    watermark: decision.duties.watermark ? watermarkOf(request, id, receivedAt) : null,
    notified: kind === "found" ? [...toNotify(inquiry, decision)] : [],
  };
}

/** For whom and for what it was given; stands on whatever is shown or printed of the answer. */
function watermarkOf({ purpose, caller }: OpenInquiry["request"], id: string, receivedAt: number): string {
  const organisation = caller.organisation?.name ?? purpose.organisation;
  const day = dayInChina(receivedAt);
  const { official, itemName, caseNumber } = purpose;
  return ["仅供", organisation, "（", official, "）办理“", itemName, "”", caseNumber, "使用，", day, "，", id].join("");
}

export const sentenceOf = (outcome: MatchOutcome | "FOUND"): Sentence => OUTCOMES[outcome];

export type Claims = Readonly<Record<string, ClaimResult>>;

/** A claim that the source does not mention is not answered. */
export const claimsOf = (names: readonly string[], answer: MatchAnswer): Claims =>
  answer.kind === "not-found" ? {} : Object.fromEntries(names.map((name) => [name, answer.claims[name] ?? "no-data"]));

export function matchOutcome({ kind }: MatchAnswer, claims: Claims): MatchOutcome {
  if (kind === "not-found") return "NOT_FOUND";
  const results = Object.values(claims);
  if (results.includes("mismatch")) return "MISMATCHED";
  return results.length > 0 && results.every((result) => result === "match") ? "MATCHED" : "INCOMPLETE";
}

export function stateOf({ licence }: Resource, value: string | null): MatchBody["state"] {
  if (licence === null || value === null) return null;
  const code = (Object.hasOwn(licence.states, value) ? licence.states[value] : undefined) ?? "unknown";
  return { code, ...STATES[code] };
}

/** How the asked fields of a decision leave, and the plan that sees to it. */
export type LookupPlan = {
  readonly treatments: Readonly<Record<string, AnsweredTreatment>>;
  /** For `{ record, reference }`, where the reference is as the source made it. */
  readonly planFor: (reference: string) => ReadPlan;
};

/** A decision answers many requests, most of which ask for the same fields. */
const plans = new WeakMap<Decision["fields"], Map<string, LookupPlan>>();
const MOST_PLANS = 64;

export function lookupPlan(names: readonly string[], { fields }: Pick<Decision, "fields">): LookupPlan {
  const made = plans.get(fields) ?? new Map<string, LookupPlan>();
  const asked = names.join("\n");
  const known = made.get(asked);
  if (known !== undefined) return known;
  const plan = makePlan(names, fields);
  if (made.size >= MOST_PLANS) made.clear();
  plans.set(fields, made.set(asked, plan));
  return plan;
}

function makePlan(names: readonly string[], fields: Decision["fields"]): LookupPlan {
  const told = Object.fromEntries(names.map((name) => [`record.${name}`, treatmentOf(fields[name])] as const));
  const exact = readPlan({ ...told, reference: { kind: "blot" } });
  const searched = readPlan({ ...told, reference: { kind: "blot", numbers: true } });
  return {
    treatments: Object.fromEntries(names.map((name) => [name, answeredTreatment(fields[name])])),
    // The source's own name for its answer could be made of the person's number; one made of chance is kept as it is.
    planFor: (reference) => (UUID.test(reference) ? exact : searched),
  };
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function treatmentOf(field: FieldDecision | undefined): Treatment {
  if (field?.kind !== "permit") return { kind: "withhold" };
  // What is not asked for cannot be blotted out by its value.
  return field.treatment.kind === "blot" ? { kind: "blot", numbers: true } : field.treatment;
}

/** Every asked field, in the order asked; one that was not fetched is null. */
export function recordOf(names: readonly string[], answer: LookupAnswer): SourceRecord | null {
  if (answer.kind === "not-found") return null;
  const record: Record<string, string | null> = {};
  for (const name of names) record[name] = answer.record[name] ?? null;
  return record;
}

const MATCH_ONLY = { code: "MATCH_ONLY", zh: "只能核验，不能查询。", en: "Can be matched, not looked up." } as const;
const WITHHELD = { code: "WITHHELD", zh: "不予提供。", en: "Not given." } as const;

export function answeredTreatment(field: FieldDecision | undefined): AnsweredTreatment {
  if (field === undefined) return { treatment: "withhold", ...WITHHELD };
  if (field.kind === "deny") {
    const { code, zh, en } = field.reason;
    return { treatment: "withhold", code, zh, en };
  }
  switch (field.treatment.kind) {
    case "give":
    case "blot":
      return { treatment: "give" };
    case "mask":
      return { treatment: "mask" };
    case "generalise":
      return { treatment: "generalise" };
    case "match-only":
      return { treatment: "match-only", ...MATCH_ONLY };
    case "withhold":
      return { treatment: "withhold", ...WITHHELD };
  }
}
