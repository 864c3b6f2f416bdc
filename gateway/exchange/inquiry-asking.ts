import { SourceError, type SourceErrorCode } from "#connectors/source-error.ts";
import type { CallOptions, LookupAnswer, LookupQuestion, MatchAnswer, MatchQuestion } from "#connectors/source.ts";
import type { Approvals } from "#gateway/duties/approvals.ts";
import { Fault, type FaultCode } from "#gateway/fault.ts";
import type { Route } from "#gateway/registry/routing.ts";
import type { LookupRequest, MatchRequest } from "./inquiry-request.ts";
import {
  type Inquiry,
  isTold,
  requestDigest,
  type Ruling,
  type RulingServices,
  stateToTell,
} from "./inquiry-ruling.ts";

/** The sources by their identifiers. Throw SourceError. */
export type AskedSources = {
  readonly lookup: (source: string, question: LookupQuestion, options: CallOptions) => Promise<LookupAnswer>;
  readonly match: (source: string, question: MatchQuestion, options: CallOptions) => Promise<MatchAnswer>;
};

/** Answers a day under a grant. `take` is false when there are none left. */
export type QuotaCounter = {
  readonly take: (grant: string, perDay: number) => Promise<boolean>;
  readonly giveBack: (grant: string) => Promise<void>;
};

export type AskingServices = Pick<RulingServices, "pseudonym"> & {
  readonly approvals: Pick<Approvals, "use" | "giveBack">;
  readonly quota: QuotaCounter;
  readonly sources: AskedSources;
  /** Told why a source gave no answer, for whoever operates it. */
  readonly onUnanswered: (source: string, error: SourceError) => void;
};

/** An inquiry with its identifier and the source it goes to. */
export type OpenInquiry<Request = LookupRequest | MatchRequest> = Inquiry & {
  readonly id: string;
  /** On the clock of performance.now(). */
  readonly began: number;
  /** `receivedAt` in ISO 8601, UTC. */
  readonly at: string;
  readonly route: Route;
  readonly request: Request;
};

/**
 * What came of asking: `turned` by a quota or an approval that is used up, `unanswered` by the source, `broken` because the caller
 * has gone or the service cannot go on. `retryAfter` and `took`, the source's time, in milliseconds. `giveBack`: what asking cost, when nothing is answered after all.
 */
export type Performed<Answer> =
  | {
      readonly kind: "answered";
      readonly answer: Answer;
      readonly took: number;
      readonly giveBack: () => Promise<void>;
    }
  | {
      readonly kind: "unanswered";
      readonly code: SourceErrorCode;
      readonly retryAfter: number | null;
      readonly took: number;
    }
  | { readonly kind: "turned"; readonly code: "QUOTA_EXCEEDED" | "APPROVAL_USED" }
  | Broken
  | { readonly kind: "denied" };
/** `code` for the record; `error` for the caller. */
export type Broken = {
  readonly kind: "broken";
  readonly code: FaultCode | "CALLER_GONE";
  readonly error: unknown;
};

/** Asks the source if the ruling lets it; takes what asking costs before, and gives it back when there is no answer. Never throws. */
export async function perform<Answer>(
  inquiry: OpenInquiry,
  ruling: Ruling,
  services: AskingServices,
  ask: () => Promise<Answer>,
): Promise<Performed<Answer>> {
  if (!ruling.permitted) return { kind: "denied" };
  const { pay, giveBack } = priceOf(inquiry, ruling, services);
  let began = performance.now();
  try {
    const short = pay === null ? null : await pay();
    if (short !== null) return await giveBack().then(() => ({ kind: "turned", code: short }));
    began = performance.now();
    const answer = await ask();
    return { kind: "answered", answer, took: performance.now() - began, giveBack };
  } catch (error) {
    return await giveBack().then(() => failureOf(error, performance.now() - began, inquiry, services), broken);
  }
}

function failureOf(
  error: unknown,
  took: number,
  { request, route }: OpenInquiry,
  services: AskingServices,
): Performed<never> {
  if (error instanceof SourceError) {
    services.onUnanswered(route.source.id, error);
    return { kind: "unanswered", code: error.code, retryAfter: error.retryAfter, took };
  }
  return request.calls.signal.aborted ? { kind: "broken", code: "CALLER_GONE", error } : broken(error);
}

/** An error of the service itself. */
export const broken = (error: unknown): Broken => ({
  kind: "broken",
  code: error instanceof Fault ? error.code : "INTERNAL",
  error,
});

type Price = {
  /** Resolves to what is lacking, null when all was paid; itself null where nothing is asked for. */
  readonly pay: (() => Promise<"QUOTA_EXCEEDED" | "APPROVAL_USED" | null>) | null;
  /** What was paid so far. */
  readonly giveBack: () => Promise<void>;
};

const FREE: Price = { pay: null, giveBack: async () => {} };

function priceOf(inquiry: OpenInquiry, { decision, approved }: Ruling, services: AskingServices): Price {
  const { quota, approvals } = services;
  const bound = decision.duties.quota;
  const approval = approved ? inquiry.request.approval : null;
  if (bound === null && approval === null) return FREE;
  const paid: (() => Promise<void> | void)[] = [];
  return {
    async pay() {
      if (bound !== null) {
        if (!(await quota.take(bound.grant, bound.perDay))) return "QUOTA_EXCEEDED";
        paid.push(() => quota.giveBack(bound.grant));
      }
      if (approval !== null) {
        if (!approvals.use(approval, requestDigest(inquiry, services))) return "APPROVAL_USED";
        paid.push(() => approvals.giveBack(approval));
      }
      return null;
    },
    async giveBack() {
      await Promise.all(paid.splice(0).map(async (undo) => await undo()));
    },
  };
}

function askedOf({ id, resource, request, route }: OpenInquiry): Omit<LookupQuestion, "fields"> {
  const { organisation, official, itemCode, itemName, caseNumber, consent } = request.purpose;
  const purpose = { organisation, official, itemCode, itemName, caseNumber };
  return { resource: resource.id, region: route.region, keys: request.keys, purpose, consent, exchange: id };
}

/** Asks for no more than may be told. */
export function lookUp(
  inquiry: OpenInquiry<LookupRequest>,
  { decision }: Ruling,
  { sources }: AskingServices,
): Promise<LookupAnswer> {
  const fields = inquiry.names.filter((name) => isTold(decision.fields[name]));
  const { route, request } = inquiry;
  return sources.lookup(route.source.id, { ...askedOf(inquiry), fields }, request.calls);
}

export function matchClaims(
  inquiry: OpenInquiry<MatchRequest>,
  { decision }: Ruling,
  { sources }: AskingServices,
): Promise<MatchAnswer> {
  const { route, request } = inquiry;
  const question = { ...askedOf(inquiry), claims: request.claims, state: stateToTell(inquiry, decision) };
  return sources.match(route.source.id, question, request.calls);
}
