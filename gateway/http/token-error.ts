import type { FastifyReply } from "fastify";
import { GRANT_TYPE } from "#gateway/clients/token-endpoint.ts";
import { type AnsweredProblem, withProblemHeaders } from "./problem.ts";
import type { Schemas } from "./routes.ts";

/** RFC 6749, section 5.2: plain JSON with `error`; the problem's members stand beside it. */
export function sendTokenError(answered: AnsweredProblem, reply: FastifyReply): FastifyReply {
  const { verdict: _, reasons: __, exchange: ___, ...problem } = answered.problem;
  const { body } = reply.request;
  const grantType = typeof body === "object" && body !== null && "grant_type" in body ? body.grant_type : GRANT_TYPE;
  const error = grantType === GRANT_TYPE ? errorOf(problem.status) : "unsupported_grant_type";
  const answer: Schemas["TokenError"] = { error, error_description: problem.detail ?? problem.en, ...problem };
  return withProblemHeaders(answered, reply).type("application/json; charset=utf-8").send(answer);
}

function errorOf(status: number): Schemas["TokenError"]["error"] {
  if (status === 401) return "invalid_client";
  return status === 429 || status >= 500 ? "temporarily_unavailable" : "invalid_request";
}
