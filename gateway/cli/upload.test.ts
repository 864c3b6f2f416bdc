import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { ROW_FAULTS } from "#connectors/upload.ts";
import { makeKey } from "#gateway/clients/test-clients.ts";
import { displayWidth } from "./terminal.ts";
import { uploadCommand } from "./upload.ts";
import { sendingLine, waitingLine } from "./upload-progress.ts";

const home = mkdtempSync(join(tmpdir(), "tongyan-upload-command-"));
const open: (() => void)[] = [];
afterAll(() => rmSync(home, { recursive: true }));
afterEach(() => {
  for (const close of open.splice(0)) close();
});

const keys = join(home, "demo", "clients");
mkdirSync(keys, { recursive: true });
const writeKey = (client: string): void =>
  writeFileSync(join(keys, `${client}.jwk`), JSON.stringify(makeKey("EdDSA").privateJwk));
for (const client of ["operator", "other"]) writeKey(client);

function file(name: string, content: string | Uint8Array): string {
  const path = join(home, name);
  writeFileSync(path, content);
  return path;
}
const CSV = "不动产权证号,面积\r\n皖1,60.5\r\n";
const table = file("table.csv", CSV);
/** Far more than the buffers between two processes hold. */
const LARGE = 64 * 1024 * 1024;
const largeFile = (name: string): string => file(name, Buffer.alloc(LARGE, "x"));

type Take = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void;

/** A gateway that gives everybody a token with its client's name, and hands tables to `take`. */
async function startGateway(take: Take): Promise<string> {
  const server = createServer(async (request, response) => {
    if (request.method === "PUT") return await take(request, response);
    let body = "";
    for await (const chunk of request) body += String(chunk);
    if (request.url !== "/oauth/token") return sendJson(response, 200, { issuer: `http://${request.headers.host}` });
    const [, claims = ""] = (new URLSearchParams(body).get("client_assertion") ?? "").split(".");
    const { iss } = JSON.parse(Buffer.from(claims, "base64url").toString()) as { readonly iss: string };
    return sendJson(response, 200, { access_token: `token-of-${iss}` });
  });
  open.push(
    () => void server.closeAllConnections(),
    () => void server.close(),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const sendJson = (response: ServerResponse, status: number, body: unknown): void =>
  void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));

type Taken = { readonly bytes: number; readonly sha256: string; readonly complete: boolean };

/** All that comes, or as much as comes. */
async function receive(request: IncomingMessage): Promise<Taken> {
  const hash = createHash("sha256");
  let bytes = 0;
  try {
    for await (const chunk of request) {
      hash.update(chunk);
      bytes += (chunk as Buffer).length;
    }
  } catch {
    // Cut short, as `complete` says.
  }
  return { bytes, sha256: hash.digest("hex"), complete: request.complete };
}

const REPORT = {
  replaced: true,
  version: 3,
  rows: 1_000_000,
  accepted: 1_000_000,
  refused: [],
  refusedTotal: 0,
  asOf: "2026-11-20T16:00:00Z",
  sha256: "ab".repeat(32),
};
const answering =
  (status: number, body: unknown): Take =>
  async (request, response) => {
    await receive(request);
    sendJson(response, status, body);
  };

type Said = { readonly exit: number; readonly out: string; readonly err: string };
type Around = { readonly isTerminal?: boolean };

async function run(argv: readonly string[], { isTerminal = false }: Around = {}): Promise<Said> {
  const [out, err]: [string[], string[]] = [[], []];
  const exit = await uploadCommand(argv, {
    stdout: (text) => void out.push(text),
    stderr: (text) => void err.push(text),
    isTerminal,
    env: { TONGYAN_DATA: home },
  });
  return { exit, out: out.join(""), err: err.join("") };
}

async function upload(take: Take, path: string = table, more: readonly string[] = [], around?: Around): Promise<Said> {
  return await run(["anhui-real-estate", path, "--url", await startGateway(take), ...more], around);
}

describe("what is sent", () => {
  async function sent(path: string, ...more: readonly string[]) {
    const seen: { request: IncomingMessage; taken: Taken }[] = [];
    const said = await upload(
      async (request, response) => {
        seen.push({ request, taken: await receive(request) });
        sendJson(response, 200, REPORT);
      },
      path,
      more,
    );
    const [first] = seen;
    if (first === undefined) throw new Error("nothing came");
    const { url, headers, method } = first.request;
    return { ...said, ...first.taken, method, url, headers };
  }

  test("every byte of a file of many pieces, its length announced, by the operator", async () => {
    const content = Buffer.alloc(5_000_001, "年");
    const { exit, headers, method, url, ...taken } = await sent(file("many.csv", content));
    expect(taken).toMatchObject({
      bytes: 5_000_001,
      complete: true,
      sha256: createHash("sha256").update(content).digest("hex"),
    });
    expect([exit, method, url]).toEqual([0, "PUT", "/v1/sources/anhui-real-estate/table"]);
    expect(headers).toMatchObject({
      authorization: "Bearer token-of-operator",
      "content-length": "5000001",
      "content-type": "text/csv",
    });
  });

  test("by another client, of another time", async () => {
    const { url, headers } = await sent(table, "--client", "other", "--as-of", "2026-11-21T16:00:00+08:00");
    expect(headers.authorization).toBe("Bearer token-of-other");
    expect(new URL(url ?? "", "http://gateway").searchParams.get("asOf")).toBe("2026-11-21T16:00:00+08:00");
  });

  const XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
  test.each<[string, string | Uint8Array, string]>([
    ["a.csv", CSV, "text/csv"],
    ["marked.csv", `\uFEFF${CSV}`, "text/csv"],
    ["csv-under-another-name.xlsx", CSV, "text/csv"],
    ["short.xlsx", "PK", "text/csv"],
    ["a.xlsx", Buffer.from("PK\u0003\u0004rest"), XLSX],
    ["xlsx-under-another-name.csv", Buffer.from("PK\u0003\u0004rest"), XLSX],
    ["encrypted.csv", Buffer.from("d0cf11e0a1b11ae1", "hex"), XLSX],
  ])("%s is what its first bytes say", async (name, content, type) => {
    expect((await sent(file(name, content))).headers["content-type"]).toBe(type);
  });
});

const REFUSED = {
  ...REPORT,
  replaced: false,
  version: null,
  accepted: 999_900,
  refused: [
    { row: 5, column: "面积", code: "VALUE_INVALID", ...ROW_FAULTS.VALUE_INVALID },
    { row: 12, column: null, code: "ROW_RAGGED", ...ROW_FAULTS.ROW_RAGGED },
  ],
  refusedTotal: 100,
};

describe("what is printed", () => {
  test("the report alone into a pipe", async () => {
    const { exit, out, err } = await upload(answering(200, REPORT));
    expect([exit, err]).toEqual([0, ""]);
    expect(out.split("\n").map((line) => line.trimEnd())).toEqual([
      "✔ 已启用 IN USE (version 3)  anhui-real-estate",
      "  行数 rows         1,000,000",
      "  接受 accepted     1,000,000",
      "  拒绝 refused      0",
      "  数据时点 as of    2026-11-21 00:00 UTC+8",
      `  SHA-256           ${"ab".repeat(32)}`,
      "",
    ]);
  });

  test("each refused row with its place and why, in both languages", async () => {
    const { exit, out } = await upload(answering(200, REFUSED));
    expect(exit).toBe(1);
    expect(out).toContain("✘ 未启用，原有数据继续使用 NOT IN USE, the former records stay  anhui-real-estate\n");
    expect(out).toContain(
      "    第 5 行 row 5  面积  内容不符合字段类型。The value does not fit the field's type.  VALUE_INVALID\n" +
        "    第 12 行 row 12      列数与表头不一致。The row does not have as many cells as the header.  ROW_RAGGED\n" +
        "    另有 98 行 and 98 more\n",
    );
  });

  test("a table that is in use without the refused rows is in use", async () => {
    const { exit, out } = await upload(answering(200, { ...REFUSED, replaced: true, version: 4 }));
    expect(exit).toBe(0);
    expect(out).toContain("IN USE (version 4)");
    expect(out).toContain("另有 98 行");
  });

  test("a terminal shows one line, which is gone before the report", async () => {
    const patient: Take = async (request, response) => {
      await receive(request);
      await new Promise((resolve) => setTimeout(resolve, 500));
      sendJson(response, 200, REPORT);
    };
    const { exit, out, err } = await upload(patient, largeFile("shown.csv"), [], { isTerminal: true });
    expect([exit, err]).toEqual([0, ""]);
    const [before = "", ...lines] = out.split("\n");
    expect(lines.join("\n")).not.toContain("\r");
    const drawn = before.split("\r");
    const blank = drawn.at(-2) ?? "";
    expect(drawn.at(-1)).toContain("IN USE");
    expect(blank).toMatch(/^ +$/);
    expect(displayWidth(blank)).toBe(displayWidth((drawn.at(-3) ?? "").trimEnd()));
    expect(drawn.some((line) => line.startsWith("上传 sending   0%  0.0 / 67.1 MB"))).toBe(true);
    expect(drawn.at(-3)).toContain("the service reads the rows");
    for (const line of drawn.slice(0, -1)) expect(displayWidth(line)).toBeLessThan(80);
  });

  test("how far it is", () => {
    expect(sendingLine(0, 240_300_000, 0)).toBe("上传 sending   0%  0.0 / 240.3 MB  0.0 MB/s");
    expect(sendingLine(119_000_000, 240_300_000, 2)).toBe("上传 sending  49%  119.0 / 240.3 MB  59.5 MB/s");
    expect(sendingLine(240_299_999, 240_300_000, 2)).toContain(" 99%");
    expect(waitingLine(12.9)).toBe("已上传，服务正在逐行读取 sent; the service reads the rows  12 s");
  });
});

describe("an answer that would act on the terminal", () => {
  const EVIL = "\u001B[2J\r\u009B1A\u202E表\nIN USE";
  const isHarmless = (text: string): boolean => !/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/.test(text);

  test.each([true, false])("in a report, on a terminal: %j", async (isTerminal) => {
    const refused = [{ row: 2, column: EVIL, code: EVIL, zh: EVIL, en: EVIL }];
    const report = { ...REFUSED, refused, asOf: EVIL, sha256: EVIL };
    const { exit, out } = await upload(answering(200, report), table, [], { isTerminal });
    expect(exit).toBe(1);
    const shown = isTerminal ? out.slice(out.lastIndexOf("\r") + 1) : out;
    expect(isHarmless(shown.replace(/\u001B\[\d+m/g, ""))).toBe(true);
    expect(shown).toContain("<U+001B>[2J<U+000D>");
    expect(shown.split("\n")).toHaveLength(9);
  });

  test("in a problem", async () => {
    const problem = { type: `urn:tongyan:upload:${EVIL}`, code: EVIL, zh: EVIL, en: EVIL, detail: EVIL };
    const { exit, out, err } = await upload(answering(422, problem));
    expect([exit, out]).toEqual([1, ""]);
    expect(isHarmless(err)).toBe(true);
    expect(err.split("\n")).toHaveLength(2);
  });
});

describe("a file that changes while it is sent", () => {
  /** Does something to the file when the first bytes have come, and takes the rest then. */
  async function disturbed(path: string, disturb: () => void): Promise<Said & { readonly taken: Taken | undefined }> {
    const seen: Promise<Taken>[] = [];
    const said = await upload(async (request, response) => {
      await once(request, "readable");
      disturb();
      const receiving = receive(request);
      seen.push(receiving);
      if ((await receiving).complete) sendJson(response, 200, REPORT);
    }, path);
    return { ...said, taken: await seen[0] };
  }

  test("cut short: the service does not take the beginning for the whole", async () => {
    const path = largeFile("cut.csv");
    const { exit, out, err, taken } = await disturbed(path, () => truncateSync(path, 1_000_000));
    expect([exit, out]).toEqual([66, ""]);
    expect(err).toMatch(/cut\.csv was changed while it was being sent\n$/);
    expect(taken?.complete).toBe(false);
  });

  test("written to", async () => {
    const path = largeFile("written.csv");
    const { exit, taken } = await disturbed(path, () => writeFileSync(path, "y", { flag: "r+" }));
    expect(exit).toBe(66);
    expect(taken?.complete).toBe(false);
  });

  test("taken away: it is still sent to its end", async () => {
    const path = largeFile("away.csv");
    const { exit, taken } = await disturbed(path, () => rmSync(path));
    expect([exit, taken?.complete, taken?.bytes]).toEqual([0, true, LARGE]);
  });
});

describe("a connection that does not hold", () => {
  test("cut midway", async () => {
    const { exit, out, err } = await upload(async (request) => {
      await once(request, "readable");
      request.socket.destroy();
    }, largeFile("midway.csv"));
    expect([exit, out]).toEqual([69, ""]);
    expect(err).toMatch(/broke off \(\w+\); the former records are in use\n$/);
  });

  test("cut after the last byte: nobody knows", async () => {
    const { exit, err } = await upload(async (request) => {
      await receive(request);
      request.socket.destroy();
    });
    expect(exit).toBe(69);
    expect(err).toContain("whether it is in use is not known");
  });

  test("cut within the answer", async () => {
    const { exit } = await upload(async (request, response) => {
      await receive(request);
      response.writeHead(200, { "content-length": "1000" }).write('{"replaced": true,');
      setTimeout(() => request.socket.destroy(), 20);
    });
    expect(exit).toBe(69);
  });

  test("nobody is there", async () => {
    const url = await startGateway(answering(200, REPORT));
    for (const close of open.splice(0)) close();
    expect(await run(["anhui-real-estate", table, "--url", url])).toMatchObject({ exit: 69, out: "" });
  });
});

const PROBLEM = { type: "urn:tongyan:problem:DENIED", code: "DENIED", zh: "无权", en: "Not allowed" };

describe("a service that says no", () => {
  test.each<[number, object, number]>([
    [400, PROBLEM, 77],
    [401, PROBLEM, 77],
    [403, PROBLEM, 77],
    [404, PROBLEM, 77],
    [422, PROBLEM, 77],
    [422, { ...PROBLEM, type: "urn:tongyan:upload:HEADER_MISSING" }, 1],
    [413, { ...PROBLEM, type: "urn:tongyan:upload:UPLOAD_TOO_LARGE" }, 1],
    [503, { ...PROBLEM, type: "urn:tongyan:upload:UPLOAD_UNDERWAY" }, 69],
    [408, PROBLEM, 69],
    [500, PROBLEM, 69],
  ])("%i %j", async (status, problem, expected) => {
    const { exit, out, err } = await upload(answering(status, problem));
    expect([exit, out]).toEqual([expected, ""]);
    expect(err).toContain(`${status} DENIED; 无权; Not allowed`);
  });

  test("says why the file is no table, and that nothing has changed", async () => {
    const problem = { ...PROBLEM, type: "urn:tongyan:upload:HEADER_MISSING", detail: "面积" };
    const { err } = await upload(answering(422, problem));
    expect(err).toContain("面积. 原有数据继续使用。The former records are in use.");
  });

  test("before it has read the file: the rest is not sent", async () => {
    const seen: IncomingMessage[] = [];
    const take: Take = (request, response) => {
      seen.push(request);
      sendJson(response, 403, PROBLEM);
    };
    const { exit, err } = await upload(take, largeFile("early.csv"));
    expect(exit).toBe(77);
    expect(err).toContain("403 DENIED");
    expect(seen[0]?.complete).toBe(false);
  });

  test("by a page of something in between", async () => {
    const page: Take = async (request, response) => {
      await receive(request);
      response.writeHead(502).end("<html>Bad Gateway</html>");
    };
    expect(await upload(page)).toMatchObject({ exit: 69, err: "tongyan upload: 502\n" });
  });
});

describe("what answers is no gateway", () => {
  const without = (name: keyof typeof REPORT): object =>
    Object.fromEntries(Object.entries(REPORT).filter(([each]) => each !== name));
  test.each<[string, number, unknown]>([
    ["null", 200, null],
    ["a list", 200, [REPORT]],
    ["other JSON", 200, { hello: 1 }],
    ["no word of use", 200, without("replaced")],
    ["no refused rows", 200, without("refused")],
    ["use in words", 200, { ...REPORT, replaced: "true" }],
    ["less than no rows", 200, { ...REPORT, rows: -1 }],
    ["half a row", 200, { ...REPORT, refused: [{ row: 1.5, column: null, code: "C", zh: "", en: "" }] }],
    ["a row without a reason", 200, { ...REPORT, refused: [{ row: 1, column: null, code: "C" }] }],
    ["a report with another status", 202, REPORT],
  ])("%s", async (_, status, body) => {
    expect(await upload(answering(status, body))).toMatchObject({ exit: 76, out: "" });
  });

  test.each<[string, Take]>([
    ["a page", (_, response) => void response.end("<html>")],
    ["a redirect, which is not followed", (_, response) => void response.writeHead(307, { location: "/" }).end()],
  ])("%s", async (_, answer) => {
    const take: Take = async (request, response) => {
      await receive(request);
      await answer(request, response);
    };
    expect(await upload(take)).toMatchObject({ exit: 76, out: "" });
  });
});

test("an answer without end is not read to its end", async () => {
  const take: Take = async (request, response) => {
    await receive(request);
    const timer = setInterval(() => response.write(" ".repeat(1_000_000)), 1);
    response.once("close", () => clearInterval(timer));
  };
  expect(await upload(take)).toMatchObject({ exit: 76, err: "tongyan upload: the answer is far too long\n" });
});

describe("files that cannot be sent", () => {
  const never: Take = () => {
    throw new Error("something was sent");
  };
  test.each<[string, () => string, number, RegExp]>([
    ["missing", () => join(home, "missing.csv"), 66, /missing\.csv: ENOENT/],
    ["a directory", () => home, 66, /no regular file/],
    ["a pipe", namedPipe, 66, /no regular file/],
    ["empty", () => file("empty.csv", ""), 65, /is empty/],
  ])("%s", async (_, make, status, message) => {
    const { exit, out, err } = await upload(never, make());
    expect([exit, out]).toEqual([status, ""]);
    expect(err).toMatch(message);
  });

  function namedPipe(): string {
    const path = join(home, "pipe");
    execFileSync("mkfifo", [path]);
    return path;
  }

  test("the client has no key here", async () => {
    expect(await upload(never, table, ["--client", "nobody"])).toMatchObject({ exit: 66 });
  });
});

describe("usage", () => {
  test.each<readonly string[][]>([
    [[]],
    [["source"]],
    [["source", "file", "more"]],
    [["../source", "file"]],
    [["source", "file", "--client", "a/b"]],
    [["source", "file", "--url", "gateway.example"]],
    [["source", "file", "--as-of", "2026-02-30T00:00:00Z"]],
    [["source", "file", "--as-of", "yesterday"]],
    [["source", "file", "--other"]],
  ])("%j", async (argv) => {
    const { exit, out, err } = await run(argv);
    expect([exit, out]).toEqual([64, ""]);
    expect(err).toContain("tongyan upload SOURCE FILE");
  });

  test("--help", async () => {
    expect(await run(["--help"])).toMatchObject({ exit: 0, err: "", out: expect.stringContaining("Exit status") });
  });
});
