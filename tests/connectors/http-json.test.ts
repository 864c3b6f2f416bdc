import type { RequestListener } from "node:http";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, test } from "vitest";
import { openHttpJson } from "#connectors/http-json/http-json.ts";
import { checkHttpJsonSettings } from "#connectors/http-json/settings.ts";
import { codeOf, lookup, match, NOW, NUMBER, RESOURCE, surroundings } from "#connectors/json/test-questions.ts";
import type { Source } from "#connectors/source.ts";
import { Closing } from "./closing.ts";
import { options, RECORD, SETTINGS, sourceAt, startDepartment, toldBy, WHOLE } from "./department.ts";
import { answerJson, startRawSource, startSource } from "./source-server.ts";
import { makeTlsAuthority } from "./tls-material.ts";

const closing = new Closing();
afterEach(closing.close);
const fetchCode = (source: Source, question = lookup()) => codeOf(() => source.fetch(question, options));

describe("a lookup", () => {
  test("is asked as the settings say, and gives the asked fields and the keys", async () => {
    const { url, seen } = await startDepartment(closing, (_one, response) => answerJson(response, WHOLE));
    const answer = await sourceAt(closing, `${url}/api/`).fetch(lookup(), options);
    expect(answer).toEqual({
      kind: "found",
      record: { certificateNumber: RECORD.bdcqzh, holderName: "张三", area: "120.5" },
      asOf: "2026-03-01T00:00:00.000Z",
      reference: "gz-0001",
    });
    const [one] = seen;
    expect([one?.method, one?.url.pathname, one?.headers["x-case"], one?.headers["x-exchange"]]).toEqual([
      "GET",
      "/api/certificates",
      "GZ-2026-000001",
      lookup().exchange,
    ]);
    expect(Object.fromEntries(one?.url.searchParams ?? [])).toEqual({ number: NUMBER, fields: "holderName,area" });
  });

  test("by POST", async () => {
    const request = {
      method: "POST",
      path: "/certificates/query",
      body: {
        number: "{keys.certificateNumber}",
        unit: "{keys.unitNumber}",
        wanted: "{fields}",
        who: { official: "{purpose.official}" },
      },
    };
    const { url, seen } = await startDepartment(closing, (_one, response) => answerJson(response, WHOLE));
    expect(await sourceAt(closing, url, { settings: { request } }).fetch(lookup(), options)).toMatchObject({
      kind: "found",
    });
    expect(JSON.parse(seen[0]?.body ?? "")).toEqual({
      number: NUMBER,
      wanted: ["holderName", "area"],
      who: { official: "chuangkou-07" },
    });
  });

  test("that finds nothing", async () => {
    const { url } = await startDepartment(closing, (_one, response) => answerJson(response, { code: "3" }, 404));
    const reference = `guangdong-service:${lookup().exchange}`;
    expect(await sourceAt(closing, url).fetch(lookup(), options)).toEqual({
      kind: "not-found",
      asOf: new Date(NOW).toISOString(),
      reference,
    });
  });

  test.each<[string, RequestListener, string]>([
    ["answers 500", (_request, response) => answerJson(response, { error: RECORD }, 500), "SOURCE_FAILED"],
    ["answers 401", (_request, response) => answerJson(response, {}, 401), "SOURCE_REFUSED"],
    ["answers 400", (_request, response) => answerJson(response, WHOLE, 400), "SOURCE_MALFORMED"],
    ["reports an error of its own", (_request, response) => answerJson(response, { code: "500" }), "SOURCE_FAILED"],
    ["refuses in its answer", (_request, response) => answerJson(response, { code: "1" }), "SOURCE_REFUSED"],
    [
      "redirects inside",
      (_request, response) => response.writeHead(302, { location: "http://169.254.169.254/" }).end(),
      "SOURCE_REDIRECTED",
    ],
    [
      "redirects to itself",
      (_request, response) => response.writeHead(307, { location: "/" }).end(),
      "SOURCE_REDIRECTED",
    ],
    [
      "answers another record",
      (_request, response) => answerJson(response, { ...WHOLE, data: { ...RECORD, bdcqzh: `${NUMBER}之二` } }),
      "SOURCE_WRONG_RECORD",
    ],
    [
      "answers a record without its key",
      (_request, response) => answerJson(response, { ...WHOLE, data: { qlr: "张三" } }),
      "SOURCE_WRONG_RECORD",
    ],
    [
      "answers two records",
      (_request, response) => answerJson(response, { ...WHOLE, data: [RECORD, RECORD] }),
      "KEYS_AMBIGUOUS",
    ],
    ["answers in HTML", (_request, response) => response.end("<html>"), "SOURCE_MALFORMED"],
    ["answers nothing", (_request, response) => response.end(), "SOURCE_MALFORMED"],
    ["answers a name twice", (_request, response) => response.end('{"code":"1","code":"0"}'), "SOURCE_MALFORMED"],
    [
      "answers in gzip",
      (_request, response) =>
        response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(JSON.stringify(WHOLE))),
      "SOURCE_MALFORMED",
    ],
    [
      "answers too much",
      (_request, response) => answerJson(response, { ...WHOLE, more: "x".repeat(5000) }),
      "SOURCE_TOO_LARGE",
    ],
    ["hangs", () => undefined, "SOURCE_TIMEOUT"],
    ["hangs after its head", (_request, response) => response.writeHead(200).flushHeaders(), "SOURCE_TIMEOUT"],
    [
      "drips",
      (_request, response) => {
        const drip = setInterval(() => response.write(" "), 20);
        response.on("close", () => clearInterval(drip));
      },
      "SOURCE_TIMEOUT",
    ],
  ])("of a source that %s", async (_what, listener, code) => {
    const server = await closing.server(startSource(listener));
    const source = sourceAt(closing, server.url, { settings: { bounds: { maxBytes: 4096, deadlineMs: 400 } } });
    expect(await fetchCode(source)).toBe(code);
  });

  test.each([
    ["fewer bytes than announced", "HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n{}", "SOURCE_FAILED"],
    ["more bytes than announced", "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}{}", "SOURCE_FAILED"],
    ["a JSON text cut by its length", 'HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n{"code":"0"}', "SOURCE_MALFORMED"],
  ])("of a source that sends %s", async (_what, bytes, code) => {
    const server = await closing.server(startRawSource((socket) => socket.end(bytes)));
    expect(await fetchCode(sourceAt(closing, server.url))).toBe(code);
  });

  test("whose key would change the path is never sent", async () => {
    const { url, seen } = await startDepartment(closing, (_one, response) => answerJson(response, WHOLE));
    const resource = { ...RESOURCE, keys: [["certificateNumber"]] };
    const settings = { ...SETTINGS, baseUrl: url, request: { path: "/certificates/{keys.certificateNumber}" } };
    const source = openHttpJson(checkHttpJsonSettings(settings, resource), surroundings());
    closing.client(source);
    for (const certificateNumber of ["..", "../admin", "%2e%2e", "a/../../b"]) {
      expect(await codeOf(() => source.fetch(lookup({ keys: { certificateNumber } }), options))).toBe("SOURCE_ADDRESS");
    }
    expect(seen).toEqual([]);
  });

  test("that fails tells nothing of question or answer", async () => {
    const { url } = await startDepartment(closing, (_one, response) =>
      answerJson(response, { code: "zjh", error: RECORD }, 500),
    );
    const source = sourceAt(closing, url);
    const told = await toldBy(source.fetch(lookup(), options));
    expect(told).toContain("SOURCE_FAILED");
    for (const value of [NUMBER, encodeURIComponent(NUMBER), RECORD.zjh, "张三"]) expect(told).not.toContain(value);
  });
});

test("a match: the source compares, and no data comes back", async () => {
  const request = {
    method: "POST",
    path: "/check",
    body: {
      number: "{keys.certificateNumber}",
      unit: "{keys.unitNumber}",
      name: "{claims.holderName}",
      area: "{claims.area}",
    },
  };
  const answer = { claims: { holderName: "/result/name" }, keys: { certificateNumber: "/number" }, state: "/state" };
  const { url, seen } = await startDepartment(closing, ({ body }, response) => {
    const { number, name } = JSON.parse(body) as { number: string; name: string };
    answerJson(response, { number, state: "1", result: { name: name === "张三" } });
  });
  const source = sourceAt(closing, url, { settings: { match: { request, answer } } });
  expect(source.describe()).toEqual({ kind: "http-json", host: new URL(url).host, abilities: ["lookup", "match"] });
  const asked = (holderName: string) => source.match?.(match({ claims: { holderName } }), options);
  expect(await asked("张三")).toMatchObject({ kind: "found", claims: { holderName: "match" }, state: "1" });
  expect(await asked("李四")).toMatchObject({ claims: { holderName: "mismatch" } });
  expect(JSON.parse(seen[0]?.body ?? "")).toEqual({ number: NUMBER, name: "张三" });
});

test("a source that only compares looks nothing up", async () => {
  const { request: _request, answer: _answer, ...rest } = SETTINGS;
  const match = { request: SETTINGS.request, answer: { claims: { holderName: "/name" } } };
  const onlyComparing = {
    ...match,
    request: { ...match.request, query: { number: "{keys.certificateNumber}", unit: "{keys.unitNumber}" } },
  };
  const settings = checkHttpJsonSettings({ ...rest, baseUrl: "http://127.0.0.1:1/", match: onlyComparing }, RESOURCE);
  const source = openHttpJson(settings, surroundings());
  closing.client(source);
  expect(source.describe().abilities).toEqual(["match"]);
  expect(await codeOf(() => source.fetch(lookup(), options))).toBe("SOURCE_REFUSED");
});

describe("who the gateway is", () => {
  test("by an API key", async () => {
    const { url, seen } = await startDepartment(closing, (_one, response) => answerJson(response, WHOLE));
    const auth = { kind: "api-key", header: "Authorization", secret: "gd-key", prefix: "APPCODE " };
    const source = sourceAt(closing, url, { settings: { auth }, secrets: { "gd-key": "s3cret" } });
    expect(await fetchCode(source)).toBe("none");
    expect(seen[0]?.headers.authorization).toBe("APPCODE s3cret");
  });

  test("an API key that is no header value, or is not there, is wrong at once", () => {
    const auth = { kind: "api-key", header: "x-api-key", secret: "gd-key" };
    for (const secrets of [{}, { "gd-key": "a\r\nb" }, { "gd-key": "密钥" }]) {
      expect(() => sourceAt(closing, "http://127.0.0.1:1/", { settings: { auth }, secrets })).toThrow(
        expect.objectContaining({ name: "SettingsError" }) as Error,
      );
    }
  });

  test("by a client certificate", async () => {
    const authority = makeTlsAuthority();
    const { certificate, key } = authority.server("department.example");
    const tls = { cert: certificate, key, ca: authority.certificate, requestCert: true, rejectUnauthorized: true };
    const server = await closing.server(startSource((_request, response) => answerJson(response, WHOLE), tls));
    const client = authority.client();
    const secrets = { "gd-ca": authority.certificate, "gd-cert": client.certificate, "gd-key": client.key };
    const auth = { kind: "mtls", certificate: "gd-cert", key: "gd-key" };
    expect(await fetchCode(sourceAt(closing, server.url, { settings: { auth, ca: "gd-ca" }, secrets }))).toBe("none");
    const without = sourceAt(closing, server.url, { settings: { ca: "gd-ca" }, secrets });
    expect(await fetchCode(without)).toMatch(/^SOURCE_(REFUSED|UNAVAILABLE)$/);
    const untrusting = sourceAt(closing, server.url, { settings: { auth }, secrets });
    expect(await fetchCode(untrusting)).toBe("SOURCE_UNTRUSTED");
  });
});

describe("health", () => {
  test.each([
    [200, "ready"],
    [404, "degraded"],
    [503, "unavailable"],
    [401, "unavailable"],
  ])("with status %i at its path is %s", async (status, expected) => {
    const { url, seen } = await startDepartment(closing, (_one, response) => answerJson(response, {}, status));
    const health = await sourceAt(closing, `${url}/api`, { settings: { healthPath: "/ping" } }).health(options);
    expect(health.status).toBe(expected);
    expect([health.zh.endsWith("。"), health.en.endsWith(".")]).toEqual([true, true]);
    expect(seen[0]?.url.pathname).toBe("/api/ping");
  });

  test("without a path to ask says so", async () => {
    const health = await sourceAt(closing, "http://127.0.0.1:1/").health(options);
    expect(health).toMatchObject({ status: "ready", zh: "未配置探测地址，以最近的调用为准。" });
  });

  test("of a source that is not there", async () => {
    const gone = await startSource(() => undefined);
    await gone.close();
    const health = await sourceAt(closing, gone.url, { settings: { healthPath: "/ping" } }).health(options);
    expect(health.status).toBe("unavailable");
  });
});
