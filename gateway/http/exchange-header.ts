import type { FastifyReply } from "fastify";

/** Tells who changed something where the log has it, so that a receipt can be fetched; null when nothing changed. */
export const namingExchange = (exchange: string | null, reply: FastifyReply): FastifyReply =>
  exchange === null ? reply : reply.header("tongyan-exchange", exchange);
