import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import type { AskedPerson } from "#gateway/evidence/searching.ts";
import type { ExchangePage } from "#gateway/log/index/exchange-index.ts";
import { callerOf } from "../authentication.ts";
import { beforeOf, filterOf, nextText } from "../exchange-query.ts";
import type { Operations } from "../operations.ts";
import { DEFAULT_LIMIT, limitOf } from "../page.ts";
import type { Handlers, Schemas } from "../routes.ts";

type Params = { readonly id: string };
type Query = Parameters<typeof filterOf>[0];

type ExchangeOperation =
  | "searchExchanges"
  | "searchPerson"
  | "exportExchanges"
  | "getExchange"
  | "getReceipt"
  | "counterReceipt";

/** `maxSilence`: milliseconds for which whoever reads an export may take nothing of it. */
export function exchangeHandlers(
  {
    evidence: { search, searchPerson, exportExchanges, recorded, receipt },
    counterReceipt,
  }: Pick<Operations, "evidence" | "counterReceipt">,
  maxSilence: number,
): Pick<Handlers, ExchangeOperation> {
  return {
    async searchExchanges(request) {
      const query = request.query as Query;
      const asked = { filter: filterOf(query), before: beforeOf(query), limit: limitOf(request) };
      return pageOf(await search(callerOf(request), asked));
    },
    async searchPerson(request) {
      const body = request.body as Schemas["PersonSearch"];
      const asked = { filter: filterOf(body), before: beforeOf(body), limit: body.limit ?? DEFAULT_LIMIT };
      return pageOf(await searchPerson(callerOf(request), personOf(body), asked));
    },
    async exportExchanges(request, reply) {
      const lines = await exportExchanges(callerOf(request), filterOf(request.query as Query));
      hangUpOnSilence(reply.raw, maxSilence);
      return reply.type("application/x-ndjson").send(Readable.from(lines, { highWaterMark: 1 }));
    },
    async getExchange(request) {
      const exchange: Schemas["Exchange"] = await recorded((request.params as Params).id, callerOf(request));
      return exchange;
    },
    async getReceipt(request, reply) {
      const proof = await receipt((request.params as Params).id, callerOf(request));
      return reply.type("text/plain; charset=utf-8").send(proof);
    },
    async counterReceipt(request, reply) {
      const { receipt } = request.body as Schemas["CounterReceipt"];
      await counterReceipt((request.params as Params).id, receipt, callerOf(request));
      return reply.code(204).send();
    },
  };
}

/** A reader that takes nothing holds lines in memory, and up the end of the service. That nothing is found for long is not its doing. */
function hangUpOnSilence(response: ServerResponse, maxSilence: number): void {
  response.setTimeout(maxSilence, () => {
    if (response.writableLength > 0) response.destroy();
  });
}

const pageOf = ({ exchanges, next }: ExchangePage): Schemas["ExchangePage"] => ({ exchanges, next: nextText(next) });

/** The contract wants one of the two. */
function personOf({ person, pseudonym }: Schemas["PersonSearch"]): AskedPerson {
  if (person !== undefined) return { kind: "number", number: person };
  return { kind: "pseudonym", pseudonym: pseudonym ?? "" };
}
