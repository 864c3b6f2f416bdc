import { generateKeyPairSync, hash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeJwt, decodeProtectedHeader } from "jose";
import { afterAll, describe, expect, test, vi } from "vitest";
import { Fault } from "#gateway/fault.ts";
import { accessTokens } from "./access-token.ts";
import { openGatewayKey } from "./gateway-key.ts";
import { clientWith, craft, makeKey, registryOf, signerOf, signJws } from "./test-clients.ts";

const ISSUER = "https://gateway.example";
const NOW = Date.UTC(2026, 10, 21, 8);
const SECONDS = NOW / 1000;
const home = mkdtempSync(join(tmpdir(), "tongyan-token-"));
afterAll(() => rmSync(home, { recursive: true }));

const key = openGatewayKey(join(home, "keys"));
const [first, second] = [makeKey("ES256", "window"), makeKey("EdDSA", "window")];
const anhui = clientWith({ keys: [first.jwk] });
const signer = await signerOf(anhui);
const CERTIFICATE = hash("sha256", "one", "hex");
const OTHER = hash("sha256", "another", "hex");

function setUp(remembered = 100) {
  const time = { now: NOW };
  const registry = registryOf(anhui);
  const real = accessTokens({ key, registry, issuer: ISSUER, clock: () => time.now, remembered });
  const verify = async (...asked: Parameters<typeof real.verify>) => await real.verify(...asked);
  return { tokens: { ...real, verify }, real, registry, time };
}
async function refusal(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt;
  } catch (error) {
    if (error instanceof Fault) return `${error.code} ${error.detail}`;
    throw error;
  }
  throw new Error("no fault was thrown");
}
const claims = {
  iss: ISSUER,
  aud: ISSUER,
  sub: anhui.id,
  client_id: anhui.id,
  client_key: signer.key,
  exp: SECONDS + 600,
};

test("a token has the members of RFC 9068 and lives ten minutes", async () => {
  const { tokens } = setUp();
  const token = await tokens.issue(signer, null);
  expect(decodeProtectedHeader(token)).toEqual({ alg: "EdDSA", kid: key.jwks().keys[0]?.kid, typ: "at+jwt" });
  expect(decodeJwt(token)).toEqual({ ...claims, iat: SECONDS, jti: expect.stringMatching(/^[0-9a-f-]{36}$/) });
  expect(await tokens.issue(signer, null)).not.toBe(token);
});

test("it is good until it ends, here and after a restart", async () => {
  const { tokens, time } = setUp();
  const token = await tokens.issue(signer, null);
  expect(await tokens.verify(token, null)).toEqual({ client: anhui, bound: false });
  time.now = NOW + 599_999;
  expect(await tokens.verify(token, null)).toEqual({ client: anhui, bound: false });
  expect(await setUp().tokens.verify(token, null)).toEqual({ client: anhui, bound: false });
  time.now = NOW + 600_000;
  expect(await refusal(tokens.verify(token, null))).toBe("TOKEN_INVALID access token: it has expired");
});

test("a token is verified once, not each time, and then answered at once", async () => {
  const { tokens, real } = setUp();
  const token = await tokens.issue(signer, null);
  const verified = vi.spyOn(crypto.subtle, "verify");
  for (let i = 0; i < 5; i += 1) await tokens.verify(token, null);
  expect(verified).toHaveBeenCalledTimes(1);
  expect(real.verify(token, null)).toEqual({ client: anhui, bound: false });
  verified.mockRestore();
});

test("memory is bounded, and what fell out of it is verified again", async () => {
  const { tokens } = setUp(2);
  const all = await Promise.all([1, 2, 3].map(() => tokens.issue(signer, null)));
  for (const token of all) await tokens.verify(token, null);
  const verified = vi.spyOn(crypto.subtle, "verify");
  for (const token of all) expect((await tokens.verify(token, null)).client).toBe(anhui);
  expect(verified).toHaveBeenCalled();
  verified.mockRestore();
});

describe("its client is looked up each time", () => {
  test("switched off", async () => {
    const { tokens, registry } = setUp();
    const token = await tokens.issue(signer, null);
    await tokens.verify(token, null);
    registry.put({ ...anhui, active: false });
    expect(await refusal(tokens.verify(token, null))).toMatch(/not active/);
    registry.put(anhui);
    expect((await tokens.verify(token, null)).client).toBe(anhui);
  });

  test("changed: the new roles count, with the same token", async () => {
    const { tokens, registry } = setUp();
    const token = await tokens.issue(signer, null);
    await tokens.verify(token, null);
    registry.put({ ...anhui, roles: ["auditor"] });
    expect((await tokens.verify(token, null)).client.roles).toEqual(["auditor"]);
  });

  test("a certificate is asked of it from now on", async () => {
    const { tokens, registry } = setUp();
    const token = await tokens.issue(signer, null);
    await tokens.verify(token, null);
    registry.put({ ...anhui, certificates: [CERTIFICATE] });
    expect(await refusal(tokens.verify(token, null))).toMatch(/certificate of its own/);
    expect(await refusal(tokens.verify(token, CERTIFICATE))).toMatch(/certificate of its own/);
  });

  test("registered anew by somebody with another key, though it has the same name", async () => {
    const { tokens, registry } = setUp();
    const token = await tokens.issue(signer, null);
    await tokens.verify(token, null);
    registry.put({ ...anhui, keys: [second.jwk] });
    expect(await refusal(tokens.verify(token, null))).toMatch(/^TOKEN_INVALID .*key .* is not registered any more$/);
    expect(await refusal(tokens.verify(token, null))).toMatch(/is not registered any more$/);
    registry.put({ ...anhui, keys: [] });
    expect(await refusal(tokens.verify(token, null))).toMatch(/is not registered any more$/);
  });

  test("a second key beside the one that asked for the token changes nothing, nor does another name for it", async () => {
    const { tokens, registry } = setUp();
    const token = await tokens.issue(signer, null);
    registry.put({ ...anhui, keys: [second.jwk, first.jwk] });
    expect((await tokens.verify(token, null)).client.keys).toHaveLength(2);
    registry.put({ ...anhui, keys: [{ ...first.jwk, kid: "renamed" }] });
    expect((await tokens.verify(token, null)).client.id).toBe(anhui.id);
  });

  test("a registered key that cannot be read is none, and the others count", async () => {
    const { tokens, registry } = setUp();
    const token = await tokens.issue(signer, null);
    registry.put({ ...anhui, keys: [{ kty: "EC", kid: "broken", alg: "ES256" }, first.jwk] });
    expect((await tokens.verify(token, null)).client.id).toBe(anhui.id);
    registry.put({ ...anhui, keys: [{ kty: "EC", kid: "broken", alg: "ES256" }] });
    expect(await refusal(tokens.verify(token, null))).toMatch(/is not registered any more$/);
  });

  test("never registered", async () => {
    const { tokens } = setUp();
    expect(
      await refusal(tokens.verify(await tokens.issue({ ...signer, client: clientWith({ id: "gone" }) }, null), null)),
    ).toMatch(/not active/);
  });
});

describe("a token that is bound to a certificate", () => {
  test("is good with it only, also from memory", async () => {
    const { tokens } = setUp();
    const token = await tokens.issue(signer, CERTIFICATE);
    expect(decodeJwt(token)["cnf"]).toEqual({ "x5t#S256": hash("sha256", "one", "base64url") });
    for (let i = 0; i < 2; i += 1) {
      expect(await refusal(tokens.verify(token, null))).toMatch(/^TOKEN_INVALID .*bound to another/);
      expect(await refusal(tokens.verify(token, OTHER))).toMatch(/^TOKEN_INVALID .*bound to another/);
      expect(await tokens.verify(token, CERTIFICATE)).toEqual({ client: anhui, bound: true });
    }
  });

  test("ends with the certificate's registration", async () => {
    const { tokens, registry } = setUp();
    registry.put({ ...anhui, certificates: [OTHER.toUpperCase(), CERTIFICATE] });
    const token = await tokens.issue(signer, OTHER);
    expect((await tokens.verify(token, OTHER)).bound).toBe(true);
    registry.put({ ...anhui, certificates: [CERTIFICATE] });
    expect(await refusal(tokens.verify(token, OTHER))).toMatch(/certificate of its own/);
  });

  test.each([[{}], [{ jkt: "abc" }], [{ "x5t#S256": 5 }], [null], ["x5t#S256"], [[]]])(
    "what is bound in a way that is not understood is refused: %j",
    async (cnf) => {
      const { tokens } = setUp();
      const token = await key.signAccessToken({ ...claims, cnf });
      expect(await refusal(tokens.verify(token, CERTIFICATE))).toMatch(/bound to is not understood/);
    },
  );
});

describe("no token of ours for here", () => {
  const { privateKey } = generateKeyPairSync("ed25519");
  const header = { alg: "EdDSA", kid: key.jwks().keys[0]?.kid, typ: "at+jwt" };
  test.each<[string, () => Promise<string>]>([
    ["for another audience", () => key.signAccessToken({ ...claims, aud: "https://other.example" })],
    ["for us among others", () => key.signAccessToken({ ...claims, aud: [ISSUER] })],
    ["by another issuer", () => key.signAccessToken({ ...claims, iss: "https://other.example" })],
    ["without an end", () => key.signAccessToken({ ...claims, exp: undefined })],
    ["with an end that is a text", () => key.signAccessToken({ ...claims, exp: String(claims.exp) })],
    ["of no key", () => key.signAccessToken({ ...claims, client_key: undefined })],
    ["of a key that is no text", () => key.signAccessToken({ ...claims, client_key: [signer.key] })],
    ["of two clients", () => key.signAccessToken({ ...claims, client_id: "guangdong-window" })],
    ["of no client", () => key.signAccessToken({ ...claims, sub: undefined, client_id: undefined })],
    ["for a peer", () => key.identity.sign(claims, "tongyan-request+jwt")],
    ["by another key under our kid", () => signJws(header, claims, privateKey)],
    ["alg none", async () => craft({ ...header, alg: "none" }, claims, () => Buffer.alloc(0))],
    ["far too long", async () => "a".repeat(4097)],
    ["nothing", async () => ""],
  ])("%s", async (_, make) => {
    const { tokens } = setUp();
    const token = await make();
    expect(await refusal(tokens.verify(token, null))).toMatch(/^TOKEN_INVALID/);
    expect(await refusal(tokens.verify(token, null))).toMatch(/^TOKEN_INVALID/);
  });

  test("the near miss is one", async () => {
    const { tokens } = setUp();
    expect((await tokens.verify(await key.signAccessToken(claims), null)).client).toBe(anhui);
  });
});
