import type { FastifyReply, FastifyRequest, RouteHandlerMethod } from "fastify";
import { Fault } from "#gateway/fault.ts";
import type { Administration, Changed } from "#gateway/registry/administration.ts";
import type { EntryKind } from "#gateway/registry/entities.ts";
import type { Kept } from "#gateway/registry/registry.ts";
import { callerOf } from "../authentication.ts";
import { namingExchange } from "../exchange-header.ts";
import { pageOf } from "../page.ts";

type EntryHandlers = { readonly [Each in "list" | "get" | "put" | "remove"]: RouteHandlerMethod };

/** The four routes of one kind of entry. `parameter`: what the path calls its identifier. */
export function entryHandlers(
  kind: Exclude<EntryKind, "case">,
  parameter: string,
  { list, get, put, remove }: Administration,
): EntryHandlers {
  const idIn = ({ params }: FastifyRequest): string => (params as Readonly<Record<string, string>>)[parameter] ?? "";
  return {
    list: async (request) => await list(callerOf(request), kind, pageOf(request)),
    get: async (request, reply) => sendKept(await get(callerOf(request), kind, idIn(request)), reply),
    async put(request, reply) {
      const change = { entry: request.body, seen: seenVersion(request) };
      return sendChanged(await put(callerOf(request), kind, idIn(request), change), reply);
    },
    async remove(request, reply) {
      const { exchange } = await remove(callerOf(request), kind, idIn(request), seenVersion(request));
      return namingExchange(exchange, reply).code(204).send();
    },
  };
}

export const sendKept = (kept: Kept<unknown>, reply: FastifyReply): FastifyReply =>
  reply.header("etag", `"${kept.version}"`).send(kept);

export const sendChanged = ({ kept, exchange }: Changed<Kept<unknown>>, reply: FastifyReply): FastifyReply =>
  sendKept(kept, namingExchange(exchange, reply));

/** The version that the caller has seen, 0 for none; null when it does not matter. The form was checked against the contract. */
export function seenVersion({ headers }: FastifyRequest): number | null {
  const { "if-match": ifMatch, "if-none-match": ifNoneMatch } = headers;
  if (ifMatch !== undefined && ifNoneMatch !== undefined) {
    throw new Fault("INVALID_REQUEST", "header: If-Match and If-None-Match exclude each other");
  }
  if (ifNoneMatch !== undefined) return 0;
  return ifMatch === undefined ? null : Number(ifMatch.slice(1, -1));
}
