import type { FastifyReply, FastifyRequest } from "fastify";
import { Fault } from "#gateway/fault.ts";
import type { PeerProtocol, RequestOfPeer } from "#gateway/peers/peer-protocol.ts";
import { callerOf } from "./authentication.ts";
import type { OperationId } from "./routes.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** What a peer signed, once its signature is proven. */
    signed: RequestOfPeer | null;
  }
}

const SIGNED: ReadonlySet<OperationId> = new Set(["matchClaims", "lookUpFields"]);
/** What else another gateway may do: nothing in which its signature would be missing. */
const UNSIGNED: ReadonlySet<OperationId> = new Set([
  "getExchange",
  "counterReceipt",
  "listResources",
  "getResource",
  "listItems",
  "getItem",
]);

/** Peers sign what they ask: throws Fault SIGNATURE_INVALID or REPLAYED, and DENIED for what they cannot sign. */
export async function checkPeer(
  request: FastifyRequest,
  { checkSignedRequest }: Pick<PeerProtocol, "checkSignedRequest">,
): Promise<void> {
  const signed = signedRequestOf(request);
  if (signed === null) return;
  await checkSignedRequest(signed);
  request.signed = signed;
}

/** Sends an answer; to a peer with a receipt over its exact bytes. */
export async function sendAnswer(
  answered: { readonly exchange: string; readonly body: object },
  reply: FastifyReply,
  { makeReceipt }: Pick<PeerProtocol, "makeReceipt">,
): Promise<FastifyReply> {
  const { signed } = reply.request;
  if (signed === null) return reply.send(answered.body);
  const answer = Buffer.from(JSON.stringify(answered.body));
  void reply.header("tongyan-receipt", await makeReceipt({ request: signed, exchange: answered.exchange, answer }));
  return reply.type("application/json; charset=utf-8").send(answer);
}

function signedRequestOf(request: FastifyRequest): RequestOfPeer | null {
  const { facts } = request.routeOptions.config;
  if (facts === undefined || facts.caller === "unasked") return null;
  const caller = callerOf(request);
  const signature = request.headers["tongyan-signature"];
  if (!caller.roles.includes("peer")) {
    if (signature !== undefined) throw new Fault("INVALID_REQUEST", "header/tongyan-signature: for peers only");
    return null;
  }
  if (UNSIGNED.has(facts.operation)) return null;
  if (!SIGNED.has(facts.operation)) throw new Fault("DENIED", "a peer asks for one match or lookup at a time, signed");
  if (typeof signature !== "string") throw new Fault("SIGNATURE_INVALID", "header/tongyan-signature: is missing");
  const { method, url, bytes } = request;
  return { signature, caller, method, path: url, body: bytes ?? Buffer.alloc(0) };
}
