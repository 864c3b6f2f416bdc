import type { Decision, DecisionReason } from "#policies/decision.ts";
import type { AuthorizationRequest, Principal } from "#policies/request.ts";
import type { Caller } from "#gateway/clients/caller.ts";
import { Fault } from "#gateway/fault.ts";
import type { Client, RecordedDecision } from "#gateway/log/exchange-record.ts";

/** Decides by the policies in force; the same request gets the same decision. Throws when they cannot be evaluated. */
export type Authorize = (request: AuthorizationRequest) => Decision;
export type Access = AuthorizationRequest["context"]["access"];

type Question = Pick<AuthorizationRequest, "action"> & {
  readonly caller: Caller;
  readonly resource?: AuthorizationRequest["resource"];
  readonly context: Pick<AuthorizationRequest["context"], "access" | "hour"> & Partial<AuthorizationRequest["context"]>;
};

const NO_CONTEXT = { purpose: null, grant: null, approved: false, owner: null } as const;

/** A policy that fails is not a denial by rule: throws Fault POLICY_UNAVAILABLE. */
export function decideOn(question: Question, authorize: Authorize): Decision {
  const { caller, action, resource = null, context } = question;
  try {
    return authorize({ principal: principalOf(caller), action, resource, context: { ...NO_CONTEXT, ...context } });
  } catch (cause) {
    throw new Fault("POLICY_UNAVAILABLE", undefined, { cause });
  }
}

const principalOf = ({ id, network, authentication, organisation, roles }: Caller): Principal => ({
  client: id,
  organisation: organisation?.code ?? null,
  region: organisation?.region ?? null,
  roles,
  authentication,
  address: network,
});

const HOUR = 3_600_000;
/** China has one time zone, eight hours ahead of UTC. */
export const hourInChina = (now: number): number => Math.floor(now / HOUR + 8) % 24;
let today = { number: Number.NaN, text: "" };

/** YYYY-MM-DD. */
export function dayInChina(now: number): string {
  const number = Math.floor((now / HOUR + 8) / 24);
  if (number !== today.number) today = { number, text: new Date(now + 8 * HOUR).toISOString().slice(0, 10) };
  return today.text;
}

export const reasonsOf = (reasons: readonly DecisionReason[]): string =>
  reasons.map(({ zh, en }) => `${zh} ${en}`).join("; ");

export const recordedDecision = ({
  effect,
  decisionId,
  policySetDigest,
  reasons,
}: Pick<Decision, "effect" | "decisionId" | "policySetDigest" | "reasons">): RecordedDecision => ({
  effect,
  decisionId,
  policySetDigest,
  reasons: reasons.map(({ code }) => code),
});

export const clientOf = ({ id, network, authentication, organisation }: Caller): Client => ({
  id,
  network,
  authentication,
  organisation: organisation?.code ?? null,
});
