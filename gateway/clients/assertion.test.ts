import { createSign, randomUUID } from "node:crypto";
import { calculateJwkThumbprint } from "jose";
import { describe, expect, test, vi } from "vitest";
import { Fault } from "#gateway/fault.ts";
import { assertionVerifier } from "./assertion.ts";
import type { AssertionAlgorithm } from "./client-key.ts";
import { memoryReplayGuard } from "./replay-guard.ts";
import { clientWith, craft, hmacWith, makeKey, registryOf, signJws, type TestKey } from "./test-clients.ts";

const ISSUER = "https://gateway.example";
const NOW = Date.UTC(2026, 10, 21, 8);
const SECONDS = NOW / 1000;
const ALGORITHMS = ["ES256", "EdDSA", "RS256", "PS256"] as const satisfies readonly AssertionAlgorithm[];

const keys = {
  ES256: makeKey("ES256", "k-es"),
  EdDSA: makeKey("EdDSA", "k-ed"),
  RS256: makeKey("RS256", "k-rs"),
  PS256: makeKey("PS256", "k-ps"),
} as const satisfies Record<AssertionAlgorithm, TestKey>;
const stranger = makeKey("ES256", "k-es");

const anhui = clientWith({ keys: ALGORITHMS.map((alg) => keys[alg].jwk) });
const guangdong = clientWith({ id: "guangdong-window", keys: [keys.EdDSA.jwk] });
const closed = clientWith({ id: "closed-window", active: false, keys: [keys.ES256.jwk] });

function setUp() {
  const time = { now: NOW };
  const registry = registryOf(anhui, guangdong, closed);
  const clock = (): number => time.now;
  const verify = assertionVerifier({ registry, issuer: ISSUER, replay: memoryReplayGuard({ clock }), clock });
  return { verify, registry, time };
}

const claimsOf = (members: object = {}, client = "anhui-window"): object => ({
  iss: client,
  sub: client,
  aud: ISSUER,
  jti: randomUUID(),
  iat: SECONDS,
  exp: SECONDS + 60,
  ...members,
});
const signed = async (claims: object, header: object = {}, key: TestKey = keys.ES256): Promise<string> =>
  await signJws({ alg: "ES256", kid: key.jwk.kid, ...header }, claims, key.privateKey);

async function faultOf(attempt: Promise<unknown>): Promise<Fault> {
  const thrown = await attempt.then(
    () => null,
    (error: unknown) => error,
  );
  if (!(thrown instanceof Fault)) throw new Error("no fault was thrown", { cause: thrown });
  return thrown;
}
const refusal = async (attempt: Promise<unknown>): Promise<string> => {
  const { code, detail } = await faultOf(attempt);
  return `${code} ${detail}`;
};

describe("who signed with a registered key is let in", () => {
  test.each(ALGORITHMS)("%s", async (alg) => {
    const { verify } = setUp();
    expect(await verify(await signed(claimsOf(), { alg }, keys[alg]))).toEqual({
      client: anhui,
      key: await calculateJwkThumbprint(keys[alg].jwk),
    });
  });

  test.each<[string, object, object]>([
    ["audience: the token endpoint", { aud: `${ISSUER}/oauth/token` }, {}],
    ["audience: a list of one", { aud: [ISSUER] }, {}],
    ["a minute of skew", { iat: SECONDS + 60, nbf: SECONDS + 60 }, {}],
    ["the longest life", { exp: SECONDS + 300 }, {}],
    ["no iat", { iat: undefined }, {}],
    ["no kid: the client has one key of this algorithm", {}, { kid: undefined }],
    ["typ of RFC 7523's successor", {}, { typ: "client-authentication+jwt" }],
    ["claims that nobody asked for", { scope: "all", extra: { deep: [1] } }, { x5t: "ignored" }],
  ])("%s", async (_, claims, header) => {
    const { verify } = setUp();
    expect((await verify(await signed(claimsOf(claims), header))).client).toBe(anhui);
  });

  test("a key that was registered a moment ago counts, one that was taken out does not", async () => {
    const { verify, registry } = setUp();
    await verify(await signed(claimsOf()));
    const fresh = makeKey("ES256", "k-new");
    registry.put({ ...anhui, keys: [fresh.jwk] });
    expect((await verify(await signed(claimsOf(), {}, fresh))).client.id).toBe("anhui-window");
    expect(await refusal(verify(await signed(claimsOf())))).toMatch(/^ASSERTION_INVALID/);
  });
});

describe("what is not proven is refused, without saying who is registered", () => {
  const unproven: readonly [string, () => Promise<string>][] = [
    ["an unknown client", () => signed(claimsOf({}, "nobody"))],
    ["a client that was switched off", () => signed(claimsOf({}, "closed-window"))],
    ["another's key under the right kid", () => signed(claimsOf(), {}, stranger)],
    ["a kid that is not registered", () => signed(claimsOf(), { kid: "k-other" })],
    ["a kid that is a path", () => signed(claimsOf(), { kid: "../../etc/passwd" })],
    ["the kid of another algorithm's key", () => signed(claimsOf(), { kid: "k-ed" })],
    ["another client's name", () => signed(claimsOf({}, "guangdong-window"))],
    ["an inherited name", () => signed(claimsOf({}, "__proto__"))],
    ["RS256 by a key that is registered for PS256", () => signed(claimsOf(), { alg: "RS256" }, keys.PS256)],
    ["PS256 by a key that is registered for RS256", () => signed(claimsOf(), { alg: "PS256" }, keys.RS256)],
    ["an empty signature", async () => craft({ alg: "ES256", kid: "k-es" }, claimsOf(), () => Buffer.alloc(0))],
    ["r and s zero", async () => craft({ alg: "ES256", kid: "k-es" }, claimsOf(), () => Buffer.alloc(64))],
    [
      "a signature in DER",
      async () =>
        craft({ alg: "ES256", kid: "k-es" }, claimsOf(), (input) =>
          createSign("sha256").update(input).sign(keys.ES256.privateKey),
        ),
    ],
    [
      "claims changed after signing",
      async () => {
        const [header = "", , signature = ""] = (await signed(claimsOf())).split(".");
        const claims = Buffer.from(JSON.stringify(claimsOf({ aud: ISSUER }))).toString("base64url");
        return [header, claims, signature].join(".");
      },
    ],
  ];

  test.each(unproven)("%s", async (_, make) => {
    const { verify } = setUp();
    const verified = vi.spyOn(crypto.subtle, "verify");
    const answer = await refusal(verify(await make()));
    expect(answer).toBe("ASSERTION_INVALID client_assertion: no active client has a key that made this signature");
    expect(verified).toHaveBeenCalledTimes(1);
    verified.mockRestore();
  });

  test("a client with two keys of one algorithm must say which", async () => {
    const { verify, registry } = setUp();
    registry.put({ ...anhui, keys: [keys.ES256.jwk, makeKey("ES256", "k-2").jwk] });
    expect(await refusal(verify(await signed(claimsOf(), { kid: undefined })))).toMatch(/no active client/);
    expect((await verify(await signed(claimsOf()))).client.id).toBe("anhui-window");
  });

  test("two keys under one kid are no key", async () => {
    const { verify, registry } = setUp();
    registry.put({ ...anhui, keys: [keys.ES256.jwk, stranger.jwk] });
    expect(await refusal(verify(await signed(claimsOf())))).toMatch(/no active client/);
  });
});

describe("no algorithm but the registered one", () => {
  const spki = keys.RS256.publicKey;
  const secrets: readonly [string, string | Buffer][] = [
    ["PEM", spki.export({ type: "spki", format: "pem" }).toString()],
    ["PEM without its last line end", spki.export({ type: "spki", format: "pem" }).toString().trimEnd()],
    ["PKCS#1 PEM", spki.export({ type: "pkcs1", format: "pem" }).toString()],
    ["DER", spki.export({ type: "spki", format: "der" })],
    ["JWK", JSON.stringify(keys.RS256.jwk)],
    ["modulus", Buffer.from(keys.RS256.jwk.n ?? "", "base64url")],
    ["nothing", ""],
  ];
  test.each(secrets)("HS256 with the public key as the secret: %s", async (_, secret) => {
    const { verify } = setUp();
    for (const alg of ["HS256", "HS384", "hs256"]) {
      const forged = craft({ alg, kid: "k-rs" }, claimsOf(), hmacWith(secret));
      expect(await refusal(verify(forged))).toMatch(/^ASSERTION_INVALID client_assertion: alg must be one of/);
    }
    const named = craft({ alg: "RS256", kid: "k-rs" }, claimsOf(), hmacWith(secret));
    expect(await refusal(verify(named))).toMatch(/no active client/);
  });

  test.each([
    "none",
    "None",
    "NONE",
    "nOnE",
    "",
    "RS384",
    "ES256K",
    "ES384",
    "RSA1_5",
    "toString",
    "__proto__",
    null,
    7,
    ["ES256"],
  ])("alg %j", async (alg) => {
    const { verify } = setUp();
    for (const signature of [Buffer.alloc(0), Buffer.alloc(64, 1)]) {
      const forged = craft({ alg, kid: "k-es" }, claimsOf(), () => signature);
      expect(await refusal(verify(forged))).toMatch(/^ASSERTION_INVALID client_assertion: alg must be one of/);
    }
  });
});

describe("keys and extensions do not come with the assertion", () => {
  test.each<[string, unknown]>([
    ["jwk", stranger.jwk],
    ["jku", "https://attacker.example/jwks.json"],
    ["x5u", "https://attacker.example/chain.pem"],
    ["x5c", ["MIIB"]],
  ])("%s", async (name, value) => {
    const { verify } = setUp();
    const fetched = vi.spyOn(globalThis, "fetch");
    for (const key of [stranger, keys.ES256]) {
      const answer = await refusal(verify(await signed(claimsOf(), { [name]: value }, key)));
      expect(answer).toBe(`ASSERTION_INVALID client_assertion: keys are not taken from ${name}`);
    }
    expect(fetched).not.toHaveBeenCalled();
    fetched.mockRestore();
  });

  test.each<[object]>([[{ crit: ["exp"], exp: 1 }], [{ crit: ["b64"], b64: true }], [{ crit: [] }], [{ crit: "b64" }]])(
    "%j",
    async (header) => {
      const { verify } = setUp();
      const forged = craft({ alg: "ES256", kid: "k-es", ...header }, claimsOf(), () => Buffer.alloc(64, 1));
      expect(await refusal(verify(forged))).toMatch(/crit/);
    },
  );

  test.each(["at+jwt", "dpop+jwt", "logout+jwt"])("a statement of another kind: %s", async (typ) => {
    const { verify } = setUp();
    expect(await refusal(verify(await signed(claimsOf(), { typ })))).toMatch(/typ must be/);
  });
});

describe("a proven client is told which claim is wrong", () => {
  test.each<[string, object, RegExp]>([
    ["another gateway", { aud: "https://other.example" }, /aud must be/],
    ["this gateway's name with a slash", { aud: `${ISSUER}/` }, /aud must be/],
    ["this gateway and another", { aud: [ISSUER, "https://other.example"] }, /aud must be/],
    ["this gateway twice", { aud: [ISSUER, ISSUER] }, /aud must be/],
    ["no audience", { aud: undefined }, /aud must be/],
    ["an audience in an audience", { aud: [[ISSUER]] }, /aud must be/],
    ["no end", { exp: undefined }, /exp is missing/],
    ["an end as a text", { exp: String(SECONDS + 60) }, /exp must be a number/],
    ["an end that is null", { exp: null }, /exp must be a number/],
    ["it has ended", { exp: SECONDS }, /exp has passed/],
    ["it lives too long", { exp: SECONDS + 301 }, /5 minutes ahead/],
    ["milliseconds for seconds", { exp: NOW + 60_000 }, /5 minutes ahead/],
    ["made in the future", { iat: SECONDS + 61 }, /iat is in the future/],
    ["not good yet", { nbf: SECONDS + 61 }, /nbf is in the future/],
    ["no jti", { jti: undefined }, /jti must be/],
    ["an empty jti", { jti: "" }, /jti must be/],
    ["a number for jti", { jti: 5 }, /jti must be/],
    ["a jti that would fill the memory", { jti: "x".repeat(257) }, /jti must be/],
  ])("%s", async (_, claims, reason) => {
    const { verify } = setUp();
    const answer = await refusal(verify(await signed(claimsOf(claims))));
    expect(answer).toMatch(/^ASSERTION_INVALID/);
    expect(answer).toMatch(reason);
  });

  test.each<[string, object]>([
    ["sub is somebody else", { sub: "guangdong-window" }],
    ["iss is somebody else", { iss: "guangdong-window" }],
    ["no sub", { sub: undefined }],
    ["neither", { iss: undefined, sub: undefined }],
    ["a list", { iss: ["anhui-window"], sub: ["anhui-window"] }],
  ])("iss and sub: %s", async (_, claims) => {
    const { verify } = setUp();
    expect(await refusal(verify(await signed(claimsOf(claims))))).toMatch(/iss and sub/);
  });
});

describe("an assertion is used once", () => {
  test("the second time it is a replay, also with other bytes", async () => {
    const { verify } = setUp();
    const claims = claimsOf();
    await verify(await signed(claims));
    const again = await signed(claims);
    expect(await refusal(verify(again))).toBe("REPLAYED client_assertion: its jti was used before");
    expect(await refusal(verify(await signed({ ...claims, exp: SECONDS + 120 })))).toMatch(/^REPLAYED/);
  });

  test("of two at the same time one is let in", async () => {
    const { verify } = setUp();
    const jwt = await signed(claimsOf());
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => verify(jwt)));
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  test("another client may use the same jti", async () => {
    const { verify } = setUp();
    await verify(await signed(claimsOf({ jti: "one" })));
    const other = await signed(claimsOf({ jti: "one" }, "guangdong-window"), { alg: "EdDSA" }, keys.EdDSA);
    expect((await verify(other)).client.id).toBe("guangdong-window");
  });

  test("one that is not proven does not use up a jti", async () => {
    const { verify } = setUp();
    await faultOf(verify(await signed(claimsOf({ jti: "mine" }), {}, stranger)));
    expect((await verify(await signed(claimsOf({ jti: "mine" })))).client.id).toBe("anhui-window");
  });

  test("a guard that cannot remember more lets nobody in, and says that it is busy", async () => {
    const clock = (): number => NOW;
    const replay = memoryReplayGuard({ clock, capacity: 1 });
    const verify = assertionVerifier({ registry: registryOf(anhui), issuer: ISSUER, replay, clock });
    await verify(await signed(claimsOf()));
    expect((await faultOf(verify(await signed(claimsOf())))).code).toBe("BUSY");
  });
});

describe("what is no assertion at all", () => {
  test.each<[string, string]>([
    ["nothing", ""],
    ["dots", ".."],
    ["two parts", "a.b"],
    ["five parts", "a.b.c.d.e"],
    ["no JSON", `${Buffer.from("x").toString("base64url")}.e30.`],
    ["a list for claims", craft({ alg: "ES256" }, [], () => Buffer.alloc(64))],
    ["null for claims", craft({ alg: "ES256" }, null, () => Buffer.alloc(64))],
    ["far too long", "a".repeat(8193)],
  ])("%s", async (_, jwt) => {
    const { verify } = setUp();
    expect(await refusal(verify(jwt))).toMatch(/^ASSERTION_INVALID client_assertion: /);
  });

  test("no answer repeats anything of the assertion", async () => {
    const { verify } = setUp();
    const marked = claimsOf({ aud: "MARK-aud", jti: "MARK-jti", secret: "MARK-claim" });
    const answers = await Promise.all([
      refusal(verify(await signed(marked))),
      refusal(verify(await signed({ ...marked, iss: "MARK-iss" }))),
      refusal(verify(await signed(marked, { typ: "MARK-typ" }))),
      refusal(verify(craft({ alg: "MARK-alg" }, marked, () => Buffer.alloc(8)))),
    ]);
    expect(answers.join(" ")).not.toContain("MARK");
  });
});
