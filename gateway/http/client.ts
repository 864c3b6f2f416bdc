import { isIPv4, type Socket } from "node:net";
import type { FastifyRequest } from "fastify";
import type { Network } from "#gateway/clients/caller.ts";

const FORWARDING_HEADERS = ["forwarded", "x-forwarded-for", "x-real-ip", "via"] as const;
const LOOPBACK_NAMES: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * From where a request comes. Headers can only take rights away, never give them: a forwarded request is not a local one, nor
 * is one that a browser makes for a page of another origin, or for a foreign host name (DNS rebinding).
 */
export function networkOf(request: FastifyRequest): Network {
  if (!isFromHere(request.raw.socket)) return "remote";
  const { host, origin } = request.headers;
  // Proxies that add no header still speak the older version to what stands behind them; no client of today does.
  const isOldHttp = request.raw.httpVersion !== "1.1";
  const isForwarded = isOldHttp || FORWARDING_HEADERS.some((name) => request.headers[name] !== undefined);
  const isOwnPage = origin === undefined || origin === `${request.protocol}://${host}`;
  return isForwarded || !isOwnPage || !isLoopbackHost(host) ? "proxied" : "loopback";
}

const seen = new WeakMap<Socket, boolean>();

/** A connection comes from one address as long as it lasts. */
function isFromHere(socket: Socket): boolean {
  const known = seen.get(socket);
  if (known !== undefined) return known;
  const fromHere = isLoopbackAddress(socket.remoteAddress);
  seen.set(socket, fromHere);
  return fromHere;
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
