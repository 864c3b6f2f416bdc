import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { announce, answerTo, type Asked, readTask } from "./task.ts";

/** Run in a process of its own with FILE, see task.ts: the same answers by node:http alone. Nothing is checked. */
const task = readTask(process.argv[2] ?? "");

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString("utf8");
}

const server = createServer(async (request, response) => {
  const answer = JSON.stringify(answerTo(JSON.parse(await bodyOf(request)) as Asked, task));
  const length = Buffer.byteLength(answer);
  response.writeHead(200, { "content-type": "application/json; charset=utf-8", "content-length": length }).end(answer);
});
server.listen(0, "127.0.0.1", () => announce((server.address() as AddressInfo).port));
