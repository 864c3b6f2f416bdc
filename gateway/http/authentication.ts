import { TLSSocket } from "node:tls";
import type { FastifyRequest } from "fastify";
import type { Authenticated, Credentials } from "#gateway/clients/authentication.ts";
import type { Caller } from "#gateway/clients/caller.ts";
import { certificateOf } from "#gateway/clients/client-certificate.ts";
import { Fault } from "#gateway/fault.ts";
import { askedResources } from "./asked-resources.ts";
import { networkOf } from "./client.ts";
import type { RouteFacts } from "./routes.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Who asks and what proves it; null before it was asked, and on routes that do not ask. */
    proof: Authenticated | null;
  }
}

export type Authenticate = (credentials: Credentials) => Authenticated | Promise<Authenticated>;

/** Before any body is read. Throws Fault AUTHENTICATION_REQUIRED where the contract wants to know who asks, and what `authenticate` throws. */
export function identifyCaller(
  request: FastifyRequest,
  facts: RouteFacts,
  authenticate: Authenticate,
): void | Promise<void> {
  if (facts.caller === "unasked") return;
  const { rawHeaders } = request.raw;
  const proof = authenticate({ rawHeaders, network: networkOf(request), certificate: connectionCertificate(request) });
  if (proof instanceof Promise) return proof.then((proven) => takeProof(proven, request, facts));
  takeProof(proof, request, facts);
}

function takeProof(proof: Authenticated, request: FastifyRequest, facts: RouteFacts): void {
  if (facts.caller === "known" && proof.caller.authentication === "none") throw new Fault("AUTHENTICATION_REQUIRED");
  // What these headers sign is one resource: neither a method nor a path.
  if (proof.service !== null && !facts.legacy) {
    throw new Fault(
      "AUTHENTICATION_REQUIRED",
      "signed headers are for requests about their resource; here a token is needed",
    );
  }
  request.proof = proof;
}

/** SHA-256 of the client certificate of this connection, in hex; null when it brought none. */
export const connectionCertificate = ({ raw }: FastifyRequest): string | null =>
  raw.socket instanceof TLSSocket ? certificateOf(raw.socket) : null;

/** Throws Fault SIGNATURE_INVALID when legacy headers were signed for something else than what the request asks about. */
export function checkService(request: FastifyRequest): void {
  const service = request.proof?.service ?? null;
  if (service === null) return;
  const asked = askedResources(request);
  if (asked.length === 0 || asked.some((resource) => resource !== service)) {
    throw new Fault("SIGNATURE_INVALID", "the headers are signed for another resource than the request names");
  }
}

/** Who asks, on a route that asks. */
export function callerOf({ proof }: FastifyRequest): Caller {
  if (proof === null) throw new Fault("INTERNAL");
  return proof.caller;
}
