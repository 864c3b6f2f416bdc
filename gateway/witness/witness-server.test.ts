import { once } from "node:events";
import { connect } from "node:net";
import { text as readAll } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openNote, parseNote } from "#gateway/log/tlog/signed-note.ts";
import { readVerifierKey } from "#gateway/log/tlog/verifiers.ts";
import { MAX_BODY } from "./add-checkpoint.ts";
import { ORIGIN, TestLog, testKeys } from "./test-log.ts";
import { startTestWitness, type TestWitness } from "./test-witness.ts";
import { serveWitness } from "./witness-server.ts";

const log = new TestLog().grow(300);
const other = log.copyOf(100).grow(300, "otherwise");

let witness: TestWitness;
beforeEach(async () => {
  witness = await startTestWitness(log.keys.vkeys);
});
afterEach(() => witness.close());

async function add(body: NonNullable<RequestInit["body"]>, url = witness.url) {
  const response = await fetch(`${url}/add-checkpoint`, { method: "POST", body, duplex: "half" } as RequestInit);
  return { status: response.status, type: response.headers.get("content-type"), text: await response.text() };
}

describe("add-checkpoint", () => {
  test("200: lines that make the checkpoint a cosigned one", async () => {
    const { status, type, text } = await add(log.request(0));
    expect([status, type]).toEqual([200, "text/plain; charset=utf-8"]);
    const { verified } = openNote(log.note() + text, [readVerifierKey(witness.vkey).verifier]);
    expect(verified.map(({ name }) => name)).toEqual(["witness.example/w1"]);
  });

  test("409 with the size that was cosigned last, from which the next request succeeds", async () => {
    await add(log.request(0, 200));
    expect(await add(log.request(0))).toEqual({ status: 409, type: "text/x.tlog.size", text: "200\n" });
    expect((await add(log.request(200))).status).toBe(200);
  });

  test("409 without a size: another tree as large as the one cosigned; it is told of, with the proof", async () => {
    await add(log.request(0, 200));
    const { status, type, text } = await add(other.request(200, 200));
    expect([status, type]).toEqual([409, "text/plain; charset=utf-8"]);
    expect(text).toMatch(/^ROOT_DIFFERS: /);
    const line = witness.lines.find(({ code }) => code === "ROOT_DIFFERS");
    expect(line).toMatchObject({ origin: ORIGIN, size: 200, seen: 200 });
    expect(parseNote(String(line?.["note"])).text).toBe(other.text(200));
    expect(await (await fetch(witness.url)).json()).toMatchObject({
      logs: [{ origin: ORIGIN, size: 200, conflicts: 1 }],
    });
  });

  test.each([
    ["a request that is none", 400, () => "old\n\n", /^REQUEST_MALFORMED: /],
    ["nothing", 400, () => "", /^REQUEST_MALFORMED: /],
    ["an old size beyond the checkpoint", 400, () => log.request(200, 100), /^OLD_SIZE_BEYOND: /],
    ["keys that are not trusted", 403, () => new TestLog().grow(3).request(0), /^SIGNATURE_REFUSED: /],
    ["another log", 404, () => new TestLog(testKeys("a.b"), "a.b").grow(3).request(0), /^LOG_UNKNOWN: /],
    ["a proof of another history", 422, () => other.request(150), /^PROOF_REFUSED: /],
  ])("%s: %i", async (_what, status, body, text) => {
    await add(log.request(0, 150));
    const answer = await add(body());
    expect([answer.status, answer.type]).toEqual([status, "text/plain; charset=utf-8"]);
    expect(answer.text).toMatch(text);
    expect(answer.text).not.toContain("—");
    expect((await add(log.request(150))).status).toBe(200);
  });

  test("the largest request, and one byte more, announced or in chunks", async () => {
    const full = "old 0\n\n".padEnd(MAX_BODY, "x");
    expect((await add(full)).status).toBe(400);
    expect(await add(`${full}x`)).toMatchObject({ status: 413 });
    const chunks = Array.from({ length: 20 }, () => Buffer.alloc(MAX_BODY / 16, "x"));
    const streamed = await add(ReadableStream.from(chunks)).catch(() => null);
    // Whether the answer arrives before the connection ends is up to the sender.
    if (streamed !== null) expect(streamed.status).toBe(413);
    expect((await add(log.request(0))).status).toBe(200);
  });

  test("many at once, of two histories: what is cosigned is one of them", async () => {
    const tellings = [log, other].flatMap((history) =>
      Array.from({ length: 20 }, (_, at) => ({ history, size: 101 + at * 10 })),
    );
    let from = 0;
    const cosigned: { history: TestLog; size: number }[] = [];
    for (let round = 0; round < 5; round += 1) {
      const old = from;
      const answers = await Promise.all(
        tellings.map(async ({ history, size }) => {
          if (size < old) return;
          const { status } = await add(history.request(old, size));
          if (status === 200) cosigned.push({ history, size });
        }),
      );
      expect(answers).toHaveLength(tellings.length);
      const { text } = await add(log.request(0, 1));
      from = Number(text);
    }
    expect(cosigned.length).toBeGreaterThan(2);
    expect(new Set(cosigned.map(({ history }) => history)).size).toBe(1);
  });
});

describe("the rest of it", () => {
  test("GET / says who it is, and what it follows", async () => {
    const response = await fetch(witness.url);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await response.json()).toEqual({
      name: "witness.example/w1",
      vkey: witness.vkey,
      logs: [{ origin: ORIGIN, size: 0, conflicts: 0 }],
    });
  });

  test.each([
    ["GET", "/add-checkpoint", 405],
    ["PUT", "/add-checkpoint", 405],
    ["POST", "/", 405],
    ["GET", "/witness.key", 404],
    ["POST", "/add-checkpoint/", 404],
    ["GET", "/../witness.key", 404],
  ])("%s %s is %i", async (method, path, status) => {
    const response = await fetch(witness.url + path, { method });
    expect(response.status).toBe(status);
    expect(response.headers.get("allow") !== null).toBe(status === 405);
  });

  test("one connection serves many requests", async () => {
    const socket = connect(Number(new URL(witness.url).port), "127.0.0.1");
    const asked = (old: number, size: number, more = "") => {
      const body = log.request(old, size);
      return `POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${more}\r\n${body}`;
    };
    socket.end(asked(0, 10) + asked(10, 20) + asked(20, 30, "Connection: close\r\n"));
    expect((await readAll(socket)).match(/^HTTP\/1\.1 \d+/gm)).toEqual([
      "HTTP/1.1 200",
      "HTTP/1.1 200",
      "HTTP/1.1 200",
    ]);
  });

  test("a sender who breaks off leaves nothing behind", async () => {
    const socket = connect(Number(new URL(witness.url).port), "127.0.0.1");
    await once(socket, "connect");
    socket.write("POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: 1000\r\n\r\nold 0\n");
    socket.destroy();
    expect((await add(log.request(0))).status).toBe(200);
    expect(witness.lines.map(({ message }) => message)).toEqual(["a checkpoint was cosigned"]);
  });

  test("words of strangers do not get into its log", async () => {
    await add(new TestLog(testKeys("evil.example/x"), "evil.example/x").grow(2).request(0));
    await add("old 0\n\nevil");
    await add(new TestLog().grow(3).request(0));
    expect(witness.lines).toEqual([]);
  });

  test("a memory that fails: 503, and nothing is signed", async () => {
    const failing = {
      add: () => {
        throw new Error("database or disk is full");
      },
      logs: () => [],
    };
    const logger = { info: () => undefined, error: () => undefined };
    const identity = { name: "w", vkey: "w+00000000+AA==" };
    const server = await serveWitness({ witness: failing, identity, logger }, { host: "127.0.0.1", port: 0 });
    expect(await add(log.request(0), server.url)).toMatchObject({
      status: 503,
      text: "UNAVAILABLE: nothing was signed\n",
    });
    await server.close();
  });
});
