import { createHash } from "node:crypto";
import { once } from "node:events";
import { Agent, type IncomingMessage, request as httpRequest } from "node:http";
import { Readable } from "node:stream";
import { text as readAll } from "node:stream/consumers";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Upload, UploadError, type UploadErrorCode, type UploadReport } from "#connectors/upload.ts";
import { Fault } from "#gateway/fault.ts";
import type { UploadOutcome } from "#gateway/sources/table-upload.ts";
import { ask } from "./contract-check.ts";
import { EXCHANGE } from "./memory-administration.ts";
import { openSocket, rawAnswer } from "./raw-request.ts";
import { readProblem, startTestService, type TestService } from "./service.ts";

let service: TestService;
let authorization: string;
const uploads: { source: string; upload: Omit<Upload, "bytes">; text: string }[] = [];
const REPORT: UploadReport = {
  replaced: true,
  version: 2,
  rows: 3,
  accepted: 2,
  refused: [{ row: 3, column: "证号", code: "VALUE_INVALID" }],
  refusedTotal: 1,
  asOf: "2026-11-20T00:00:00Z",
  sha256: "0".repeat(64),
};
const receiveAll = async (source: string, { bytes, ...upload }: Upload): Promise<UploadOutcome> => {
  uploads.push({ source, upload, text: await readAll(Readable.from(bytes)) });
  return { report: REPORT, exchange: EXCHANGE };
};
/** What becomes of the next upload. */
let takeIn = receiveAll;

beforeAll(async () => {
  service = await startTestService({ uploadTable: (_caller, source, upload) => takeIn(source, upload) });
  ({ authorization } = await service.token("operator"));
});
afterAll(() => service.close());
beforeEach(() => {
  takeIn = receiveAll;
  uploads.length = 0;
});

const TABLE = "/v1/sources/anhui-mining/table";

describe("a table that is uploaded", () => {
  const XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
  const upload = (
    body: NonNullable<RequestInit["body"]>,
    headers: Record<string, string> = {},
    query = "",
  ): Promise<Response> => {
    const init = {
      method: "PUT",
      headers: { authorization, "content-type": "text/csv", ...headers },
      body,
      duplex: "half",
    };
    return ask(`${service.url}${TABLE}${query}`, init as RequestInit);
  };
  const sha = (body: string): string => `sha-256=:${createHash("sha256").update(body).digest("base64")}:`;

  test("gets there byte for byte, and its report back", async () => {
    const response = await upload(
      "a,b\r\n1,2\r\n",
      { "content-digest": sha("a,b\r\n1,2\r\n") },
      "?asOf=2026-11-20T00:00:00Z",
    );
    expect(uploads).toEqual([
      { source: "anhui-mining", upload: { format: "csv", asOf: "2026-11-20T00:00:00Z" }, text: "a,b\r\n1,2\r\n" },
    ]);
    expect(await response.json()).toMatchObject({
      replaced: true,
      refused: [{ row: 3, column: "证号", code: "VALUE_INVALID", zh: expect.any(String), en: expect.any(String) }],
    });
  });

  test("in chunks, as a workbook", async () => {
    const chunks = Array.from({ length: 100 }, (_, each) => Buffer.from(String(each % 10).repeat(10_000)));
    expect((await upload(ReadableStream.from(chunks), { "content-type": XLSX })).status).toBe(200);
    expect(uploads[0]?.upload).toEqual({ format: "xlsx" });
    expect(uploads[0]?.text).toBe(Buffer.concat(chunks).toString());
  });

  test("breaks off when its digest is wrong", async () => {
    const { code } = await readProblem(await upload("a,b\r\n", { "content-digest": sha("a,c\r\n") }));
    expect([code, uploads]).toEqual(["INVALID_REQUEST", []]);
  });

  test("breaks off when it is cut short", async () => {
    const broken = Promise.withResolvers<unknown>();
    takeIn = async (source, table) => {
      try {
        return await receiveAll(source, table);
      } catch (error) {
        broken.resolve(error);
        throw error;
      }
    };
    const head = [`PUT ${TABLE} HTTP/1.1`, "Host: 127.0.0.1", `Authorization: ${authorization}`];
    const socket = openSocket(service.port, ...head, "Content-Type: text/csv", "Content-Length: 1000", "", "a,b");
    await wait(100);
    socket.destroy();
    expect(await broken.promise).toMatchObject({ code: "INVALID_REQUEST" });
    expect(uploads).toEqual([]);
  });

  test("that nobody wants to the end is answered all the same, and so is the next request", async () => {
    takeIn = async (_source, { bytes }) => {
      for await (const _ of bytes) throw new Fault("DENIED", "not for you");
      return { report: REPORT, exchange: null };
    };
    const head = [`PUT ${TABLE} HTTP/1.1`, "Host: 127.0.0.1", `Authorization: ${authorization}`];
    const socket = openSocket(service.port, ...head, "Content-Type: text/csv", "Transfer-Encoding: chunked", "", "");
    const answered = rawAnswer(socket);
    for (let sent = 0; sent < 64; sent += 1) socket.write(`4000\r\n${"x".repeat(0x4000)}\r\n`);
    expect(await answered).toMatchObject({ status: 403, code: "DENIED" });
    expect((await upload("a,b\r\n")).status).toBe(403);
  });

  test("that nobody looks at does not hold its connection up", async () => {
    takeIn = () => Promise.reject(new Fault("DENIED", "not for you"));
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const send = async (body: string): Promise<number | undefined> => {
      const headers = { authorization, "content-type": "text/csv", "transfer-encoding": "chunked" };
      const request = httpRequest(`${service.url}${TABLE}`, { agent, method: "PUT", headers });
      request.end(body);
      const [response] = (await once(request, "response")) as [IncomingMessage];
      await response.resume().toArray();
      return response.statusCode;
    };
    expect(await send("x".repeat(4 * 1024 * 1024))).toBe(403);
    takeIn = receiveAll;
    expect(await send("a,b\r\n")).toBe(200);
    agent.destroy();
  });

  test.each<readonly [UploadErrorCode, number]>([
    ["HEADER_MISSING", 422],
    ["XLSX_MACROS", 422],
    ["AS_OF_INVALID", 422],
    ["UPLOAD_TOO_LARGE", 413],
    ["UPLOAD_UNDERWAY", 503],
    ["UPLOAD_FAILED", 503],
  ])("%s is answered as such", async (code, status) => {
    takeIn = () => Promise.reject(new UploadError(code, "证号"));
    const { problem } = await readProblem(await upload("a,b\r\n"));
    expect(problem).toMatchObject({ status, code, type: `urn:tongyan:upload:${code}` });
    expect(problem.detail).toBe(status === 503 ? undefined : "证号");
  });

  test.each([
    ["another type", { "content-type": "application/json" }, "", "UNSUPPORTED_MEDIA_TYPE"],
    ["an old workbook", { "content-type": "application/vnd.ms-excel" }, "", "UNSUPPORTED_MEDIA_TYPE"],
    ["packed", { "content-encoding": "gzip" }, "", "UNSUPPORTED_MEDIA_TYPE"],
    ["of a time that is none", {}, "?asOf=yesterday", "INVALID_REQUEST"],
    ["with another query", {}, "?append=1", "INVALID_REQUEST"],
  ])("%s is refused", async (_what, headers, query, code) => {
    expect((await readProblem(await upload("a,b\r\n", headers as Record<string, string>, query))).code).toBe(code);
    expect(uploads).toEqual([]);
  });
});
