import { createHmac, randomUUID } from "node:crypto";
import { join } from "node:path";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { contentDigest, STATEMENT_TYPES } from "#connectors/peer/statement.ts";
import { openGatewayKey } from "#gateway/clients/gateway-key.ts";
import { craft, hmacWith, makeKey, signJws } from "#gateway/clients/test-clients.ts";
import { type Answer, codeOf, exchangeOf, type Gateway, recordIn } from "./gateway.ts";
import { ABOUT_TITLE, PURPOSES } from "./questions.ts";
import { KEYS, type SceneClient, SECRET_WORDS, startScene } from "./scene.ts";
import type { SeededService } from "./seeded-service.ts";

let service: SeededService;
let gateway: Gateway;

beforeAll(async () => {
  service = await startScene();
  gateway = service.gateway;
});
afterAll(async () => await service.close());

const LOOKUP = { ...ABOUT_TITLE, fields: ["state"], purpose: PURPOSES.anhuiMortgage };
const MATCH = { ...ABOUT_TITLE, claims: { holderName: "张三" }, purpose: PURPOSES.anhuiMortgage };
const JSON_TYPE = { "content-type": "application/json" };
const GOOD = [200, undefined];

const ask = (
  headers: Readonly<Record<string, string>>,
  path = "/v1/lookups",
  json: unknown = LOOKUP,
): Promise<Answer> =>
  gateway.send(path, {
    client: null,
    method: "POST",
    headers: { ...JSON_TYPE, ...headers },
    body: JSON.stringify(json),
  });
const seconds = (): number => Math.floor(Date.now() / 1000);

describe("an access token", () => {
  const ours = () => openGatewayKey(join(service.data, "keys"));
  const claims = async (members: object = {}): Promise<object> => ({
    ...decodeJwt(await gateway.token("anhui-window")),
    jti: randomUUID(),
    ...members,
  });
  const signed = async (members: object) => await ours().signAccessToken({ ...(await claims(members)) });
  const header = () => ({ alg: "EdDSA", kid: ours().jwks().keys[0]?.kid, typ: "at+jwt" });
  const publicJwk = () => ours().jwks().keys[0] ?? {};
  const keyedWith = async (key: string | Buffer) => craft({ ...header(), alg: "HS256" }, await claims(), hmacWith(key));
  const bearer = (token: string) => ask({ authorization: `Bearer ${token}` });

  test("is needed", async () => {
    const answer = await ask({});
    expect(codeOf(answer)).toEqual([401, "AUTHENTICATION_REQUIRED"]);
    expect(answer.headers.get("www-authenticate")).toBe("Bearer");
  });

  test("with the right claims is taken, whoever wrote them down", async () => {
    expect(codeOf(await bearer(await signed({})))).toEqual(GOOD);
  });

  test.each<readonly [string, () => Promise<string>]>([
    ["for another gateway", () => signed({ aud: "https://other.example" })],
    ["for two", async () => signed({ aud: [((await claims()) as { iss: string }).iss, "https://other.example"] })],
    ["of another gateway", () => signed({ iss: "https://other.example" })],
    ["that has ended", () => signed({ exp: seconds() - 1 })],
    ["without an end", () => signed({ exp: undefined })],
    ["whose end is a text", () => signed({ exp: String(seconds() + 600) })],
    ["of a client that nobody knows", () => signed({ sub: "nobody", client_id: "nobody" })],
    ["of a client that has left", () => signed({ sub: "anhui-left", client_id: "anhui-left" })],
    ["of two clients", () => signed({ client_id: "operator" })],
    ["that is bound to a certificate", () => signed({ cnf: { "x5t#S256": "A".repeat(43) } })],
    [
      "by another key of our name",
      async () => signJws(header() as { alg: string }, await claims(), makeKey("EdDSA").privateKey),
    ],
    [
      "by the client's own key",
      async () => signJws({ ...header(), alg: "ES256" }, await claims(), KEYS["anhui-window"].privateKey),
    ],
    ["that nobody signed", async () => craft({ ...header(), alg: "none" }, await claims(), () => Buffer.alloc(0))],
    [
      "that nobody signed, written otherwise",
      async () => craft({ ...header(), alg: "NoNe" }, await claims(), () => Buffer.of(0)),
    ],
    ["keyed with our public key", () => keyedWith(JSON.stringify(publicJwk()))],
    [
      "keyed with our public key's bytes",
      () => keyedWith(Buffer.from((publicJwk() as { x?: string }).x ?? "", "base64url")),
    ],
    [
      "that is our statement to a peer",
      async () => ours().identity.sign({ ...(await claims()) }, STATEMENT_TYPES.receipt),
    ],
    [
      "that is a client's assertion",
      async () =>
        signJws({ alg: "ES256", kid: "anhui-1", typ: "JWT" }, await claims(), KEYS["anhui-window"].privateKey),
    ],
    [
      "with its claims changed",
      async () => swapClaims(await signed({}), await claims({ sub: "operator", client_id: "operator" })),
    ],
  ])("%s is none", async (_what, make) => {
    const answer = await bearer(await make());
    expect(codeOf(answer)).toEqual([401, "TOKEN_INVALID"]);
    expect(answer.headers.get("www-authenticate")).toContain("invalid_token");
  });

  function swapClaims(token: string, others: object): string {
    const [head = "", , signature = ""] = token.split(".");
    return [head, Buffer.from(JSON.stringify(others)).toString("base64url"), signature].join(".");
  }

  test("is worth nothing once its client has been switched off", async () => {
    const token = await gateway.token("guangdong-slow");
    const path = "/v1/clients/guangdong-slow";
    const { entry } = (await gateway.get("operator", path)).body as { entry?: object };
    expect((await gateway.put("operator", path, { ...entry, active: false })).status).toBe(200);
    expect(codeOf(await bearer(token))).toEqual([401, "TOKEN_INVALID"]);
    expect((await gateway.put("operator", path, { ...entry, active: true })).status).toBe(200);
  });
});

describe("legacy headers", () => {
  type Signing = { rid: SceneClient | "nobody"; sid: string; rtime: number; secret: string };
  function headersFor(json: unknown, changes: Partial<Signing> = {}): Record<string, string> {
    const body = contentDigest(JSON.stringify(json));
    const { rid, sid, rtime, secret } = {
      rid: "anhui-legacy",
      sid: "real-estate-certificate",
      rtime: Date.now(),
      secret: SECRET_WORDS.anhui,
      ...changes,
    };
    const signed = `${sid}${rid}${rtime}${rid === "anhui-bare" ? "" : body}`;
    return {
      gjgxjhpt_rid: rid,
      gjgxjhpt_sid: sid,
      gjgxjhpt_rtime: String(rtime),
      gjgxjhpt_sign: createHmac("sha256", secret).update(signed).digest("base64"),
      ...(rid !== "anhui-bare" && { "content-digest": body }),
    };
  }

  test("of a listed client are taken, once", async () => {
    const headers = headersFor(LOOKUP);
    const answer = await ask(headers);
    expect(codeOf(answer)).toEqual(GOOD);
    const record = recordIn(await gateway.get("operator", `/v1/exchanges/${exchangeOf(answer)}`));
    expect(record["client"]).toMatchObject({ id: "anhui-legacy", authentication: "hmac" });
    expect(codeOf(await ask(headers))).toEqual([401, "REPLAYED"]);
  });

  test.each<readonly [string, Partial<Signing>]>([
    ["for another resource", { sid: "mining-licence" }],
    ["of another client's secret", { secret: SECRET_WORDS.bare }],
    ["of a client that nobody knows", { rid: "nobody" }],
    ["of a client that has left", { rid: "anhui-left" }],
    ["of a client that has no secret", { rid: "anhui-window" }],
    ["of an hour ago", { rtime: Date.now() - 3_600_000 }],
    ["of an hour to come", { rtime: Date.now() + 3_600_000 }],
  ])("%s are refused", async (_what, signing) => {
    expect(codeOf(await ask(headersFor(LOOKUP, signing)))).toEqual([401, "SIGNATURE_INVALID"]);
  });

  test("over another body are refused", async () => {
    const changed = await ask(headersFor(LOOKUP), "/v1/lookups", { ...LOOKUP, fields: ["holderCode"] });
    expect(codeOf(changed)).toEqual([401, "SIGNATURE_INVALID"]);
  });

  test("that do not cover the body do for a match, and not for a lookup", async () => {
    const bare = { rid: "anhui-bare", secret: SECRET_WORDS.bare } as const;
    expect(codeOf(await ask(headersFor(MATCH, bare), "/v1/matches", MATCH))).toEqual(GOOD);
    expect(codeOf(await ask(headersFor(LOOKUP, bare)))).toEqual([403, "BODY_UNSIGNED"]);
  });

  test("are for nothing but questions about a resource", async () => {
    const headers = headersFor(LOOKUP);
    const answer = await gateway.send("/v1/grants", { client: null, headers });
    expect(codeOf(answer)).toEqual([401, "AUTHENTICATION_REQUIRED"]);
  });
});

describe("another gateway", () => {
  const peerAsks = { ...MATCH, purpose: PURPOSES.guangdongSearch };
  type Changes = {
    readonly claims?: object;
    readonly key?: typeof KEYS.operator;
    readonly sent?: unknown;
    readonly path?: string;
  };
  async function statement({ claims = {}, key = KEYS["other-gateway"] }: Changes = {}): Promise<string> {
    const { iss } = decodeJwt(await gateway.token("other-gateway"));
    const iat = seconds();
    const stated = {
      iss: "other-gateway",
      aud: iss,
      htm: "POST",
      htu: "/v1/matches",
      digest: contentDigest(JSON.stringify(peerAsks)),
      exchange: randomUUID(),
      iat,
      exp: iat + 60,
      jti: randomUUID(),
      ...claims,
    };
    return await signJws({ alg: "EdDSA", kid: "peer-1", typ: STATEMENT_TYPES.request }, stated, key.privateKey);
  }
  const post = (signature: string | null, { sent = peerAsks, path = "/v1/matches" }: Changes = {}): Promise<Answer> =>
    gateway.send(path, {
      client: "other-gateway",
      method: "POST",
      headers: { ...JSON_TYPE, ...(signature !== null && { "tongyan-signature": signature }) },
      body: JSON.stringify(sent),
    });

  test("that signs gets an answer with a receipt, once", async () => {
    const signature = await statement();
    const answer = await post(signature);
    expect([answer.status, answer.body["outcome"]]).toEqual([200, "MATCHED"]);
    expect(answer.headers.get("tongyan-receipt")).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
    expect(codeOf(await post(signature))).toEqual([401, "REPLAYED"]);
  });

  test.each<readonly [string, Changes]>([
    ["another body than was sent", { sent: { ...peerAsks, claims: { holderName: "李四" } } }],
    ["another path", { path: "/v1/lookups", sent: { ...LOOKUP, purpose: peerAsks.purpose } }],
    ["for another gateway", { claims: { aud: "https://other.example" } }],
    ["in another's name", { claims: { iss: "anhui-window" } }],
    ["with another's key", { key: KEYS.operator }],
    ["what has ended", { claims: { exp: seconds() - 1 } }],
    ["what is good for a year", { claims: { exp: seconds() + 31_536_000 } }],
  ])("that signs %s is refused", async (_what, changes) => {
    const answer = await post(await statement(changes), changes);
    expect(codeOf(answer)).toEqual([401, "SIGNATURE_INVALID"]);
    expect(answer.headers.has("tongyan-receipt")).toBe(false);
  });

  test("that does not sign is refused, and so is one that asks for much at once", async () => {
    expect(codeOf(await post(null))).toEqual([401, "SIGNATURE_INVALID"]);
    const batch = { purpose: peerAsks.purpose, requests: [{ id: "a", ...ABOUT_TITLE, claims: MATCH.claims }] };
    const htu = "/v1/matches/batch";
    const signature = await statement({ claims: { htu, digest: contentDigest(JSON.stringify(batch)) } });
    expect(codeOf(await post(signature, { path: htu, sent: batch }))).toEqual([403, "DENIED"]);
  });

  test("asks under its department's grants, not under any other's nor without one", async () => {
    const sent = { ...peerAsks, purpose: { ...peerAsks.purpose, organisation: "11340000MB0E01057U" } };
    const digest = contentDigest(JSON.stringify(sent));
    expect(codeOf(await post(await statement({ claims: { digest } }), { sent }))).toEqual([403, "GRANT_MISSING"]);
  });

  test("acknowledges its own exchanges only", async () => {
    const theirs = exchangeOf(await gateway.post("anhui-window", "/v1/matches", MATCH));
    const receipt = await statement();
    const path = `/v1/exchanges/${theirs}/counter-receipt`;
    expect(codeOf(await gateway.post("other-gateway", path, { receipt }))).toEqual([404, "EXCHANGE_UNKNOWN"]);
    expect(codeOf(await gateway.post("anhui-window", path, { receipt }))).toEqual([403, "DENIED"]);
    const own = exchangeOf(await post(await statement()));
    const wrong = await gateway.post("other-gateway", `/v1/exchanges/${own}/counter-receipt`, { receipt });
    expect(codeOf(wrong)).toEqual([401, "SIGNATURE_INVALID"]);
  });
});

test("no caller has made the service fail", () => {
  expect(service.serving.logged()).not.toMatch(/"status":5\d\d/);
  expect(service.serving.logged()).not.toContain("INTERNAL");
});
