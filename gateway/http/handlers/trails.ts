import { callerOf } from "../authentication.ts";
import { beforeOf, nextText } from "../exchange-query.ts";
import type { Operations } from "../operations.ts";
import { DEFAULT_LIMIT } from "../page.ts";
import type { Handlers, Schemas } from "../routes.ts";

export function trailHandlers({ evidence: { trail } }: Pick<Operations, "evidence">): Pick<Handlers, "readTrail"> {
  return {
    async readTrail(request) {
      const body = request.body as Schemas["TrailRequest"];
      const { person, purpose, limit = DEFAULT_LIMIT } = body;
      const { next, ...rest } = await trail(callerOf(request), { person, purpose, before: beforeOf(body), limit });
      const answer: Schemas["Trail"] = { ...rest, next: nextText(next) };
      return answer;
    },
  };
}
