import type { AsAsked, LookupRequest } from "#gateway/exchange/inquiry-request.ts";
import { callerOf } from "../authentication.ts";
import type { Operations } from "../operations.ts";
import type { CountRequest } from "../rate-limit.ts";
import type { Handlers, Schemas } from "../routes.ts";
import { answerBatch } from "./batch.ts";
import { askedRequest, partOf } from "../asked-request.ts";
import { CallsFor } from "./gone-signal.ts";
import { answerInquiry, purposeOf } from "./inquiry-answer.ts";

type Asked = Pick<AsAsked<LookupRequest>, "asked" | "calls" | "caller">;

export function lookupHandlers(
  { lookUp, makeReceipt }: Pick<Operations, "lookUp" | "makeReceipt">,
  count: CountRequest,
): Pick<Handlers, "lookUpFields" | "lookUpBatch"> {
  return {
    async lookUpFields(request, reply) {
      const body = request.body as Schemas["LookupRequest"];
      const asked = lookupOf(body, {
        asked: askedRequest(request),
        calls: new CallsFor(reply),
        caller: callerOf(request),
      });
      return answerInquiry(await lookUp(asked), reply, { makeReceipt });
    },
    async lookUpBatch(request, reply) {
      const { purpose, requests } = request.body as Schemas["LookupBatch"];
      const calls = new CallsFor(reply);
      const whole = { calls, caller: callerOf(request) };
      const asked = askedRequest(request);
      const ask = (part: (typeof requests)[number]) =>
        lookUp(lookupOf({ ...part, purpose }, { ...whole, asked: partOf(asked, part.id) }));
      const answer: Schemas["LookupBatchAnswer"] = await answerBatch(requests, { count, ask, calls }, reply);
      return answer;
    },
  };
}

function lookupOf(body: Schemas["LookupRequest"], asked: Asked): AsAsked<LookupRequest> {
  const { resource, region, keys, fields, purpose, approval = null } = body;
  return { ...asked, resource, region, keys, fields, purpose: purposeOf(purpose), approval };
}
