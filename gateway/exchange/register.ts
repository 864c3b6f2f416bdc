import type { DecisionReason } from "#policies/decision.ts";
import {
  type HolderComparison,
  type HolderResult,
  isMoment,
  type RegisterAnswer,
  type RegisterState,
} from "#certs/register-answer.ts";
import type { Report } from "#certs/report.ts";
import type { SourceErrorCode } from "#connectors/source-error.ts";
import type { CallOptions, MatchAnswer } from "#connectors/source.ts";
import type { Caller } from "#gateway/clients/caller.ts";
import { Fault, type FaultCode } from "#gateway/fault.ts";
import type { RecordedPurpose } from "#gateway/log/exchange-record.ts";
import type { Registry } from "#gateway/registry/registry.ts";
import { type NoQuery, type RegisterQuery, type RegisterResource, registerQueryOf } from "./register-question.ts";

/** The register that a verification names, and for what. `region`: six digits, null for that of the licence's issuer. */
export type RegisterRequest = {
  readonly resource: string;
  readonly region: string | null;
  readonly purpose: RecordedPurpose;
};

/** Who asks, and in which exchange; `receivedAt` in milliseconds. */
type Circumstances = { readonly caller: Caller; readonly receivedAt: number };

/** Asks whether such a match may be made. It does not depend on the document, so it is asked before that is read. */
export type RegisterAuthorization = Circumstances & { readonly register: RegisterRequest };

/** `permitted` false: the whole verification is denied with these reasons. */
export type RegisterRuling = {
  readonly permitted: boolean;
  readonly decision: { readonly decisionId: string; readonly policySetDigest: string };
  readonly reasons: readonly DecisionReason[];
};

/** `report` as it was verified, nothing masked in it. */
export type RegisterQuestion = Circumstances & {
  readonly register: RegisterRequest;
  readonly report: Report;
  readonly exchange: string;
  readonly calls: CallOptions;
};

/** `receipt`: what a peer signed for its answer. */
export type RegisterReply =
  | { readonly kind: "answered"; readonly answer: RegisterAnswer; readonly receipt: string | null }
  | { readonly kind: "denied"; readonly reasons: readonly DecisionReason[] };

/** A match that the policies have yet to decide on; `names` of the fields that are compared, and of the state. */
export type MatchToAuthorize = Circumstances &
  Omit<RegisterRequest, "region"> & {
    readonly region: string | null;
    readonly names: readonly string[];
  };
/** A match as POST /v1/matches makes it, within another exchange. */
export type MatchToMake = Circumstances & {
  readonly resource: string;
  readonly region: string;
  readonly keys: Readonly<Record<string, string>>;
  readonly claims: Readonly<Record<string, string>>;
  readonly purpose: RecordedPurpose;
  readonly exchange: string;
  readonly calls: CallOptions;
};
/** `source` by its identifier, `region` the one whose source answered. */
export type AuthorizedMatch =
  | { readonly kind: "answered"; readonly answer: MatchAnswer; readonly source: string; readonly region: string }
  | { readonly kind: "denied"; readonly reasons: readonly DecisionReason[] }
  | { readonly kind: "unanswered"; readonly code: SourceErrorCode };

/** What asking a register takes. Both functions are those of inquiries: a register is asked under the same rules as anybody else. */
export type RegisterServices = {
  readonly registry: Pick<Registry, "resource">;
  /** Throws Fault POLICY_UNAVAILABLE. */
  readonly authorizeMatch: (question: MatchToAuthorize) => Promise<RegisterRuling>;
  /** Throws Fault for what cannot be asked about, and when the service itself cannot go on. */
  readonly match: (question: MatchToMake) => Promise<AuthorizedMatch>;
};

/**
 * Whether the caller may have the register asked, before a document is read. Throws Fault RESOURCE_UNKNOWN, INVALID_REQUEST for a
 * resource that keeps no licences, POLICY_UNAVAILABLE.
 */
export async function authorizeRegister(
  { register, ...circumstances }: RegisterAuthorization,
  { registry, authorizeMatch }: RegisterServices,
): Promise<RegisterRuling> {
  const { number, holderName, holderCode, state } = registerOf(register.resource, registry).licence;
  return await authorizeMatch({ ...circumstances, ...register, names: [number, holderName, holderCode, state] });
}

/**
 * Asks the issuing region's register for the licence's present state and its holder. What keeps it from answering is an answer too;
 * only a service that cannot go on throws (Fault POLICY_UNAVAILABLE, LOG_UNAVAILABLE).
 */
export async function askRegister(question: RegisterQuestion, services: RegisterServices): Promise<RegisterReply> {
  const { report, register } = question;
  const resource = registerOf(register.resource, services.registry);
  const query = registerQueryOf(report, resource, register.region);
  if (query.kind === "not-asked") return { kind: "answered", answer: notAsked(register, query), receipt: null };
  return replyOf(await matchWithin(question, query, services), query, resource);
}

function registerOf(id: string, registry: RegisterServices["registry"]): RegisterResource {
  const resource = registry.resource(id);
  if (resource === null) throw new Fault("RESOURCE_UNKNOWN");
  const { licence } = resource;
  if (licence === null) throw new Fault("INVALID_REQUEST", "query/resource: it keeps no register of licences");
  return { ...resource, licence };
}

type Matched =
  | Exclude<AuthorizedMatch, { readonly kind: "unanswered" }>
  | { readonly kind: "unanswered"; readonly code: string };

const FATAL: readonly FaultCode[] = ["POLICY_UNAVAILABLE", "LOG_UNAVAILABLE"];

/** Whether an error ends the whole exchange: the service cannot go on, whatever is asked. */
export const isFatal = (error: unknown): boolean => error instanceof Fault && FATAL.includes(error.code);

/** What cannot be asked now (no source for the region, a quota used up, a number that no register could hold) leaves the question open. */
async function matchWithin(
  { caller, receivedAt, register, exchange, calls }: RegisterQuestion,
  { region, keys, claims }: RegisterQuery,
  { match }: Pick<RegisterServices, "match">,
): Promise<Matched> {
  const { resource, purpose } = register;
  const asked = { caller, receivedAt, resource, region, keys, claims, purpose, exchange, calls };
  try {
    return await match(asked);
  } catch (error) {
    if (!(error instanceof Fault) || isFatal(error)) throw error;
    return { kind: "unanswered", code: error.code };
  }
}

function replyOf(matched: Matched, query: RegisterQuery, resource: RegisterResource): RegisterReply {
  switch (matched.kind) {
    case "denied":
      return matched;
    case "unanswered":
      return { kind: "answered", answer: unanswered(resource.id, query, matched.code), receipt: null };
    case "answered":
      return {
        kind: "answered",
        answer: heard(matched, query, resource),
        receipt: matched.answer.receipt ?? null,
      };
  }
}

const UNHEARD = { source: null, asOf: null, reference: null, state: null, holder: null } as const;

const notAsked = ({ resource, region }: RegisterRequest, { code, issuer }: NoQuery): RegisterAnswer => ({
  resource,
  region,
  outcome: "not-asked",
  issuer,
  code,
  ...UNHEARD,
});

/** `code`: of a source's error, or of a Fault. */
export const unanswered = (
  resource: string,
  { region, issuer }: Pick<RegisterAnswer & { outcome: "unanswered" }, "region" | "issuer">,
  code: string,
): RegisterAnswer => ({ resource, region, outcome: "unanswered", issuer, code, ...UNHEARD });

function heard(
  { answer, source, region }: AuthorizedMatch & { readonly kind: "answered" },
  query: RegisterQuery,
  resource: RegisterResource,
): RegisterAnswer {
  const { asOf, reference } = answer;
  if (!isMoment(asOf)) return unanswered(resource.id, query, "SOURCE_MALFORMED");
  const common = { resource: resource.id, region, code: null, source, asOf, reference, issuer: query.issuer };
  if (answer.kind === "not-found") return { ...common, outcome: "not-found", state: null, holder: null };
  const holder = holderOf(answer.claims, query, resource);
  return { ...common, outcome: "found", state: stateOf(answer.state, resource), holder };
}

function stateOf(value: string | null, { licence: { states } }: RegisterResource): RegisterState {
  return (value !== null && Object.hasOwn(states, value) ? states[value] : undefined) ?? "unknown";
}

function holderOf(
  results: (MatchAnswer & { readonly kind: "found" })["claims"],
  { claims }: RegisterQuery,
  { licence }: RegisterResource,
): HolderComparison {
  const heard = new Map(Object.entries(results));
  const result = (name: string): HolderResult =>
    Object.hasOwn(claims, name) ? (heard.get(name) ?? "no-data") : "not-asked";
  return { name: result(licence.holderName), code: result(licence.holderCode) };
}
