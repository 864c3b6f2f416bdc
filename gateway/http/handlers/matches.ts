import type { AsAsked, MatchRequest } from "#gateway/exchange/inquiry-request.ts";
import { callerOf } from "../authentication.ts";
import type { Operations } from "../operations.ts";
import type { CountRequest } from "../rate-limit.ts";
import type { Handlers, Schemas } from "../routes.ts";
import { answerBatch } from "./batch.ts";
import { askedRequest, partOf } from "../asked-request.ts";
import { CallsFor } from "./gone-signal.ts";
import { answerInquiry, purposeOf } from "./inquiry-answer.ts";

type Asked = Pick<AsAsked<MatchRequest>, "asked" | "calls" | "caller">;

export function matchHandlers(
  { match, makeReceipt }: Pick<Operations, "match" | "makeReceipt">,
  count: CountRequest,
): Pick<Handlers, "matchClaims" | "matchBatch"> {
  return {
    async matchClaims(request, reply) {
      const body = request.body as Schemas["MatchRequest"];
      const asked = matchOf(body, {
        asked: askedRequest(request),
        calls: new CallsFor(reply),
        caller: callerOf(request),
      });
      return answerInquiry(await match(asked), reply, { makeReceipt });
    },
    async matchBatch(request, reply) {
      const { purpose, requests } = request.body as Schemas["MatchBatch"];
      const calls = new CallsFor(reply);
      const whole = { calls, caller: callerOf(request) };
      const asked = askedRequest(request);
      const ask = (part: (typeof requests)[number]) =>
        match(matchOf({ ...part, purpose }, { ...whole, asked: partOf(asked, part.id) }));
      const answer: Schemas["MatchBatchAnswer"] = await answerBatch(requests, { count, ask, calls }, reply);
      return answer;
    },
  };
}

function matchOf(body: Schemas["MatchRequest"], asked: Asked): AsAsked<MatchRequest> {
  const { resource, region, keys, claims, purpose, approval = null } = body;
  return { ...asked, resource, region, keys, claims, purpose: purposeOf(purpose), approval };
}
