import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeJwt } from "jose";
import { afterAll, describe, expect, test } from "vitest";
import { Fault } from "#gateway/fault.ts";
import { accessTokens } from "./access-token.ts";
import { assertionVerifier } from "./assertion.ts";
import { openGatewayKey } from "./gateway-key.ts";
import { memoryReplayGuard } from "./replay-guard.ts";
import { clientWith, makeKey, registryOf, signJws } from "./test-clients.ts";
import {
  ASSERTION_TYPE,
  authorizationServerMetadata,
  parseTokenForm,
  type TokenForm,
  tokenGranter,
} from "./token-endpoint.ts";

const ISSUER = "https://gateway.example";
const NOW = Date.UTC(2026, 10, 21, 8);
const CERTIFICATE = "cd".repeat(32);
const home = mkdtempSync(join(tmpdir(), "tongyan-endpoint-"));
afterAll(() => rmSync(home, { recursive: true }));
const gatewayKey = openGatewayKey(join(home, "keys"));
const key = makeKey("ES256", "k");
const anhui = clientWith({ keys: [key.jwk] });
const bound = clientWith({ id: "bound-window", keys: [key.jwk], certificates: [CERTIFICATE] });

const clock = (): number => NOW;
const registry = registryOf(anhui, bound);
const real = accessTokens({ key: gatewayKey, registry, issuer: ISSUER, clock });
const tokens = { ...real, verify: async (...asked: Parameters<typeof real.verify>) => await real.verify(...asked) };
const replay = memoryReplayGuard({ clock });
const grant = tokenGranter({ tokens, verifyAssertion: assertionVerifier({ registry, issuer: ISSUER, replay, clock }) });

async function formOf(members: TokenForm = {}, client = "anhui-window"): Promise<TokenForm> {
  const claims = { iss: client, sub: client, aud: ISSUER, jti: randomUUID(), exp: NOW / 1000 + 60 };
  return {
    grant_type: "client_credentials",
    client_assertion_type: ASSERTION_TYPE,
    client_assertion: await signJws({ alg: "ES256" }, claims, key.privateKey),
    ...members,
  };
}
function refusalOf(error: unknown): string {
  if (error instanceof Fault) return `${error.code} ${error.detail}`;
  throw error;
}
const refusal = async (attempt: Promise<unknown>): Promise<string> =>
  await attempt.then(() => "no fault was thrown", refusalOf);

test("an assertion gets a token that this gateway takes", async () => {
  const granted = await grant(await formOf(), { certificate: null });
  expect(granted).toEqual({ access_token: expect.any(String), token_type: "Bearer", expires_in: 600 });
  expect((await tokens.verify(granted.access_token, null)).client).toBe(anhui);
});

test("client_id may stand beside, as the same client", async () => {
  expect((await grant(await formOf({ client_id: "anhui-window" }), { certificate: null })).expires_in).toBe(600);
  const other = grant(await formOf({ client_id: "bound-window" }), { certificate: null });
  expect(await refusal(other)).toBe("ASSERTION_INVALID client_id is not the client of the assertion");
});

test("the same form twice is a replay", async () => {
  const form = await formOf();
  await grant(form, { certificate: null });
  expect(await refusal(grant(form, { certificate: null }))).toMatch(/^REPLAYED/);
});

describe("certificates", () => {
  test("a client that has registered some must come with one of them", async () => {
    const form = (): Promise<TokenForm> => formOf({}, "bound-window");
    expect(await refusal(grant(await form(), { certificate: null }))).toMatch(
      /^ASSERTION_INVALID this client must come/,
    );
    expect(await refusal(grant(await form(), { certificate: "ab".repeat(32) }))).toMatch(
      /^ASSERTION_INVALID this client/,
    );
    const { access_token } = await grant(await form(), { certificate: CERTIFICATE });
    expect(await tokens.verify(access_token, CERTIFICATE)).toEqual({ client: bound, bound: true });
    expect(await refusal(tokens.verify(access_token, null))).toMatch(/^TOKEN_INVALID/);
  });

  test("one that comes with a certificate unasked gets a token bound to it", async () => {
    const { access_token } = await grant(await formOf(), { certificate: CERTIFICATE });
    expect(decodeJwt(access_token)["cnf"]).toEqual({
      "x5t#S256": Buffer.from(CERTIFICATE, "hex").toString("base64url"),
    });
  });
});

test.each<[TokenForm, RegExp]>([
  [{ grant_type: "authorization_code" }, /grant_type/],
  [{ grant_type: "password" }, /grant_type/],
  [{ client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:saml2-bearer" }, /client_assertion_type/],
  [{ scope: "everything" }, /scope/],
])("%o is refused", async (members, place) => {
  const answer = await refusal(grant(await formOf(members), { certificate: null }));
  expect(answer).toMatch(/^INVALID_REQUEST body\//);
  expect(answer).toMatch(place);
});

test.each(["grant_type", "client_assertion_type", "client_assertion"] as const)("without %s", async (member) => {
  const { [member]: _, ...form } = await formOf();
  expect(await refusal(grant(form, { certificate: null }))).toMatch(`INVALID_REQUEST body/${member}`);
});

describe("the form is read strictly", () => {
  const parse = (body: string): TokenForm | string => {
    try {
      return parseTokenForm(body);
    } catch (error) {
      return refusalOf(error);
    }
  };

  test("what is known, once", () => {
    expect(parse("grant_type=client_credentials&client_assertion=a.b.c&client_id=x%2Dy")).toEqual({
      grant_type: "client_credentials",
      client_assertion: "a.b.c",
      client_id: "x-y",
    });
    expect(parse("")).toEqual({});
  });

  test.each([
    ["grant_type=a&grant_type=a", "body/grant_type: is there twice"],
    ["client_assertion=a&x=1&client_assertion=a", "body: unknown parameter"],
    ["client_secret=MARK", "body: unknown parameter"],
    ["__proto__=1", "body: unknown parameter"],
    ["Grant_type=client_credentials", "body: unknown parameter"],
    ["grant_type%5B%5D=client_credentials", "body: unknown parameter"],
    ["grant_type=", "body/grant_type: is empty"],
    ["grant_type", "body/grant_type: is empty"],
    [`client_assertion=${"a".repeat(16_384)}`, "body: longer than 16384 characters"],
  ])("%.60s", (body, detail) => expect(parse(body)).toBe(`INVALID_REQUEST ${detail}`));
});

test("the metadata name the endpoint and what it takes", () => {
  expect(authorizationServerMetadata(ISSUER)).toMatchObject({
    issuer: ISSUER,
    token_endpoint: "https://gateway.example/oauth/token",
    jwks_uri: "https://gateway.example/.well-known/jwks.json",
    grant_types_supported: ["client_credentials"],
    token_endpoint_auth_signing_alg_values_supported: ["ES256", "EdDSA", "RS256", "PS256"],
  });
});
