import { callerOf } from "../authentication.ts";
import type { Operations } from "../operations.ts";
import type { Handlers, Schemas } from "../routes.ts";

type Params = { readonly id: string };

export function exchangeHandlers({
  recorded,
  counterReceipt,
}: Pick<Operations, "recorded" | "counterReceipt">): Pick<Handlers, "getExchange" | "counterReceipt"> {
  return {
    async getExchange(request) {
      const { id } = request.params as Params;
      const record: Schemas["Exchange"] = await recorded(id, callerOf(request));
      return record;
    },
    async counterReceipt(request, reply) {
      const { id } = request.params as Params;
      const { receipt } = request.body as Schemas["CounterReceipt"];
      await counterReceipt(id, receipt, callerOf(request));
      return reply.code(204).send();
    },
  };
}
