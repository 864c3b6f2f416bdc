import type { Operations } from "../operations.ts";
import type { Handlers, Schemas } from "../routes.ts";

export function healthHandlers({ readiness }: Pick<Operations, "readiness">): Pick<Handlers, "getLive" | "getReady"> {
  return {
    async getLive(): Promise<{ status: "live" }> {
      return { status: "live" };
    },
    async getReady(_request, reply) {
      const answer: Schemas["Readiness"] = await readiness();
      return reply.code(answer.status === "unavailable" ? 503 : 200).send(answer);
    },
  };
}
