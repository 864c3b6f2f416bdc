import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import { Readable } from "node:stream";
import { afterAll, expect, test } from "vitest";
import { collect, drain } from "./body-stream.ts";

const server = createServer();
await once(server.listen(0, "127.0.0.1"), "listening");
const sockets: Socket[] = [];
afterAll(() => {
  for (const socket of sockets) socket.destroy();
  server.close();
});

async function requestOf(...pieces: readonly string[]): Promise<IncomingMessage> {
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  sockets.push(socket);
  const asked = once(server, "request");
  const [first, ...rest] = pieces;
  socket.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${pieces.join("").length}\r\n\r\n${first}`);
  const [request] = (await asked) as [IncomingMessage];
  for (const piece of rest) socket.write(piece);
  return request;
}

async function collected(request: IncomingMessage, maxBytes = 100): Promise<string> {
  let text = "";
  await collect(request, { maxBytes, maxSilence: 60_000 }, (bytes) => (text = bytes.toString()));
  return text;
}

const SOON = 2000;
async function whole(request: IncomingMessage): Promise<IncomingMessage> {
  await expect.poll(() => request.complete, { timeout: SOON }).toBe(true);
  return request;
}

test("a body that has come whole before it is asked for", async () => {
  const request = await whole(await requestOf("all of it"));
  const ended = once(request, "end");
  expect(await collected(request)).toBe("all of it");
  await ended;
});

test("a body that is still to come, in pieces", async () => {
  expect(await collected(await requestOf("one,", "two,", "three"))).toBe("one,two,three");
});

test("a body that has come whole is bounded too", async () => {
  const request = await whole(await requestOf("x".repeat(101)));
  await expect(collected(request)).rejects.toMatchObject({ code: "BODY_TOO_LARGE" });
});

test("who reads a stream that has broken off before hears of it", async () => {
  const stream = new Readable({ read() {} });
  const closed = new Promise((resolve) => stream.once("close", resolve));
  stream.on("error", () => {}).destroy(new Error("gone"));
  await closed;
  await expect(drain(stream, () => {}, 60_000)).rejects.toMatchObject({ code: "INVALID_REQUEST" });
});
