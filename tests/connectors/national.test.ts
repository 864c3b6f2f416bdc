import { createCipheriv, createHash, createHmac } from "node:crypto";
import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import { afterEach, describe, expect, test } from "vitest";
import { guarded } from "#connectors/calling.ts";
import { codeOf, lookup, match, NOW, NUMBER, RESOURCE, surroundings } from "#connectors/json/test-questions.ts";
import { openNational } from "#connectors/national/national.ts";
import { checkNationalSettings } from "#connectors/national/settings.ts";
import type { Source } from "#connectors/source.ts";
import { Closing } from "./closing.ts";
import { answerJson, bodyOf, startSource } from "./source-server.ts";

const APP_KEY = "84eea7dadfe542596d60dddf7fa95f33";
const RID = "f9e001b4-592d-4745-858b-6ae599d4e1cd@2399";
const SID = "s_1200000900000_2108";
const HOUR = 3_600_000;

const closing = new Closing();
afterEach(closing.close);

/** As the platform encrypts a secret for an app key (AES-128 in ECB mode; its key: SHA-1 twice, the first 16 bytes). */
function encryptedFor(appKey: string, secret: string): string {
  const once = createHash("sha1").update(appKey, "utf8").digest();
  const key = createHash("sha1").update(once).digest().subarray(0, 16);
  const cipher = createCipheriv("aes-128-ecb", key, null);
  return cipher.update(secret, "utf8", "base64") + cipher.final("base64");
}

const WHOLE = {
  code: "200",
  message: "成功",
  data: { number: NUMBER, name: "张三", area: "120.50", state: "1" },
};

type PlatformOptions = {
  readonly scheme?: "gjgxjhpt" | "gjzwfwpt";
  /** How a call with a key that is not the present one is answered. */
  readonly stranger?: (response: ServerResponse) => void;
  readonly answer?: unknown;
  readonly keyAnswer?: (secret: string) => unknown;
  /** Milliseconds that a secret lives. */
  readonly life?: number;
};

/** The platform: lends secrets against the app key, answers calls that are signed with the latest one. */
async function startPlatform(options: PlatformOptions = {}) {
  const { scheme = "gjzwfwpt", life = HOUR, answer = WHOLE } = options;
  const { stranger = (response: ServerResponse) => answerJson(response, { code: "300" }) } = options;
  const counted = { keys: 0, calls: 0 };
  const bodies: unknown[] = [];
  const traceparents: unknown[] = [];
  let secret = "";
  let now = NOW;

  const isSigned = (values: Readonly<Record<string, unknown>>, key: string): boolean => {
    const [rid, sid, rtime, sign] = ["rid", "sid", "rtime", "sign"].map((name) => String(values[`${scheme}_${name}`]));
    const expected = createHmac("sha256", key).update(`${sid}${rid}${rtime}`, "utf8").digest("base64");
    return rid === RID && sid === SID && rtime === String(now) && sign === expected;
  };
  const lend = (body: string, response: ServerResponse): void => {
    counted.keys++;
    if (!isSigned(JSON.parse(body) as Record<string, unknown>, APP_KEY)) {
      answerJson(response, { code: "1", message: "签名错误" });
      return;
    }
    secret = `secret-${counted.keys}-of-the-platform`;
    const data = { secret: encryptedFor(APP_KEY, secret), secretEndTime: String(now + life) };
    answerJson(response, options.keyAnswer?.(secret) ?? { code: "0", data });
  };
  const serve = (headers: IncomingHttpHeaders, body: string, response: ServerResponse): void => {
    counted.calls++;
    traceparents.push(headers["traceparent"]);
    if (!isSigned(headers, secret === "" ? APP_KEY : secret)) {
      stranger(response);
      return;
    }
    bodies.push(JSON.parse(body));
    answerJson(response, answer);
  };

  const starting = startSource(async (request, response) => {
    const body = await bodyOf(request);
    if (request.url === "/sysapi/auth/refreshappsecret") lend(body, response);
    else serve(request.headers, body, response);
  });
  const server = await closing.server(starting);
  return {
    url: server.url,
    scheme,
    counted,
    bodies,
    traceparents,
    clock: () => now,
    pass: (ms: number) => (now += ms),
    /** The platform forgets the secret it has lent, and takes another. */
    forget: () => (secret = "another-secret-of-the-platform"),
  };
}
type Platform = Awaited<ReturnType<typeof startPlatform>>;

const ANSWER = {
  record: "/data",
  notFound: { pointer: "/code", equals: "db-404" },
  refused: { pointer: "/code", equals: ["api-401", "api-403"] },
  fields: { certificateNumber: "/number", unitNumber: "/unit", holderName: "/name", area: "/area" },
};
const BODY = {
  number: "{keys.certificateNumber}",
  unit: "{keys.unitNumber}",
  itemcode: "{purpose.itemCode}",
  columns: "{fields}",
};

function sourceOf({ url, scheme, clock }: Platform, changes: object = {}, appKey = APP_KEY): Source {
  const settings = {
    kind: "national",
    scheme,
    requesterId: RID,
    serviceId: SID,
    appKey: "national-app-key",
    keyService: { url: `${url}/sysapi/auth/refreshappsecret` },
    url: `${url}/sysapi/licences/query`,
    allowNetworks: ["127.0.0.1/32"],
    requestBody: BODY,
    answer: ANSWER,
    ...changes,
  };
  const checked = checkNationalSettings(settings, RESOURCE);
  const source = openNational(checked, surroundings({ "national-app-key": appKey }, clock));
  return closing.client(guarded(source, { resource: RESOURCE, bounds: checked.bounds, clock }));
}

const options = { signal: new AbortController().signal };
const fetchCode = (source: Source, fields = ["holderName"]) => codeOf(() => source.fetch(lookup({ fields }), options));

describe("a call", () => {
  test.each(["gjgxjhpt", "gjzwfwpt"] as const)("under %s is signed with a secret that was lent", async (scheme) => {
    const platform = await startPlatform({ scheme });
    const source = sourceOf(platform);
    expect(source.describe()).toEqual({ kind: "national", host: new URL(platform.url).host, abilities: ["lookup"] });
    expect(await source.fetch(lookup(), options)).toEqual({
      kind: "found",
      record: { certificateNumber: NUMBER, holderName: "张三", area: "120.50" },
      asOf: new Date(NOW).toISOString(),
      reference: `guangdong-service:${lookup().exchange}`,
    });
    expect(platform.counted).toEqual({ keys: 1, calls: 1 });
    expect(platform.bodies).toEqual([{ number: NUMBER, itemcode: "MNR-1161-01", columns: ["holderName", "area"] }]);
  });

  test("carries the trace that it belongs to", async () => {
    const platform = await startPlatform();
    const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    await sourceOf(platform).fetch(lookup(), { ...options, traceparent });
    expect(platform.traceparents).toEqual([traceparent]);
  });

  test("without a key service is signed with the app key", async () => {
    const platform = await startPlatform();
    expect(await fetchCode(sourceOf(platform, { keyService: null }))).toBe("none");
    expect(platform.counted).toEqual({ keys: 0, calls: 1 });
  });

  test("with another app key is refused", async () => {
    const platform = await startPlatform();
    expect(await fetchCode(sourceOf(platform, {}, "00000000dfe542596d60dddf7fa95f33"))).toBe("SOURCE_REFUSED");
    expect(platform.counted).toEqual({ keys: 1, calls: 0 });
  });

  test.each([
    ["nothing found", { code: "db-404", message: "无记录" }, "none"],
    ["no right to it", { code: "api-403", message: "未授权" }, "SOURCE_REFUSED"],
    ["a failure", { code: "300", message: "失败" }, "SOURCE_FAILED"],
    ["a failure of its database", { code: "db-001" }, "SOURCE_FAILED"],
    ["no code", { data: WHOLE.data }, "SOURCE_FAILED"],
    [
      "another record",
      { ...WHOLE, data: { ...WHOLE.data, number: "粤（2024）广州市不动产权第0009999号" } },
      "SOURCE_WRONG_RECORD",
    ],
    ["an older success", { ...WHOLE, code: 0 }, "none"],
  ])("answered with %s", async (_what, answer, code) => {
    expect(await fetchCode(sourceOf(await startPlatform({ answer })))).toBe(code);
  });

  test("that compares", async () => {
    const platform = await startPlatform({ answer: { code: "200", data: { name: true, state: "1" } } });
    const source = sourceOf(platform, {
      match: {
        requestBody: { number: "{keys.certificateNumber}", unit: "{keys.unitNumber}", name: "{claims.holderName}" },
        answer: { claims: { holderName: "/data/name" }, state: "/data/state" },
      },
    });
    expect(await source.match?.(match({ claims: { holderName: "张三" } }), options)).toMatchObject({
      claims: { holderName: "match" },
      state: "1",
    });
    expect(platform.bodies).toEqual([{ number: NUMBER, name: "张三" }]);
  });
});

describe("the secret", () => {
  test("is used until 3 minutes before its end", async () => {
    const platform = await startPlatform({ life: HOUR });
    const source = sourceOf(platform);
    await fetchCode(source);
    platform.pass(HOUR - 180_001);
    expect(await fetchCode(source)).toBe("none");
    expect(platform.counted.keys).toBe(1);
    platform.pass(1);
    expect(await fetchCode(source)).toBe("none");
    expect(platform.counted).toEqual({ keys: 2, calls: 3 });
  });

  test("is fetched once for calls that come together", async () => {
    const platform = await startPlatform();
    const source = sourceOf(platform);
    const codes = await Promise.all(
      [["holderName"], ["area"], ["area", "holderName"]].map((fields) => fetchCode(source, fields)),
    );
    expect([codes, platform.counted]).toEqual([["none", "none", "none"], { keys: 1, calls: 3 }]);
  });

  const unknownKey = { pointer: "/code", equals: "api-017" };
  test.each<[string, PlatformOptions["stranger"], object]>([
    ["status 401", (response) => answerJson(response, {}, 401), {}],
    ["a code", (response) => answerJson(response, { code: "api-017" }), { unknownKey }],
  ])("that the platform has forgotten, told by %s, is fetched anew, once", async (_what, stranger, more) => {
    const platform = await startPlatform({ stranger: stranger ?? (() => undefined) });
    const keyService = { url: `${platform.url}/sysapi/auth/refreshappsecret`, ...more };
    const source = sourceOf(platform, { keyService });
    expect(await fetchCode(source)).toBe("none");
    platform.forget();
    expect(await fetchCode(source)).toBe("none");
    expect(platform.counted).toEqual({ keys: 2, calls: 3 });
  });

  test.each<[string, PlatformOptions["stranger"], object]>([
    ["status 401", (response) => answerJson(response, {}, 401), {}],
    ["a code", (response) => answerJson(response, { code: "api-017" }), { unknownKey }],
  ])("that is not known at once either, told by %s, is a refusal", async (_what, stranger, more) => {
    const platform = await startPlatform({
      stranger: stranger ?? (() => undefined),
      keyAnswer: () => ({
        code: "0",
        data: { secret: encryptedFor(APP_KEY, "never-known"), secretEndTime: NOW + HOUR },
      }),
    });
    const keyService = { url: `${platform.url}/sysapi/auth/refreshappsecret`, ...more };
    expect(await fetchCode(sourceOf(platform, { keyService }))).toBe("SOURCE_REFUSED");
    expect(platform.counted).toEqual({ keys: 2, calls: 2 });
  });

  test("that is not known, without a word that says so, is a failure", async () => {
    const platform = await startPlatform();
    const source = sourceOf(platform);
    await fetchCode(source);
    platform.forget();
    expect(await fetchCode(source)).toBe("SOURCE_FAILED");
    expect(platform.counted.keys).toBe(1);
  });
});

describe("health", () => {
  test("is whether a secret can be had", async () => {
    const platform = await startPlatform();
    expect((await sourceOf(platform).health(options)).status).toBe("ready");
    expect(platform.counted).toEqual({ keys: 1, calls: 0 });
    const stranger = sourceOf(platform, {}, "00000000dfe542596d60dddf7fa95f33");
    expect((await stranger.health(options)).status).toBe("unavailable");
  });

  test("without a key service says what it rests on", async () => {
    const health = await sourceOf(await startPlatform(), { keyService: null }).health(options);
    expect(health).toMatchObject({ status: "ready", zh: "平台没有可探测的地址，以最近的调用为准。" });
  });
});

test.each([
  ["no app key", ""],
  ["an app key of two lines", "84eea7da\ndfe54259"],
  ["an app key that makes no key of the cipher", "short-key"],
])("%s is wrong at once", async (_what, appKey) => {
  const platform = await startPlatform();
  const keyService = { url: `${platform.url}/keys`, keyForm: "text" };
  expect(() => sourceOf(platform, { keyService }, appKey)).toThrow(
    expect.objectContaining({ name: "SettingsError" }) as Error,
  );
});
