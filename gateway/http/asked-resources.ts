import type { FastifyRequest } from "fastify";

/** The resource that a request is about, as its query, path or checked body names it; null for a batch, and when it names none. */
export function askedResource({ body, query, params }: FastifyRequest): string | null {
  const named = [body, query, params].map((holder) => memberOf(holder, "resource"));
  return named.find((name) => typeof name === "string") ?? null;
}

/** All of them: of a batch one for each part. */
export function askedResources(request: FastifyRequest): readonly string[] {
  const parts = memberOf(request.body, "requests");
  const named = Array.isArray(parts) ? parts.map((part) => memberOf(part, "resource")) : [askedResource(request)];
  return named.filter((name) => typeof name === "string");
}

const memberOf = (holder: unknown, name: "requests" | "resource"): unknown =>
  typeof holder === "object" && holder !== null && Object.hasOwn(holder, name)
    ? (holder as Readonly<Record<string, unknown>>)[name]
    : undefined;
