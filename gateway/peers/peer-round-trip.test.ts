import { decodeJwt, decodeProtectedHeader } from "jose";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { contentDigest } from "#connectors/peer/statement.ts";
import type { Identity } from "#connectors/settings.ts";
import type { Source } from "#connectors/source.ts";
import { makeKey, signJws } from "#gateway/clients/test-clients.ts";
import { AUDIENCE, CLIENT } from "./test-peer.ts";
import { failure, lookup, match, NOW, openScene, patient, purpose, type Scene, until } from "./test-scene.ts";

let scene: Scene;
let source: Source;
beforeEach(async () => {
  scene = await openScene();
  source = scene.open();
});
afterEach(() => scene.close());

describe("a true peer", () => {
  test("a lookup: fields as the peer discloses them, its receipt over just these bytes, our counter-receipt on its record", async () => {
    scene.peer.twists.answer = (body) => ({
      ...body,
      record: { holderName: "张**", holderCode: null, state: "current", cardNumber: null },
      treatments: {
        holderName: { treatment: "mask" },
        holderCode: { treatment: "withhold", code: "WITHHELD", zh: "不予提供。", en: "Not given." },
        state: { treatment: "give" },
        cardNumber: { treatment: "match-only", code: "MATCH_ONLY", zh: "只能核验。", en: "Match only." },
      },
    });
    const answer = await source.fetch(lookup(["holderName", "holderCode", "state", "cardNumber"]), patient());
    expect(answer).toEqual({
      kind: "found",
      asOf: "2026-11-20T16:00:00.000Z",
      reference: expect.stringMatching(/^[0-9a-f-]{36}$/),
      receipt: expect.any(String),
      record: { holderName: "张**", holderCode: null, state: "current", cardNumber: "C-1" },
    });
    const receipt = answer.receipt ?? "";
    expect(decodeProtectedHeader(receipt)).toMatchObject({ alg: "EdDSA", typ: "tongyan-receipt+jwt" });
    expect(decodeJwt(receipt)).toMatchObject({
      iss: AUDIENCE,
      exchange: answer.reference,
      request: contentDigest(JSON.stringify(scene.peer.bodies[0])),
      iat: NOW / 1000,
    });

    await until(() => scene.peer.counterReceipts.length > 0);
    const [counter] = scene.peer.counterReceipts;
    expect(counter).toMatchObject({ kind: "counter-receipt", of: answer.reference, client: { id: CLIENT } });
    expect(decodeJwt(counter?.receipt ?? "")).toEqual({
      iss: CLIENT,
      exchange: "0195-ours",
      of: answer.reference,
      receipt: contentDigest(receipt),
      iat: NOW / 1000,
    });
    expect(await source.health(patient())).toMatchObject({ status: "ready" });
  });

  test("the trace goes on to it, with what it was asked", async () => {
    const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    await source.fetch(lookup(), { ...patient(), traceparent });
    await source.fetch(lookup(), patient());
    expect(scene.peer.traceparents).toEqual([traceparent, undefined]);
  });

  test("a match: what the peer keeps to itself is no data, and its state is told in the catalogue's code", async () => {
    scene.peer.twists.answer = (body) => ({
      ...body,
      outcome: "MISMATCHED",
      claims: { holderName: "mismatch", holderCode: "withheld" },
    });
    const claims = { holderName: "张三", holderCode: "11010519491231002X" };
    expect(await match(source, claims)).toMatchObject({
      kind: "found",
      claims: { holderName: "mismatch", holderCode: "no-data" },
      state: "current",
    });
    expect(scene.peer.bodies).toEqual([
      { resource: "surveyor-card", region: "653125", keys: { cardNumber: "C-1" }, purpose, claims },
    ]);
  });

  test("a match whose state the peer does not tell, or tells in words of its own catalogue", async () => {
    scene.peer.twists.answer = (body) => ({ ...body, state: null });
    expect(await match(source, { holderName: "a" })).toMatchObject({ state: null });
    source = scene.open({ states: { revoked: "吊销" } });
    scene.peer.twists.answer = (body) => ({ ...body, state: { code: "revoked", zh: "吊销", en: "revoked" } });
    expect(await match(source, { holderName: "a" })).toMatchObject({ state: "吊销" });
  });

  test("a record that the peer does not have", async () => {
    scene.peer.twists.answer = (body) => ({
      ...body,
      outcome: "NOT_FOUND",
      record: null,
      treatments: {},
      claims: {},
      state: null,
    });
    expect(await source.fetch(lookup(), patient())).toMatchObject({ kind: "not-found", receipt: expect.any(String) });
    expect(await match(source, { holderName: "a" })).toMatchObject({ kind: "not-found" });
  });

  test("it is asked with the five elements and the consent as they were stated, and nothing else", async () => {
    const spoilt = { ...purpose, extra: "never sent" };
    await source.fetch(lookup(["state"], { purpose: spoilt, consent: "consent-9" }), patient());
    expect(scene.peer.bodies).toEqual([
      {
        resource: "surveyor-card",
        region: "653125",
        keys: { cardNumber: "C-1" },
        fields: ["state"],
        purpose: { ...purpose, consent: "consent-9" },
      },
    ]);
  });

  test("the question whether there is a record asks for the keys", async () => {
    expect(await source.fetch(lookup([]), patient())).toMatchObject({ record: { cardNumber: "value of cardNumber" } });
    expect(scene.peer.bodies).toMatchObject([{ fields: ["cardNumber"] }]);
  });

  test("a token is got once, kept nearly to its end, and replaced once when it is no longer accepted", async () => {
    const tokens = () => scene.peer.seen.filter((line) => line === "POST /oauth/token").length;
    await source.fetch(lookup(), patient());
    await source.fetch(lookup(), patient());
    expect(tokens()).toBe(1);
    scene.peer.revokeTokens();
    expect(await source.fetch(lookup(), patient())).toMatchObject({ kind: "found" });
    await until(() => scene.peer.counterReceipts.length === 3);
    expect(tokens()).toBe(2);
    scene.time.now += 545_000;
    await source.fetch(lookup(), patient());
    await until(() => scene.peer.counterReceipts.length === 4);
    expect(tokens()).toBe(3);
  });

  test("each request is signed for itself: many at once are all answered", async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => source.fetch(lookup(), patient())));
    expect(new Set(answers.map(({ reference }) => reference)).size).toBe(20);
    await until(() => scene.peer.counterReceipts.length === 20);
  });
});

describe("a peer that says no", () => {
  test.each<[number, string, Record<string, string>, object]>([
    [403, "PURPOSE_MISMATCH", {}, { code: "SOURCE_REFUSED", detail: "the peer answered 403 PURPOSE_MISMATCH" }],
    [401, "SIGNATURE_INVALID", {}, { code: "SOURCE_REFUSED" }],
    [422, "KEYS_AMBIGUOUS", {}, { code: "KEYS_AMBIGUOUS" }],
    [422, "KEYS_INVALID", {}, { code: "SOURCE_MALFORMED" }],
    [404, "NO_SOURCE", {}, { code: "SOURCE_MALFORMED" }],
    [429, "QUOTA_EXCEEDED", { "retry-after": "30" }, { code: "SOURCE_UNAVAILABLE", retryAfter: 30_000 }],
    [503, "SOURCE_TIMEOUT", { "retry-after": "7" }, { code: "SOURCE_UNAVAILABLE", retryAfter: 7_000 }],
    [502, "SOURCE_WRONG_RECORD", {}, { code: "SOURCE_MALFORMED" }],
    [500, "INTERNAL", {}, { code: "SOURCE_FAILED" }],
    [302, "X", { location: "http://169.254.169.254/" }, { code: "SOURCE_REDIRECTED" }],
    [200, "X", {}, { code: "SOURCE_UNTRUSTED" }],
  ])("%i %s", async (status, code, headers, expected) => {
    scene.peer.twists.last = () => ({ status, headers, body: JSON.stringify({ code }) });
    expect(await failure(source.fetch(lookup(), patient()))).toMatchObject(expected);
  });

  test.each(["张三 11010519491231002X", '{"code":"张三"}', '{"code":5}', '{"code":"A","code":"B"}', ""])(
    "what is no code is not repeated: %j",
    async (body) => {
      scene.peer.twists.last = () => ({ status: 403, headers: {}, body });
      expect(await failure(source.fetch(lookup(), patient()))).toMatchObject({ detail: "the peer answered 403" });
    },
  );

  test("who is not registered there gets no token", async () => {
    source = scene.open({ clientId: "nobody" });
    expect((await failure(source.fetch(lookup(), patient()))).code).toBe("SOURCE_REFUSED");
    expect(await source.health(patient())).toMatchObject({
      status: "unavailable",
      zh: expect.stringContaining("拒绝"),
    });
    expect(scene.peer.seen).not.toContain("POST /v1/lookups");
  });

  test("a peer of another name is not asked", async () => {
    source = scene.open({ audience: "https://other.example" });
    expect((await failure(source.fetch(lookup(), patient()))).code).toBe("SOURCE_REFUSED");
  });

  test("a peer that is not ready says so, one that is gone cannot be reached", async () => {
    scene.peer.twists.last = () => ({ status: 503, headers: {}, body: "{}" });
    expect(await source.health(patient())).toMatchObject({ status: "degraded" });
    source = scene.open({ url: "http://127.0.0.1:1" });
    expect(await source.health(patient())).toMatchObject({ status: "unavailable" });
    expect((await failure(source.fetch(lookup(), patient()))).code).toBe("SOURCE_UNAVAILABLE");
  });
});

describe("counter-receipts", () => {
  test("one that the peer does not take spoils no answer, and shows in the health", async () => {
    const stranger = makeKey("EdDSA");
    const identity: Identity = {
      sign: (claims, type) =>
        type.includes("counter")
          ? signJws({ alg: "EdDSA", kid: stranger.jwk.kid, typ: type } as { alg: string }, claims, stranger.privateKey)
          : scene.identity.sign(claims, type),
    };
    source = scene.open({}, identity);
    expect(await source.fetch(lookup(), patient())).toMatchObject({ kind: "found" });
    await until(async () => (await source.health(patient())).status === "degraded");
    expect(await source.health(patient())).toMatchObject({ en: expect.stringContaining("1 could not be delivered") });
    expect(scene.peer.counterReceipts).toEqual([]);
    scene.time.now += 3_600_001;
    expect(await source.health(patient())).toMatchObject({ status: "ready" });
  });
});
