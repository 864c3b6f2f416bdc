import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text as readAll } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { cosigner } from "#gateway/log/tlog/cosignature.ts";
import { formatSignature } from "#gateway/log/tlog/signed-note.ts";
import { TestLog } from "./test-log.ts";
import { codesOf, history, until, WAITS, WitnessScene } from "./test-scene.ts";
import { startTestWitness } from "./test-witness.ts";

let scene: WitnessScene;
beforeEach(() => {
  scene = new WitnessScene();
});
afterEach(() => scene.close());

describe("a witness that does not follow the log, or answers amiss", () => {
  test("unknown log, unknown key", async () => {
    const stranger = await startTestWitness(new TestLog().keys.vkeys, { name: "w1" });
    scene.toClose.push(stranger);
    const other = new TestLog(undefined, "other.example/log").grow(10);
    const asking = scene.ask([stranger.address]);
    await scene.log.publish(history, 10);
    expect(codesOf(asking)).toEqual(["KEY_NOT_TRUSTED"]);
    await scene.log.publish(other, 10);
    await until(() => expect(codesOf(asking)).toEqual(["LOG_NOT_FOLLOWED"]));
    expect([scene.alarms(), scene.log.published]).toEqual([[], []]);
  });

  const { privateKey } = generateKeyPairSync("ed25519");
  const own = cosigner("w1", privateKey);
  const impostor = cosigner("w1", generateKeyPairSync("ed25519").privateKey);
  const SECONDS = Math.floor(Date.now() / 1000);
  const line = (text: string, seconds = SECONDS, by = own) => formatSignature(by.cosign(text, seconds));
  const say =
    (status: number, body: string | Uint8Array, headers: Record<string, string> = {}): RequestListener =>
    (request, response) => {
      request.resume();
      response.writeHead(status, headers).end(body);
    };
  const size = (count: number | string) => say(409, `${count}\n`, { "content-type": "text/x.tlog.size" });

  async function hostile(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
    const server: Server = createServer(answer);
    await once(server.listen(0, "127.0.0.1"), "listening");
    scene.toClose.push({
      async close() {
        server.closeAllConnections();
        server.close();
      },
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port} ${own.vkey}`;
  }

  test.each<[string, string, RequestListener]>([
    ["nothing", "ANSWER_UNUSABLE", say(200, "")],
    ["words", "ANSWER_UNUSABLE", say(200, "signed\n")],
    ["bytes that are no text", "ANSWER_UNUSABLE", say(200, new Uint8Array([0xe2, 0x80, 0xff, 10]))],
    ["somebody else's key", "ANSWER_UNUSABLE", say(200, line(history.text(10), SECONDS, impostor))],
    ["another checkpoint's cosignature", "ANSWER_UNUSABLE", say(200, line(history.text(9)))],
    ["a cosignature out of the future", "ANSWER_UNUSABLE", say(200, line(history.text(10), SECONDS + 3600))],
    ["a cosignature beyond all time", "ANSWER_UNUSABLE", say(200, line(history.text(10), Number.MAX_SAFE_INTEGER))],
    ["a line that breaks out of the note", "ANSWER_UNUSABLE", say(200, `\n\n${line(history.text(10))}`)],
    ["too many lines", "ANSWER_UNUSABLE", say(200, line(history.text(10)).repeat(100))],
    ["more than any answer can be", "UNREACHABLE", say(200, "x".repeat(100_000))],
    [
      "no end",
      "UNREACHABLE",
      (request, response) => {
        request.resume();
        response.writeHead(200);
        const timer = setInterval(() => response.write("x".repeat(10_000)), 1);
        response.on("close", () => clearInterval(timer));
      },
    ],
    ["no answer", "UNREACHABLE", (request) => void request.resume()],
    ["an end in the midst", "UNREACHABLE", (request) => void request.socket.destroy()],
    ["an error of its own", "UNREACHABLE", say(500, "")],
    ["another address", "UNREACHABLE", say(302, "", { location: "http://127.0.0.1:1/" })],
    ["success of another kind", "ANSWER_UNUSABLE", say(204, "")],
    ["a refusal of the form", "ANSWER_UNUSABLE", say(400, "")],
    ["the size that was asked from, again", "ANSWER_UNUSABLE", size(0)],
    ["a size that is none", "HISTORY_DIFFERS", size("08")],
    ["a size that cannot be", "HISTORY_DIFFERS", size("1e9")],
    ["another tree of the same size", "HISTORY_DIFFERS", say(409, "no")],
    ["more entries than there are", "HISTORY_SHORTER", size(11)],
    ["a refused proof", "HISTORY_DIFFERS", say(422, "")],
  ])("%s: %s", async (_what, code, answer) => {
    const asking = scene.ask([await hostile(answer)], { waits: { ...WAITS, answer: 300 } });
    await scene.log.publish(history, 10);
    expect(codesOf(asking)).toEqual([code]);
    expect(scene.log.published).toEqual([]);
    expect(JSON.stringify(scene.lines)).not.toContain("xxx");
  });

  test("another size each time ends after a few rounds", async () => {
    let asked = 0;
    const address = await hostile((request, response) => size((asked += 1))(request, response));
    const asking = scene.ask([address], { waits: { ...WAITS, first: 60_000, longest: 60_000 } });
    await scene.log.publish(history, 10);
    expect([codesOf(asking), asked]).toEqual([["ANSWER_UNUSABLE"], 3]);
  });

  test("lines of others beside its own are left out; what holds is taken", async () => {
    const bodies: string[] = [];
    const address = await hostile(async (request, response) => {
      bodies.push(await readAll(request));
      response.end(line(history.text(10), SECONDS, cosigner("w9", privateKey)) + line(history.text(10)));
    });
    scene.ask([address]);
    await scene.log.publish(history, 10);
    expect(bodies[0]).toMatch(/^old 0\n\ngateway\.example/);
    expect(scene.log.last()).toEqual([10, ["w1"]]);
  });

  test("only the newest checkpoint waits while a question is under way", async () => {
    const sizes: number[] = [];
    const gate = Promise.withResolvers<void>();
    const address = await hostile(async (request, response) => {
      const [, rest = ""] = (await readAll(request)).split("\n\n");
      sizes.push(Number(rest.split("\n")[1]));
      await gate.promise;
      response.end(line(`${rest}\n`));
    });
    scene.ask([address]);
    const all = [10, 20, 30, 40].map((each) => scene.log.publish(history, each));
    gate.resolve();
    await Promise.all(all);
    expect([sizes, scene.log.last()]).toEqual([
      [10, 40],
      [40, ["w1"]],
    ]);
  });

  test("nothing is asked after it is closed, and what is under way ends", async () => {
    const address = await hostile((request) => void request.resume());
    const asking = scene.ask([address], { waits: { ...WAITS, answer: 600_000 } });
    const publishing = scene.log.publish(history, 10);
    await asking.close();
    await publishing;
    await scene.log.publish(history, 20);
    expect([scene.lines, scene.log.published]).toEqual([[], []]);
  });
});
