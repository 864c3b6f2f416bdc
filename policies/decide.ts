import { createHash } from "node:crypto";
import type { CedarQuestion } from "./cedar.ts";
import type { Decision, DecisionReason, Duties, FieldDecision, Plan, Treatment } from "./decision.ts";
import { fieldQuestion, questionOf } from "./facts.ts";
import type { PolicySet, Ruling } from "./policy-set.ts";
import type { AuthorizationRequest, DataResource, GrantFacts } from "./request.ts";
import { LEGAL_BASIS, type Rule } from "./rule.ts";
import { strictest, treatmentFor } from "./treatment.ts";
import { VERIFY_PLAN } from "./verify-plan.ts";

/** One field: what decided, and what it came to. */
export type FieldRuling = { readonly rules: readonly Rule[]; readonly decision: FieldDecision };

/** A decision with every rule that took part in it. */
export type Explanation = {
  readonly decision: Decision;
  readonly rules: readonly Rule[];
  readonly fields: ReadonlyMap<string, FieldRuling>;
};

/** Nothing permits it. */
const NO_RULE: DecisionReason = {
  code: "NO_RULE_PERMITS",
  rule: "default",
  zh: "没有规则允许此请求；未经允许的，一律不予办理。",
  en: "No rule permits this request, and what is not permitted is denied.",
};

const NO_DUTIES: Duties = { quota: null, watermark: false, notify: [], secondApprover: false };
const NOTHING = { plan: {}, fields: {}, duties: NO_DUTIES } as const;
const UNRULED: Ruling = { effect: "deny", rules: [] };

/**
 * Decides on the request, then, for a match or a lookup, on every field of the resource: so the decision is the same whatever is
 * asked of it. When no field is left the whole is denied. Throws PolicyError when the policies cannot be evaluated.
 */
export function decide(set: PolicySet, request: AuthorizationRequest): Explanation {
  const question = questionOf(request);
  const ruling = question === null ? UNRULED : set.ruleOn(question);
  const fields = new Map<string, FieldRuling>();
  if (question !== null && ruling.effect === "permit") {
    for (const [name, ruled] of fieldRulings(set, request, question, ruling.rules)) fields.set(name, ruled);
  }
  return { decision: decisionOf(set, request, ruling, fields), rules: ruling.rules, fields };
}

const isInquiry = ({ action }: AuthorizationRequest): boolean => action === "match" || action === "lookup";

function fieldRulings(
  set: PolicySet,
  request: AuthorizationRequest,
  question: CedarQuestion,
  ofWhole: readonly Rule[],
) {
  const { resource } = request;
  if (resource === null || !isInquiry(request)) return [];
  return Object.entries(resource.fields).map(([name, facts]) => {
    const ruling = set.ruleOn(fieldQuestion(question, name, facts));
    const decision = fieldDecision(ruling, request, { resource, type: facts.type, ofWhole });
    return [name, { rules: ruling.rules, decision }] as const;
  });
}

/** `ofWhole`: the rules that permit the request; what they oblige to, each field does. */
type FieldOf = { readonly resource: DataResource; readonly type: string; readonly ofWhole: readonly Rule[] };

function fieldDecision(
  { effect, rules }: Ruling,
  { action, context }: AuthorizationRequest,
  { resource, type, ofWhole }: FieldOf,
): FieldDecision {
  const [first] = rules;
  if (effect === "deny") return denied(first, resource);
  const treatment = strictestOf(rules, type);
  if (treatment === null) return denied(undefined, resource);
  if (treatment.kind === "withhold") {
    return denied(
      rules.find(({ obligations }) => obligations.treatment?.kind === "withhold"),
      resource,
    );
  }
  const binding = bindsTo(action, treatment) ? [...ofWhole, ...rules] : [];
  const waits = !context.approved && binding.some(obliges("secondApprover"));
  return {
    kind: "permit",
    treatment,
    ...(waits && { secondApprover: true }),
    ...(binding.some(obliges("notify")) && { notify: true }),
  };
}

/** Of the rules that state one; null when none does: a duty alone permits nothing. */
function strictestOf(rules: readonly Rule[], type: string): Treatment | null {
  const stated = rules.flatMap(({ obligations }) => obligations.treatment ?? []);
  return strictest(stated.map((each) => treatmentFor(each, type)));
}

/** Duties follow what is told: of a field that a lookup leaves out there is none. A match tells of every field. */
const bindsTo = (action: AuthorizationRequest["action"], treatment: Treatment): boolean =>
  action === "match" || treatment.kind !== "match-only";

const denied = (rule: Rule | undefined, resource: DataResource): FieldDecision => ({
  kind: "deny",
  reason: rule === undefined ? NO_RULE : reasonOf(rule, resource),
});

function reasonOf({ id, code, zh, en }: Rule, resource: DataResource | null): DecisionReason {
  // The text goes on where a basis that was written as a sentence would end.
  const basis = resource?.legalBasis?.replace(/[。.\s]+$/u, "");
  return {
    code,
    rule: id,
    zh: zh.replaceAll(LEGAL_BASIS, () => basis ?? "未载明"),
    en: en.replaceAll(LEGAL_BASIS, () => basis ?? "not stated"),
  };
}

function decisionOf(
  set: PolicySet,
  request: AuthorizationRequest,
  ruling: Ruling,
  fields: ReadonlyMap<string, FieldRuling>,
): Decision {
  const about = { decisionId: decisionIdOf(set, request), policySetDigest: set.digest };
  const deny = (reasons: readonly DecisionReason[]): Decision => ({
    ...about,
    effect: "deny",
    reasons: reasons.length > 0 ? reasons : [NO_RULE],
    ...NOTHING,
  });
  const reasons = ruling.rules.map((rule) => reasonOf(rule, request.resource));
  if (ruling.effect === "deny") return deny(reasons);
  const decisions = [...fields.values()].map(({ decision }) => decision);
  if (isInquiry(request) && decisions.every(({ kind }) => kind === "deny")) return deny(reasonsWithin(decisions));
  return {
    ...about,
    effect: "permit",
    reasons,
    plan: planOf(ruling.rules),
    fields: Object.fromEntries([...fields].map(([name, { decision }]) => [name, decision])),
    duties: dutiesOf(request, ruling.rules, fields),
  };
}

/** Each rule once, in the order of the fields. */
function reasonsWithin(decisions: readonly FieldDecision[]): DecisionReason[] {
  const reasons = decisions.flatMap((each) => (each.kind === "deny" ? [each.reason] : []));
  return [...new Map(reasons.map((reason) => [reason.rule, reason])).values()];
}

const planOf = (rules: readonly Rule[]): Plan => (rules.some(obliges("verificationPlan")) ? VERIFY_PLAN : {});

const obliges =
  (duty: "quota" | "watermark" | "notify" | "secondApprover" | "verificationPlan") =>
  ({ obligations }: Rule): boolean =>
    obligations[duty];

function dutiesOf(
  { action, context }: AuthorizationRequest,
  rules: readonly Rule[],
  fields: ReadonlyMap<string, FieldRuling>,
): Duties {
  const told = [...fields.values()].filter(
    ({ decision }) => decision.kind === "permit" && bindsTo(action, decision.treatment),
  );
  const binding = [...rules, ...told.flatMap((field) => field.rules)];
  const { grant, approved } = context;
  return {
    quota: binding.some(obliges("quota")) ? quotaOf(grant) : null,
    watermark: binding.some(obliges("watermark")),
    notify: binding.some(obliges("notify")) ? ["provider"] : [],
    secondApprover: !approved && binding.some(obliges("secondApprover")),
  };
}

/** What is shared without a grant is not bounded by one that has ended or is suspended. */
const quotaOf = (grant: GrantFacts | null): Duties["quota"] =>
  grant?.state === "live" && grant.perDay !== null ? { grant: grant.id, perDay: grant.perDay } : null;

/** Of the facts and the set, however their members are ordered. A text in one piece: see DECISIONS.md, "Texts in one piece". */
function decisionIdOf({ digest }: PolicySet, request: AuthorizationRequest): string {
  const facts = createHash("sha256").update(JSON.stringify([digest, sorted(request)]));
  return ["decision-", facts.digest("hex").slice(0, 32)].join("");
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, each]) => [name, sorted(each)]);
}
