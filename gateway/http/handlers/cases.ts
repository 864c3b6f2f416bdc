import type { Administration } from "#gateway/registry/administration.ts";
import { callerOf } from "../authentication.ts";
import type { Handlers } from "../routes.ts";
import { seenVersion, sendChanged, sendKept } from "./entries.ts";

type Params = { readonly number: string };

export function caseHandlers({ ownCase, putOwnCase }: Administration): Pick<Handlers, "getCase" | "putCase"> {
  return {
    async getCase(request, reply) {
      const { number } = request.params as Params;
      return sendKept(await ownCase(callerOf(request), number), reply);
    },
    async putCase(request, reply) {
      const { number } = request.params as Params;
      const change = { request: request.body, seen: seenVersion(request) };
      return sendChanged(await putOwnCase(callerOf(request), number, change), reply);
    },
  };
}
