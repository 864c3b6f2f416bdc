import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { Fault } from "#gateway/fault.ts";
import { accessTokens } from "./access-token.ts";
import { authenticator, type Credentials } from "./authentication.ts";
import { openGatewayKey } from "./gateway-key.ts";
import { digestOfBody, legacyVerifier } from "./legacy-hmac.ts";
import { memoryReplayGuard } from "./replay-guard.ts";
import { clientWith, makeKey, registryOf, signerOf } from "./test-clients.ts";

const NOW = Date.UTC(2026, 10, 21, 8);
const SECRET = "a-secret-made-for-this-test";
const CERTIFICATE = "ab".repeat(32);
const home = mkdtempSync(join(tmpdir(), "tongyan-authentication-"));
afterAll(() => rmSync(home, { recursive: true }));

const key = openGatewayKey(join(home, "keys"));
const anhui = clientWith({ keys: [makeKey("ES256").jwk], roles: ["department", "approver"], perMinute: 77 });
const signer = await signerOf(anhui);
const old = clientWith({ id: "old", hmac: { secret: "old", bodyDigest: "required" } });
const older = clientWith({ id: "older", hmac: { secret: "older", bodyDigest: "absent" } });
const held = clientWith({
  id: "held",
  hmac: { secret: "held", bodyDigest: "absent" },
  certificates: [CERTIFICATE],
});

function setUp() {
  const clock = (): number => NOW;
  const registry = registryOf(anhui, old, older, held);
  const tokens = accessTokens({ key, registry, issuer: "https://gateway.example", clock });
  const replay = memoryReplayGuard({ clock });
  const authenticate = authenticator({
    tokens,
    verifyLegacy: legacyVerifier({ registry, secret: () => SECRET, replay, clock }),
  });
  const ask = async (rawHeaders: readonly string[], rest: Partial<Credentials> = {}) =>
    await authenticate({ rawHeaders, network: "remote", certificate: null, ...rest });
  return { ask, tokens };
}

type Family = "gjgxjhpt" | "gjzwfwpt";
const DIGEST = digestOfBody(Buffer.from("{}"));
function legacy(rid: "old" | "older" | "held", family: Family = "gjgxjhpt"): string[] {
  const digest = rid === "old" ? `sha-256=:${DIGEST}:` : "";
  const sign = createHmac("sha256", SECRET).update(`identity-card${rid}${NOW}${digest}`).digest("base64");
  const headers = [`${family}_rid`, rid, `${family}_sid`, "identity-card", `${family}_rtime`, String(NOW)];
  return [...headers, `${family}_sign`, sign, ...(digest === "" ? [] : ["Content-Digest", digest])];
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

describe("without credentials", () => {
  test.each([
    ["loopback", "local"],
    ["remote", "anonymous"],
    ["proxied", "anonymous"],
  ] as const)("%s is %s", async (network, id) => {
    const { ask } = setUp();
    expect(await ask(["Host", "x", "Accept", "*/*"], { network })).toEqual({
      caller: { id, network, authentication: "none", organisation: null, roles: [], perMinute: expect.any(Number) },
      bodyDigest: null,
      service: null,
    });
  });

  test("callers without a name share one list of roles, by which their decisions are found again", async () => {
    const [one, other] = [await setUp().ask([]), await setUp().ask([])];
    expect(one.caller.roles).toBe(other.caller.roles);
  });

  test("a certificate alone is no credential, a digest alone neither", async () => {
    const { ask } = setUp();
    const { caller } = await ask(["content-digest", "sha-256=:x:"], { certificate: CERTIFICATE });
    expect([caller.id, caller.roles]).toEqual(["anonymous", []]);
  });
});

describe("with a token", () => {
  test.each(["Bearer", "bearer", "BEARER"])("%s", async (scheme) => {
    const { ask, tokens } = setUp();
    const token = await tokens.issue(signer, null);
    expect(await ask(["Host", "x", "Authorization", `${scheme} ${token}`], { network: "loopback" })).toEqual({
      caller: {
        id: "anhui-window",
        network: "loopback",
        authentication: "token",
        organisation: anhui.organisation,
        roles: ["department", "approver"],
        perMinute: 77,
      },
      bodyDigest: null,
      service: null,
    });
  });

  test("bound to the certificate that came along", async () => {
    const { ask, tokens } = setUp();
    const headers = ["authorization", `Bearer ${await tokens.issue(signer, CERTIFICATE)}`];
    expect((await ask(headers, { certificate: CERTIFICATE })).caller.authentication).toBe("certificate");
    expect(await refusal(ask(headers))).toMatch(/^TOKEN_INVALID/);
  });

  test("not bound, though a certificate came along", async () => {
    const { ask, tokens } = setUp();
    const headers = ["authorization", `Bearer ${await tokens.issue(signer, null)}`];
    expect((await ask(headers, { certificate: CERTIFICATE })).caller.authentication).toBe("token");
  });
});

describe("bad credentials are never taken for none", () => {
  test.each([
    "",
    "Bearer",
    "Bearer ",
    "Bearer  two-spaces",
    "Bearer a b",
    "Bearer a, Bearer b",
    "Bearer 令牌",
    "Basic YTpi",
    "DPoP abc",
    "Token abc",
    "abc",
  ])("Authorization: %j", async (value) => {
    const { ask } = setUp();
    for (const network of ["loopback", "remote"] as const) {
      expect(await refusal(ask(["Authorization", value], { network }))).toMatch(/^TOKEN_INVALID/);
    }
  });

  test("two tokens, even two good ones", async () => {
    const { ask, tokens } = setUp();
    const value = `Bearer ${await tokens.issue(signer, null)}`;
    expect(await refusal(ask(["Authorization", value, "authorization", value]))).toMatch(/^TOKEN_INVALID/);
    expect(await refusal(ask(["Authorization", value, "AUTHORIZATION", ""]))).toMatch(/^TOKEN_INVALID/);
  });

  test.each(["rid", "sid", "rtime", "sign"])("legacy headers without %s, or with it twice", async (part) => {
    const { ask } = setUp();
    const headers = legacy("older");
    const at = headers.indexOf(`gjgxjhpt_${part}`);
    const value = headers[at + 1] ?? "";
    expect(await refusal(ask(headers.toSpliced(at, 2)))).toBe(`SIGNATURE_INVALID header/gjgxjhpt_${part}: is missing`);
    const twice = `SIGNATURE_INVALID header/gjgxjhpt_${part}: is there twice`;
    expect(await refusal(ask([...headers, `gjgxjhpt_${part}`, value]))).toBe(twice);
    expect(await refusal(ask([`GJGXJHPT_${part}`, "other", ...headers]))).toBe(twice);
    expect((await ask(headers)).caller.id).toBe("older");
  });

  test("two digests", async () => {
    const { ask } = setUp();
    const answer = await refusal(ask([...legacy("old"), "content-digest", `sha-256=:${DIGEST}:`]));
    expect(answer).toBe("SIGNATURE_INVALID header/content-digest: is there twice");
  });
});

describe("with legacy headers", () => {
  test.each(["gjgxjhpt", "gjzwfwpt"] as const)("%s, over the body", async (family) => {
    const { ask } = setUp();
    expect(await ask(legacy("old", family))).toMatchObject({
      caller: { id: "old", authentication: "hmac", network: "remote" },
      bodyDigest: DIGEST,
      service: "identity-card",
    });
  });

  test("without the body", async () => {
    const { ask } = setUp();
    expect(await ask(legacy("older"))).toMatchObject({
      caller: { id: "older", authentication: "hmac-bare" },
      bodyDigest: null,
      service: "identity-card",
    });
    expect(await refusal(ask(legacy("older")))).toMatch(/^REPLAYED/);
  });
});

test("legacy headers of a client that has to come with a certificate", async () => {
  const refused = /^SIGNATURE_INVALID this client must come with/;
  expect(await refusal(setUp().ask(legacy("held")))).toMatch(refused);
  expect(await refusal(setUp().ask(legacy("held"), { certificate: "cd".repeat(32) }))).toMatch(refused);
  const { caller } = await setUp().ask(legacy("held"), { certificate: CERTIFICATE });
  expect([caller.id, caller.authentication]).toEqual(["held", "hmac-bare"]);
});

describe("two kinds of credentials at once are refused, even if both are good", () => {
  test("a token and legacy headers", async () => {
    const { ask, tokens } = setUp();
    const both = [...legacy("older"), "Authorization", `Bearer ${await tokens.issue(signer, null)}`];
    expect(await refusal(ask(both))).toMatch(/^INVALID_REQUEST .*two kinds/);
    expect((await ask(legacy("older"))).caller.id).toBe("older");
  });

  test("a token and one stray legacy header", async () => {
    const { ask, tokens } = setUp();
    const headers = ["gjzwfwpt_sid", "x", "Authorization", `Bearer ${await tokens.issue(signer, null)}`];
    expect(await refusal(ask(headers))).toMatch(/^INVALID_REQUEST/);
  });

  test("both families", async () => {
    const { ask } = setUp();
    expect(await refusal(ask([...legacy("older"), ...legacy("old", "gjzwfwpt")]))).toMatch(/^INVALID_REQUEST/);
  });
});
