import { createHmac } from "node:crypto";
import type { RequestListener } from "node:http";
import { afterEach, expect, test } from "vitest";
import { bodyOf, type SourceServer, startRawSource, startSource } from "../../../tests/connectors/source-server.ts";
import { NOW } from "../test-records.ts";
import type { Alert } from "./alert-board.ts";
import { findingOf } from "./test-findings.ts";
import { WebhookError, webhookSender, type WebhookSender } from "./webhook-sender.ts";

const at = new Date(NOW).toISOString();
const ALERT: Alert = {
  ...findingOf("source-down", "anhui"),
  id: "source-down:anhui",
  severity: "critical",
  state: "firing",
  since: at,
  raisedAt: at,
};
const DELIVERY = { id: "019aa0c4-8fec-7228-858b-81eb96d713ef", alert: ALERT };
const SECRET = "MARK-secret-of-the-webhook";

const opened: { close: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const each of opened.splice(0).toReversed()) await each.close();
});

function senderTo(url: string): WebhookSender {
  const options = {
    url: new URL(url),
    secret: SECRET,
    gateway: "https://gateway.example",
    clock: () => NOW,
    patience: 300,
  };
  const sender = webhookSender(options);
  opened.push(sender);
  return sender;
}

async function receiver(listener: RequestListener): Promise<SourceServer> {
  const server = await startSource(listener);
  opened.push(server);
  return server;
}

test("what is sent can be proven by who has the secret, and by nobody else", async () => {
  const heard: { body: string; signature: string; type: string; method: string; path: string }[] = [];
  const { url } = await receiver(async (request, response) => {
    const { headers, method = "", url: path = "" } = request;
    const signature = String(headers["tongyan-signature"]);
    heard.push({ body: await bodyOf(request), signature, type: String(headers["content-type"]), method, path });
    response.writeHead(204).end();
  });
  await senderTo(`${url}/hooks/1?to=duty`).send(DELIVERY);
  const [{ body, signature, ...rest } = { body: "", signature: "" }] = heard;
  expect(rest).toEqual({ type: "application/json", method: "POST", path: "/hooks/1?to=duty" });
  expect(JSON.parse(body)).toEqual({ id: DELIVERY.id, gateway: "https://gateway.example", alert: ALERT });
  const seconds = NOW / 1000;
  const expected = createHmac("sha256", SECRET).update(`${seconds}.${body}`).digest("hex");
  expect(signature).toBe(`t=${seconds},v1=${expected}`);
  expect(JSON.stringify(heard)).not.toContain("MARK");
});

test.each([200, 201, 202, 204, 299])("%d: taken", async (status) => {
  const { url } = await receiver((_, response) => response.writeHead(status).end());
  await expect(senderTo(url).send(DELIVERY)).resolves.toBeUndefined();
});

test.each([
  [400, "STATUS_400"],
  [401, "STATUS_401"],
  [404, "STATUS_404"],
  [500, "STATUS_500"],
  [503, "STATUS_503"],
])("%d: not taken", async (status, code) => {
  const { url } = await receiver((_, response) => response.writeHead(status).end("MARK"));
  await expect(senderTo(url).send(DELIVERY)).rejects.toThrow(new WebhookError(code));
});

test.each([301, 302, 303, 307, 308])("a redirection (%d) is not followed", async (status) => {
  const trap = await receiver((_, response) => response.writeHead(200).end());
  const { url } = await receiver((_, response) => response.writeHead(status, { location: `${trap.url}/` }).end());
  await expect(senderTo(url).send(DELIVERY)).rejects.toThrow(new WebhookError("REDIRECTED"));
  expect(trap.connections()).toBe(0);
});

test.each<[string, (socket: { write: (text: string) => unknown; destroy: () => unknown }) => unknown, RegExp]>([
  ["hangs", () => undefined, /^TIMEOUT$/],
  ["hangs within its head", (socket) => socket.write("HTTP/1.1 200 OK\r\nx-"), /^TIMEOUT$/],
  ["hangs within its body", (socket) => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nMARK"), /^TIMEOUT$/],
  ["hangs up", (socket) => socket.destroy(), /^UND_ERR_SOCKET$|^ECONNRESET$/],
  ["speaks no HTTP", (socket) => socket.write("220 mail.example ESMTP MARK\r\n"), /^HTTPParserError$/],
])("one that %s holds nothing up, and its words go nowhere", async (_, behave, code) => {
  const server = await startRawSource(behave);
  opened.push(server);
  const error: unknown = await senderTo(server.url)
    .send(DELIVERY)
    .catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(WebhookError);
  expect((error as Error).message).toMatch(code);
  expect((error as Error).message).not.toContain("MARK");
});

test("one that answers without end is hung up on", async () => {
  let written = 0;
  const { url } = await receiver((_, response) => {
    response.writeHead(200);
    const flood = (): void => {
      while (!response.destroyed && response.write("x".repeat(65_536))) written += 65_536;
      if (!response.destroyed) response.once("drain", flood);
    };
    flood();
  });
  await senderTo(url)
    .send(DELIVERY)
    .catch(() => undefined);
  expect(written).toBeLessThan(64 * 1024 * 1024);
});

test("nobody there", async () => {
  const server = await startSource(() => undefined);
  await server.close();
  await expect(senderTo(server.url).send(DELIVERY)).rejects.toThrow(new WebhookError("ECONNREFUSED"));
});

test("what is under way ends when the sender is closed", async () => {
  const server = await startRawSource(() => undefined);
  opened.push(server);
  const sender = webhookSender({
    url: new URL(server.url),
    secret: SECRET,
    gateway: "g",
    clock: () => NOW,
    patience: 60_000,
  });
  const sent = sender.send(DELIVERY).catch((error: unknown) => error);
  await sender.close();
  expect(await sent).toBeInstanceOf(WebhookError);
});
