import type { LookupFunction } from "node:net";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, test } from "vitest";
import { openOutbound, type Outbound, type OutboundOptions } from "#connectors/outbound.ts";
import { SourceError } from "#connectors/source-error.ts";
import { Closing } from "./closing.ts";
import { failure, failureCode, get, LOOPBACK, ok } from "./outbound-calls.ts";
import { answerJson, bodyOf, startRawSource, startSource } from "./source-server.ts";

const closing = new Closing();
afterEach(closing.close);
const opened = (options: Partial<OutboundOptions> = {}): Outbound =>
  closing.client(openOutbound({ allowed: LOOPBACK, ...options }));

describe("answers", () => {
  test.each([
    [301, "SOURCE_REDIRECTED"],
    [302, "SOURCE_REDIRECTED"],
    [304, "SOURCE_REDIRECTED"],
    [307, "SOURCE_REDIRECTED"],
    [401, "SOURCE_REFUSED"],
    [403, "SOURCE_REFUSED"],
    [429, "SOURCE_FAILED"],
    [500, "SOURCE_FAILED"],
    [503, "SOURCE_FAILED"],
  ])("status %i is %s", async (status, code) => {
    const server = await closing.server(
      startSource((_request, response) =>
        response.writeHead(status, { location: "http://169.254.169.254/latest/meta-data/", "retry-after": "7" }).end(),
      ),
    );
    const error = await failure(get(opened(), server.url));
    expect(error.code).toBe(code);
    expect(error.retryAfter).toBe(code === "SOURCE_FAILED" ? 7000 : null);
    expect(server.connections()).toBe(1);
  });

  test.each([200, 204, 404, 422])("status %i is the caller's to read", async (status) => {
    const server = await closing.server(startSource((_request, response) => response.writeHead(status).end()));
    expect((await get(opened(), server.url)).status).toBe(status);
  });

  test("a status that is asked for is handed back", async () => {
    const server = await closing.server(
      startSource((_request, response) => answerJson(response, { again: true }, 401)),
    );
    const answer = await get(opened(), server.url, { accept: [401] });
    expect([answer.status, answer.body.toString()]).toEqual([401, '{"again":true}']);
  });

  test("headers come in lower case, several of a kind joined", async () => {
    const server = await closing.server(
      startSource((_request, response) => response.setHeader("X-Number", ["one", "two"]).end()),
    );
    expect((await get(opened(), server.url)).headers.get("x-number")).toBe("one, two");
  });

  test("what is sent is the method, the headers and the body, asking for no encoding", async () => {
    const seen: unknown[] = [];
    const server = await closing.server(
      startSource(async (request, response) => {
        seen.push(request.method, request.url, request.headers["x-case"], request.headers["accept-encoding"]);
        seen.push(await bodyOf(request));
        answerJson(response, {});
      }),
    );
    await get(opened(), `${server.url}/a%2Fb?c=d`, { method: "POST", headers: { "x-case": "1" }, body: "{}" });
    expect(seen).toEqual(["POST", "/a%2Fb?c=d", "1", "identity", "{}"]);
  });

  test("a trace goes on as a header, and without one there is none", async () => {
    const seen: unknown[] = [];
    const server = await closing.server(
      startSource((request, response) => {
        seen.push(request.headers["traceparent"]);
        answerJson(response, {});
      }),
    );
    const [outbound, traceparent] = [opened(), "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"];
    await get(outbound, server.url, { traceparent, headers: { "x-case": "1" } });
    await get(outbound, server.url);
    await get(outbound, server.url, { traceparent: undefined });
    expect(seen).toEqual([traceparent, undefined, undefined]);
  });

  test.each(["gzip", "br", "identity, gzip", "x-unknown"])("an answer encoded as %s is refused", async (encoding) => {
    const body = gzipSync(Buffer.alloc(10_000_000));
    const server = await closing.server(
      startSource((_request, response) => response.writeHead(200, { "content-encoding": encoding }).end(body)),
    );
    expect(await failureCode(get(opened(), server.url, { maxBytes: 100_000 }))).toBe("SOURCE_MALFORMED");
  });

  test("a body of just the bytes allowed is taken, one byte more is not", async () => {
    const server = await closing.server(
      startSource((request, response) => response.end("x".repeat(Number(request.headers["x-size"])))),
    );
    const outbound = opened();
    expect((await get(outbound, server.url, { headers: { "x-size": "1024" } })).body.length).toBe(1024);
    expect(await failureCode(get(outbound, server.url, { headers: { "x-size": "1025" } }))).toBe("SOURCE_TOO_LARGE");
  });

  test("a body without a length that never ends is cut at the bytes allowed", async () => {
    let written = 0;
    const server = await closing.server(
      startSource((_request, response) => {
        const more = (): void => {
          while (!response.destroyed && response.write("x".repeat(16_384))) written += 16_384;
        };
        response.on("drain", more);
        more();
      }),
    );
    expect(await failureCode(get(opened(), server.url, { maxBytes: 100_000 }))).toBe("SOURCE_TOO_LARGE");
    expect(written).toBeLessThan(50_000_000);
  });

  test.each([
    ["head that does not end", `HTTP/1.1 200 OK\r\n${"x-much: y\r\n".repeat(4000)}`, "SOURCE_TOO_LARGE"],
    ["no HTTP", "SSH-2.0-OpenSSH_9.6\r\n\r\n", "SOURCE_MALFORMED"],
    ["two lengths", "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab", "SOURCE_MALFORMED"],
    [
      "length and chunks",
      "HTTP/1.1 200 OK\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
      "SOURCE_MALFORMED",
    ],
    ["length that is none", "HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\nabcde", "SOURCE_MALFORMED"],
    [
      "chunk that is none",
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nab\r\n0\r\n\r\n",
      "SOURCE_MALFORMED",
    ],
    ["length above the bound", "HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\nabc", "SOURCE_TOO_LARGE"],
  ])("a %s", async (_what, bytes, code) => {
    const server = await closing.server(startRawSource((socket) => socket.write(bytes)));
    expect(await failureCode(get(opened(), server.url))).toBe(code);
  });

  test.each([
    ["fewer bytes than announced", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc"],
    ["chunks without an end", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n"],
  ])("%s, then the end of the connection: cut off", async (_what, bytes) => {
    const server = await closing.server(startRawSource((socket) => socket.end(bytes)));
    expect(await failureCode(get(opened(), server.url))).toBe("SOURCE_FAILED");
  });

  test("what comes beyond the announced length is neither part of this answer nor of the next", async () => {
    const forged = "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nforged";
    const server = await closing.server(
      startRawSource((socket, head) =>
        socket.write(
          head.includes("/first")
            ? `HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc${forged}`
            : "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ntrue",
        ),
      ),
    );
    const outbound = opened();
    expect((await get(outbound, `${server.url}/first`)).body.toString()).toBe("abc");
    expect((await get(outbound, `${server.url}/second`)).body.toString()).toBe("true");
  });

  test("a connection that ends before any answer was sent to may not be asked again at once", async () => {
    const server = await closing.server(startRawSource((socket) => socket.destroy()));
    const error = await failure(get(opened(), server.url));
    expect([error.code, error.sent]).toEqual(["SOURCE_UNAVAILABLE", true]);
  });

  test("a port where nobody listens was sent nothing", async () => {
    const server = await startSource(ok);
    await server.close();
    const error = await failure(get(opened(), server.url));
    expect([error.code, error.sent]).toEqual(["SOURCE_UNAVAILABLE", false]);
  });

  test("a name that is unknown was sent nothing", async () => {
    const unknown = Object.assign(new Error("getaddrinfo ENOTFOUND"), { code: "ENOTFOUND" });
    const lookup: LookupFunction = (_hostname, _options, callback) => callback(unknown, "");
    const error = await failure(get(opened({ lookup }), "https://source.example/"));
    expect([error.code, error.sent]).toEqual(["SOURCE_UNAVAILABLE", false]);
  });

  test("no error holds bytes of an answer", async () => {
    const bytes = "HTTP/1.1 200 OK\r\nbad header 440524188001010014\r\n\r\n";
    const server = await closing.server(startRawSource((socket) => socket.write(bytes)));
    const error = await failure(get(opened(), server.url));
    const all = [error.message, error.stack, JSON.stringify(error), String(error.cause)].join(" ");
    expect(all).not.toContain("440524188001010014");
    expect(error.cause).toBeUndefined();
  });
});

describe("time", () => {
  const late = new SourceError("SOURCE_TIMEOUT", "deadline");
  const gone = new Error("whoever asked has gone");

  test.each([
    ["before the head", ""],
    ["in the head", "HTTP/1.1 200 OK\r\ncontent-"],
    ["in the body", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc"],
  ])("a source that hangs %s is left when the signal aborts, with its reason", async (_when, bytes) => {
    const controller = new AbortController();
    const server = await closing.server(
      startRawSource((socket) => {
        socket.write(bytes);
        setTimeout(() => controller.abort(gone), 50);
      }),
    );
    await expect(get(opened(), server.url, { signal: controller.signal })).rejects.toBe(gone);
  });

  test("so is one that drips", async () => {
    const controller = new AbortController();
    const server = await closing.server(
      startRawSource((socket) => {
        socket.write("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n");
        let drops = 0;
        const drip = setInterval(() => {
          socket.write("x");
          if (++drops === 20) controller.abort(late);
        }, 5);
        socket.on("close", () => clearInterval(drip));
      }),
    );
    await expect(get(opened(), server.url, { signal: controller.signal })).rejects.toBe(late);
  });

  test("so is a name that is never found", async () => {
    const controller = new AbortController();
    let end = (): void => undefined;
    const lookup: LookupFunction = (_hostname, _options, callback) => {
      end = () => callback(new Error("too late"), "");
      setTimeout(() => controller.abort(late), 20);
    };
    await expect(get(opened({ lookup }), "https://source.example/", { signal: controller.signal })).rejects.toBe(late);
    end();
    // Less than a connection may take to be made: the runner ends what waits for that.
  }, 3_000);

  test("with a signal that has aborted nothing is sent", async () => {
    const server = await closing.server(startSource(ok));
    await expect(get(opened(), server.url, { signal: AbortSignal.abort(late) })).rejects.toBe(late);
    expect(server.connections()).toBe(0);
  });

  test("a source that hangs holds up nobody else", async () => {
    const server = await closing.server(
      startSource((request, response) => (request.url === "/hang" ? undefined : answerJson(response, {}))),
    );
    const outbound = opened();
    const controller = new AbortController();
    const hanging = Promise.all(
      [1, 2, 3].map(() => failureCode(get(outbound, `${server.url}/hang`, { signal: controller.signal }))),
    );
    expect((await get(outbound, server.url)).status).toBe(200);
    controller.abort(late);
    expect(await hanging).toEqual(["SOURCE_TIMEOUT", "SOURCE_TIMEOUT", "SOURCE_TIMEOUT"]);
  });
});

test("connections are kept and used again", async () => {
  const server = await closing.server(startSource(ok));
  const outbound = opened();
  for (let n = 0; n < 20; n++) expect((await get(outbound, server.url)).status).toBe(200);
  // The second is made when a question follows before the first connection is known to be free.
  expect(server.connections()).toBeLessThanOrEqual(2);
});

test("an error of the source does not spoil the next answer", async () => {
  const server = await closing.server(
    startSource((request, response) =>
      request.url === "/bad" ? response.writeHead(500).end("x".repeat(500_000)) : answerJson(response, { ok: true }),
    ),
  );
  const outbound = opened();
  expect(await failureCode(get(outbound, `${server.url}/bad`))).toBe("SOURCE_FAILED");
  expect((await get(outbound, server.url)).body.toString()).toBe('{"ok":true}');
});
