import type { DecisionReason } from "#policies/decision.ts";
import { discloseBy, DisclosureError } from "#policies/disclose.ts";
import type { SourceErrorCode } from "#connectors/source-error.ts";
import type { LookupAnswer, MatchAnswer } from "#connectors/source.ts";
import type { Approvals } from "#gateway/duties/approvals.ts";
import type { Notices } from "#gateway/duties/notices.ts";
import { Fault } from "#gateway/fault.ts";
import type { ExchangeLog } from "#gateway/log/exchange-log.ts";
import type { InquiryRecord } from "#gateway/log/exchange-record.ts";
import type { AskedRequest, LogEntry } from "#gateway/log/log-entry.ts";
import { routeTo } from "#gateway/registry/routing.ts";
import { newExchangeId, timeText } from "./exchange-identity.ts";
import {
  type AskingServices,
  broken,
  lookUp,
  matchClaims,
  type OpenInquiry,
  perform,
  type Performed,
} from "./inquiry-asking.ts";
import {
  claimsOf,
  commonBody,
  type LookupBody,
  lookupPlan,
  type MatchBody,
  matchOutcome,
  recordOf,
  sentenceOf,
  stateOf,
} from "./inquiry-body.ts";
import { type Outcome, recordOfInquiry } from "./inquiry-record.ts";
import {
  type AsAsked,
  checkClaims,
  checkFields,
  checkKeys,
  type IsWellFormed,
  type LookupRequest,
  type MatchRequest,
  resourceOf,
} from "./inquiry-request.ts";
import { type Inquiry, isTold, type Ruling, ruleOn, type RulingServices } from "./inquiry-ruling.ts";
import { personsOf, subjectName } from "./inquiry-subject.ts";
import type { Observe, Timing } from "./observe.ts";

export type InquiryServices = RulingServices &
  AskingServices & {
    readonly approvals: Approvals;
    readonly notices: Pick<Notices, "add">;
    readonly isWellFormed: IsWellFormed;
    readonly log: Pick<ExchangeLog, "append">;
    readonly observe: Observe;
    /** Milliseconds since the epoch. */
    readonly clock: () => number;
  };

/** Every one of these is on record when the caller gets it. `bytes`: the body as it was recorded, and as it is to be sent. */
export type InquiryAnswer<Body> =
  | { readonly kind: "answered"; readonly exchange: string; readonly body: Body; readonly bytes: Buffer }
  | { readonly kind: "denied"; readonly exchange: string; readonly reasons: readonly DecisionReason[] }
  | {
      readonly kind: "unanswered";
      readonly exchange: string;
      readonly code: SourceErrorCode;
      /** Milliseconds. */
      readonly retryAfter: number | null;
    };

/** What may be answered, and what it was made of. */
type Disclosed<Body> =
  | {
      readonly kind: "answered";
      readonly body: Body;
      readonly bytes: Buffer;
      readonly answer: LookupAnswer | MatchAnswer;
    }
  | Exclude<Performed<never>, { readonly kind: "answered" | "denied" }>
  | { readonly kind: "denied"; readonly reasons: readonly DecisionReason[] };

/**
 * One lookup, whole (design: one straight path). Throws Fault for input that cannot be asked about (RESOURCE_UNKNOWN,
 * KEYS_INVALID, FIELDS_INVALID, NO_SOURCE), for QUOTA_EXCEEDED, and when the service itself cannot go on.
 */
export async function exchangeLookup(
  request: AsAsked<LookupRequest>,
  services: InquiryServices,
): Promise<InquiryAnswer<LookupBody>> {
  const inquiry = openLookup(request, services);
  const ruling = await ruleOn(inquiry, services);
  const performed = await perform(inquiry, ruling, services, () => lookUp(inquiry, ruling, services));
  const bodyOf = (answer: LookupAnswer) => notifying(inquiry, lookupBody(inquiry, ruling, answer), services);
  const disclosed = carryOut(ruling, performed, bodyOf);
  await record({ inquiry, asked: request.asked, ruling, performed, disclosed }, services);
  return answerOf(inquiry, disclosed);
}

/** One match, whole: the answer is yes or no for each claim, and no data leaves. Throws as exchangeLookup does. */
export async function exchangeMatch(
  request: AsAsked<MatchRequest>,
  services: InquiryServices,
): Promise<InquiryAnswer<MatchBody>> {
  const inquiry = openMatch(request, services);
  const ruling = await ruleOn(inquiry, services);
  const performed = await perform(inquiry, ruling, services, () => matchClaims(inquiry, ruling, services));
  const bodyOf = (answer: MatchAnswer) => notifying(inquiry, matchBody(inquiry, ruling, answer), services);
  const disclosed = carryOut(ruling, performed, bodyOf);
  await record({ inquiry, asked: request.asked, ruling, performed, disclosed }, services);
  return answerOf(inquiry, disclosed);
}

function openLookup(request: LookupRequest, services: InquiryServices): OpenInquiry<LookupRequest> {
  const resource = resourceOf(request.resource, services.registry);
  checkKeys(request.keys, resource, services.isWellFormed);
  checkFields(request.fields, resource);
  return { ...open("lookup", request, resource, services), request, names: request.fields };
}

export function openMatch(request: MatchRequest, services: InquiryServices): OpenInquiry<MatchRequest> {
  const resource = resourceOf(request.resource, services.registry);
  checkKeys(request.keys, resource, services.isWellFormed);
  checkClaims(request.claims, resource, services.isWellFormed);
  return { ...open("match", request, resource, services), request, names: Object.keys(request.claims) };
}

function open<Kind extends Inquiry["kind"]>(
  kind: Kind,
  { region, caller }: Pick<LookupRequest, "region" | "caller">,
  resource: OpenInquiry["resource"],
  { registry, clock }: InquiryServices,
) {
  const route = routeTo(resource, region, registry.source);
  if (route === null) throw new Fault("NO_SOURCE");
  // A peer vouches for its own departments, not for those of another gateway; and two that asked each other would never end.
  if (route.source.settings.kind === "peer" && caller.roles.includes("peer")) throw new Fault("NO_SOURCE");
  const receivedAt = clock();
  const at = timeText(receivedAt);
  return { kind, id: newExchangeId(), began: performance.now(), receivedAt, at, resource, route };
}

const PLAN_NOT_UNDERSTOOD: DecisionReason = {
  code: "PLAN_NOT_UNDERSTOOD",
  rule: "plan",
  zh: "策略中有无法执行的义务。",
  en: "An obligation of the policies cannot be carried out.",
};

/** Obligations are carried out field by field; one that is not understood denies. */
function carryOut<Answer extends LookupAnswer | MatchAnswer, Body>(
  { reasons }: Ruling,
  performed: Performed<Answer>,
  disclosing: (answer: Answer) => Body,
): Disclosed<Body> {
  if (performed.kind === "denied") return { kind: "denied", reasons };
  if (performed.kind !== "answered") return performed;
  try {
    const { answer } = performed;
    const body = disclosing(answer);
    return { kind: "answered", answer, body, bytes: Buffer.from(JSON.stringify(body)) };
  } catch (error) {
    if (error instanceof DisclosureError) return { kind: "denied", reasons: [PLAN_NOT_UNDERSTOOD] };
    return broken(error instanceof Fault ? error : new Fault("POLICY_UNAVAILABLE", undefined, { cause: error }));
  }
}

function lookupBody(inquiry: OpenInquiry<LookupRequest>, ruling: Ruling, answer: LookupAnswer): LookupBody {
  const { names } = inquiry;
  const { treatments, planFor } = lookupPlan(names, ruling.decision);
  const outcome = answer.kind === "found" ? "FOUND" : "NOT_FOUND";
  const told = { record: recordOf(names, answer), reference: answer.reference };
  const { record, reference } = discloseBy(planFor(answer.reference), told);
  const common = commonBody(inquiry, ruling, { ...answer, reference });
  return { ...common, outcome, ...sentenceOf(outcome), record, treatments };
}

function matchBody(inquiry: OpenInquiry<MatchRequest>, ruling: Ruling, answer: MatchAnswer): MatchBody {
  const claims = claimsOf(inquiry.names, answer);
  const outcome = matchOutcome(answer, claims);
  const state = answer.kind === "found" ? stateOf(inquiry.resource, answer.state) : null;
  const { reference } = answer;
  const told = discloseBy(lookupPlan([], ruling.decision).planFor(reference), { reference });
  return { ...commonBody(inquiry, ruling, { ...answer, ...told }), outcome, ...sentenceOf(outcome), claims, state };
}

type Whole = {
  readonly inquiry: OpenInquiry;
  readonly asked: AskedRequest;
  readonly ruling: Ruling;
  readonly performed: Performed<LookupAnswer | MatchAnswer>;
  readonly disclosed: Disclosed<LookupBody | MatchBody>;
};

/** What was paid for comes back when it is not answered after all: it could not be disclosed, or not be recorded. */
async function record(whole: Whole, { log, observe }: InquiryServices): Promise<void> {
  const { inquiry, ruling, performed, disclosed } = whole;
  const ruled = disclosed.kind === "denied" ? { ...ruling, permitted: false, reasons: disclosed.reasons } : ruling;
  const recorded = recordOfInquiry(inquiry, ruled, outcomeOf(inquiry, ruling, disclosed));
  let isAnswered = false;
  try {
    await log.append(entryOf(recorded, whole));
    observe(recorded, timingOf(whole));
    isAnswered = disclosed.kind === "answered";
  } finally {
    if (performed.kind === "answered" && !isAnswered) await performed.giveBack();
  }
}

function timingOf({ inquiry, ruling, performed, disclosed }: Whole): Timing {
  const sourceMilliseconds = "took" in performed ? performed.took : null;
  const milliseconds = performance.now() - inquiry.began;
  if (disclosed.kind !== "answered" || disclosed.answer.kind !== "found" || !("record" in disclosed.answer))
    return { milliseconds, sourceMilliseconds };
  const { record } = disclosed.answer;
  let lacking = 0;
  for (const name of inquiry.names)
    if (isTold(ruling.decision.fields[name]) && (record[name] ?? null) === null) lacking++;
  return { milliseconds, sourceMilliseconds, lacking };
}

const entryOf = (record: InquiryRecord, { inquiry, asked, performed, disclosed }: Whole): LogEntry => ({
  record,
  request: asked,
  answer: disclosed.kind === "answered" ? disclosed.bytes : null,
  subject: subjectName(inquiry.resource, inquiry.request.keys),
  persons: personsOf(inquiry, performed.kind === "answered" ? performed.answer : null),
});

/** The body, once whoever it says was notified is. */
function notifying<Body extends LookupBody | MatchBody>(
  inquiry: OpenInquiry,
  body: Body,
  services: InquiryServices,
): Body {
  if (body.notified.length > 0) notifyProvider(inquiry, services);
  return body;
}

/** Throws Fault REGISTRY_UNAVAILABLE. */
export function notifyProvider(
  { id, resource, request }: OpenInquiry,
  { notices }: Pick<InquiryServices, "notices">,
): void {
  notices.add({
    organisation: resource.provider.code,
    exchange: id,
    resource: resource.id,
    client: request.caller.id,
    item: request.purpose.itemCode,
  });
}

function outcomeOf(
  { route, resource }: OpenInquiry,
  { decision }: Ruling,
  disclosed: Disclosed<LookupBody | MatchBody>,
): Outcome {
  const nothing = { source: null, state: null, duties: [] };
  switch (disclosed.kind) {
    case "denied":
      return { result: "DENIED", code: disclosed.reasons[0]?.code ?? "NO_REASON", ...nothing };
    case "turned":
      return { result: "DENIED", code: disclosed.code, ...nothing };
    case "unanswered":
    case "broken":
      return { result: "UNANSWERED", code: disclosed.code, ...nothing };
    case "answered": {
      const { answer, body } = disclosed;
      const { asOf, receipt } = answer;
      const { reference } = body.source;
      const source = { id: route.source.id, asOf, reference, ...(receipt !== undefined && { receipt }) };
      const state = "state" in body && body.state !== null ? (resource.licence?.state ?? null) : null;
      return { result: body.outcome, code: null, source, state, duties: dutiesOf(decision, body) };
    }
  }
}

const dutiesOf = ({ duties }: Ruling["decision"], { watermark, notified }: LookupBody | MatchBody): string[] => [
  ...(duties.quota === null ? [] : ["quota"]),
  ...(watermark === null ? [] : ["watermark"]),
  ...notified.map((whom) => `notify-${whom}`),
];

function answerOf<Body>({ id }: OpenInquiry, disclosed: Disclosed<Body>): InquiryAnswer<Body> {
  switch (disclosed.kind) {
    case "answered":
      return { kind: "answered", exchange: id, body: disclosed.body, bytes: disclosed.bytes };
    case "turned":
      throw new Fault(disclosed.code, undefined, { exchange: id });
    case "broken":
      throw disclosed.error;
    case "unanswered": {
      const { kind, code, retryAfter } = disclosed;
      return { kind, exchange: id, code, retryAfter };
    }
    case "denied":
      return { ...disclosed, exchange: id };
  }
}
