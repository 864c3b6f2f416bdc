import { once } from "node:events";
import { Agent, type IncomingMessage, request as httpRequest } from "node:http";
import type { Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openSocket, type RawAnswer, rawAnswer } from "./raw-request.ts";
import { memoryLog, startTestService, type TestService } from "./service.ts";

const MAX = 64 * 1024;
const log = memoryLog();
let service: TestService;

beforeAll(async () => {
  const timeouts = { headers: 800, request: 2500, silence: 600 };
  service = await startTestService({ log, maxBytes: MAX, timeouts });
});
afterAll(() => service.close());

const open = (...lines: readonly string[]): Socket => openSocket(service.port, ...lines);

const HOST = "Host: 127.0.0.1";
const POST = "POST /v1/verifications HTTP/1.1";
const OFD = "Content-Type: application/ofd";
const END = "\r\n";

async function isAlive(): Promise<boolean> {
  return (await fetch(`${service.url}/health/live`)).ok;
}

const form = (type: string, body: string): Promise<RawAnswer> =>
  rawAnswer(open(POST, HOST, `Content-Type: ${type}`, `Content-Length: ${body.length}`, "", body));

const small = (...headers: readonly string[]): Promise<RawAnswer> =>
  rawAnswer(open(POST, ...headers, OFD, "Content-Length: 4", "", "some"));

describe("slow senders", () => {
  test("headers that never end", async () => {
    const socket = open(POST, HOST, "X-Slow: ");
    expect(await rawAnswer(socket)).toMatchObject({ status: 408, code: "REQUEST_TIMEOUT" });
  });

  test("a body that falls silent", async () => {
    const socket = open(POST, HOST, OFD, "Content-Length: 1000", END, "half");
    expect(await rawAnswer(socket)).toMatchObject({ status: 408, code: "REQUEST_TIMEOUT" });
  });

  test("a body that dribbles", async () => {
    const socket = open(POST, HOST, OFD, "Content-Length: 1000", END, "x");
    const dribble = setInterval(() => socket.writable && socket.write("x"), 200);
    const { status } = await rawAnswer(socket, 8000);
    clearInterval(dribble);
    expect(status).toBe(408);
  });

  test("a form that falls silent within its file", async () => {
    const part = ["--b", 'Content-Disposition: form-data; name="file"; filename="a"', "", "half"];
    const type = "Content-Type: multipart/form-data; boundary=b";
    const socket = open(POST, HOST, type, "Content-Length: 1000", "", ...part);
    expect(await rawAnswer(socket)).toMatchObject({ status: 408, code: "REQUEST_TIMEOUT" });
  });

  test("a form that falls silent before its file", async () => {
    const type = "Content-Type: multipart/form-data; boundary=b";
    const socket = open(POST, HOST, type, "Content-Length: 1000", END, "--b\r\n");
    expect((await rawAnswer(socket)).status).toBe(408);
  });

  test("a body that is cut short is no document", async () => {
    const before = log.records.size;
    const socket = open(POST, HOST, OFD, "Content-Length: 1000", END, "half");
    await wait(100);
    socket.destroy();
    await wait(200);
    expect(log.records.size).toBe(before);
    expect(await isAlive()).toBe(true);
  });
});

describe("bodies over the limit", () => {
  test("a declared length is refused before any of it is sent", async () => {
    const socket = open(POST, HOST, OFD, `Content-Length: ${MAX + 1}`, END);
    expect(await rawAnswer(socket)).toMatchObject({ status: 413, code: "BODY_TOO_LARGE" });
  });

  test("so is one that no machine could hold", async () => {
    const socket = open(POST, HOST, OFD, "Content-Length: 9007199254740991", END);
    expect(await rawAnswer(socket)).toMatchObject({ status: 413, code: "BODY_TOO_LARGE" });
  });

  test("chunks are counted as they come", async () => {
    const socket = open(POST, HOST, OFD, "Transfer-Encoding: chunked", END);
    const chunk = `4000\r\n${"x".repeat(0x4000)}\r\n`;
    const answered = rawAnswer(socket);
    for (let sent = 0; sent < 8; sent += 1) socket.write(chunk);
    expect(await answered).toMatchObject({ status: 413, code: "BODY_TOO_LARGE" });
  });

  test("a form without end before its first part ends in time", async () => {
    const type = "Content-Type: multipart/form-data; boundary=b";
    const socket = open(POST, HOST, type, "Transfer-Encoding: chunked", END);
    const flood = setInterval(() => socket.writable && socket.write(`400\r\n${"x".repeat(0x400)}\r\n`), 50);
    const { status } = await rawAnswer(socket, 8000);
    clearInterval(flood);
    expect([400, 408, 413]).toContain(status);
  });
});

async function postBy(agent: Agent, type: string, body: string): Promise<number | undefined> {
  const options = { agent, method: "POST", headers: { "content-type": type, "transfer-encoding": "chunked" } };
  const request = httpRequest(`${service.url}/v1/verifications`, options);
  request.end(body);
  const [response] = (await once(request, "response")) as [IncomingMessage];
  await response.resume().toArray();
  return response.statusCode;
}

describe("forms that are none", () => {
  const head = 'Content-Disposition: form-data; name="file"; filename="a"';

  test.each([
    ["no boundary", "multipart/form-data", `--b\r\n${head}\r\n\r\nx\r\n--b--\r\n`],
    ["another boundary", "multipart/form-data; boundary=c", `--b\r\n${head}\r\n\r\nx\r\n--b--\r\n`],
    ["no headers", "multipart/form-data; boundary=b", "--b\r\n\r\nx\r\n--b--\r\n"],
    ["no name", "multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n"],
    ["only its end", "multipart/form-data; boundary=b", "--b--\r\n"],
    ["no form", "multipart/form-data; boundary=b", "PK\u0003\u0004 not a form at all"],
    ["a boundary without end", `multipart/form-data; boundary=${"b".repeat(4000)}`, "--b\r\n"],
    ["a flood of headers", "multipart/form-data; boundary=b", `--b\r\n${"X-A: b\r\n".repeat(5000)}\r\nx\r\n--b--\r\n`],
  ])("%s", async (_what, type, body) => {
    expect(await form(type, body)).toMatchObject({ status: 400, code: "MULTIPART_INVALID" });
    expect(await isAlive()).toBe(true);
  });

  test("no end", async () => {
    const answer = await form("multipart/form-data; boundary=b", `--b\r\n${head}\r\n\r\nx`);
    expect(answer).toMatchObject({ status: 400, code: "INVALID_REQUEST" });
  });

  test("after a form that was refused, the connection still serves", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const big = `--b\r\n${head}\r\n\r\n${"x".repeat(50_000)}\r\n`;
    const type = "multipart/form-data; boundary=b";
    expect(await postBy(agent, type, `${big}${big}${big}--b--\r\n`)).toBe(400);
    expect(await postBy(agent, type, `${big}--b--\r\n`)).toBe(200);
    expect(await postBy(agent, "application/ofd", "x".repeat(40 * MAX))).toBe(413);
    expect(await postBy(agent, "application/ofd", "some")).toBe(200);
    agent.destroy();
  });
});

describe("headers", () => {
  test.each([
    ["X-Forwarded-For: 127.0.0.1"],
    ["Forwarded: for=127.0.0.1"],
    ["X-Real-IP: ::1"],
    ["Via: 1.1 proxy"],
    ["Origin: https://evil.example"],
    ["Origin: http://127.0.0.1:1"],
    ["Origin: null"],
  ])("a request for somebody else is not a local one: %s", async (header) => {
    expect(await small(HOST, header)).toMatchObject({ status: 403, code: "REMOTE_CALLER" });
  });

  test.each(["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "127.0.0.1@evil.example", "0.0.0.0"])(
    "a page of %s cannot rebind its name to this service",
    async (host) => {
      expect((await small(`Host: ${host}:${service.port}`)).status).toBe(403);
    },
  );

  test("a page of its own may ask", async () => {
    expect((await small(HOST, "Origin: http://127.0.0.1")).status).toBe(200);
  });

  test.each(["127.0.0.1", "localhost", "LOCALHOST:8080", "[::1]:80"])("%s is this machine", async (host) => {
    expect((await small(`Host: ${host}`)).status).toBe(200);
  });

  test.each([
    ["both lengths", "Content-Length: 4\r\nTransfer-Encoding: chunked"],
    ["two lengths", "Content-Length: 4\r\nContent-Length: 5"],
    ["a negative length", "Content-Length: -4"],
    ["a length that is no number", "Content-Length: 0x4"],
    ["a folded header", "X-A: b\r\n c: d\r\n\u0000: x"],
    ["a header without a name", ": nothing"],
    ["a coding that nobody knows", "Transfer-Encoding: cow"],
  ])("%s is not HTTP", async (_what, headers) => {
    const answer = await rawAnswer(open(POST, HOST, OFD, headers, "", "some"));
    expect(answer).toMatchObject({ status: 400, code: "INVALID_REQUEST" });
    expect(await isAlive()).toBe(true);
  });

  test("too many bytes of them", async () => {
    const answer = await rawAnswer(open(POST, HOST, `X-Big: ${"x".repeat(40_000)}`, END));
    expect(answer).toMatchObject({ status: 431, code: "HEADERS_TOO_LARGE" });
  });

  test("no HTTP at all", async () => {
    expect(await rawAnswer(open("\u0016\u0003\u0001 hello", END))).toMatchObject({
      status: 400,
      code: "INVALID_REQUEST",
    });
  });

  test("a broken escape in the path", async () => {
    const answer = await rawAnswer(open("GET /v1/exchanges/%zz HTTP/1.1", HOST, END));
    expect([400, 404]).toContain(answer.status);
    expect(answer.code).not.toBeNull();
  });

  test("nothing of what was sent comes back in an answer", async () => {
    const answer = await small(HOST, "traceparent: <script>", "X-Secret: 1234567890");
    expect(answer.text).not.toMatch(/<script>|1234567890/);
  });
});

test("documents that would not fit in memory together are turned away, small ones are not, and the room comes back", async () => {
  const held = Array.from({ length: 5 }, () =>
    open(POST, HOST, OFD, `Content-Length: ${MAX}`, "", "x".repeat(MAX - 1)),
  );
  const answered = Promise.all(held.map((socket) => rawAnswer(socket)));
  await wait(300);
  expect((await small(HOST)).status).toBe(200);
  const answers = await answered;
  expect(answers.filter((answer) => answer.code === "BUSY")).toHaveLength(1);
  expect(answers.filter((answer) => answer.code === "REQUEST_TIMEOUT")).toHaveLength(4);
  const after = open(POST, HOST, OFD, `Content-Length: ${MAX}`, "", "x".repeat(MAX));
  expect((await rawAnswer(after)).status).toBe(200);
});
