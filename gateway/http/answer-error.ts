import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { UPLOAD_ERRORS, UploadError } from "#connectors/upload.ts";
import { Fault, FAULTS } from "#gateway/fault.ts";
import { traceOf } from "#gateway/trace-of.ts";
import { type AnsweredProblem, faultProblem, sendProblem, uploadProblem } from "./problem.ts";
import { pathStep } from "./strict-json.ts";
import { sendTokenError } from "./token-error.ts";

/** The one error handler: whatever is thrown becomes problem+json (RFC 9457), at the token endpoint RFC 6749's own form. */
export function answerError(error: FastifyError | Error, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const answered = problemOf(error, request);
  const isForToken = request.routeOptions.config.facts?.operation === "issueToken";
  return isForToken ? sendTokenError(answered, reply) : sendProblem(answered, reply);
}

/** A defect or an outage goes into the log too. */
export function problemOf(error: unknown, request: FastifyRequest): AnsweredProblem {
  if (error instanceof UploadError) {
    if (UPLOAD_ERRORS[error.code].ours) note(error, request);
    return uploadProblem(error);
  }
  const fault = faultOf(error);
  if (FAULTS[fault.code].status >= 500) note(fault, request);
  return faultProblem(fault);
}

function note({ code, cause, message }: Fault | UploadError, { log, trace }: FastifyRequest): void {
  log.error({ code, trace: trace?.traceId, cause: cause === undefined ? undefined : traceOf(cause) }, message);
}

/** Fastify's own errors by their code; anything that is not known is ours to answer for. */
export function faultOf(error: unknown): Fault {
  if (error instanceof Fault) return error;
  const { code, statusCode, validation, validationContext } = error as Partial<FastifyError>;
  if (validation !== undefined) return new Fault("INVALID_REQUEST", describeValidation(validation, validationContext));
  if (code === "FST_ERR_CTP_INVALID_MEDIA_TYPE") return new Fault("UNSUPPORTED_MEDIA_TYPE");
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

/** Names the place and the rule. Of what the caller sent, only plain member names are repeated. */
function describeValidation(errors: ValidationErrors, context: string | undefined): string {
  const [first] = errors;
  const steps = (first?.instancePath ?? "").split("/").slice(1);
  const place = [PLACES[context ?? ""] ?? "request", ...steps.map(placeStep)].join("/");
  const unknown: unknown = first?.params["additionalProperty"];
  if (unknown === undefined) return `${place}: ${first?.message ?? "does not fit"}`;
  const name = typeof unknown === "string" ? pathStep(unknown) : "?";
  return `${place}: unknown member${name === "?" ? "" : ` '${name}'`}`;
}

/** A step of a JSON pointer: an index, or the name of a member. */
const placeStep = (step: string): string => (/^\d{1,4}$/.test(step) ? step : pathStep(step));
