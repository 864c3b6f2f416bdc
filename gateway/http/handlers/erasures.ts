import { callerOf } from "../authentication.ts";
import { namingExchange } from "../exchange-header.ts";
import type { Operations } from "../operations.ts";
import type { Handlers, Schemas } from "../routes.ts";

export function erasureHandlers({
  evidence: { eraseExchange, erasePerson },
}: Pick<Operations, "evidence">): Pick<Handlers, "eraseExchange" | "erasePerson"> {
  return {
    async eraseExchange(request, reply) {
      const { id } = request.params as { readonly id: string };
      const reason = request.body as Schemas["ErasureReason"];
      const { outcome, exchange } = await eraseExchange(callerOf(request), id, reason);
      const answer: Schemas["ErasedExchange"] = { outcome };
      return namingExchange(exchange, reply).send(answer);
    },
    async erasePerson(request, reply) {
      const { person: number, ...reason } = request.body as Schemas["PersonErasure"];
      const { erased, kept, exchange } = await erasePerson(callerOf(request), { kind: "number", number }, reason);
      const answer: Schemas["ErasedPerson"] = { erased, kept };
      return namingExchange(exchange, reply).send(answer);
    },
  };
}
