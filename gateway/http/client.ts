import { isIPv4 } from "node:net";
import type { FastifyRequest } from "fastify";
import type { Client } from "#gateway/log/exchange-record.ts";

const FORWARDING_HEADERS = ["forwarded", "x-forwarded-for", "x-real-ip", "via"] as const;
const LOOPBACK_NAMES: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * Who is asking. Headers can only take rights away, never give them: a forwarded request is not a local one, nor is one
 * that a browser makes for a page of another origin, or for a foreign host name (DNS rebinding).
 */
export function clientOf(request: FastifyRequest): Client {
  if (!isLoopbackAddress(request.raw.socket.remoteAddress)) return { id: "anonymous", network: "remote" };
  const { host, origin } = request.headers;
  const isForwarded = FORWARDING_HEADERS.some((name) => request.headers[name] !== undefined);
  const isOwnPage = origin === undefined || origin === `http://${host}`;
  if (isForwarded || !isOwnPage || !isLoopbackHost(host)) return { id: "anonymous", network: "proxied" };
  return { id: "local", network: "loopback" };
}

function isLoopbackAddress(address: string | undefined): boolean {
  if (address === undefined) return false;
  const plain = address.replace(/^::ffff:/, "");
  return plain === "::1" || (isIPv4(plain) && plain.startsWith("127."));
}

function isLoopbackHost(host: string | undefined): boolean {
  const name = host?.replace(/:\d{1,5}$/, "").toLowerCase();
  return name !== undefined && LOOPBACK_NAMES.has(name);
}
