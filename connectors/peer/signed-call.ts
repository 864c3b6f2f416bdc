import { randomUUID } from "node:crypto";
import { below } from "../json/request-template.ts";
import { type Json, parseJson } from "../json/strict-json.ts";
import type { Lease } from "../lease.ts";
import type { Outbound, OutboundAnswer } from "../outbound.ts";
import type { Surroundings } from "../settings.ts";
import type { CallOptions } from "../source.ts";
import { EXPLAINED, peerProblem } from "./peer-problem.ts";
import { checkReceipt } from "./receipt.ts";
import type { PeerSettings } from "./settings.ts";
import { contentDigest, STATEMENT_TYPES } from "./statement.ts";

export type PeerWay = {
  readonly settings: PeerSettings;
  readonly outbound: Outbound;
  readonly tokens: Lease<string>;
  readonly around: Surroundings;
};
/** `exchange`: ours. `path`: below the peer's address. */
export type PeerQuestion = {
  readonly path: "/v1/lookups" | "/v1/matches";
  readonly exchange: string;
  readonly body: object;
};
/** `exchange`: theirs. */
export type Receipted = { readonly answer: Json; readonly exchange: string; readonly receipt: string };

/** Seconds for which a signed request is good. */
const REQUEST_LIFE = 60;

/** Asks a peer with a signed request; what it answers counts only with its receipt over the exact bytes. Throws SourceError. */
export async function askPeer(way: PeerWay, question: PeerQuestion, options: CallOptions): Promise<Receipted> {
  const { settings, around } = way;
  const body = JSON.stringify(question.body);
  const request = contentDigest(body);
  const { answer, jti } = await withToken(way, options.signal, async (authorization) => {
    const jti = randomUUID();
    const signature = await signRequest(way, question, { jti, digest: request });
    const headers = { authorization, "content-type": "application/json", "tongyan-signature": signature };
    return { jti, answer: await post(way, question.path, { headers, body, options }) };
  });
  if (answer.status !== 200) throw peerProblem(answer, around.clock());
  const receipt = answer.headers.get("tongyan-receipt") ?? "";
  const asked = { issuer: settings.audience, of: jti, request, answer: answer.body, now: around.clock() };
  const exchange = await checkReceipt(receipt, settings.keys, asked);
  return { answer: parseJson(answer.body), exchange, receipt };
}

/** Our statement that we have the peer's receipt. `exchange`: ours, `of`: theirs. Throws SourceError. */
export async function sendCounterReceipt(
  way: PeerWay,
  owed: { readonly exchange: string; readonly of: string; readonly receipt: string },
  signal: AbortSignal,
): Promise<void> {
  const { settings, around } = way;
  const iat = Math.floor(around.clock() / 1000);
  const claims = { iss: settings.clientId, ...owed, receipt: contentDigest(owed.receipt), iat };
  const body = JSON.stringify({ receipt: await around.identity.sign(claims, STATEMENT_TYPES.counterReceipt) });
  const path = `/v1/exchanges/${owed.of}/counter-receipt`;
  const { answer } = await withToken(way, signal, async (authorization) => ({
    answer: await post(way, path, {
      headers: { authorization, "content-type": "application/json" },
      body,
      options: { signal },
    }),
  }));
  if (answer.status < 200 || answer.status > 299) throw peerProblem(answer, around.clock());
}

/** A token that is no longer accepted is replaced once. */
async function withToken<Sent extends { readonly answer: OutboundAnswer }>(
  { tokens }: PeerWay,
  signal: AbortSignal,
  send: (authorization: string) => Promise<Sent>,
): Promise<Sent> {
  const token = await tokens.get(signal);
  const first = await send(`Bearer ${token}`);
  if (first.answer.status !== 401) return first;
  tokens.drop(token);
  return await send(`Bearer ${await tokens.get(signal)}`);
}

async function signRequest(
  { settings, around }: PeerWay,
  { path, exchange }: PeerQuestion,
  { jti, digest }: { readonly jti: string; readonly digest: string },
): Promise<string> {
  const iat = Math.floor(around.clock() / 1000);
  const { clientId: iss, audience: aud } = settings;
  const claims = { iss, aud, htm: "POST", htu: path, digest, exchange, iat, jti, exp: iat + REQUEST_LIFE };
  return await around.identity.sign(claims, STATEMENT_TYPES.request);
}

type Posted = {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly options: CallOptions;
};

async function post(
  { settings, outbound }: PeerWay,
  path: string,
  { headers, body, options: { signal, traceparent } }: Posted,
): Promise<OutboundAnswer> {
  return await outbound.send({
    method: "POST",
    url: below(settings.url, path),
    headers: { accept: "application/json", ...headers },
    body,
    signal,
    traceparent,
    maxBytes: settings.bounds.maxBytes,
    accept: EXPLAINED,
  });
}
