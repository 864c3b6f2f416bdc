import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AnsweredReport } from "#gateway/log/exchange-record.ts";
import { ask } from "./contract-check.ts";
import { blindVerify, memoryLog, OFD_HEADERS, readProblem, startTestService, type TestService } from "./service.ts";

const MAX = 64 * 1024;
const log = memoryLog();
const seen: { sha256: string; at: number; policy: string }[] = [];
let service: TestService;

beforeAll(async () => {
  service = await startTestService({
    log,
    maxBytes: MAX,
    verifier: async (question) => {
      seen.push({ sha256: sha256(question.take() ?? new Uint8Array()), at: question.at, policy: question.policy });
      return await blindVerify(question);
    },
  });
});
afterAll(() => service.close());

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
const document = (size: number): Uint8Array<ArrayBuffer> => new Uint8Array(size).map((_, at) => at % 251);

function post(
  body: NonNullable<RequestInit["body"]>,
  headers: Record<string, string> = OFD_HEADERS,
  query = "",
): Promise<Response> {
  return ask(`${service.url}/v1/verifications${query}`, { method: "POST", body, headers });
}

function form(...parts: readonly (readonly [name: string, value: Blob | string])[]): FormData {
  const data = new FormData();
  for (const [name, value] of parts) data.append(name, value);
  return data;
}
const file = (size = 100): Blob => new Blob([document(size)]);
const upload = (data: FormData): Promise<Response> =>
  ask(`${service.url}/v1/verifications`, { method: "POST", body: data });

describe("a document gets to the verifier byte for byte", () => {
  const types = ["application/octet-stream", "application/ofd", "application/vnd.ofd", "application/zip"];
  test.each([...types, "Application/OFD", "application/ofd; charset=binary"])("raw, as %s", async (type) => {
    const response = await post(document(5000), { "content-type": type });
    expect(response.status).toBe(200);
    expect(seen.at(-1)?.sha256).toBe(sha256(document(5000)));
  });

  test("in a form", async () => {
    expect((await upload(form(["file", file(5000)]))).status).toBe(200);
    expect(seen.at(-1)?.sha256).toBe(sha256(document(5000)));
  });

  test("in chunks without a length", async () => {
    const stream = ReadableStream.from([document(3000), document(2000)]);
    const init = { method: "POST", body: stream, headers: OFD_HEADERS, duplex: "half" } as RequestInit;
    const response = await ask(`${service.url}/v1/verifications`, init);
    expect(response.status).toBe(200);
    expect(seen.at(-1)?.sha256).toBe(sha256(Buffer.concat([document(3000), document(2000)])));
  });

  test.each([
    ["raw", 1],
    ["raw", MAX],
    ["form", MAX],
  ])("%s, %d bytes", async (way, size) => {
    const response = way === "raw" ? await post(document(size)) : await upload(form(["file", file(size)]));
    expect(response.status).toBe(200);
    expect(seen.at(-1)?.sha256).toBe(sha256(document(size)));
  });
});

test("the record says what was asked, and of what", async () => {
  const report = (await (await post(document(77))).json()) as AnsweredReport;
  const record = log.records.get(report.id);
  expect(record).toMatchObject({
    kind: "verification",
    client: { id: "local", network: "loopback", authentication: "none", organisation: null },
    request: { sha256: sha256(document(77)), bytes: 77, at: null, policy: "gb-t-38540" },
    decision: { effect: "permit" },
    outcome: { result: "INDETERMINATE", code: null },
    report,
  });
  expect(await (await ask(service.url + report.exchange.url)).json()).toMatchObject({ record, erased: null });
  const url = `/v1/exchanges/${report.id}`;
  const receivedAt = record?.receivedAt;
  expect(report.exchange).toEqual({ id: report.id, receivedAt, url, receipt: `${url}/receipt` });
});

describe("query", () => {
  test("time and policy are taken as asked", async () => {
    await post(document(10), OFD_HEADERS, "?at=2026-03-01T08:00:00%2B08:00&policy=strict");
    expect(seen.at(-1)).toMatchObject({ at: Date.UTC(2026, 2, 1), policy: "strict" });
  });

  test.each([
    ["?verbose=1", "query: unknown member 'verbose'"],
    ["?at=2026-03-01T00:00:00Z&AT=1", "query: unknown member 'AT'"],
    ["?%3Cscript%3E=1", "query: unknown member"],
    ["?at=", "query/at: "],
    ["?at=yesterday", "query/at: "],
    ["?at=2026-03-01", "query/at: "],
    ["?at=2026-03-01T00:00:00", "query/at: "],
    ["?at=2026-03-01T00:00:00+08:00", "query/at: "],
    ["?at=2026-02-30T00:00:00Z", "query/at: "],
    ["?at=2026-03-01T25:00:00Z", "query/at: "],
    ["?at=2016-12-31T23:59:60Z", "query/at: no such time"],
    ["?at=9999-12-31T23:59:59-23:59", "query/at: no such time"],
    ["?at=0000-12-31T00:00:00Z", "query/at: no such time"],
    ["?at=1772323200000", "query/at: "],
    ["?at=2026-03-01T00:00:00Z&at=2026-03-01T00:00:00Z", "query/at: must be string"],
    ["?at[]=2026-03-01T00:00:00Z", "query: unknown member"],
    ["?policy=lax", "query/policy: "],
    ["?policy=", "query/policy: "],
    ["?policy=STRICT", "query/policy: "],
    ["?policy=strict&policy=strict", "query/policy: "],
    ["?__proto__=1", "query: unknown member"],
  ])("%s is refused", async (query, detail) => {
    const before = log.records.size;
    const { status, code, problem } = await readProblem(await post(document(10), OFD_HEADERS, query));
    expect([status, code]).toEqual([400, "INVALID_REQUEST"]);
    expect(problem.detail).toContain(detail);
    expect(log.records.size).toBe(before);
  });

  test.each(["/health/live?x=1", "/health/ready?x=1", "/openapi.json?x=1"])("%s is refused", async (path) => {
    expect(await readProblem(await ask(service.url + path))).toMatchObject({ status: 400, code: "INVALID_REQUEST" });
  });
});

describe("bodies that are refused", () => {
  test("none at all", async () => {
    const response = await ask(`${service.url}/v1/verifications`, { method: "POST" });
    expect(await readProblem(response)).toMatchObject({ status: 400, code: "EMPTY_BODY" });
  });

  test("an empty one", async () => {
    expect(await readProblem(await post(""))).toMatchObject({ status: 400, code: "EMPTY_BODY" });
    expect(await readProblem(await upload(form(["file", file(0)])))).toMatchObject({ status: 400, code: "EMPTY_BODY" });
  });

  test.each([
    "application/json",
    "text/plain",
    "application/x-www-form-urlencoded",
    "application/pdf",
    "application/ofd2",
    "multipart/mixed; boundary=x",
    "application",
    "*/*",
  ])("as %s", async (type) => {
    const { status, code, problem } = await readProblem(await post(document(10), { "content-type": type }));
    expect([status, code]).toEqual([415, "UNSUPPORTED_MEDIA_TYPE"]);
    expect(problem.detail).toContain("application/ofd");
  });

  test.each(["gzip", "br", "deflate, identity"])("with content encoding %s", async (encoding) => {
    const response = await post(document(10), { ...OFD_HEADERS, "content-encoding": encoding });
    expect(await readProblem(response)).toMatchObject({ status: 415, code: "UNSUPPORTED_MEDIA_TYPE" });
  });

  test.each([
    ["no part", form()],
    ["another name", form(["document", file()])],
    ["two files", form(["file", file()], ["file", file()])],
    ["a second file of another name", form(["file", file()], ["other", file()])],
    ["a field named file", form(["file", "text"])],
    ["a field besides", form(["file", file()], ["note", "text"])],
    ["a field before", form(["note", "text"], ["file", file()])],
    ["a name of the prototype", form(["__proto__", file()])],
    ["many fields", form(...Array.from({ length: 50 }, (_, at) => [`field${at}`, "x"] as const))],
  ])("a form with %s", async (_what, data) => {
    expect(await readProblem(await upload(data))).toMatchObject({ status: 400, code: "MULTIPART_INVALID" });
  });

  test.each([MAX + 1, 4 * MAX, 64 * MAX])("of %d bytes", async (size) => {
    const tooLarge = { status: 413, code: "BODY_TOO_LARGE" };
    expect(await readProblem(await post(document(size)))).toMatchObject(tooLarge);
    expect(await readProblem(await upload(form(["file", file(size)])))).toMatchObject(tooLarge);
  });
});

describe("addresses", () => {
  test.each(["/", "/v1", "/v1/verifications/", "/V1/verifications", "/v1/exchanges/a/b", "/docs/nothing"])(
    "%s is not there",
    async (path) => {
      expect(await readProblem(await ask(service.url + path))).toMatchObject({ status: 404, code: "NOT_FOUND" });
    },
  );

  test.each([
    ["GET", "/v1/verifications", "POST"],
    ["PUT", "/v1/verifications", "POST"],
    ["DELETE", "/v1/exchanges/019aa0c4-8fec-7228-858b-81eb96d713ef", "GET"],
    ["POST", "/health/live", "GET"],
  ])("%s %s is not a method of it", async (method, path, allow) => {
    const response = await ask(service.url + path, { method });
    expect(response.headers.get("allow")).toBe(allow);
    expect(await readProblem(response)).toMatchObject({ status: 405, code: "METHOD_NOT_ALLOWED" });
  });

  test("an exchange that is not recorded", async () => {
    const response = await ask(`${service.url}/v1/exchanges/019aa0c4-8fec-7228-858b-81eb96d713ef`);
    expect(await readProblem(response)).toMatchObject({ status: 404, code: "EXCHANGE_UNKNOWN" });
  });

  test.each(["", "1", "%00", "..%2F..%2Fetc", "019aa0c4-8fec-4228-858b-81eb96d713ef", "x".repeat(300)])(
    "an identifier that is none: %s",
    async (id) => {
      const { status } = await readProblem(await ask(`${service.url}/v1/exchanges/${id}`));
      expect([400, 404]).toContain(status);
    },
  );
});

test("the caller's trace is taken over, and answered on errors too", async () => {
  const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  const good = await post(document(10), { ...OFD_HEADERS, traceparent });
  const bad = await post("", { ...OFD_HEADERS, traceparent });
  for (const response of [good, bad]) {
    expect(response.headers.get("traceparent")).toMatch(
      /^00-4bf92f3577b34da6a3ce929d0e0e4736-(?!00f0)[0-9a-f]{16}-01$/,
    );
    expect(response.headers.get("cache-control")).toBe("no-store");
  }
});

test("a hundred at once: each gets its own answer, each is recorded", async () => {
  const sizes = Array.from({ length: 100 }, (_, at) => 1000 + at);
  const before = log.records.size;
  const reports = await Promise.all(
    sizes.map(async (size) => (await post(document(size))).json() as Promise<AnsweredReport>),
  );
  expect(reports.map((report) => report.document.bytes)).toEqual(sizes);
  expect(new Set(reports.map((report) => report.id)).size).toBe(100);
  expect(log.records.size).toBe(before + 100);
});
