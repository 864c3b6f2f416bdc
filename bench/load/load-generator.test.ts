import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { RequestListener, ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { makeTlsAuthority } from "../../tests/connectors/tls-material.ts";
import { LoadGenerator } from "./load-generator.ts";
import type { LoadOrder, LoadRequest } from "./load.ts";
import { listen, type TestServer } from "./test-server.ts";

const ANSWER = '{"outcome":"FOUND","zh":"已查到，按规则提供。"}';
const REQUEST: LoadRequest = {
  method: "POST",
  path: "/v1/lookups?official=李四",
  as: null,
  contentType: "application/json",
  body: "{}",
  expect: { status: 200, contains: ['"outcome":"FOUND"', "已查到"], lacks: ["张三"] },
};
const CLOSED = { kind: "closed" } as const;
/** Where there is no right answer to be counted. */
const SHORT = { length: { seconds: 0.2 } } as const;
const fixed = (perSecond: number) => ({ kind: "fixed", perSecond }) as const;

let generator: LoadGenerator;
const open: TestServer[] = [];
beforeAll(() => {
  generator = new LoadGenerator();
});
afterAll(() => generator.stop());
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

const answer = (response: ServerResponse, body: string, status = 200): void =>
  void response.writeHead(status, { "content-type": "application/json" }).end(body);
const right: RequestListener = (request, response) => void request.resume().on("end", () => answer(response, ANSWER));

const unhurried: RequestListener = (_, response) => void setTimeout(() => answer(response, ANSWER), 3);

async function order(listener: RequestListener, changes: Partial<LoadOrder> = {}): Promise<LoadOrder> {
  const server = await listen(listener);
  open.push(server);
  return {
    scenario: "lookup",
    subject: "test",
    origin: server.origin,
    requests: { kind: "list", requests: [{ ...REQUEST, path: "/v1/lookups?official=1" }] },
    tokens: {},
    pace: CLOSED,
    connections: 4,
    warmUpSeconds: 0.05,
    length: { answers: 40 },
    patienceSeconds: 5,
    ...changes,
  };
}

describe("how much and how fast", () => {
  test("right answers are counted, timed and measured, and progress is told", async () => {
    const told: number[] = [];
    const closed = await generator.measure(await order(unhurried, { length: { seconds: 1.1 } }), ({ answers }) => {
      told.push(answers);
    });
    expect(closed).toMatchObject({
      scenario: "lookup",
      subject: "test",
      pace: CLOSED,
      connections: 4,
      seconds: 1.1,
      outcomes: { wrong: 0, refused: 0, failed: 0, unsent: 0, first: null },
    });
    const { answers, perSecond, latency, timeline, bytes } = closed;
    expect(bytes).toBe(Buffer.byteLength(ANSWER));
    expect(perSecond).toBeCloseTo(answers / 1.1);
    expect(latency?.histogram.reduce((sum, { count }) => sum + count, 0)).toBe(answers);
    expect(timeline).toHaveLength(1);
    expect(told.length).toBeGreaterThan(0);
  });

  test("so many answers, no more and no less", async () => {
    const closed = await generator.measure(await order(right, { length: { answers: 777 }, warmUpSeconds: 0 }));
    const paced = await generator.measure(await order(right, { length: { answers: 50 }, pace: fixed(200) }));
    expect([closed.answers, paced.answers + paced.outcomes.unsent]).toEqual([777, 50]);
  });

  /** Once in a while all answers wait until the stall is over. */
  function stallOnce(milliseconds: number): RequestListener {
    let begun = 0;
    return (request, response) => {
      begun ||= Date.now();
      const wait = begun + 500 + milliseconds - Date.now();
      const isStalled = Date.now() > begun + 500 && wait > 0;
      request.resume().on("end", () => setTimeout(() => answer(response, ANSWER), isStalled ? wait : 0));
    };
  }

  test("a stall is hidden by a closed loop, and seen under a fixed rate (coordinated omission)", async () => {
    const changes = { length: { seconds: 1.6 }, warmUpSeconds: 0 };
    const closed = await generator.measure(await order(stallOnce(700), changes));
    const paced = await generator.measure(await order(stallOnce(700), { ...changes, pace: fixed(100) }));
    expect([closed.latency?.max, paced.latency?.max]).toEqual([expect.any(Number), expect.any(Number)]);
    expect(closed.latency?.max ?? 0).toBeGreaterThan(300);
    expect(closed.latency?.p99 ?? Infinity).toBeLessThan((paced.latency?.p90 ?? 0) / 2);
    expect(paced.answers + paced.outcomes.unsent).toBe(160);
  });

  test("what was due and never sent is told, and counts with the time that it had waited", async () => {
    const slow: RequestListener = (_, response) => void setTimeout(() => answer(response, ANSWER), 100);
    const { answers, outcomes, latency } = await generator.measure(
      await order(slow, { pace: fixed(100), connections: 1, warmUpSeconds: 0, length: { seconds: 1 } }),
    );
    expect(outcomes.unsent).toBeGreaterThan(50);
    expect(answers + outcomes.unsent).toBe(100);
    expect(latency?.p50 ?? 0).toBeGreaterThan(250);
  });
});

describe.each([CLOSED, fixed(200)])("whether it was right, %j", (pace) => {
  test("an answer that says 200 and is wrong does not count", async () => {
    const wrong: RequestListener = (_, response) => answer(response, '{"outcome":"NOT_FOUND","name":"张三"}');
    const { answers, perSecond, latency, outcomes } = await generator.measure(await order(wrong, { pace, ...SHORT }));
    expect([answers, perSecond, latency, outcomes.refused]).toEqual([0, 0, null, 0]);
    expect(outcomes.wrong).toBeGreaterThan(0);
    expect(outcomes.first).toBe("POST /v1/lookups, request 0: lacks text 1 of 2 that it has to contain");
  });

  test("one wrong answer among many is found", async () => {
    let asked = 0;
    const mostly: RequestListener = (_, response) => answer(response, (asked += 1) === 30 ? "{}" : ANSWER);
    const { answers, outcomes } = await generator.measure(await order(mostly, { pace }));
    expect([answers > 20, outcomes.wrong]).toEqual([true, 1]);
  });

  test("429 is no answer", async () => {
    const limited: RequestListener = (_, response) => answer(response, '{"code":"RATE_LIMITED"}', 429);
    const { answers, outcomes } = await generator.measure(await order(limited, { pace, ...SHORT }));
    expect([answers, outcomes.wrong, outcomes.first]).toEqual([0, 0, null]);
    expect(outcomes.refused).toBeGreaterThan(0);
  });

  test("a character that comes in two pieces is whole", async () => {
    const bytes = Buffer.from(ANSWER);
    const cut = bytes.indexOf("已") + 1;
    const inPieces: RequestListener = (_, response) => {
      response.writeHead(200, { "content-length": bytes.length }).write(bytes.subarray(0, cut));
      setTimeout(() => response.end(bytes.subarray(cut)), 5);
    };
    const { answers, outcomes } = await generator.measure(await order(inPieces, { pace }));
    expect(outcomes).toMatchObject({ wrong: 0, failed: 0 });
    expect(answers).toBeGreaterThan(5);
  });

  test("a connection that breaks has failed, and is no quick answer", async () => {
    let asked = 0;
    const breaking: RequestListener = (request, response) => {
      asked += 1;
      if (asked % 10 === 0) request.socket.destroy();
      else answer(response, ANSWER);
    };
    const { answers, outcomes, latency } = await generator.measure(await order(breaking, { pace }));
    expect(answers).toBeGreaterThan(5);
    expect(outcomes.failed).toBeGreaterThan(0);
    expect(latency?.max).toBeGreaterThanOrEqual(5000);
  });

  test("an answer that does not come in time has failed", async () => {
    let asked = 0;
    const forgetful: RequestListener = (_, response) => {
      asked += 1;
      if (asked !== 5) answer(response, ANSWER);
    };
    const changes = { pace, patienceSeconds: 1, length: { seconds: 1.5 }, warmUpSeconds: 0 };
    const { outcomes } = await generator.measure(await order(forgetful, changes));
    expect(outcomes.failed).toBe(1);
  });

  test("where nobody answers it ends, and says why", async () => {
    const gone = await order(right, { pace: pace.kind === "fixed" ? fixed(2000) : pace, length: { seconds: 60 } });
    for (const server of open.splice(0)) await server.close();
    await expect(generator.measure(gone)).rejects.toThrow(/requests in a row were not answered; .*ECONNREFUSED/);
  });
});

test("a module makes each request once, with the token of the day", async () => {
  const seen: { readonly path: string; readonly token: string | undefined; readonly body: string }[] = [];
  const echo: RequestListener = (request, response) => {
    const { url: path = "", headers } = request;
    let body = "";
    request.setEncoding("utf8").on("data", (piece: string) => (body += piece));
    request.on("end", () => {
      seen.push({ path, token: headers.authorization, body });
      answer(response, `<${path.split("/").at(-1)}>`);
    });
  };
  const requests = {
    kind: "module",
    module: import.meta.resolve("./test-requests.ts"),
    export: "numbered",
    argument: { prefix: "x" },
  } as const;
  const changes = { requests, tokens: { somebody: "first" }, pace: fixed(100), length: { seconds: 1 } };
  setTimeout(() => generator.authorize({ somebody: "second" }), 600);
  const { outcomes } = await generator.measure(await order(echo, changes));
  expect(outcomes).toMatchObject({ wrong: 0, failed: 0 });
  const serials = seen.map(({ path }) => Number(path.replace("/x/", ""))).sort((a, b) => a - b);
  expect(serials).toEqual(Array.from({ length: 105 - outcomes.unsent }, (_, serial) => serial));
  expect(new Set(seen.map(({ token }) => token))).toEqual(new Set(["Bearer first", "Bearer second"]));
  expect(seen.every(({ path, body }) => body === `{"serial":${path.replace("/x/", "")}}`)).toBe(true);
});

test("a request by somebody without a token is not sent as nobody's", async () => {
  const requests = { kind: "list", requests: [{ ...REQUEST, as: "somebody" }] } as const;
  await expect(generator.measure(await order(right, { requests, pace: fixed(10) }))).rejects.toThrow(/no token/);
});

describe("TLS", () => {
  const authority = makeTlsAuthority();
  const { certificate: cert, key } = authority.server("gateway.example");
  const directory = mkdtempSync(join(tmpdir(), "tongyan-load-"));
  afterAll(() => rmSync(directory, { recursive: true }));

  async function tlsOrder(listener: RequestListener, changes: Partial<LoadOrder> = {}): Promise<LoadOrder> {
    const server = await listen(listener, { cert, key });
    open.push(server);
    return { ...(await order(right, changes)), origin: server.origin };
  }

  test("nothing is sent to a server with a certificate of nobody's", async () => {
    let asked = 0;
    const asking = tlsOrder(
      (_, response) => {
        asked += 1;
        answer(response, ANSWER);
      },
      { length: { seconds: 60 } },
    );
    await expect(generator.measure(await asking)).rejects.toThrow(/CERT|SIGNATURE/);
    expect(asked).toBe(0);
  });

  test("a closed loop over TLS", async () => {
    const file = join(directory, "ca.pem");
    writeFileSync(file, authority.certificate);
    const before = process.env["NODE_EXTRA_CA_CERTS"];
    process.env["NODE_EXTRA_CA_CERTS"] = file;
    const trusting = new LoadGenerator();
    if (before === undefined) delete process.env["NODE_EXTRA_CA_CERTS"];
    else process.env["NODE_EXTRA_CA_CERTS"] = before;
    try {
      const { answers, outcomes } = await trusting.measure(await tlsOrder(right));
      expect(outcomes).toMatchObject({ wrong: 0, failed: 0 });
      expect(answers).toBeGreaterThan(5);
    } finally {
      await trusting.stop();
    }
  });
});

test("when the process that asks has ended, that is said", async () => {
  const ended = new LoadGenerator();
  await ended.stop();
  await expect(ended.measure(await order(right))).rejects.toThrow(/has ended/);
});
