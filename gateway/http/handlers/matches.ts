import type { FastifyRequest } from "fastify";
import type { MatchRequest } from "#gateway/exchange/inquiry-request.ts";
import { callerOf } from "../authentication.ts";
import type { Operations } from "../operations.ts";
import type { CountRequest } from "../rate-limit.ts";
import type { Handlers, Schemas } from "../routes.ts";
import { answerBatch } from "./batch.ts";
import { goneSignal } from "./gone-signal.ts";
import { answerInquiry, purposeOf } from "./inquiry-answer.ts";

export function matchHandlers(
  { match, makeReceipt }: Pick<Operations, "match" | "makeReceipt">,
  count: CountRequest,
): Pick<Handlers, "matchClaims" | "matchBatch"> {
  return {
    async matchClaims(request, reply) {
      const body = request.body as Schemas["MatchRequest"];
      return answerInquiry(await match(matchOf(body, request, goneSignal(reply))), reply, { makeReceipt });
    },
    async matchBatch(request, reply) {
      const { purpose, requests } = request.body as Schemas["MatchBatch"];
      const signal = goneSignal(reply);
      const ask = (part: (typeof requests)[number]) => match(matchOf({ ...part, purpose }, request, signal));
      const answer: Schemas["MatchBatchAnswer"] = await answerBatch(requests, { count, ask, signal }, reply);
      return answer;
    },
  };
}

function matchOf(body: Schemas["MatchRequest"], request: FastifyRequest, signal: AbortSignal): MatchRequest {
  const { resource, region, keys, claims, purpose, approval = null } = body;
  return { caller: callerOf(request), resource, region, keys, claims, purpose: purposeOf(purpose), approval, signal };
}
