import type { FastifyRequest } from "fastify";
import type { WindowName } from "#gateway/monitor/figures.ts";
import { callerOf } from "../authentication.ts";
import type { Operations } from "../operations.ts";
import type { Handlers, Schemas } from "../routes.ts";

const windowOf = ({ query }: FastifyRequest): WindowName => (query as { readonly window?: WindowName }).window ?? "1h";

export function monitorHandlers({
  monitor: { figures, alerts, scorecards, metrics },
}: Pick<Operations, "monitor">): Pick<Handlers, "getFigures" | "listAlerts" | "listScorecards" | "getMetrics"> {
  return {
    async getFigures(request) {
      const answer: Schemas["Figures"] = figures(callerOf(request), windowOf(request));
      return answer;
    },
    async listAlerts(request) {
      const answer: Schemas["Alerts"] = alerts(callerOf(request));
      return answer;
    },
    async listScorecards(request) {
      const answer: Schemas["Scorecards"] = scorecards(callerOf(request), windowOf(request));
      return answer;
    },
    async getMetrics(request, reply) {
      const { contentType, text } = await metrics(callerOf(request));
      return reply.type(contentType).send(text);
    },
  };
}
