import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { REFUSALS, type RefusalCode } from "#certs/refusal.ts";
import { Fault, FAULTS, type Problem, problemOfFault } from "#gateway/fault.ts";
import { traceOf } from "#gateway/trace-of.ts";
import { unsupportedType } from "./document-body.ts";

/** The one error handler: whatever is thrown becomes problem+json (RFC 9457). */
export function answerError(error: FastifyError | Error, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const fault = faultOf(error);
  const { status } = FAULTS[fault.code];
  if (status >= 500) request.log.error({ code: fault.code, cause: describeCause(fault) }, fault.message);
  return sendFault(fault, reply);
}

export function sendFault(fault: Fault, reply: FastifyReply): FastifyReply {
  const { retry } = FAULTS[fault.code];
  if (retry !== null) void reply.header("retry-after", String(retry));
  // Whatever is left of a request that came too slowly is not waited for.
  if (fault.code === "REQUEST_TIMEOUT") void reply.header("connection", "close");
  return sendProblem(problemOfFault(fault), reply);
}

export type RefusedInput = { readonly code: RefusalCode; readonly detail: string; readonly exchange: string };

export function sendRefusal({ code, detail, exchange }: RefusedInput, reply: FastifyReply): FastifyReply {
  const { zh, en } = REFUSALS[code];
  const type = `urn:tongyan:refusal:${code}`;
  return sendProblem({ type, title: en, status: 422, code, verdict: "REFUSED", detail, zh, en, exchange }, reply);
}

function sendProblem(problem: Problem, reply: FastifyReply): FastifyReply {
  return reply.code(problem.status).type("application/problem+json; charset=utf-8").send(problem);
}

/** Fastify's own errors by their code; anything that is not known is ours to answer for. */
export function faultOf(error: FastifyError | Error): Fault {
  if (error instanceof Fault) return error;
  const { code, statusCode, validation, validationContext } = error as Partial<FastifyError>;
  if (validation !== undefined) return new Fault("INVALID_REQUEST", describeValidation(validation, validationContext));
  if (code === "FST_ERR_CTP_INVALID_MEDIA_TYPE") return unsupportedType();
  if (code === "FST_ERR_CTP_BODY_TOO_LARGE") return new Fault("BODY_TOO_LARGE");
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) return new Fault("INVALID_REQUEST");
  return new Fault("INTERNAL", undefined, { cause: error });
}

/** Fastify's words for the parts of a request, and HTTP's. */
const PLACES: Readonly<Record<string, string>> = {
  querystring: "query",
  params: "path",
  headers: "header",
  body: "body",
};

type ValidationErrors = NonNullable<FastifyError["validation"]>;

/** Names the place and the rule. Of what the caller sent, only a plain member name is repeated. */
function describeValidation(errors: ValidationErrors, context: string | undefined): string {
  const [first] = errors;
  const place = `${PLACES[context ?? ""] ?? "request"}${first?.instancePath ?? ""}`;
  const unknown = first?.params["additionalProperty"];
  if (unknown === undefined) return `${place}: ${first?.message ?? "does not fit"}`;
  const isPlain = typeof unknown === "string" && /^[\w.-]{1,40}$/.test(unknown);
  return `${place}: unknown member${isPlain ? ` '${unknown}'` : ""}`;
}

function describeCause({ cause }: Fault): string | undefined {
  return cause === undefined ? undefined : traceOf(cause);
}
