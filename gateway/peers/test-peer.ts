import { randomUUID, randomUUIDv7 } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JWK } from "jose";
import { assertionVerifier } from "#gateway/clients/assertion.ts";
import type { Caller } from "#gateway/clients/caller.ts";
import { type GatewayKey, openGatewayKey } from "#gateway/clients/gateway-key.ts";
import { memoryReplayGuard } from "#gateway/clients/replay-guard.ts";
import { clientWith, registryOf } from "#gateway/clients/test-clients.ts";
import { parseTokenForm } from "#gateway/clients/token-endpoint.ts";
import { Fault, FAULTS } from "#gateway/fault.ts";
import type { CounterReceiptRecord, ExchangeRecord, InquiryRecord } from "#gateway/log/exchange-record.ts";
import type { LogEntry } from "#gateway/log/log-entry.ts";
import { storedExchange } from "#gateway/log/test-stored.ts";
import type { Decision } from "#policies/decision.ts";
import { peerProtocol, type RequestOfPeer } from "./peer-protocol.ts";

export const AUDIENCE = "https://shache.example";
export const CLIENT = "anhui-gateway";

export type Answered = { status: number; headers: Record<string, string>; body: string };
/** How a test peer is made to differ from a true one. `request` is the latest signed one. */
export type Twists = {
  /** What it answers with, before it is receipted. */
  answer: (body: object) => object;
  /** What leaves in the end. */
  last: (
    answered: Answered,
    context: { readonly request: RequestOfPeer; readonly key: GatewayKey },
  ) => Answered | Promise<Answered>;
};

/** A peer on a port of this machine: the real checks and signatures, answers made up. */
export type TestPeer = {
  readonly url: string;
  readonly keys: readonly JWK[];
  readonly key: GatewayKey;
  readonly twists: Twists;
  /** Method and path of every request, in order. */
  readonly seen: string[];
  readonly bodies: unknown[];
  /** The header of each inquiry. */
  readonly traceparents: unknown[];
  readonly counterReceipts: CounterReceiptRecord[];
  /** Makes all tokens given so far worthless. */
  readonly revokeTokens: () => void;
  readonly close: () => Promise<void>;
};

const asIs: Twists = { answer: (body) => body, last: (answered) => answered };

export async function startTestPeer(ourKeys: readonly JWK[], clock: () => number): Promise<TestPeer> {
  const directory = mkdtempSync(join(tmpdir(), "peer-"));
  const key = openGatewayKey(directory);
  const registry = registryOf(clientWith({ id: CLIENT, roles: ["peer"], keys: ourKeys }));
  const replay = memoryReplayGuard({ clock });
  const records = new Map<string, ExchangeRecord>();
  const counterReceipts: CounterReceiptRecord[] = [];
  const log = {
    get: async (id: string) => storedExchange(records.get(id)),
    append: async ({ record }: LogEntry) => {
      records.set(record.id, record);
      if (record.kind === "counter-receipt") counterReceipts.push(record);
    },
  };
  const verifyAssertion = assertionVerifier({ registry, issuer: AUDIENCE, replay, clock });
  const protocol = peerProtocol({
    key,
    issuer: AUDIENCE,
    registry,
    replay,
    authorize: () => PERMIT,
    access: "open",
    log,
    clock,
  });
  const tokens = new Set<string>();
  const twists = { ...asIs };
  const [seen, bodies, traceparents]: [string[], unknown[], unknown[]] = [[], [], []];

  async function token(body: string): Promise<Answered> {
    await verifyAssertion(parseTokenForm(body).client_assertion ?? "");
    const access_token = randomUUID();
    tokens.add(access_token);
    return json(200, { access_token, token_type: "Bearer", expires_in: 600 });
  }

  async function inquiry(message: IncomingMessage, body: string): Promise<Answered> {
    const signature = String(message.headers["tongyan-signature"] ?? "");
    const request = { signature, caller: CALLER, method: "POST", path: message.url ?? "", body: Buffer.from(body) };
    await protocol.checkSignedRequest(request);
    bodies.push(JSON.parse(body));
    traceparents.push(message.headers["traceparent"]);
    const exchange = randomUUIDv7();
    const record = recordOf(exchange, CLIENT);
    await log.append({ record, request: null, answer: null, subject: null, persons: [] });
    const answered = json(200, twists.answer(answerTo(JSON.parse(body), exchange)));
    answered.headers["tongyan-receipt"] = await protocol.makeReceipt({
      request,
      exchange,
      answer: Buffer.from(answered.body),
    });
    return await twists.last(answered, { request, key });
  }

  async function route(message: IncomingMessage): Promise<Answered> {
    const chunks = await message.toArray();
    const body = Buffer.concat(chunks).toString("utf8");
    if (message.url === "/oauth/token") return await token(body);
    if (message.url === "/health/ready") return await twists.last(json(200, { status: "ready" }), NOTHING(key));
    const bearer = /^Bearer (.+)$/.exec(message.headers.authorization ?? "")?.[1] ?? "";
    if (!tokens.has(bearer)) throw new Fault("TOKEN_INVALID");
    const counter = /^\/v1\/exchanges\/([^/]+)\/counter-receipt$/.exec(message.url ?? "")?.[1];
    if (counter === undefined) return await inquiry(message, body);
    const receipt: unknown = JSON.parse(body).receipt;
    await protocol.counterReceipt(counter, String(receipt), CALLER);
    return { status: 204, headers: {}, body: "" };
  }

  const server = createServer((message, response) => {
    seen.push(`${message.method} ${message.url}`);
    void route(message)
      .catch(problemOf)
      .then((answered) => send(response, answered));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    keys: key.jwks().keys,
    key,
    twists,
    seen,
    bodies,
    traceparents,
    counterReceipts,
    revokeTokens: () => tokens.clear(),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(directory, { recursive: true });
    },
  };
}

/** Another gateway, as it stands before ours. */
export const callerOf = (id: string): Caller => ({
  id,
  network: "remote",
  authentication: "token",
  organisation: { code: "11340000MB0E00011X", name: "安徽省网关", region: "340000" },
  roles: ["peer"],
  perMinute: 600,
});
const CALLER = callerOf(CLIENT);

/** For whatever is asked. */
export const PERMIT: Decision = {
  effect: "permit",
  decisionId: "d",
  policySetDigest: "sha256:0",
  reasons: [],
  plan: {},
  fields: {},
  duties: { quota: null, watermark: false, notify: [], secondApprover: false },
};

const NOTHING = (key: GatewayKey) => ({
  key,
  request: { signature: "", caller: CALLER, method: "GET", path: "", body: new Uint8Array() },
});

type Body = { resource: string; region: string; fields?: string[]; claims?: Record<string, string> };

function answerTo({ resource, region, fields, claims }: Body, exchange: string): object {
  const common = {
    exchange: { id: exchange, receivedAt: "2026-11-21T08:00:00.000Z", url: `/v1/exchanges/${exchange}` },
    zh: "已查到。",
    en: "Found.",
    resource,
    region,
    source: { id: "cards", region, asOf: "2026-11-20T16:00:00.000Z", reference: "row-17" },
    decision: { id: "d", policySet: "sha256:0", reasons: [] },
    watermark: null,
    notified: [],
  };
  if (fields === undefined) {
    const results = Object.fromEntries(Object.keys(claims ?? {}).map((name) => [name, "match"]));
    return { ...common, outcome: "MATCHED", claims: results, state: { code: "in-force", zh: "有效", en: "in force" } };
  }
  const record = Object.fromEntries(fields.map((field) => [field, `value of ${field}`]));
  const treatments = Object.fromEntries(fields.map((field) => [field, { treatment: "give" }]));
  return { ...common, outcome: "FOUND", record, treatments };
}

/** An exchange that a client has asked for. */
export function recordOf(id: string, client: string): InquiryRecord {
  const purpose = { organisation: "o", official: "c", itemCode: "i", itemName: "n", caseNumber: "1", consent: null };
  return {
    id,
    receivedAt: "2026-11-21T08:00:00.000Z",
    kind: "lookup",
    client: { id: client, network: "remote", authentication: "token", organisation: "11340000MB0E00011X" },
    request: { resource: "r", region: "653125", keys: [], fields: [], purpose, approval: null },
    decision: { effect: "permit", decisionId: "d", policySetDigest: "sha256:0", reasons: [] },
    outcome: { result: "FOUND", code: null },
    disclosed: [],
    duties: [],
    source: null,
  };
}

const json = (status: number, body: object): Answered => ({
  status,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});

function problemOf(error: unknown): Answered {
  if (!(error instanceof Fault)) throw error;
  return json(FAULTS[error.code].status, { code: error.code });
}

function send(response: ServerResponse, { status, headers, body }: Answered): void {
  response.writeHead(status, headers).end(body);
}
