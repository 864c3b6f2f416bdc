import type { FastifyRequest } from "fastify";
import type { LookupRequest } from "#gateway/exchange/inquiry-request.ts";
import { callerOf } from "../authentication.ts";
import type { Operations } from "../operations.ts";
import type { CountRequest } from "../rate-limit.ts";
import type { Handlers, Schemas } from "../routes.ts";
import { answerBatch } from "./batch.ts";
import { goneSignal } from "./gone-signal.ts";
import { answerInquiry, purposeOf } from "./inquiry-answer.ts";

export function lookupHandlers(
  { lookUp, makeReceipt }: Pick<Operations, "lookUp" | "makeReceipt">,
  count: CountRequest,
): Pick<Handlers, "lookUpFields" | "lookUpBatch"> {
  return {
    async lookUpFields(request, reply) {
      const body = request.body as Schemas["LookupRequest"];
      return answerInquiry(await lookUp(lookupOf(body, request, goneSignal(reply))), reply, { makeReceipt });
    },
    async lookUpBatch(request, reply) {
      const { purpose, requests } = request.body as Schemas["LookupBatch"];
      const signal = goneSignal(reply);
      const ask = (part: (typeof requests)[number]) => lookUp(lookupOf({ ...part, purpose }, request, signal));
      const answer: Schemas["LookupBatchAnswer"] = await answerBatch(requests, { count, ask, signal }, reply);
      return answer;
    },
  };
}

function lookupOf(body: Schemas["LookupRequest"], request: FastifyRequest, signal: AbortSignal): LookupRequest {
  const { resource, region, keys, fields, purpose, approval = null } = body;
  return { caller: callerOf(request), resource, region, keys, fields, purpose: purposeOf(purpose), approval, signal };
}
