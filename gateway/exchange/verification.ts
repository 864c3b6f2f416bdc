import { randomUUIDv7 } from "node:crypto";
import type { Decision } from "#policies/decision.ts";
import { disclose, DisclosureError } from "#policies/disclose.ts";
import type { PolicyId } from "#certs/policy.ts";
import type { RefusalCode } from "#certs/refusal.ts";
import type { Report } from "#certs/report.ts";
import { Fault } from "#gateway/fault.ts";
import type { ExchangeLog } from "#gateway/log/exchange-log.ts";
import type { AnsweredReport, Client, ExchangeRecord } from "#gateway/log/exchange-record.ts";
import { unverifiedReport } from "#gateway/workers/unverified-report.ts";
import { type Access, decideOn, reasonsOf } from "./authorization.ts";
import type { Verification, VerificationQuestion } from "#gateway/workers/verifier.ts";

/** `length` in bytes; `take` as in VerificationQuestion. */
export type RequestedDocument = Pick<VerificationQuestion, "take"> & {
  readonly length: number;
  readonly sha256: string;
};

/** What was asked. `at` in milliseconds, null for now; `signal` says that the caller has gone. */
export type VerificationRequest = {
  readonly client: Client;
  readonly document: RequestedDocument;
  readonly at: number | null;
  readonly policy: PolicyId;
  readonly signal?: AbortSignal;
};

export type VerificationServices = {
  readonly access: Access;
  readonly verify: (question: VerificationQuestion) => Promise<Verification>;
  readonly log: Pick<ExchangeLog, "append">;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
};

/** Every one of these is on record when the caller gets it. `detail` names places, never content. */
export type VerificationAnswer =
  | { readonly kind: "report"; readonly report: AnsweredReport }
  | { readonly kind: "refused"; readonly exchange: string; readonly code: RefusalCode; readonly detail: string }
  | { readonly kind: "denied"; readonly exchange: string; readonly code: string; readonly detail: string };

type Exchange = {
  readonly id: string;
  /** Milliseconds. */
  readonly receivedAt: number;
  readonly request: VerificationRequest;
};

type Performed =
  | { readonly kind: "report"; readonly report: Report }
  | { readonly kind: "refused"; readonly code: RefusalCode; readonly detail: string };
type Denied = { readonly kind: "denied"; readonly code: string; readonly detail: string };

/**
 * One verification, whole (design: one straight path). Throws Fault when the service itself cannot go on: BUSY,
 * POLICY_UNAVAILABLE, LOG_UNAVAILABLE; then nothing was answered. Never throws because of a document.
 */
export async function exchangeVerification(
  request: VerificationRequest,
  services: VerificationServices,
): Promise<VerificationAnswer> {
  const exchange = openExchange(request, services.clock());
  const decision = decideOn(request.client, services.access);
  const performed = decision.effect === "permit" ? await perform(exchange, services) : denialOf(decision);
  const disclosed = discloseByPlan(decision, performed);
  const answer = answerOf(exchange, disclosed);
  await services.log.append(recordOf(exchange, decision, answer));
  return answer;
}

function openExchange(request: VerificationRequest, now: number): Exchange {
  return { id: randomUUIDv7(), receivedAt: now, request };
}

function denialOf(decision: Decision): Denied {
  return { kind: "denied", code: decision.reasons[0]?.code ?? "NO_REASON", detail: reasonsOf(decision) };
}

async function perform({ receivedAt, request }: Exchange, services: VerificationServices): Promise<Performed> {
  const { document, policy } = request;
  const at = request.at ?? receivedAt;
  const verification = await services.verify({
    take: document.take,
    policy,
    at,
    ...(request.signal !== undefined && { signal: request.signal }),
  });
  if (verification.kind !== "abandoned") return verification;
  const facts = { sha256: document.sha256, bytes: document.length, policy, at };
  return { kind: "report", report: unverifiedReport({ ...verification, ...facts }) };
}

/** An obligation that is not understood denies. */
function discloseByPlan({ plan }: Decision, performed: Performed | Denied): Performed | Denied {
  if (performed.kind !== "report") return performed;
  try {
    return { kind: "report", report: disclose(plan, performed.report) };
  } catch (error) {
    if (!(error instanceof DisclosureError)) throw new Fault("POLICY_UNAVAILABLE", undefined, { cause: error });
    return { kind: "denied", code: "PLAN_NOT_UNDERSTOOD", detail: "an obligation of the policy is not understood" };
  }
}

function answerOf({ id, receivedAt }: Exchange, disclosed: Performed | Denied): VerificationAnswer {
  if (disclosed.kind !== "report") return { ...disclosed, exchange: id };
  const exchange = { id, receivedAt: new Date(receivedAt).toISOString(), url: `/v1/exchanges/${id}` };
  return { kind: "report", report: { id, exchange, ...disclosed.report } };
}

function recordOf(exchange: Exchange, decision: Decision, answer: VerificationAnswer): ExchangeRecord {
  const { client, document, at, policy } = exchange.request;
  const { effect, decisionId, policySetDigest, reasons } = decision;
  return {
    id: exchange.id,
    receivedAt: new Date(exchange.receivedAt).toISOString(),
    kind: "verification",
    client,
    request: {
      sha256: document.sha256,
      bytes: document.length,
      at: at === null ? null : new Date(at).toISOString(),
      policy,
    },
    decision: { effect, decisionId, policySetDigest, reasons: reasons.map((reason) => reason.code) },
    outcome: outcomeOf(answer),
    report: answer.kind === "report" ? answer.report : null,
  };
}

function outcomeOf(answer: VerificationAnswer): ExchangeRecord["outcome"] {
  switch (answer.kind) {
    case "report":
      return { result: answer.report.verdict, code: null };
    case "refused":
      return { result: "REFUSED", code: answer.code };
    case "denied":
      return { result: "DENIED", code: answer.code };
  }
}
