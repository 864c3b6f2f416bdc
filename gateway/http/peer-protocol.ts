import type { FastifyReply, FastifyRequest } from "fastify";
import { Fault } from "#gateway/fault.ts";
import type { PeerProtocol, RequestOfPeer } from "#gateway/peers/peer-protocol.ts";
import { callerOf } from "./authentication.ts";
import { JSON_TEXT } from "./media-type.ts";
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
export function checkPeer(
  request: FastifyRequest,
  { checkSignedRequest }: Pick<PeerProtocol, "checkSignedRequest">,
): void | Promise<void> {
  const signed = signedRequestOf(request);
  if (signed === null) return;
  return checkSignature(signed, request, checkSignedRequest);
}

async function checkSignature(
  signed: RequestOfPeer,
  request: FastifyRequest,
  checkSignedRequest: PeerProtocol["checkSignedRequest"],
): Promise<void> {
  await checkSignedRequest(signed);
  request.signed = signed;
}

type Answered = { readonly exchange: string; readonly bytes: Buffer };

/** What is to be sent: an answer as it was recorded; to a peer with a receipt over its exact bytes. */
export function sentAnswer(
  answered: Answered,
  reply: FastifyReply,
  peers: Pick<PeerProtocol, "makeReceipt">,
): Buffer | Promise<Buffer> {
  const { signed } = reply.request;
  void reply.type(JSON_TEXT);
  return signed === null ? answered.bytes : withReceipt(answered, signed, reply, peers);
}

async function withReceipt(
  { exchange, bytes: answer }: Answered,
  request: RequestOfPeer,
  reply: FastifyReply,
  { makeReceipt }: Pick<PeerProtocol, "makeReceipt">,
): Promise<Buffer> {
  void reply.header("tongyan-receipt", await makeReceipt({ request, exchange, answer }));
  return answer;
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
