import type { Decision, DecisionReason } from "#policies/decision.ts";
import { disclose, DisclosureError } from "#policies/disclose.ts";
import type { CallOptions } from "#connectors/source.ts";
import type { PolicyId } from "#certs/policy.ts";
import type { RefusalCode } from "#certs/refusal.ts";
import { withRegister } from "#certs/register.ts";
import type { Report } from "#certs/report.ts";
import type { Caller } from "#gateway/clients/caller.ts";
import { Fault } from "#gateway/fault.ts";
import type { ExchangeLog } from "#gateway/log/exchange-log.ts";
import type { LogEntry } from "#gateway/log/log-entry.ts";
import { personName } from "#gateway/log/person-name.ts";
import type { AnsweredReport, RecordedSource, VerificationRecord } from "#gateway/log/exchange-record.ts";
import { traceOf } from "#gateway/trace-of.ts";
import { unverifiedReport } from "#gateway/workers/unverified-report.ts";
import type { Verification, VerificationQuestion } from "#gateway/workers/verifier.ts";
import type { Observe } from "./observe.ts";
import { answeredExchange, newExchangeId, timeText } from "./exchange-identity.ts";
import { type Access, type Authorize, clientOf, decideOn, hourInChina, recordedDecision } from "./authorization.ts";
import {
  isFatal,
  type RegisterAuthorization,
  type RegisterQuestion,
  type RegisterReply,
  type RegisterRequest,
  type RegisterRuling,
  unanswered,
} from "./register.ts";

/** `length` in bytes; `take` as in VerificationQuestion; `release` gives its room back. */
export type RequestedDocument = Pick<VerificationQuestion, "take"> & {
  readonly length: number;
  readonly sha256: string;
  readonly release: () => void;
};

/**
 * What was asked. `target` as in AskedRequest. `receive` reads the document; it is called once the policies permit, and not at all
 * when they do not. `at` in milliseconds, null for now.
 */
export type VerificationRequest = {
  readonly caller: Caller;
  readonly target: string;
  readonly receive: () => Promise<RequestedDocument>;
  readonly at: number | null;
  readonly policy: PolicyId;
  /** The register to ask for the licence's present state and holder. */
  readonly register: RegisterRequest | null;
  readonly calls: CallOptions;
};

export type VerificationServices = {
  readonly access: Access;
  readonly authorize: Authorize;
  readonly verify: (question: VerificationQuestion) => Promise<Verification>;
  /** Whether `verify` would turn a document away: then it is not read either. */
  readonly isFull: () => boolean;
  readonly authorizeRegister: (question: RegisterAuthorization) => Promise<RegisterRuling>;
  readonly askRegister: (question: RegisterQuestion) => Promise<RegisterReply>;
  readonly log: Pick<ExchangeLog, "append">;
  readonly observe: Observe;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** Told of an exception while a register was asked. */
  readonly onTrouble: (what: string, detail: string) => void;
};

/** Every one of these is on record when the caller gets it. `bytes`: the report as it is to be sent. `detail` names places, never content. */
export type VerificationAnswer =
  | { readonly kind: "report"; readonly report: AnsweredReport; readonly bytes: Buffer }
  | { readonly kind: "refused"; readonly exchange: string; readonly code: RefusalCode; readonly detail: string }
  | { readonly kind: "denied"; readonly exchange: string; readonly reasons: readonly DecisionReason[] };

type Exchange = {
  readonly id: string;
  /** Milliseconds. */
  readonly receivedAt: number;
  readonly request: VerificationRequest;
};

/** What the policies say of the verification, and of asking the register where one is named. */
type Ruling = RegisterRuling & { readonly plan: Decision["plan"] };

/** `document`: what was read, null when nothing was. `holder`: the licence's, as the document names it. */
type Performed = { readonly document: { readonly sha256: string; readonly length: number } | null } & (
  | {
      readonly kind: "report";
      readonly report: Report;
      readonly receipt: string | null;
      readonly holder: string | null;
    }
  | { readonly kind: "refused"; readonly code: RefusalCode; readonly detail: string }
  | { readonly kind: "denied"; readonly reasons: readonly DecisionReason[] }
);

/**
 * One verification, whole (design: one straight path). Throws Fault when the request cannot be carried out (INVALID_REQUEST,
 * RESOURCE_UNKNOWN, what `receive` throws) or the service itself cannot go on: BUSY, POLICY_UNAVAILABLE, LOG_UNAVAILABLE; then
 * nothing was answered. Never throws because of a document or of a register.
 */
export async function exchangeVerification(
  request: VerificationRequest,
  services: VerificationServices,
): Promise<VerificationAnswer> {
  const began = performance.now();
  const exchange = openExchange(request, services.clock());
  const ruling = await ruleOn(exchange, services);
  const performed = ruling.permitted ? await perform(exchange, services) : denialOf(ruling);
  const disclosed = discloseByPlan(ruling, performed);
  const answer = answerOf(exchange, disclosed);
  const record = recordOf(exchange, ruling, disclosed, answer);
  await services.log.append(entryOf(exchange, record, disclosed, answer));
  services.observe(record, { milliseconds: performance.now() - began, sourceMilliseconds: null });
  return answer;
}

/** A document that was not read has no digest: then nothing but the target is known of the request. */
function entryOf(
  { request: { target } }: Exchange,
  record: VerificationRecord,
  disclosed: Performed,
  answer: VerificationAnswer,
): LogEntry {
  const { document } = disclosed;
  const holder = disclosed.kind === "report" ? disclosed.holder : null;
  return {
    record,
    request: document === null ? null : { target, sha256: document.sha256 },
    answer: answer.kind === "report" ? answer.bytes : null,
    subject: null,
    persons: holder === null ? [] : [personName(holder)],
  };
}

function openExchange(request: VerificationRequest, now: number): Exchange {
  if (request.at !== null && request.register !== null) {
    throw new Fault(
      "INVALID_REQUEST",
      "query: at and resource exclude each other; a register knows the present state only",
    );
  }
  return { id: newExchangeId(), receivedAt: now, request };
}

/** A register is asked under the rules of a match: whoever may not make that match is denied before the document is read. */
async function ruleOn(
  { receivedAt, request: { caller, register } }: Exchange,
  { access, authorize, authorizeRegister }: VerificationServices,
): Promise<Ruling> {
  const context = { access, hour: hourInChina(receivedAt) };
  const decision = decideOn({ caller, action: "verify", context }, authorize);
  const { plan, reasons } = decision;
  if (decision.effect === "deny") return { permitted: false, decision, reasons, plan };
  if (register === null) return { permitted: true, decision, reasons, plan };
  const asking = await authorizeRegister({ caller, receivedAt, register });
  if (!asking.permitted) return { ...asking, plan };
  return { permitted: true, decision, reasons: [...reasons, ...asking.reasons], plan };
}

const denialOf = ({ reasons }: Ruling): Performed => ({ kind: "denied", reasons, document: null });

async function perform(exchange: Exchange, services: VerificationServices): Promise<Performed> {
  if (services.isFull()) throw new Fault("BUSY");
  const read = await exchange.request.receive();
  const document = { sha256: read.sha256, length: read.length };
  const verified = await verifyRead(read, exchange, services).finally(read.release);
  if (verified.kind === "refused") return { ...verified, document };
  const asked = await askAbout(verified.report, exchange, services);
  if (asked.kind === "denied") return { ...asked, document };
  return { ...asked, document, holder: verified.report.licence?.holder.code ?? null };
}

async function verifyRead(
  { take, sha256, length }: RequestedDocument,
  { receivedAt, request }: Exchange,
  { verify }: VerificationServices,
): Promise<Exclude<Verification, { readonly kind: "abandoned" }>> {
  const { policy, calls } = request;
  const at = request.at ?? receivedAt;
  const verification = await verify({ take, length, sha256, policy, at, signal: calls.signal });
  if (verification.kind !== "abandoned") return verification;
  return { kind: "report", report: unverifiedReport({ ...verification, sha256, bytes: length, policy, at }) };
}

type Reported =
  | { readonly kind: "report"; readonly report: Report; readonly receipt: string | null }
  | { readonly kind: "denied"; readonly reasons: readonly DecisionReason[] };

async function askAbout(
  report: Report,
  { id, receivedAt, request: { caller, register, calls } }: Exchange,
  services: VerificationServices,
): Promise<Reported> {
  if (register === null) return { kind: "report", report, receipt: null };
  const question = { caller, receivedAt, register, report, exchange: id, calls };
  const reply = await askSafely(question, services);
  if (reply.kind === "denied") return reply;
  return { kind: "report", report: withRegister(report, reply.answer), receipt: reply.receipt };
}

/** An error in asking is ours, not the document's: the question stays open, and so does the verdict. */
async function askSafely(
  question: RegisterQuestion,
  { askRegister, onTrouble }: VerificationServices,
): Promise<RegisterReply> {
  try {
    return await askRegister(question);
  } catch (error) {
    if (isFatal(error)) throw error;
    onTrouble("an exception while a register was asked", traceOf(error));
    const { resource, region } = question.register;
    const code = error instanceof Fault ? error.code : "INTERNAL";
    return { kind: "answered", answer: unanswered(resource, { region, issuer: "unknown" }, code), receipt: null };
  }
}

const PLAN_NOT_UNDERSTOOD: DecisionReason = {
  code: "PLAN_NOT_UNDERSTOOD",
  rule: "plan",
  zh: "策略中有无法执行的义务。",
  en: "An obligation of the policies cannot be carried out.",
};

/** An obligation that is not understood denies. */
function discloseByPlan({ plan }: Ruling, performed: Performed): Performed {
  if (performed.kind !== "report") return performed;
  try {
    return { ...performed, report: disclose(plan, performed.report) };
  } catch (error) {
    if (!(error instanceof DisclosureError)) throw new Fault("POLICY_UNAVAILABLE", undefined, { cause: error });
    return { kind: "denied", reasons: [PLAN_NOT_UNDERSTOOD], document: performed.document };
  }
}

function answerOf({ id, receivedAt }: Exchange, disclosed: Performed): VerificationAnswer {
  switch (disclosed.kind) {
    case "report": {
      const report = { id, exchange: answeredExchange(id, timeText(receivedAt)), ...disclosed.report };
      return { kind: "report", report, bytes: Buffer.from(JSON.stringify(report)) };
    }
    case "refused":
      return { kind: "refused", exchange: id, code: disclosed.code, detail: disclosed.detail };
    case "denied":
      return { kind: "denied", exchange: id, reasons: disclosed.reasons };
  }
}

function recordOf(
  { id, receivedAt, request }: Exchange,
  { decision, ...ruling }: Ruling,
  disclosed: Performed,
  answer: VerificationAnswer,
): VerificationRecord {
  const { caller, at, policy, register } = request;
  const { decisionId, policySetDigest } = decision;
  const denied = answer.kind === "denied";
  return {
    id,
    receivedAt: timeText(receivedAt),
    kind: "verification",
    client: clientOf(caller),
    request: {
      sha256: disclosed.document?.sha256 ?? null,
      bytes: disclosed.document?.length ?? null,
      at: at === null ? null : new Date(at).toISOString(),
      policy,
      register,
    },
    decision: recordedDecision({
      effect: denied ? "deny" : "permit",
      decisionId,
      policySetDigest,
      reasons: denied ? answer.reasons : ruling.reasons,
    }),
    outcome: outcomeOf(answer),
    source: disclosed.kind === "report" ? sourceOf(disclosed) : null,
    report: answer.kind === "report" ? answer.report : null,
  };
}

function outcomeOf(answer: VerificationAnswer): VerificationRecord["outcome"] {
  switch (answer.kind) {
    case "report":
      return { result: answer.report.verdict, code: null };
    case "refused":
      return { result: "REFUSED", code: answer.code };
    case "denied":
      return { result: "DENIED", code: answer.reasons[0]?.code ?? "NO_REASON" };
  }
}

function sourceOf({ report, receipt }: Performed & { readonly kind: "report" }): RecordedSource | null {
  const { register } = report;
  if (register === null || register.source === null) return null;
  return { id: register.source, asOf: register.asOf, reference: register.reference, receipt };
}
