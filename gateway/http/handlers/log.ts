import type { FastifyReply, FastifyRequest } from "fastify";
import { Fault } from "#gateway/fault.ts";
import type { Operations } from "../operations.ts";
import { type Handlers, REST } from "../routes.ts";

const IMMUTABLE = "public, max-age=31536000, immutable";
const TEXT = "text/plain; charset=utf-8";

/** C2SP tlog-tiles with the prefix /log. */
export function logHandlers({
  publicLog: log,
}: Pick<Operations, "publicLog">): Pick<Handlers, "getCheckpoint" | "getLogKeys" | "getTile" | "getEntries"> {
  async function sendTile(path: string, reply: FastifyReply): Promise<FastifyReply> {
    const bytes = await log.tile(path);
    if (bytes === null) throw new Fault("NOT_FOUND");
    return reply.header("cache-control", IMMUTABLE).type("application/octet-stream").send(bytes);
  }
  const rest = ({ params }: FastifyRequest): string => (params as { readonly [REST]: string })[REST];
  return {
    getCheckpoint: async (_request, reply) =>
      await reply.header("cache-control", "no-cache").type(TEXT).send(log.checkpoint()),
    getLogKeys: async (_request, reply) => await reply.header("cache-control", "no-cache").type(TEXT).send(log.keys()),
    getTile: (request, reply) => sendTile(`tile/${rest(request)}`, reply),
    getEntries: (request, reply) => sendTile(`tile/entries/${rest(request)}`, reply),
  };
}
