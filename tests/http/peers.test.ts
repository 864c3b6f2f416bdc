import { randomUUID, randomUUIDv7 } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compactVerify, decodeJwt, importJWK, type JWK } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { contentDigest, STATEMENT_TYPES } from "#connectors/peer/statement.ts";
import { openGatewayKey } from "#gateway/clients/gateway-key.ts";
import { memoryReplayGuard } from "#gateway/clients/replay-guard.ts";
import { makeKey, registryOf, signJws } from "#gateway/clients/test-clients.ts";
import { peerProtocol } from "#gateway/peers/peer-protocol.ts";
import { CLIENTS } from "./clients.ts";
import { ask } from "./contract-check.ts";
import { LOOKUP, MATCH } from "./inquiries.ts";
import { JSON_HEADERS, memoryLog, readProblem, startTestService, type TestService } from "./service.ts";

const ISSUER = "https://gateway.example";
const PEER_KEY = makeKey("EdDSA", "peer-1");
const home = mkdtempSync(join(tmpdir(), "tongyan-peers-"));
const key = openGatewayKey(home);
const log = memoryLog();
let service: TestService;

beforeAll(async () => {
  const peers = peerProtocol({
    key,
    issuer: ISSUER,
    registry: registryOf({ ...CLIENTS.peer, keys: [PEER_KEY.jwk] }),
    replay: memoryReplayGuard({ clock: Date.now }),
    authorize: () => Promise.reject(new Error("not asked")) as never,
    access: "loopback",
    log,
    clock: Date.now,
  });
  service = await startTestService({ ...peers, log });
});
afterAll(async () => {
  await service.close();
  rmSync(home, { recursive: true });
});

const WHOLE = JSON.stringify(LOOKUP);

function statement(members: object = {}): Promise<string> {
  const iat = Math.floor(Date.now() / 1000);
  const claims = {
    iss: CLIENTS.peer.id,
    aud: ISSUER,
    htm: "POST",
    htu: "/v1/lookups",
    digest: contentDigest(WHOLE),
    exchange: randomUUIDv7(),
    iat,
    exp: iat + 60,
    jti: randomUUID(),
    ...members,
  };
  return signJws({ alg: "EdDSA", kid: "peer-1", typ: STATEMENT_TYPES.request }, claims, PEER_KEY.privateKey);
}

async function post(signature: string | null, body = WHOLE, path = "/v1/lookups"): Promise<Response> {
  const headers = { ...JSON_HEADERS, ...(await service.token("peer")) };
  const signed = signature === null ? headers : { ...headers, "tongyan-signature": signature };
  return await ask(`${service.url}${path}`, { method: "POST", headers: signed, body });
}

test("a peer that signs its request gets a receipt over the exact bytes of the answer", async () => {
  const signature = await statement();
  const response = await post(signature);
  expect(response.status).toBe(200);
  const receipt = response.headers.get("tongyan-receipt") ?? "";
  const publicKey = await importJWK(key.jwks().keys[0] as JWK);
  const { payload } = await compactVerify(receipt, publicKey);
  const answer = await response.text();
  expect(JSON.parse(Buffer.from(payload).toString())).toMatchObject({
    iss: ISSUER,
    of: decodeJwt(signature).jti,
    request: contentDigest(WHOLE),
    answer: contentDigest(answer),
    exchange: (JSON.parse(answer) as { exchange: { id: string } }).exchange.id,
  });
});

test("matches in the same way", async () => {
  const body = JSON.stringify(MATCH);
  const response = await post(
    await statement({ htu: "/v1/matches", digest: contentDigest(body) }),
    body,
    "/v1/matches",
  );
  expect(response.status).toBe(200);
  expect(response.headers.get("tongyan-receipt")).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
});

describe("nothing is answered", () => {
  test.each<readonly [string, () => Promise<string | null>, string]>([
    ["without a signature", async () => null, WHOLE],
    ["about another body", () => statement(), WHOLE.replace("clerk-01", "clerk-02")],
    ["for another route", () => statement({ htu: "/v1/matches" }), WHOLE],
    ["for another gateway", () => statement({ aud: "https://other.example" }), WHOLE],
    ["too late", () => statement({ iat: 1, exp: 2 }), WHOLE],
  ])("%s", async (_what, make, body) => {
    const response = await post(await make(), body);
    expect(response.headers.get("tongyan-receipt")).toBeNull();
    expect(await readProblem(response)).toMatchObject({ status: 401, code: "SIGNATURE_INVALID" });
  });

  test("twice", async () => {
    const signature = await statement();
    expect((await post(signature)).status).toBe(200);
    expect((await readProblem(await post(signature))).code).toBe("REPLAYED");
  });

  test("with a signature that is no JWS", async () => {
    expect(await readProblem(await post("signed"))).toMatchObject({ status: 400, code: "INVALID_REQUEST" });
  });

  test("to several questions at once, nor to a verification", async () => {
    const { purpose, ...part } = LOOKUP;
    const body = JSON.stringify({ purpose, requests: [{ id: "a", ...part }] });
    const signature = await statement({ htu: "/v1/lookups/batch", digest: contentDigest(body) });
    expect(await readProblem(await post(signature, body, "/v1/lookups/batch"))).toMatchObject({
      status: 403,
      code: "DENIED",
    });
    const headers = { "content-type": "application/ofd", ...(await service.token("peer")) };
    const verified = await ask(`${service.url}/v1/verifications`, { method: "POST", headers, body: "some" });
    expect(await readProblem(verified)).toMatchObject({ status: 403, code: "DENIED" });
  });
});

test("others have no use for a signature", async () => {
  const headers = { ...JSON_HEADERS, ...(await service.token("window")), "tongyan-signature": await statement() };
  const response = await ask(`${service.url}/v1/lookups`, { method: "POST", headers, body: WHOLE });
  expect((await readProblem(response)).code).toBe("INVALID_REQUEST");
  const unsigned = { ...JSON_HEADERS, ...(await service.token("window")) };
  const answered = await ask(`${service.url}/v1/lookups`, { method: "POST", headers: unsigned, body: WHOLE });
  expect(answered.headers.get("tongyan-receipt")).toBeNull();
});

test("a counter-receipt for no exchange of the peer's", async () => {
  const headers = { ...JSON_HEADERS, ...(await service.token("peer")) };
  const body = JSON.stringify({ receipt: await statement() });
  const send = (path: string): Promise<Response> => ask(`${service.url}${path}`, { method: "POST", headers, body });
  const response = await send(`/v1/exchanges/${randomUUIDv7()}/counter-receipt`);
  expect(await readProblem(response)).toMatchObject({ status: 404, code: "EXCHANGE_UNKNOWN" });
});
