import type { Administration } from "#gateway/registry/administration.ts";
import { callerOf } from "../authentication.ts";
import { sequencePageOf } from "../page.ts";
import type { Handlers } from "../routes.ts";

export function historyHandlers({ history }: Administration): Pick<Handlers, "listHistory"> {
  return {
    listHistory: async (request) => await history(callerOf(request), sequencePageOf(request)),
  };
}
