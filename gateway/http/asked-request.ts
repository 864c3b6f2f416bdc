import { hash } from "node:crypto";
import type { FastifyRequest } from "fastify";
import type { AskedRequest } from "#gateway/log/log-entry.ts";

const NOTHING = Buffer.alloc(0);

/** A request whose body was read whole, as the log commits to it. */
export const askedRequest = ({ method, url, bytes }: FastifyRequest): AskedRequest => ({
  target: `${method} ${url}`,
  sha256: hash("sha256", bytes ?? NOTHING, "hex"),
});

/** One part of a batch. */
export const partOf = ({ target, sha256 }: AskedRequest, part: string): AskedRequest => ({
  target: `${target}#${part}`,
  sha256,
});
