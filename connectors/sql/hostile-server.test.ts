import { createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { TLSSocket } from "node:tls";
import { afterEach, describe, expect, test } from "vitest";
import { SourceError } from "../source-error.ts";
import type { Source } from "../source.ts";
import { openSql } from "./sql.ts";
import { checkSqlSettings } from "./settings.ts";
import { selfSigned } from "./test-certificate.ts";
import { question, resource, surroundings } from "./test-resource.ts";

const PASSWORD = "pa55word-of-the-reader";

/** One message of PostgreSQL's protocol: type, length, body. */
function message(type: string, body: Buffer | string = ""): Buffer {
  const bytes = Buffer.from(body);
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(bytes.length + 4, 1);
  return Buffer.concat([head, bytes]);
}
const AUTHENTICATED = message("R", Buffer.from([0, 0, 0, 0]));
const ASKS_FOR_PASSWORD = message("R", Buffer.from([0, 0, 0, 3]));
const READY = message("Z", "I");
const failureOf = (state: string) => message("E", `SFATAL\0C${state}\0Mno entry for ${PASSWORD}\0\0`);

const servers: Server[] = [];
const sources: Source[] = [];
afterEach(async () => {
  await Promise.all(sources.splice(0).map((source) => source.close()));
  for (const server of servers.splice(0)) {
    // Whatever the server does, the source's end of each connection is gone once it is closed.
    while ((await connectionsOf(server)) > 0) await sleep(10);
    await new Promise((resolve) => server.close(resolve));
  }
});

const connectionsOf = (server: Server): Promise<number> =>
  new Promise((resolve, reject) => server.getConnections((error, count) => (error ? reject(error) : resolve(count))));

/** `turns[n]` is what the server does on the n-th piece of bytes that it gets. */
async function serve(...turns: readonly ((socket: Socket) => unknown)[]): Promise<number> {
  const server = createServer({ allowHalfOpen: false }, (socket) => {
    let turn = 0;
    socket.on("error", () => undefined);
    socket.on("data", () => turns[turn++]?.(socket));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

function open(port: number, settings: object = {}, secrets: Readonly<Record<string, string>> = {}): Source {
  const columns = { certificateNumber: "number", unitNumber: "unit", holderCode: "code" };
  const checked = checkSqlSettings(
    {
      kind: "sql",
      connection: "db",
      view: "share.v",
      columns,
      sslmode: "disable",
      allowNetworks: ["127.0.0.1/32"],
      pool: { max: 1 },
      bounds: { deadlineMs: 250, maxBytes: 4096 },
      ...settings,
    },
    resource,
  );
  const source = openSql(
    checked,
    surroundings({ ...secrets, db: `postgres://reader:${PASSWORD}@localhost:${port}/share` }),
  );
  sources.push(source);
  return source;
}

async function failure(source: Source): Promise<SourceError> {
  const asked = question({ certificateNumber: "1" }, []);
  const error: unknown = await source.fetch(asked, { signal: new AbortController().signal }).then(
    () => expect.unreachable("an answer came"),
    (error: unknown) => error,
  );
  if (!(error instanceof SourceError)) throw error;
  expect(`${error.message} ${error.detail} ${String(error.cause)}`).not.toContain(PASSWORD);
  return error;
}

const greet = (socket: Socket) => socket.write(Buffer.concat([AUTHENTICATED, READY]));
const flood = (socket: Socket) => {
  const notice = message("N", `Mnotice ${"x".repeat(8000)}\0\0`);
  const pour = () => {
    while (!socket.destroyed && socket.write(notice));
  };
  socket.on("drain", pour);
  pour();
};

test.each<[string, readonly ((socket: Socket) => unknown)[], string]>([
  ["says nothing", [], "SOURCE_TIMEOUT"],
  ["hangs up", [(socket) => socket.destroy()], "SOURCE_UNAVAILABLE"],
  ["speaks HTTP", [(socket) => socket.write("HTTP/1.1 400 Bad Request\r\n\r\n")], "SOURCE_TIMEOUT"],
  ["speaks no protocol", [(socket) => socket.write(message("?", "abc"))], "SOURCE_MALFORMED"],
  ["floods before it has said hello", [flood], "SOURCE_TOO_LARGE"],
  [
    "does not accept the password",
    [(socket) => socket.write(ASKS_FOR_PASSWORD), (socket) => socket.write(failureOf("28P01"))],
    "SOURCE_REFUSED",
  ],
  ["has no room", [(socket) => socket.write(failureOf("53300"))], "SOURCE_UNAVAILABLE"],
  ["is starting up", [(socket) => socket.write(failureOf("57P03"))], "SOURCE_UNAVAILABLE"],
  [
    "asks for an unknown authentication",
    [(socket) => socket.write(message("R", Buffer.from([0, 0, 0, 7])))],
    "SOURCE_MALFORMED",
  ],
  ["falls silent after the greeting", [greet], "SOURCE_TIMEOUT"],
  ["hangs up after the greeting", [greet, (socket) => socket.destroy()], "SOURCE_UNAVAILABLE"],
  ["falls silent at the question", [greet, (socket) => socket.write(READY)], "SOURCE_TIMEOUT"],
  [
    "answers with a row shorter than it says",
    [greet, (socket) => socket.write(READY), (socket) => socket.write(message("D", Buffer.from([0, 9, 0, 0, 0, 99])))],
    "SOURCE_MALFORMED",
  ],
  [
    "answers with rows nobody asked for",
    [(socket) => socket.write(Buffer.concat([AUTHENTICATED, READY, message("D", Buffer.from([0, 0]))]))],
    "SOURCE_TIMEOUT",
  ],
  [
    "answers with a length below zero",
    [greet, (socket) => socket.write(READY), (socket) => socket.write(Buffer.from([0x44, 0xff, 0xff, 0xff, 0xff]))],
    "SOURCE_TIMEOUT",
  ],
  ["floods at the question", [greet, (socket) => socket.write(READY), flood], "SOURCE_TOO_LARGE"],
])("a server that %s", async (_, turns, code) => {
  const source = open(await serve(...turns));
  expect((await failure(source)).code).toBe(code);
  expect(await source.health({ signal: new AbortController().signal })).toMatchObject({ status: "unavailable" });
});

test("a server that is not there: nothing was sent, so that it may be tried again", async () => {
  const port = await serve();
  await new Promise((resolve) => servers.splice(0)[0]?.close(resolve));
  expect(await failure(open(port))).toMatchObject({
    code: "SOURCE_UNAVAILABLE",
    sent: false,
    cause: { code: "ECONNREFUSED" },
  });
});

test.each([
  ["an address that is not listed", "127.0.0.1", ["10.0.0.0/8"]],
  ["a name for such an address", "localhost", ["10.0.0.0/8"]],
  ["the metadata of a cloud", "169.254.169.254", ["10.0.0.0/8"]],
])("%s is not connected to", async (_, host, allowNetworks) => {
  const touched: string[] = [];
  const port = await serve(() => touched.push("touched"));
  const url = `postgres://reader:${PASSWORD}@${host}:${port}/share`;
  const columns = { certificateNumber: "number", unitNumber: "unit", holderCode: "code" };
  const settings = { kind: "sql", connection: "db", view: "share.v", columns, sslmode: "disable", allowNetworks };
  const source = openSql(checkSqlSettings(settings, resource), surroundings({ db: url }));
  sources.push(source);
  expect((await failure(source)).code).toBe("SOURCE_ADDRESS");
  expect(touched).toEqual([]);
});

describe("TLS", () => {
  const { certificate, key } = selfSigned("localhost");
  const stranger = selfSigned("localhost");
  /** What came through TLS, if it came about. */
  const told: string[] = [];

  /** A server that does TLS and then waits for what it is told. */
  const startTls = (socket: Socket) => {
    socket.removeAllListeners("data");
    socket.write("S");
    const secured = new TLSSocket(socket, { isServer: true, cert: certificate, key });
    secured.on("error", () => undefined);
    secured.on("data", (chunk) => {
      told.push(chunk.toString());
      secured.write(told.length === 1 ? ASKS_FOR_PASSWORD : failureOf("28P01"));
    });
  };
  const openTls = async (settings: object, ca: string, ...turns: readonly ((socket: Socket) => unknown)[]) => {
    told.splice(0);
    const port = await serve(...turns);
    return open(port, { sslmode: "verify-full", bounds: { deadlineMs: 500 }, ...settings }, { ca });
  };

  test("a server whose certificate is trusted gets to see role and password", async () => {
    const source = await openTls({ ca: "ca" }, certificate, startTls);
    expect((await failure(source)).code).toBe("SOURCE_REFUSED");
    expect(told.join()).toContain("reader");
    expect(told.join()).toContain(PASSWORD);
  });

  test("another certificate of the same name is not trusted, and is told nothing", async () => {
    const source = await openTls({ ca: "ca" }, stranger.certificate, startTls);
    expect(await failure(source)).toMatchObject({ code: "SOURCE_UNTRUSTED", sent: false });
    expect(told).toEqual([]);
  });

  test.each<[string, (socket: Socket) => unknown]>([
    ["refuses TLS", (socket) => socket.write("N")],
    ["answers TLS with an error", (socket) => socket.write("E")],
    ["slips something in before TLS", (socket) => socket.write(Buffer.concat([Buffer.from("S"), ASKS_FOR_PASSWORD]))],
  ])("a server that %s is told nothing", async (_, turn) => {
    const source = await openTls({ ca: "ca" }, certificate, turn, (socket) => told.push(socket.remoteFamily ?? "more"));
    expect(await failure(source)).toMatchObject({ code: "SOURCE_UNTRUSTED", sent: false });
    expect(told).toEqual([]);
  });

  test("a server that breaks TLS off is told nothing", async () => {
    const source = await openTls(
      { ca: "ca" },
      certificate,
      (socket) => socket.write("S"),
      (socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"),
    );
    expect((await failure(source)).code).toBe("SOURCE_UNTRUSTED");
  });
});
