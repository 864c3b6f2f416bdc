import type { Decision, DecisionReason, FieldDecision } from "#policies/decision.ts";
import type { Approvals } from "#gateway/duties/approvals.ts";
import type { Resource } from "#gateway/registry/entities.ts";
import type { Registry } from "#gateway/registry/registry.ts";
import { type Access, type Authorize, decideOn, hourInChina } from "./authorization.ts";
import type { LookupRequest, MatchRequest, Purpose } from "./inquiry-request.ts";
import { dataResourceOf, standingOf } from "./purpose-facts.ts";

export type RulingServices = {
  readonly registry: Registry;
  readonly authorize: Authorize;
  readonly access: Access;
  readonly approvals: Pick<Approvals, "request" | "isGranted">;
  /** A keyed digest: the same text gives the same one here and nowhere else. */
  readonly pseudonym: (text: string) => string;
};

/** What is to be ruled on. `names`: of the fields or claims. */
export type Inquiry = {
  readonly kind: "match" | "lookup";
  readonly receivedAt: number;
  readonly resource: Resource;
  readonly names: readonly string[];
  readonly request: Omit<LookupRequest, "fields" | "calls"> &
    Partial<Pick<LookupRequest, "fields"> & Pick<MatchRequest, "claims">>;
};

/** The decision, and whether the request as a whole may go on under it. `reasons` say why it may not. */
export type Ruling = {
  readonly permitted: boolean;
  /** Whether a second official's approval is what permits it. */
  readonly approved: boolean;
  readonly decision: Decision;
  readonly reasons: readonly DecisionReason[];
};

const MATCH_ONLY: DecisionReason = {
  code: "MATCH_ONLY",
  rule: "match-only",
  zh: "所请求的字段只能核验，不能查询。",
  en: "The fields asked for can be matched, not looked up.",
};

/** Policies decide on the resource and on each of its fields; then all that was asked is held against that. */
export async function ruleOn(inquiry: Inquiry, services: RulingServices): Promise<Ruling> {
  const { kind, receivedAt, resource, request } = inquiry;
  const { registry, access, authorize } = services;
  const standing = await standingOf(request.caller, resource, request.purpose, { registry, now: receivedAt });
  const approved = isApproved(inquiry, services);
  const context = { access, hour: hourInChina(receivedAt), ...standing, approved };
  const decision = decideOn(
    { caller: request.caller, action: kind, resource: dataResourceOf(resource), context },
    authorize,
  );
  if (decision.effect === "deny") return { permitted: false, approved, decision, reasons: decision.reasons };
  const denied = keysDenied(inquiry, decision);
  const reasons =
    denied.length > 0 ? denied : kind === "match" ? claimsDenied(inquiry, decision) : fieldsDenied(inquiry, decision);
  if (reasons.length > 0) return { permitted: false, approved, decision, reasons };
  if (inquiry.names.some((name) => waits(decision.fields[name])))
    return { permitted: false, approved, decision, reasons: [approvalReason(inquiry, services)] };
  return { permitted: true, approved, decision, reasons: decision.reasons };
}

const reasonsWithin = (decisions: readonly (FieldDecision | undefined)[]): DecisionReason[] => {
  const reasons = decisions.flatMap((each) => (each?.kind === "deny" ? [each.reason] : []));
  if (reasons.length < 2) return reasons;
  return [...new Map(reasons.map((reason) => [reason.rule, reason])).values()];
};

/** Whether a record is found under a key says whether that key is right: so it is asked under the same rules as a field. */
const keysDenied = ({ request }: Inquiry, { fields }: Decision): DecisionReason[] =>
  reasonsWithin(Object.keys(request.keys).map((name) => fields[name]));

/** A match answers for all claims or for none: yes to a part would be read as yes. */
const claimsDenied = ({ names }: Inquiry, { fields }: Decision): DecisionReason[] =>
  reasonsWithin(names.map((name) => fields[name]));

/** A lookup goes on as long as one field may be told. */
function fieldsDenied({ names }: Inquiry, decision: Decision): DecisionReason[] {
  if (names.some((name) => isTold(decision.fields[name]))) return [];
  const reasons = reasonsWithin(names.map((name) => decision.fields[name]));
  return reasons.length > 0 ? reasons : [MATCH_ONLY];
}

/** Whether anything of the field's value leaves under this decision. */
export const isTold = (field: FieldDecision | undefined): boolean =>
  field?.kind === "permit" && field.treatment.kind !== "withhold" && field.treatment.kind !== "match-only";

/** The field whose value comes with a match: one that may leave as it is, for a state cannot be masked or made coarser. */
export function stateToTell({ kind, resource: { licence } }: Inquiry, { fields }: Decision): string | null {
  if (kind !== "match" || licence === null) return null;
  const field = fields[licence.state];
  if (field?.kind !== "permit" || waits(field)) return null;
  return field.treatment.kind === "give" || field.treatment.kind === "blot" ? licence.state : null;
}

/** Whether a second official has to agree first. */
const waits = (field: FieldDecision | undefined): boolean => field?.kind === "permit" && field.secondApprover === true;

/** Whom the answer to what was asked obliges to tell. */
export function toNotify(inquiry: Inquiry, decision: Decision): Decision["duties"]["notify"] {
  const state = stateToTell(inquiry, decision);
  const told = state === null ? inquiry.names : [...inquiry.names, state];
  return told.some((name) => obligesToNotify(decision.fields[name])) ? decision.duties.notify : [];
}

const obligesToNotify = (field: FieldDecision | undefined): boolean =>
  field?.kind === "permit" && field.notify === true;

function isApproved(inquiry: Inquiry, { approvals, pseudonym }: RulingServices): boolean {
  const { approval } = inquiry.request;
  return approval !== null && approvals.isGranted(approval, pseudonym(canonical(inquiry)));
}

/** Stands for the whole request: an approval of one says nothing about another. */
export const requestDigest = (inquiry: Inquiry, { pseudonym }: Pick<RulingServices, "pseudonym">): string =>
  pseudonym(canonical(inquiry));

function canonical({ kind, names, resource, request }: Inquiry): string {
  const { caller, region, keys, claims = {}, purpose } = request;
  const sorted = (members: Readonly<Record<string, string>>): [string, string][] =>
    Object.entries(members).sort(([a], [b]) => (a < b ? -1 : 1));
  const { organisation, official, itemCode, caseNumber }: Purpose = purpose;
  const stated = [organisation, official, itemCode, caseNumber];
  return JSON.stringify([kind, caller.id, resource.id, region, sorted(keys), sorted(claims), names.toSorted(), stated]);
}

/** `approval`: what to ask again with. */
type ApprovalReason = DecisionReason & { readonly approval: string };

function approvalReason(inquiry: Inquiry, services: RulingServices): ApprovalReason {
  const { caller, purpose } = inquiry.request;
  const id = services.approvals.request({
    digest: requestDigest(inquiry, services),
    organisation: purpose.organisation,
    client: caller.id,
    official: purpose.official,
    resource: inquiry.resource.id,
    item: purpose.itemCode,
    caseNumber: purpose.caseNumber,
  });
  return {
    code: "APPROVAL_REQUIRED",
    rule: "second-approver",
    zh: `须经另一名工作人员审批，审批编号 ${id}。`,
    en: `A second official has to approve: approval ${id}.`,
    approval: id,
  };
}
