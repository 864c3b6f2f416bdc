import { setTimeout as sleep } from "node:timers/promises";
import { decodeJwt } from "jose";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { contentDigest } from "#connectors/peer/statement.ts";
import { SourceError } from "#connectors/source-error.ts";
import type { Source } from "#connectors/source.ts";
import { craft, hmacWith, makeKey, signJws } from "#gateway/clients/test-clients.ts";
import type { Answered, TestPeer } from "./test-peer.ts";
import { failure, lookup, match, NOW, openScene, patient, type Scene } from "./test-scene.ts";

let scene: Scene;
let source: Source;
beforeEach(async () => {
  scene = await openScene();
  source = scene.open();
});
afterEach(() => scene.close());

const RECEIPT = "tongyan-receipt+jwt";

describe("a hostile peer", () => {
  const stranger = makeKey("EdDSA");
  type Last = TestPeer["twists"]["last"];
  const kid = (): string => scene.peer.keys[0]?.kid ?? "";
  const claimsOf = ({ headers }: Answered) => decodeJwt(headers["tongyan-receipt"] ?? "");
  const withReceipt = (answered: Answered, receipt: string): Answered => ({
    ...answered,
    headers: { ...answered.headers, "tongyan-receipt": receipt },
  });
  const resigned =
    (changes: object, typ = RECEIPT): Last =>
    async (answered, { key }) =>
      withReceipt(answered, await key.identity.sign({ ...claimsOf(answered), ...changes }, typ));

  test.each<[string, Last]>([
    ["no receipt", ({ status, body }) => ({ status, headers: {}, body })],
    ["an empty receipt", (answered) => withReceipt(answered, "")],
    ["a receipt that is too long", (answered) => withReceipt(answered, "a".repeat(9_000))],
    ["another answer under the receipt", (answered) => ({ ...answered, body: `${answered.body} ` })],
    [
      "a receipt signed with another key",
      async (answered) =>
        withReceipt(
          answered,
          await signJws(
            { alg: "EdDSA", kid: stranger.jwk.kid, typ: RECEIPT } as { alg: string },
            claimsOf(answered),
            stranger.privateKey,
          ),
        ),
    ],
    [
      "another key under the pinned kid",
      async (answered) =>
        withReceipt(
          answered,
          await signJws(
            { alg: "EdDSA", kid: kid(), typ: RECEIPT } as { alg: string },
            claimsOf(answered),
            stranger.privateKey,
          ),
        ),
    ],
    [
      "a key brought along",
      async (answered) =>
        withReceipt(
          answered,
          await signJws(
            { alg: "EdDSA", kid: kid(), jwk: stranger.jwk, typ: RECEIPT } as { alg: string },
            claimsOf(answered),
            stranger.privateKey,
          ),
        ),
    ],
    [
      "alg none",
      (answered) =>
        withReceipt(
          answered,
          craft({ alg: "none", kid: kid(), typ: RECEIPT }, claimsOf(answered), () => Buffer.alloc(0)),
        ),
    ],
    [
      "the public key as a shared secret",
      (answered) =>
        withReceipt(
          answered,
          craft(
            { alg: "HS256", kid: kid(), typ: RECEIPT },
            claimsOf(answered),
            hmacWith(Buffer.from(scene.peer.keys[0]?.x ?? "", "base64url")),
          ),
        ),
    ],
    ["a signature for something else", resigned({}, "tongyan-request+jwt")],
    ["a receipt of another request", resigned({ of: "00000000-0000-4000-8000-000000000000" })],
    ["a receipt over another body of ours", resigned({ request: contentDigest("{}") })],
    ["a receipt of another gateway", resigned({ iss: "https://other.example" })],
    ["a receipt of yesterday", resigned({ iat: NOW / 1000 - 86_400 })],
    ["a receipt of tomorrow", resigned({ iat: NOW / 1000 + 86_400 })],
    ["a receipt without time", resigned({ iat: undefined })],
    ["an exchange that is a path", resigned({ exchange: "../../v1/clients" })],
    ["no exchange", resigned({ exchange: undefined })],
  ])("%s", async (_, last) => {
    scene.peer.twists.last = last;
    expect((await failure(source.fetch(lookup(), patient()))).code).toBe("SOURCE_UNTRUSTED");
    expect((await failure(match(source, { holderName: "a" }))).code).toBe("SOURCE_UNTRUSTED");
    expect(scene.peer.seen.filter((line) => line.includes("counter-receipt"))).toEqual([]);
  });

  test("an old answer with its old receipt does not pass again", async () => {
    const kept: Answered[] = [];
    scene.peer.twists.last = (answered) => {
      kept.push(answered);
      return kept[0] ?? answered;
    };
    expect(await source.fetch(lookup(), patient())).toMatchObject({ kind: "found" });
    expect((await failure(source.fetch(lookup(), patient()))).code).toBe("SOURCE_UNTRUSTED");
  });

  test("an answer is cut off when it is larger than allowed, whatever it announces", async () => {
    scene.peer.twists.answer = (body) => ({ ...body, zh: "长".repeat(100_000) });
    expect((await failure(source.fetch(lookup(), patient()))).code).toBe("SOURCE_TOO_LARGE");
    scene.peer.twists.last = (answered) => ({
      ...answered,
      headers: { ...answered.headers, "transfer-encoding": "chunked" },
    });
    expect((await failure(source.fetch(lookup(), patient()))).code).toBe("SOURCE_TOO_LARGE");
  });

  test("who hangs is left when the caller goes", async () => {
    const caller = new AbortController();
    const gone = new SourceError("SOURCE_TIMEOUT", "too late");
    scene.peer.twists.last = async (answered) => {
      caller.abort(gone);
      await sleep(50);
      return answered;
    };
    expect(await failure(source.fetch(lookup(), caller))).toBe(gone);
  });

  test.each<[string, (body: object) => object]>([
    ["a list", (body) => [body]],
    ["another resource", (body) => ({ ...body, resource: "mining-licence" })],
    ["another region", (body) => ({ ...body, region: "340100" })],
    ["an unknown outcome", (body) => ({ ...body, outcome: "MAYBE" })],
    ["no record", (body) => ({ ...body, record: null })],
    ["a field less", (body) => ({ ...body, record: {} })],
    ["a number for a text", (body) => ({ ...body, record: { holderName: 5 } })],
    ["an unknown treatment", (body) => ({ ...body, treatments: { holderName: { treatment: "shout" } } })],
    ["no treatment", (body) => ({ ...body, treatments: {} })],
    ["no time", (body) => ({ ...body, source: {} })],
  ])("a receipted answer that does not fit: %s", async (_, answer) => {
    scene.peer.twists.answer = answer;
    expect((await failure(source.fetch(lookup(), patient()))).code).toBe("SOURCE_MALFORMED");
  });

  test.each<[string, (body: object) => object]>([
    ["a lookup's outcome", (body) => ({ ...body, outcome: "FOUND" })],
    ["a claim less", (body) => ({ ...body, claims: {} })],
    ["an unknown result", (body) => ({ ...body, claims: { holderName: "probably" } })],
    ["an unknown state", (body) => ({ ...body, state: { code: "asleep" } })],
  ])("a receipted match that does not fit: %s", async (_, answer) => {
    scene.peer.twists.answer = answer;
    const asking = match(source, { holderName: "a" });
    expect((await failure(asking)).code).toBe("SOURCE_MALFORMED");
  });

  test("what is withheld stays so, even if a value comes along", async () => {
    scene.peer.twists.answer = (body) => ({
      ...body,
      record: { holderName: "张三" },
      treatments: { holderName: { treatment: "withhold" } },
    });
    expect(await source.fetch(lookup(), patient())).toMatchObject({ record: { holderName: null } });
  });
});
