import { randomUUIDv7 } from "node:crypto";
import { decodeJwt } from "jose";
import { beforeEach, describe, expect, test } from "vitest";
import { contentDigest } from "#connectors/peer/statement.ts";
import type { Caller } from "#gateway/clients/caller.ts";
import { memoryReplayGuard } from "#gateway/clients/replay-guard.ts";
import { clientWith, craft, makeKey, registryOf, signJws, type TestKey } from "#gateway/clients/test-clients.ts";
import { Fault } from "#gateway/fault.ts";
import type { ExchangeRecord } from "#gateway/log/exchange-record.ts";
import type { LogEntry } from "#gateway/log/log-entry.ts";
import { storedExchange } from "#gateway/log/test-stored.ts";
import { peerProtocol, type RequestOfPeer } from "./peer-protocol.ts";
import { callerOf, PERMIT, recordOf } from "./test-peer.ts";

const ISSUER = "https://shache.example";
const NOW = Date.UTC(2026, 10, 21, 8);
const SECONDS = NOW / 1000;
const BODY = Buffer.from("{}");
const anhui = makeKey("ES256");
const hubei = makeKey("EdDSA");
const own = makeKey("EdDSA");

const sign = (claims: object, typ: string, key: TestKey = anhui): Promise<string> =>
  signJws({ alg: key.jwk.alg, kid: key.jwk.kid, typ } as { alg: string }, claims, key.privateKey);

function setUp() {
  const records = new Map<string, ExchangeRecord>();
  const registry = registryOf(
    clientWith({ id: "anhui-gateway", roles: ["peer"], keys: [anhui.jwk] }),
    clientWith({ id: "hubei-gateway", roles: ["peer"], keys: [hubei.jwk] }),
  );
  const log = {
    get: async (id: string) => storedExchange(records.get(id)),
    append: async ({ record }: LogEntry) => void records.set(record.id, record),
  };
  const clock = () => NOW;
  const parts = { registry, log, clock, issuer: ISSUER, access: "open", authorize: () => PERMIT } as const;
  const key = { identity: { sign: (claims: object, type: string) => sign(claims, type, own) } };
  const restart = () => peerProtocol({ ...parts, key, replay: memoryReplayGuard({ clock }) });
  const counterReceipts = () => [...records.values()].filter(({ kind }) => kind === "counter-receipt");
  return { records, registry, restart, protocol: restart(), counterReceipts };
}
let scene: ReturnType<typeof setUp>;
beforeEach(() => {
  scene = setUp();
});

async function requestFrom(caller: Caller, jti = "request-1"): Promise<RequestOfPeer> {
  const digest = contentDigest(BODY);
  const times = { iat: SECONDS, exp: SECONDS + 60 };
  const claims = {
    iss: caller.id,
    aud: ISSUER,
    htm: "POST",
    htu: "/v1/matches",
    digest,
    exchange: "theirs",
    jti,
    ...times,
  };
  const signature = await sign(claims, "tongyan-request+jwt");
  return { signature, caller, method: "POST", path: "/v1/matches", body: BODY };
}

/** An exchange that anhui asked for, with our receipt. */
async function answered(): Promise<{ readonly exchange: string; readonly receipt: string }> {
  const exchange = randomUUIDv7();
  const request = await requestFrom(callerOf("anhui-gateway"), exchange);
  await scene.protocol.checkSignedRequest(request);
  scene.records.set(exchange, recordOf(exchange, "anhui-gateway"));
  const receipt = await scene.protocol.makeReceipt({ request, exchange, answer: Buffer.from("answer") });
  return { exchange, receipt };
}

async function refusal(attempt: Promise<unknown>): Promise<string> {
  const thrown = await attempt.then(
    () => null,
    (error: unknown) => error,
  );
  if (!(thrown instanceof Fault)) throw new Error("no fault was thrown", { cause: thrown });
  return thrown.code;
}

const counterOf = (
  { exchange, receipt }: { readonly exchange: string; readonly receipt: string },
  members: object = {},
) => ({
  iss: "anhui-gateway",
  exchange: "theirs",
  of: exchange,
  receipt: contentDigest(receipt),
  iat: SECONDS,
  ...members,
});
const TYP = "tongyan-counter-receipt+jwt";

describe("receipts", () => {
  test("one says who answered which request with which bytes, and when", async () => {
    const { exchange, receipt } = await answered();
    expect(decodeJwt(receipt)).toEqual({
      iss: ISSUER,
      exchange,
      of: exchange,
      request: contentDigest(BODY),
      answer: contentDigest(Buffer.from("answer")),
      iat: SECONDS,
    });
  });

  test("there is none for a request that was not checked", async () => {
    const request = await requestFrom(callerOf("anhui-gateway"));
    const exchange = randomUUIDv7();
    await expect(scene.protocol.makeReceipt({ request, exchange, answer: BODY })).rejects.toThrow("was checked");
  });

  test("who was switched off or taken out since it got its token signs nothing any more", async () => {
    const request = await requestFrom(callerOf("anhui-gateway"));
    expect(await refusal(scene.protocol.checkSignedRequest({ ...request, caller: callerOf("nobody") }))).toBe(
      "SIGNATURE_INVALID",
    );
    scene.registry.put(clientWith({ id: "anhui-gateway", active: false, roles: ["peer"], keys: [anhui.jwk] }));
    expect(await refusal(scene.protocol.checkSignedRequest(request))).toBe("SIGNATURE_INVALID");
  });

  test("a request is taken once", async () => {
    const request = await requestFrom(callerOf("anhui-gateway"));
    await scene.protocol.checkSignedRequest(request);
    expect(await refusal(scene.protocol.checkSignedRequest({ ...request }))).toBe("REPLAYED");
  });
});

describe("counter-receipts", () => {
  test("one is recorded beside its exchange, once, however often it is sent", async () => {
    const given = await answered();
    const counter = await sign(counterOf(given), TYP);
    const caller = callerOf("anhui-gateway");
    await scene.protocol.counterReceipt(given.exchange, counter, caller);
    await scene.protocol.counterReceipt(given.exchange, counter, caller);
    expect(scene.counterReceipts()).toMatchObject([
      { of: given.exchange, receipt: counter, client: { id: "anhui-gateway" } },
    ]);
  });

  test("after a restart its signature alone counts", async () => {
    const given = await answered();
    const counter = await sign(counterOf(given), TYP);
    await scene.restart().counterReceipt(given.exchange, counter, callerOf("anhui-gateway"));
    expect(scene.counterReceipts()).toHaveLength(1);
  });

  test("hours later it is still taken", async () => {
    const given = await answered();
    const counter = await sign(counterOf(given, { iat: SECONDS - 86_400 }), TYP);
    await scene.protocol.counterReceipt(given.exchange, counter, callerOf("anhui-gateway"));
    expect(scene.counterReceipts()).toHaveLength(1);
  });

  test.each<[string, object]>([
    ["about another exchange", { of: randomUUIDv7() }],
    ["about another exchange of theirs", { exchange: "other" }],
    ["about another receipt", { receipt: contentDigest("other") }],
    ["of another issuer", { iss: "hubei-gateway" }],
    ["of tomorrow", { iat: SECONDS + 86_400 }],
    ["without time", { iat: undefined }],
  ])("one %s is refused", async (_, members) => {
    const given = await answered();
    const counter = await sign(counterOf(given, members), TYP);
    const taking = scene.protocol.counterReceipt(given.exchange, counter, callerOf("anhui-gateway"));
    expect(await refusal(taking)).toBe("SIGNATURE_INVALID");
    expect(scene.counterReceipts()).toEqual([]);
  });

  test.each<[string, (claims: object) => Promise<string>]>([
    ["another's key", (claims) => sign(claims, TYP, hubei)],
    ["the type of a request", (claims) => sign(claims, "tongyan-request+jwt")],
    ["alg none", async (claims) => craft({ alg: "none", kid: anhui.jwk.kid, typ: TYP }, claims, () => Buffer.alloc(0))],
    ["nothing", async () => ""],
  ])("one with %s is refused", async (_, make) => {
    const given = await answered();
    const counter = await make(counterOf(given));
    const taking = scene.protocol.counterReceipt(given.exchange, counter, callerOf("anhui-gateway"));
    expect(await refusal(taking)).toBe("SIGNATURE_INVALID");
    expect(scene.counterReceipts()).toEqual([]);
  });

  test("nobody learns of another's exchange, and only peers have receipts to acknowledge", async () => {
    const given = await answered();
    const counter = await sign(counterOf(given, { iss: "hubei-gateway" }), TYP, hubei);
    const { counterReceipt } = scene.protocol;
    expect(await refusal(counterReceipt(given.exchange, counter, callerOf("hubei-gateway")))).toBe("EXCHANGE_UNKNOWN");
    expect(await refusal(counterReceipt(randomUUIDv7(), counter, callerOf("hubei-gateway")))).toBe("EXCHANGE_UNKNOWN");
    const department: Caller = { ...callerOf("anhui-gateway"), roles: ["department"] };
    expect(await refusal(counterReceipt(given.exchange, counter, department))).toBe("DENIED");
  });
});
