import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { SettingsError } from "#connectors/settings.ts";
import { Fault } from "#gateway/fault.ts";
import { digestOfBody, type LegacyHeaders, legacyVerifier } from "./legacy-hmac.ts";
import { memoryReplayGuard } from "./replay-guard.ts";
import { clientWith, registryOf } from "./test-clients.ts";

const NOW = Date.UTC(2026, 10, 21, 8);
const SECRETS: Readonly<Record<string, string>> = {
  "anhui.key": "a-secret-made-for-this-test",
  "guangdong.key": "another-secret-for-this-test",
  "short.key": "fifteen-letters",
};
const BODY = Buffer.from('{"resource":"identity-card"}');
const DIGEST = `sha-256=:${digestOfBody(BODY)}:`;

const bare = clientWith({ id: "bare", hmac: { secret: "anhui.key", bodyDigest: "absent" } });
const whole = clientWith({ id: "whole", hmac: { secret: "guangdong.key", bodyDigest: "required" } });
const modern = clientWith({ id: "modern" });
const closed = clientWith({ id: "closed", active: false, hmac: { secret: "anhui.key", bodyDigest: "absent" } });
const lost = clientWith({ id: "lost", hmac: { secret: "lost.key", bodyDigest: "absent" } });
const short = clientWith({ id: "short", hmac: { secret: "short.key", bodyDigest: "absent" } });

function secret(name: string): string {
  const text = SECRETS[name];
  if (text === undefined) throw new SettingsError(`secret ${name}: there is none`);
  return text;
}

function setUp() {
  const time = { now: NOW };
  const clock = (): number => time.now;
  const registry = registryOf(bare, whole, modern, closed, lost, short);
  return { verify: legacyVerifier({ registry, secret, replay: memoryReplayGuard({ clock }), clock }), time };
}

const mac = (key: string, text: string): string => createHmac("sha256", key).update(text).digest("base64");

/** As a client of the platform makes them. */
function headersOf(id: "bare" | "whole", members: Partial<LegacyHeaders> = {}): LegacyHeaders {
  const {
    sid = "identity-card",
    rid = id,
    rtime = String(NOW),
    contentDigest = id === "whole" ? DIGEST : null,
  } = members;
  const key = SECRETS[id === "bare" ? "anhui.key" : "guangdong.key"] ?? "";
  const sign = mac(key, `${sid}${rid}${rtime}${id === "whole" ? contentDigest : ""}`);
  return { sid, rid, rtime, contentDigest, sign, ...members };
}

async function faultOf(attempt: Promise<unknown>): Promise<Fault> {
  const thrown = await attempt.then(
    () => null,
    (error: unknown) => error,
  );
  if (!(thrown instanceof Fault)) throw new Error("no fault was thrown", { cause: thrown });
  return thrown;
}
const UNPROVEN = "SIGNATURE_INVALID: no active client has signed these headers; some must sign content-digest too";

test("the published rule, as openssl dgst -sha256 -hmac computes it", async () => {
  const sign = "ho9UQE92ddpg8TIM99+tAAvaahxPgVbvM5ujyFGhLnA=";
  expect(mac("a-secret-made-for-this-test", "identity-cardbare1795248000000")).toBe(sign);
  const { verify } = setUp();
  const headers = { sid: "identity-card", rid: "bare", rtime: "1795248000000", sign, contentDigest: null };
  expect((await verify(headers)).client).toBe(bare);
});

test("headers that do not cover the body", async () => {
  const { verify } = setUp();
  expect(await verify(headersOf("bare"))).toEqual({
    client: bare,
    authentication: "hmac-bare",
    bodyDigest: null,
    service: "identity-card",
  });
});

test("headers that do, and the digest that the body must have", async () => {
  const { verify } = setUp();
  expect(await verify(headersOf("whole"))).toEqual({
    client: whole,
    authentication: "hmac",
    bodyDigest: digestOfBody(BODY),
    service: "identity-card",
  });
  expect(digestOfBody(Buffer.from('{"resource":"identity-card" }'))).not.toBe(digestOfBody(BODY));
});

test("a digest that nothing signs does not count as one", async () => {
  const { verify } = setUp();
  expect(await verify(headersOf("bare", { contentDigest: DIGEST }))).toMatchObject({
    authentication: "hmac-bare",
    bodyDigest: null,
  });
});

test.each([-300_000, 300_000])("%d milliseconds away are near enough", async (away) => {
  const { verify } = setUp();
  expect((await verify(headersOf("bare", { rtime: String(NOW + away) }))).client).toBe(bare);
});

describe("tampering with one part", () => {
  const good = headersOf("whole");
  test.each<[string, Partial<LegacyHeaders>]>([
    ["sid", { sid: "business-licence" }],
    ["sid by a letter of case", { sid: "Identity-card" }],
    ["rid: another client", { rid: "bare" }],
    ["rid: nobody", { rid: "nobody" }],
    ["rtime", { rtime: String(NOW + 1) }],
    ["sign", { sign: mac("guessed-secret-of-16", `identity-cardwhole${NOW}${DIGEST}`) }],
    ["sign of nothing", { sign: "" }],
    ["sign with spaces", { sign: ` ${good.sign}` }],
    ["sign in base64url", { sign: Buffer.from(good.sign, "base64").toString("base64url") }],
    ["sign in hex", { sign: Buffer.from(good.sign, "base64").toString("hex") }],
    ["the digest of another body", { contentDigest: `sha-256=:${digestOfBody(Buffer.from("{}"))}:` }],
    ["no digest", { contentDigest: null }],
    ["an empty digest", { contentDigest: "" }],
  ])("%s", async (_, members) => {
    const { verify } = setUp();
    expect((await faultOf(verify({ ...good, ...members }))).message).toBe(UNPROVEN);
    expect((await verify(good)).client).toBe(whole);
  });

  test.each([
    `sha-512=:${"A".repeat(86)}==:`,
    `${DIGEST}, ${DIGEST}`,
    `sha-256=${digestOfBody(BODY)}`,
    `sha-256=:${digestOfBody(BODY)}`,
    `SHA-256=:${digestOfBody(BODY)}:`,
    `sha-256=:${digestOfBody(BODY)}:;x=1`,
  ])("a digest of another form, though signed: %s", async (contentDigest) => {
    const { verify } = setUp();
    expect((await faultOf(verify(headersOf("whole", { contentDigest })))).message).toBe(UNPROVEN);
  });

  test("another spelling of the same signature is not taken", async () => {
    const { verify } = setUp();
    const headers = headersOf("bare");
    const spelt = `${headers.sign.slice(0, -2)}${nextLetter(headers.sign.at(-2) ?? "")}=`;
    expect(Buffer.from(spelt, "base64")).toEqual(Buffer.from(headers.sign, "base64"));
    await verify(headers);
    expect((await faultOf(verify({ ...headers, sign: spelt }))).message).toBe(UNPROVEN);
  });
});

/** The two lowest bits of the last letter before one `=` say nothing. */
const nextLetter = (letter: string): string => {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  return alphabet[alphabet.indexOf(letter) ^ 1] ?? "";
};

describe("parts that have no separators cannot trade characters", () => {
  test.each<[string, Partial<LegacyHeaders>]>([
    ["sid gives its last letter to rid", { sid: "identity-car", rid: "dbare" }],
    ["rid gives its last letter to rtime", { rid: "bar", rtime: `e${NOW}` }],
    ["rtime gives its first digit to rid", { rid: `bare${String(NOW)[0]}`, rtime: String(NOW).slice(1) }],
    ["the whole time is in rid", { rid: `bare${NOW}`, rtime: "" }],
  ])("%s", async (_, members) => {
    const { verify } = setUp();
    expect((await faultOf(verify({ ...headersOf("bare"), ...members }))).code).toBe("SIGNATURE_INVALID");
  });
});

describe("times that are none, or not now", () => {
  test.each([
    String(NOW - 300_001),
    String(NOW + 300_001),
    String(NOW / 1000),
    `${NOW}0`,
    `0${NOW}`,
    `+${NOW}`.slice(0, 13),
    ` ${NOW}`,
    "1e12",
    "",
    "１７９５２４８０００００",
    "0x1a2b3c4d5e6",
    new Date(NOW).toISOString(),
  ])("%j", async (rtime) => {
    const { verify } = setUp();
    const { code, detail } = await faultOf(verify(headersOf("bare", { rtime })));
    expect(code).toBe("SIGNATURE_INVALID");
    expect(detail).toMatch(/^rtime is/);
  });
});

describe("who may not use this", () => {
  test.each(["modern", "closed", "nobody", "__proto__"])(
    "%s gets the answer that a wrong signature gets",
    async (rid) => {
      const { verify } = setUp();
      expect((await faultOf(verify(headersOf("bare", { rid })))).message).toBe(UNPROVEN);
      const empty = { ...headersOf("bare"), rid, sign: mac("", `identity-card${rid}${NOW}`) };
      expect((await faultOf(verify(empty))).message).toBe(UNPROVEN);
    },
  );

  test.each([{ sid: "" }, { rid: "" }, { sid: "s".repeat(257) }, { rid: "r".repeat(257) }])("%o", async (members) => {
    const { verify } = setUp();
    expect((await faultOf(verify(headersOf("bare", members)))).detail).toMatch(/1 to 256/);
  });
});

test.each(["lost", "short"])("a secret that is %s is our own fault, not the caller's", async (rid) => {
  const { verify } = setUp();
  const { code, detail, cause } = await faultOf(verify(headersOf("bare", { rid })));
  expect([code, detail]).toEqual(["INTERNAL", undefined]);
  expect(cause).toBeInstanceOf(SettingsError);
  expect(String(cause)).not.toContain("fifteen-letters");
});

describe("a signature is used once", () => {
  test("again, while its time is near", async () => {
    const { verify, time } = setUp();
    await verify(headersOf("bare"));
    time.now = NOW + 299_999;
    expect((await faultOf(verify(headersOf("bare")))).code).toBe("REPLAYED");
    time.now = NOW + 300_001;
    expect((await faultOf(verify(headersOf("bare")))).code).toBe("SIGNATURE_INVALID");
  });

  test("one from the future is kept as long as it can be used", async () => {
    const { verify, time } = setUp();
    const headers = headersOf("bare", { rtime: String(NOW + 300_000) });
    await verify(headers);
    time.now = NOW + 599_999;
    expect((await faultOf(verify(headers))).code).toBe("REPLAYED");
  });

  test("at the last moment of its time it is no longer new", async () => {
    const { verify, time } = setUp();
    await verify(headersOf("bare"));
    time.now = NOW + 300_000;
    expect((await faultOf(verify(headersOf("bare")))).code).toBe("REPLAYED");
    expect((await verify(headersOf("bare", { sid: "mining-licence" }))).client).toBe(bare);
    time.now += 1;
    expect((await faultOf(verify(headersOf("bare")))).code).toBe("SIGNATURE_INVALID");
  });

  test("a wrong one does not use up a right one, and another millisecond is another signature", async () => {
    const { verify } = setUp();
    await faultOf(verify({ ...headersOf("bare"), sign: mac("x".repeat(20), "y") }));
    await verify(headersOf("bare"));
    expect((await verify(headersOf("bare", { rtime: String(NOW + 1) }))).client).toBe(bare);
    expect((await verify(headersOf("bare", { sid: "business-licence" }))).service).toBe("business-licence");
  });
});
