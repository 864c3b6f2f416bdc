import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { craft, hmacWith, makeKey, signJws } from "#gateway/clients/test-clients.ts";
import { WINDOW_KEY } from "./clients.ts";
import { ask } from "./contract-check.ts";
import { LOOKUP } from "./inquiries.ts";
import { JSON_HEADERS, startTestService, type TestService } from "./service.ts";

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service.close());

const FORM = { "content-type": "application/x-www-form-urlencoded" };
const HEADER = { alg: "ES256", kid: "window-1", typ: "JWT" };
const seconds = (): number => Math.floor(Date.now() / 1000);
const claims = (members: object = {}): object => ({
  iss: "anhui-window",
  sub: "anhui-window",
  aud: service.url,
  jti: randomUUID(),
  exp: seconds() + 60,
  ...members,
});
const sign = (members: object = {}): Promise<string> => signJws(HEADER, claims(members), WINDOW_KEY.privateKey);
const request = (client_assertion: string, more: Record<string, string> = {}): string =>
  new URLSearchParams({
    grant_type: "client_credentials",
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    client_assertion,
    ...more,
  }).toString();
const post = (body: string, headers: Record<string, string> = FORM): Promise<Response> =>
  ask(`${service.url}/oauth/token`, { method: "POST", headers, body });

type Refusal = { readonly error: string; readonly code: string; readonly error_description: string };
const refusal = async (response: Response): Promise<Refusal & { readonly status: number }> => ({
  ...((await response.json()) as Refusal),
  status: response.status,
});

test("an assertion gives a token, and the token answers", async () => {
  const response = await post(request(await sign()));
  expect(response.status).toBe(200);
  expect(response.headers.get("cache-control")).toBe("no-store");
  const { access_token, token_type, expires_in } = (await response.json()) as Record<string, unknown>;
  expect([token_type, expires_in]).toEqual(["Bearer", 600]);
  const headers = { ...JSON_HEADERS, authorization: `Bearer ${String(access_token)}` };
  const answer = await ask(`${service.url}/v1/lookups`, { method: "POST", headers, body: JSON.stringify(LOOKUP) });
  expect(answer.status).toBe(200);
});

test("the client may name itself, and no other", async () => {
  expect((await post(request(await sign(), { client_id: "anhui-window" }))).status).toBe(200);
  expect(await refusal(await post(request(await sign(), { client_id: "slow-window" })))).toMatchObject({
    status: 401,
    error: "invalid_client",
  });
});

describe("assertions that are none", () => {
  test.each<readonly [string, () => Promise<string> | string, string]>([
    ["for another audience", () => sign({ aud: "https://other.example" }), "ASSERTION_INVALID"],
    ["that has expired", () => sign({ exp: seconds() - 1 }), "ASSERTION_INVALID"],
    ["without an identifier", () => sign({ jti: undefined }), "ASSERTION_INVALID"],
    ["of a client that nobody knows", () => sign({ iss: "nobody", sub: "nobody" }), "ASSERTION_INVALID"],
    ["by another key", () => signJws(HEADER, claims(), makeKey("ES256").privateKey), "ASSERTION_INVALID"],
    ["with alg none", () => craft({ ...HEADER, alg: "none" }, claims(), () => Buffer.of(0)), "ASSERTION_INVALID"],
    [
      "keyed with the public key",
      () => craft({ ...HEADER, alg: "HS256" }, claims(), hmacWith(JSON.stringify(WINDOW_KEY.jwk))),
      "ASSERTION_INVALID",
    ],
  ])("%s", async (_what, make, code) => {
    const response = await post(request(await make()));
    expect(response.headers.get("www-authenticate")).toContain("Bearer");
    expect(await refusal(response)).toMatchObject({ status: 401, error: "invalid_client", code });
  });

  test("one that was used before", async () => {
    const assertion = await sign();
    expect((await post(request(assertion))).status).toBe(200);
    expect(await refusal(await post(request(assertion)))).toMatchObject({ status: 401, code: "REPLAYED" });
  });
});

describe("requests that are none", () => {
  test.each<readonly [string, () => Promise<string> | string, string]>([
    ["another grant", async () => request(await sign(), { grant_type: "password" }), "unsupported_grant_type"],
    ["no assertion", () => "grant_type=client_credentials", "invalid_request"],
    ["a secret instead", () => request("a.b.c", { client_secret: "x" }), "invalid_request"],
    ["a scope", async () => request(await sign(), { scope: "all" }), "invalid_request"],
    ["a parameter twice", async () => `${request(await sign())}&grant_type=client_credentials`, "invalid_request"],
    ["an assertion that is no JWS", () => request("a b c"), "invalid_request"],
    ["nothing", () => "", "invalid_request"],
  ])("%s", async (_what, make, error) => {
    expect(await refusal(await post(await make()))).toMatchObject({ status: 400, error, code: "INVALID_REQUEST" });
  });

  test("too long a one", async () => {
    expect(await refusal(await post(request("x".repeat(20_000))))).toMatchObject({
      status: 413,
      error: "invalid_request",
    });
  });

  test("one in JSON", async () => {
    const body = JSON.stringify({ grant_type: "client_credentials" });
    expect(await refusal(await post(body, JSON_HEADERS))).toMatchObject({ status: 415, error: "invalid_request" });
  });
});

test("how tokens are issued, and with which public keys, is there to read", async () => {
  const metadata = (await (await ask(`${service.url}/.well-known/oauth-authorization-server`)).json()) as object;
  expect(metadata).toMatchObject({ issuer: service.url, token_endpoint: `${service.url}/oauth/token` });
  const { keys } = (await (await ask(`${service.url}/.well-known/jwks.json`)).json()) as { keys: object[] };
  expect(keys).toHaveLength(1);
  expect(Object.keys(keys[0] ?? {}).sort()).toEqual(["alg", "crv", "kid", "kty", "use", "x"]);
});
