import { createHmac, randomBytes } from "node:crypto";
import { isIPv6 } from "node:net";
import rateLimit from "@fastify/rate-limit";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Caller, Network } from "#gateway/clients/caller.ts";
import { Fault } from "#gateway/fault.ts";
import type { RateLimitStore } from "#gateway/limits/rate-limit-store.ts";
import { askedResource } from "./asked-resources.ts";
import { networkOf } from "./client.ts";

/** Milliseconds. */
const WINDOW = 60_000;
/** Requests a minute of one address where it is not asked who calls. This machine's own are not held back. */
const UNASKED: { readonly [From in Network]: number } = { loopback: 1_000_000, proxied: 600, remote: 600 };
/** Whoever watches over the service must not be turned away. */
const UNLIMITED: readonly string[] = ["getLive", "getReady"];

/** `knowsResource`: whether the catalogue has a resource. Names that a caller makes up are all counted as one. */
export type RateLimits = {
  readonly rateLimitStore: new () => RateLimitStore;
  readonly knowsResource: (resource: string) => boolean;
};

/** Counts requests by caller and resource. To be registered before the routes. */
export async function limitRates(scope: FastifyInstance, limits: RateLimits): Promise<void> {
  const { rateLimitStore, knowsResource } = limits;
  const addressName = addressNames();
  const subjectOf = (request: FastifyRequest): string => {
    const resource = askedResource(request);
    if (resource !== null && knowsResource(resource)) return resource;
    return `@${request.routeOptions.config.facts?.operation ?? "none"}`;
  };
  scope.addHook("onRoute", (route) => {
    const operation = route.config?.facts?.operation ?? "";
    if (UNLIMITED.includes(operation)) route.config = { ...route.config, rateLimit: false };
  });
  await scope.register(rateLimit, {
    hook: "preHandler",
    store: rateLimitStore as never,
    timeWindow: WINDOW,
    enableDraftSpec: true,
    keyGenerator: (request) => `${whoAsks(request, addressName)}/${subjectOf(request)}`,
    max: (request) => request.proof?.caller.perMinute ?? UNASKED[networkOf(request)],
    errorResponseBuilder: (_request, { max }) =>
      new Fault("RATE_LIMITED", `${max} requests a minute for this resource`),
  });
}

/** Client identifiers have no @, so no unnamed caller counts as a client. */
function whoAsks(request: FastifyRequest, addressName: (address: string) => string): string {
  const caller = request.proof?.caller;
  if (caller !== undefined && caller.authentication !== "none") return caller.id;
  const network = networkOf(request);
  return network === "remote" ? `@${addressName(request.raw.socket.remoteAddress ?? "")}` : `@${network}`;
}

/** A keyed digest, worthless outside this process: an address is personal data. */
function addressNames(): (address: string) => string {
  const key = randomBytes(32);
  return (address) => createHmac("sha256", key).update(networkPart(address)).digest("base64url").slice(0, 22);
}

/** Of IPv6 the first 64 bits: whoever has one such address has all of them. */
function networkPart(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, "").replace(/%.*$/, "");
  if (!isIPv6(plain)) return plain;
  const [head = "", tail] = plain.split("::");
  const left = head.split(":").filter((group) => group !== "");
  const right = (tail ?? "").split(":").filter((group) => group !== "");
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length;
  return [...left, ...Array.from({ length: zeros }, () => "0"), ...right].slice(0, 4).join(":");
}

/** Counts a request within another one, a part of a batch. Rejects with Fault RATE_LIMITED. */
export type CountRequest = (caller: Pick<Caller, "id" | "perMinute">, resource: string) => Promise<void>;

export function requestCounter({ rateLimitStore, knowsResource }: RateLimits): CountRequest {
  const counts = new rateLimitStore();
  return ({ id, perMinute }, resource) =>
    new Promise((resolve, reject) => {
      counts.incr(
        `${id}/${knowsResource(resource) ? resource : "@none"}`,
        (error, counted) => {
          if (error !== null) reject(error);
          else if ((counted?.current ?? 0) <= perMinute) resolve();
          else reject(new Fault("RATE_LIMITED", `${perMinute} requests a minute for this resource`));
        },
        WINDOW,
        perMinute,
      );
    });
}
