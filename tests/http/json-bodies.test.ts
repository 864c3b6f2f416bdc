import { createHash } from "node:crypto";
import { once } from "node:events";
import { Agent, type IncomingMessage, request as httpRequest } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ask } from "./contract-check.ts";
import { LOOKUP, PURPOSE } from "./inquiries.ts";
import { openSocket, rawAnswer } from "./raw-request.ts";
import { JSON_HEADERS, readProblem, startTestService, type TestService } from "./service.ts";

let service: TestService;
let authorization: { readonly authorization: string };
beforeAll(async () => {
  service = await startTestService({ timeouts: { headers: 800, request: 2500, silence: 600 } });
  authorization = await service.token("window");
});
afterAll(() => service.close());

type Body = NonNullable<RequestInit["body"]>;
const WHOLE = JSON.stringify(LOOKUP);
const SMALL = 256 * 1024;
const LARGE = 4 * 1024 * 1024;

const post = (body: Body, headers: Record<string, string> = JSON_HEADERS, path = "/v1/lookups"): Promise<Response> =>
  ask(`${service.url}${path}`, { method: "POST", headers: { ...authorization, ...headers }, body });

/** The request with space in front, so that it has just this length. */
const padded = (body: string, length: number): string => body.padStart(length - Buffer.byteLength(body) + body.length);
const sha = (name: "sha256" | "sha512", body: string): string => createHash(name).update(body).digest("base64");

describe("JSON that somebody else might read in another way is refused before anything looks at it", () => {
  const deep = `{"keys":${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}}`;
  test.each<readonly [string, Body, string]>([
    ["a member twice", WHOLE.replace("{", '{"region":"440100",'), "body: member 'region' twice"],
    [
      "a key twice",
      WHOLE.replace('"keys":{', '"keys":{"certificateNumber":"x",'),
      "body/keys: member 'certificateNumber' twice",
    ],
    ["__proto__", WHOLE.replace("{", '{"__proto__":{"fields":["all"]},'), "body: a member name that is not allowed"],
    [
      "constructor",
      WHOLE.replace('"keys":{', '"keys":{"constructor":"x",'),
      "body/keys: a member name that is not allowed",
    ],
    ["a byte order mark", `\ufeff${WHOLE}`, "body: a byte order mark"],
    ["half of a pair", WHOLE.replace("clerk-01", "\\ud83d"), "body/purpose/official: half of a surrogate pair"],
    [
      "bytes that are no UTF-8",
      Buffer.concat([Buffer.from('{"a":"'), Buffer.of(0xb1), Buffer.from('"}')]),
      "body: not UTF-8",
    ],
    ["GB 18030", Buffer.from([0x7b, 0x22, 0xd6, 0xd0, 0x22, 0x3a, 0x31, 0x7d]), "body: not UTF-8"],
    ["a number that would be rounded", '{"region":9007199254740993}', "body/region: a number that would be rounded"],
    ["ten thousand levels", deep, "deeper than 32 levels"],
    ["two requests", WHOLE + WHOLE, "body: more after its end"],
    ["half a request", WHOLE.slice(0, -1), "body: ends too early"],
    ["a form", "resource=x", "body: no value"],
  ])("%s", async (_what, body, detail) => {
    const { status, code, problem } = await readProblem(await post(body));
    expect([status, code]).toEqual([400, "INVALID_REQUEST"]);
    expect(problem.detail).toContain(detail);
  });

  test("the same, well-formed, is answered", async () => {
    const same = WHOLE.replace("clerk-01", "\\u0063lerk\\ud83d\\ude00");
    expect((await post(` \r\n${same}\n`)).status).toBe(200);
  });
});

describe("length", () => {
  test("a request as long as it may be", async () => {
    expect((await post(padded(WHOLE, SMALL))).status).toBe(200);
  });

  test.each([SMALL + 1, 10 * SMALL])("%d bytes are too many", async (length) => {
    expect(await readProblem(await post(padded(WHOLE, length)))).toMatchObject({ status: 413, code: "BODY_TOO_LARGE" });
  });

  test("a batch may be longer, up to its own limit", async () => {
    const { purpose: _, ...part } = LOOKUP;
    const batch = JSON.stringify({ purpose: PURPOSE, requests: [{ id: "a", ...part }] });
    expect((await post(padded(batch, LARGE), JSON_HEADERS, "/v1/lookups/batch")).status).toBe(200);
    const longer = await post(padded(batch, LARGE + 1), JSON_HEADERS, "/v1/lookups/batch");
    expect(await readProblem(longer)).toMatchObject({ status: 413, code: "BODY_TOO_LARGE" });
  });

  test("chunks are counted as they come, and the connection serves again", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const chunked = async (body: string): Promise<number | undefined> => {
      const headers = { ...authorization, ...JSON_HEADERS, "transfer-encoding": "chunked" };
      const request = httpRequest(`${service.url}/v1/lookups`, { agent, method: "POST", headers });
      request.end(body);
      const [response] = (await once(request, "response")) as [IncomingMessage];
      await response.resume().toArray();
      return response.statusCode;
    };
    expect(await chunked(padded(WHOLE, 20 * SMALL))).toBe(413);
    expect(await chunked(WHOLE)).toBe(200);
    expect(await chunked('{"a":1')).toBe(400);
    expect(await chunked(WHOLE)).toBe(200);
    agent.destroy();
  });
});

describe("media types", () => {
  test.each([
    "application/json",
    "Application/JSON",
    "application/json; charset=utf-8",
    'application/json;charset="UTF-8"',
  ])("%s", async (type) => {
    expect((await post(WHOLE, { "content-type": type })).status).toBe(200);
  });

  test.each([
    "text/plain",
    "application/ofd",
    "application/octet-stream",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/problem+json",
    "application/json, text/plain",
    "application/json; charset=gb18030",
    "application/json; charset=utf-16",
    "application/jsonp",
    "text/json",
  ])("%s is not one of them", async (type) => {
    const { status, code } = await readProblem(await post(WHOLE, { "content-type": type }));
    expect([status, code]).toEqual([415, "UNSUPPORTED_MEDIA_TYPE"]);
  });

  test.each(["gzip", "br", "identity, gzip"])("no content encoding: %s", async (encoding) => {
    const response = await post(WHOLE, { ...JSON_HEADERS, "content-encoding": encoding });
    expect(await readProblem(response)).toMatchObject({ status: 415, code: "UNSUPPORTED_MEDIA_TYPE" });
  });

  test("no type at all", async () => {
    const bytes = new Uint8Array(Buffer.from(WHOLE));
    expect(await readProblem(await post(bytes, {}))).toMatchObject({ status: 415, code: "UNSUPPORTED_MEDIA_TYPE" });
  });

  test("no body at all", async () => {
    const headers = { ...authorization };
    const none = await ask(`${service.url}/v1/lookups`, { method: "POST", headers });
    expect(await readProblem(none)).toMatchObject({
      status: 400,
      code: "INVALID_REQUEST",
      problem: { detail: "body: is missing" },
    });
    expect((await readProblem(await post(""))).problem.detail).toBe("body: is empty");
  });

  test("a body where none is expected", async () => {
    const init = { method: "DELETE", headers: { ...authorization, ...JSON_HEADERS }, body: "{}" };
    const { code, problem } = await readProblem(await ask(`${service.url}/v1/grants/some-grant`, init));
    expect([code, problem.detail]).toEqual(["INVALID_REQUEST", "body: none is expected"]);
  });
});

describe("digests", () => {
  test.each([
    `sha-256=:${sha("sha256", WHOLE)}:`,
    `sha-512=:${sha("sha512", WHOLE)}:`,
    `sha-256=:${sha("sha256", WHOLE)}:, sha-512=:${sha("sha512", WHOLE)}:`,
  ])("that fit: %s", async (digest) => {
    expect((await post(WHOLE, { ...JSON_HEADERS, "content-digest": digest })).status).toBe(200);
  });

  test.each([
    `sha-256=:${sha("sha256", `${WHOLE} `)}:`,
    `sha-256=:${sha("sha256", WHOLE)}:, sha-512=:${sha("sha512", "")}:`,
    `sha-256=${sha("sha256", WHOLE)}`,
    "md5=:Qvh6FRfZGIGSjTqKiZ/NqA==:",
    "anything",
  ])("that do not: %s", async (digest) => {
    const { status, code, problem } = await readProblem(
      await post(WHOLE, { ...JSON_HEADERS, "content-digest": digest }),
    );
    expect([status, code]).toEqual([400, "INVALID_REQUEST"]);
    expect(problem.detail).toContain("header/content-digest: ");
  });

  test("a document has one too", async () => {
    const verify = (digest: string): Promise<Response> => {
      const headers = { "content-type": "application/ofd", "content-digest": digest };
      return ask(`${service.url}/v1/verifications`, { method: "POST", body: "some", headers });
    };
    expect((await verify(`sha-256=:${sha("sha256", "some")}:`)).status).toBe(200);
    expect(await readProblem(await verify(`sha-256=:${sha("sha256", "more")}:`))).toMatchObject({ status: 400 });
  });

  test("nobody computes one over a form in parts", async () => {
    const body = new FormData();
    body.append("file", new Blob(["some"]));
    const headers = { "content-digest": `sha-256=:${sha("sha256", "some")}:` };
    const response = await ask(`${service.url}/v1/verifications`, { method: "POST", body, headers });
    expect((await readProblem(response)).code).toBe("INVALID_REQUEST");
  });
});

describe("slow senders", () => {
  const lines = (): string[] => [
    "POST /v1/lookups HTTP/1.1",
    "Host: 127.0.0.1",
    `Authorization: ${authorization.authorization}`,
    "Content-Type: application/json",
    `Content-Length: ${Buffer.byteLength(WHOLE)}`,
  ];

  test("a body that falls silent", async () => {
    const socket = openSocket(service.port, ...lines(), "", WHOLE.slice(0, 20));
    expect(await rawAnswer(socket)).toMatchObject({ status: 408, code: "REQUEST_TIMEOUT" });
  });

  test("a body that dribbles, and never ends", async () => {
    const socket = openSocket(service.port, ...lines(), "", "{");
    const dribble = setInterval(() => socket.writable && socket.write(" "), 200);
    const { status } = await rawAnswer(socket, 8000);
    clearInterval(dribble);
    expect(status).toBe(408);
  });
});
