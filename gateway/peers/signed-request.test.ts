import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { contentDigest } from "#connectors/peer/statement.ts";
import type { AssertionAlgorithm } from "#gateway/clients/client-key.ts";
import { memoryReplayGuard } from "#gateway/clients/replay-guard.ts";
import { clientWith, craft, hmacWith, makeKey, signJws, type TestKey } from "#gateway/clients/test-clients.ts";
import { Fault } from "#gateway/fault.ts";
import { checkSignedRequest, type RequestToCheck } from "./signed-request.ts";

const AUDIENCE = "https://shache.example";
const NOW = Date.UTC(2026, 10, 21, 8);
const SECONDS = NOW / 1000;
const TYP = "tongyan-request+jwt";
const BODY = '{"resource":"surveyor-card"}';
const ALGORITHMS = ["ES256", "EdDSA", "RS256", "PS256"] as const satisfies readonly AssertionAlgorithm[];

const keys = {
  ES256: makeKey("ES256", "k-es"),
  EdDSA: makeKey("EdDSA", "k-ed"),
  RS256: makeKey("RS256", "k-rs"),
  PS256: makeKey("PS256", "k-ps"),
} as const satisfies Record<AssertionAlgorithm, TestKey>;
const stranger = makeKey("EdDSA", "k-ed");
const client = clientWith({ id: "anhui-gateway", roles: ["peer"], keys: ALGORITHMS.map((alg) => keys[alg].jwk) });

const claimsOf = (members: object = {}) => ({
  iss: "anhui-gateway",
  aud: AUDIENCE,
  htm: "POST",
  htu: "/v1/lookups",
  digest: contentDigest(BODY),
  exchange: "0195-theirs",
  iat: SECONDS,
  jti: "request-1",
  exp: SECONDS + 60,
  ...members,
});
const signed = async (claims: object, header: object = {}, key: TestKey = keys.EdDSA): Promise<string> =>
  await signJws({ alg: "EdDSA", kid: key.jwk.kid, typ: TYP, ...header } as { alg: string }, claims, key.privateKey);

const requestOf = (signature: string, members: Partial<RequestToCheck> = {}): RequestToCheck => ({
  signature,
  method: "POST",
  path: "/v1/lookups",
  bodyDigest: contentDigest(BODY),
  client,
  audience: AUDIENCE,
  replayGuard: memoryReplayGuard({ clock: () => NOW }),
  clock: () => NOW,
  ...members,
});

async function refusal(request: RequestToCheck): Promise<string> {
  const thrown = await checkSignedRequest(request).then(
    () => null,
    (error: unknown) => error,
  );
  if (!(thrown instanceof Fault)) throw new Error("no fault was thrown", { cause: thrown });
  return thrown.code;
}

describe("a request that was signed just so is taken", () => {
  test.each(ALGORITHMS)("%s", async (alg) => {
    const request = requestOf(await signed(claimsOf(), { alg }, keys[alg]));
    expect(await checkSignedRequest(request)).toEqual({
      jti: "request-1",
      exchange: "0195-theirs",
      digest: contentDigest(BODY),
    });
  });

  test.each<[string, object]>([
    ["a minute of skew", { iat: SECONDS + 60, exp: SECONDS + 90 }],
    ["the longest life", { exp: SECONDS + 300 }],
    ["one second left", { iat: SECONDS - 200, exp: SECONDS + 1 }],
    ["claims that nobody asked for", { extra: { deep: [1] } }],
  ])("%s", async (_, claims) => {
    expect(await checkSignedRequest(requestOf(await signed(claimsOf(claims))))).toMatchObject({ jti: "request-1" });
  });
});

describe("once", () => {
  test("a second time it is a replay, for this client", async () => {
    const replayGuard = memoryReplayGuard({ clock: () => NOW });
    const signature = await signed(claimsOf());
    await checkSignedRequest(requestOf(signature, { replayGuard }));
    expect(await refusal(requestOf(signature, { replayGuard }))).toBe("REPLAYED");
    expect(await refusal(requestOf(await signed(claimsOf()), { replayGuard }))).toBe("REPLAYED");
    const fresh = requestOf(await signed(claimsOf({ jti: randomUUID() })), { replayGuard });
    expect(await checkSignedRequest(fresh)).toMatchObject({ exchange: "0195-theirs" });
  });

  test("what another client used is not used up", async () => {
    const replayGuard = memoryReplayGuard({ clock: () => NOW });
    await checkSignedRequest(requestOf(await signed(claimsOf()), { replayGuard }));
    const other = { ...client, id: "hubei-gateway" };
    const request = requestOf(await signed(claimsOf({ iss: "hubei-gateway" })), { client: other, replayGuard });
    expect(await checkSignedRequest(request)).toMatchObject({ jti: "request-1" });
  });

  test("what is refused uses nothing up", async () => {
    const replayGuard = memoryReplayGuard({ clock: () => NOW });
    const signature = await signed(claimsOf());
    expect(await refusal(requestOf(signature, { replayGuard, path: "/v1/matches" }))).toBe("SIGNATURE_INVALID");
    expect(await checkSignedRequest(requestOf(signature, { replayGuard }))).toMatchObject({ jti: "request-1" });
  });
});

describe("what is not proven is refused", () => {
  const publicPem = keys.RS256.publicKey.export({ type: "spki", format: "pem" }).toString();
  const unproven: readonly [string, () => Promise<string>][] = [
    ["nothing", async () => ""],
    ["no JWS", async () => "a.b.c"],
    ["too long a text", async () => `${"a".repeat(8200)}.${"b".repeat(10)}.c`],
    ["another's key under the right kid", () => signed(claimsOf(), {}, stranger)],
    ["a kid that is not registered", () => signed(claimsOf(), { kid: "k-other" })],
    ["no kid", () => signed(claimsOf(), { kid: undefined })],
    ["the kid of another algorithm's key", () => signed(claimsOf(), { kid: "k-es" })],
    ["an RS256 key used as PS256", () => signed(claimsOf(), { alg: "PS256", kid: "k-rs" }, keys.RS256)],
    ["alg none", async () => craft({ alg: "none", kid: "k-ed", typ: TYP }, claimsOf(), () => Buffer.alloc(0))],
    ["alg None", async () => craft({ alg: "None", kid: "k-ed", typ: TYP }, claimsOf(), () => Buffer.alloc(0))],
    [
      "the public key as a shared secret",
      async () => craft({ alg: "HS256", kid: "k-rs", typ: TYP }, claimsOf(), hmacWith(publicPem)),
    ],
    ["no typ", () => signed(claimsOf(), { typ: undefined })],
    ["the typ of an assertion", () => signed(claimsOf(), { typ: "JWT" })],
    ["the typ of a receipt", () => signed(claimsOf(), { typ: "tongyan-receipt+jwt" })],
    ["typ in other letters", () => signed(claimsOf(), { typ: TYP.toUpperCase() })],
    [
      "an extension",
      async () =>
        craft({ alg: "EdDSA", kid: "k-ed", typ: TYP, crit: ["exp"], exp: 1 }, claimsOf(), () => Buffer.alloc(64)),
    ],
    ["a key that it brings along", () => signed(claimsOf(), { jwk: stranger.jwk }, stranger)],
    ["the address of keys", () => signed(claimsOf(), { jku: "https://evil.example/jwks.json" })],
    ["claims that are a list", async () => await signed([claimsOf()] as object)],
    [
      "other claims under the old signature",
      async () => {
        const [header, , signature] = (await signed(claimsOf())).split(".");
        return [
          header,
          Buffer.from(JSON.stringify(claimsOf({ digest: contentDigest("{}") }))).toString("base64url"),
          signature,
        ].join(".");
      },
    ],
  ];
  test.each(unproven)("%s", async (_, make) => {
    expect(await refusal(requestOf(await make()))).toBe("SIGNATURE_INVALID");
  });

  test.each<[string, Partial<RequestToCheck>]>([
    ["another body", { bodyDigest: contentDigest(`${BODY} `) }],
    ["another path", { path: "/v1/matches" }],
    ["a query", { path: "/v1/lookups?a=1" }],
    ["another method", { method: "PUT" }],
    ["another gateway", { audience: "https://guangdong.example" }],
    ["another client with the same key", { client: { ...client, id: "hubei-gateway" } }],
    ["a client without keys", { client: { ...client, keys: [] } }],
  ])("%s than was signed", async (_, members) => {
    expect(await refusal(requestOf(await signed(claimsOf()), members))).toBe("SIGNATURE_INVALID");
  });

  test.each<[string, object]>([
    ["ended now", { exp: SECONDS }],
    ["ended long ago", { iat: SECONDS - 900, exp: SECONDS - 840 }],
    ["no end", { exp: undefined }],
    ["an end as a text", { exp: String(SECONDS + 60) }],
    ["an end that is null", { exp: null }],
    ["too long a life", { exp: SECONDS + 301 }],
    ["no beginning", { iat: undefined }],
    ["begins in the future", { iat: SECONDS + 61, exp: SECONDS + 90 }],
    ["the audience in a list", { aud: [AUDIENCE] }],
    ["no audience", { aud: undefined }],
    ["another issuer", { iss: "hubei-gateway" }],
    ["no jti", { jti: undefined }],
    ["an empty jti", { jti: "" }],
    ["a jti with a line end", { jti: "a\nb" }],
    ["a jti that is too long", { jti: "a".repeat(129) }],
    ["no exchange", { exchange: undefined }],
    ["an exchange that is no name", { exchange: { a: 1 } }],
    ["no digest", { digest: undefined }],
  ])("%s", async (_, claims) => {
    expect(await refusal(requestOf(await signed(claimsOf(claims))))).toBe("SIGNATURE_INVALID");
  });
});
