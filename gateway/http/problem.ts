import type { FastifyReply } from "fastify";
import { REFUSALS, type RefusalCode } from "#certs/refusal.ts";
import { SOURCE_ERRORS, type SourceErrorCode } from "#connectors/source-error.ts";
import { UPLOAD_ERRORS, type UploadError } from "#connectors/upload.ts";
import type { DecisionReason } from "#policies/decision.ts";
import { type Fault, type FaultCode, FAULTS, type Problem as FaultProblem, problemOfFault } from "#gateway/fault.ts";

/** A problem as it is answered: a fault's, or one that a recorded exchange came to. */
export type Problem = Omit<FaultProblem, "verdict"> & {
  readonly verdict?: "REFUSED" | "DENIED";
  readonly reasons?: readonly DecisionReason[];
};
/** With the headers that belong to it. */
export type AnsweredProblem = { readonly problem: Problem; readonly headers: Readonly<Record<string, string>> };

export const sendFault = (fault: Fault, reply: FastifyReply): FastifyReply => sendProblem(faultProblem(fault), reply);

export const sendProblem = (answered: AnsweredProblem, reply: FastifyReply): FastifyReply =>
  withProblemHeaders(answered, reply).type("application/problem+json; charset=utf-8").send(answered.problem);

/** Status and headers of the problem; what somebody has set already says it better. */
export function withProblemHeaders({ problem, headers }: AnsweredProblem, reply: FastifyReply): FastifyReply {
  for (const [name, value] of Object.entries(headers)) if (!reply.hasHeader(name)) void reply.header(name, value);
  return reply.code(problem.status);
}

export function faultProblem(fault: Fault): AnsweredProblem {
  const { retry, status } = FAULTS[fault.code];
  return {
    problem: problemOfFault(fault),
    headers: {
      ...retryAfter(retry),
      ...(status === 401 && { "www-authenticate": challengeOf(fault.code) }),
      // Whatever is left of a request that came too slowly is not waited for.
      ...(fault.code === "REQUEST_TIMEOUT" && { connection: "close" }),
    },
  };
}

/** RFC 6750, section 3.1: no error code for somebody who has shown nothing. */
const challengeOf = (code: FaultCode): string =>
  code === "AUTHENTICATION_REQUIRED" ? "Bearer" : 'Bearer error="invalid_token"';

const retryAfter = (seconds: number | null): AnsweredProblem["headers"] =>
  seconds === null ? {} : { "retry-after": String(seconds) };

type Refused = { readonly code: RefusalCode; readonly detail: string; readonly exchange: string };

/** Input that no reader parses. `detail` names places, never content. */
export function refusalProblem({ code, detail, exchange }: Refused): AnsweredProblem {
  const { zh, en } = REFUSALS[code];
  const type = `urn:tongyan:refusal:${code}`;
  return {
    problem: { type, title: en, status: 422, code, verdict: "REFUSED", detail, zh, en, exchange },
    headers: {},
  };
}

type Denied = { readonly exchange: string; readonly reasons: readonly DecisionReason[] };

/** A decision of the policies against it. The first reason speaks for all. */
export function denialProblem({ exchange, reasons }: Denied): AnsweredProblem {
  const { code, zh, en } = reasons[0] ?? { code: "DENIED", ...FAULTS.DENIED };
  const type = `urn:tongyan:denial:${code}`;
  return {
    problem: { type, title: en, status: FAULTS.DENIED.status, code, zh, en, exchange, verdict: "DENIED", reasons },
    headers: {},
  };
}

/** `retryAfter` in milliseconds. */
type Unanswered = { readonly exchange: string; readonly code: SourceErrorCode; readonly retryAfter: number | null };

/** No answer from a source that could be used. */
export function sourceProblem({ exchange, code, retryAfter: pause }: Unanswered): AnsweredProblem {
  const { transient, zh, en } = SOURCE_ERRORS[code];
  const { status, retry } = FAULTS[transient ? "SOURCE_UNAVAILABLE" : "SOURCE_MISBEHAVED"];
  const seconds = transient && pause !== null ? Math.max(1, Math.ceil(pause / 1000)) : retry;
  return {
    problem: {
      type: `urn:tongyan:source:${code}`,
      title: en,
      // Of several records none is meant more than another: the keys are the caller's to mend.
      status: code === "KEYS_AMBIGUOUS" ? FAULTS.KEYS_INVALID.status : status,
      code,
      zh,
      en,
      exchange,
    },
    headers: retryAfter(seconds),
  };
}

/** A file that is not taken in. Its detail names places of the mapping, never a value. */
export function uploadProblem({ code, detail }: UploadError): AnsweredProblem {
  const { ours, zh, en } = UPLOAD_ERRORS[code];
  const { status, retry } = FAULTS[ours ? "BUSY" : code === "UPLOAD_TOO_LARGE" ? "BODY_TOO_LARGE" : "TABLE_INVALID"];
  const type = `urn:tongyan:upload:${code}`;
  return {
    problem: { type, title: en, status, code, ...(!ours && { detail }), zh, en },
    headers: retryAfter(retry),
  };
}
