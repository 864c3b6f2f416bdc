import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeKey } from "#gateway/clients/test-clients.ts";
import type { SourceEntry } from "#gateway/registry/entities.ts";
import { demoSeed } from "#gateway/registry/seed/demo-seed.ts";
import type { Seed } from "#gateway/registry/seed/seed.ts";
import { type Answer, codeOf, exchangeOf, type Gateway, recordIn } from "./gateway.ts";
import { PURPOSES } from "./questions.ts";
import { type SeededService, startSeeded } from "./seeded-service.ts";
import { answerJson, startTestSource, type TestSource } from "./test-source.ts";

const MINE = "C4400002026017100000002";
const SECRET = "诸葛示例";
const KEY = makeKey("EdDSA", "window-1");
/** Of one answer, bytes and milliseconds. */
const [MOST, DEADLINE, PAUSE] = [16_384, 500, 1_000];

const record = (changes: object = {}) => ({ number: MINE, holder: "示例矿业有限公司", mineral: "石灰岩", ...changes });
const json =
  (content: unknown, status = 200) =>
  (response: ServerResponse) =>
    answerJson(response, content, status);
const wire = (head: string, body: string) => (response: ServerResponse) =>
  void response.socket?.end(`HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n${head}\r\n\r\n${body}`);

type Misbehaviour = readonly [
  name: string,
  behave: (response: ServerResponse, body: string) => unknown,
  expected: readonly [status: number, code: string],
];

const UNAVAILABLE = 503;
const MISBEHAVED = 502;
const MISBEHAVIOURS: readonly Misbehaviour[] = [
  ["never answers", () => undefined, [UNAVAILABLE, "SOURCE_TIMEOUT"]],
  ["drips without end", drip, [UNAVAILABLE, "SOURCE_TIMEOUT"]],
  ["answers 500", json({ error: SECRET }, 500), [UNAVAILABLE, "SOURCE_FAILED"]],
  ["answers 503", json({ error: SECRET }, 503), [UNAVAILABLE, "SOURCE_FAILED"]],
  ["does not know us", json({ error: SECRET }, 401), [MISBEHAVED, "SOURCE_REFUSED"]],
  ["forbids us", json({ error: SECRET }, 403), [MISBEHAVED, "SOURCE_REFUSED"]],
  ["hangs up", (response) => response.socket?.destroy(), [UNAVAILABLE, "SOURCE_UNAVAILABLE"]],
  [
    "hangs up within its answer",
    wire("content-length: 1000", JSON.stringify(record()).slice(0, 20)),
    [UNAVAILABLE, "SOURCE_FAILED"],
  ],
  [
    "announces less than it sends",
    wire("content-length: 7", JSON.stringify(record())),
    [MISBEHAVED, "SOURCE_MALFORMED"],
  ],
  ["announces more than may be", wire("content-length: 99999999999999", "{"), [MISBEHAVED, "SOURCE_TOO_LARGE"]],
  ["announces two lengths", wire("content-length: 5\r\ncontent-length: 6", "{}   "), [MISBEHAVED, "SOURCE_MALFORMED"]],
  ["sends without end", flood, [MISBEHAVED, "SOURCE_TOO_LARGE"]],
  [
    "answers of somebody else",
    json(record({ number: "C1100002026017100000009", holder: SECRET })),
    [MISBEHAVED, "SOURCE_WRONG_RECORD"],
  ],
  ["does not say of whom", json({ holder: SECRET }), [MISBEHAVED, "SOURCE_WRONG_RECORD"]],
  ["answers of several", json([record(), record({ holder: SECRET })]), [422, "KEYS_AMBIGUOUS"]],
  [
    "redirects inside",
    (response) => moveTo(response, "http://169.254.169.254/latest/meta-data/"),
    [MISBEHAVED, "SOURCE_REDIRECTED"],
  ],
  ["redirects to itself", (response) => moveTo(response, "/trap"), [MISBEHAVED, "SOURCE_REDIRECTED"]],
  [
    "writes HTML",
    (response) => response.writeHead(200, { "content-type": "text/html" }).end(`<p>${SECRET}`),
    [MISBEHAVED, "SOURCE_MALFORMED"],
  ],
  [
    "breaks off its JSON",
    wire("connection: close", `{"number":"${MINE}","holder":"${SECRET}`),
    [MISBEHAVED, "SOURCE_MALFORMED"],
  ],
  [
    "says things twice",
    wire("connection: close", `{"number":"${MINE}","number":"${SECRET}"}`),
    [MISBEHAVED, "SOURCE_MALFORMED"],
  ],
  ["nests without end", wire("connection: close", "[".repeat(10_000)), [MISBEHAVED, "SOURCE_MALFORMED"]],
  ["has objects for texts", json(record({ holder: { name: SECRET } })), [MISBEHAVED, "SOURCE_MALFORMED"]],
  [
    "packs its answer",
    (response) => response.writeHead(200, { "content-encoding": "gzip" }).end("x"),
    [MISBEHAVED, "SOURCE_MALFORMED"],
  ],
];

function drip(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "application/json" });
  const timer = setInterval(() => response.write(" "), 50);
  response.once("close", () => clearInterval(timer));
}

function flood(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "application/json" });
  const more = (): void => {
    while (!response.destroyed && response.write(" ".repeat(8192)));
    response.once("drain", more);
  };
  more();
}

const moveTo = (response: ServerResponse, location: string) => response.writeHead(302, { location }).end();

/** Sources of one region each; the last ones of the list behave. */
const PROVINCES = "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63".split(" ");
const WELL_BEHAVED = ["plain", "slow", "large", "moody", "shared"] as const;
const NAMES = [...MISBEHAVIOURS.map((_, at) => `bad-${at}`), ...WELL_BEHAVED];
const regionOf = (name: string): string => `${PROVINCES[NAMES.indexOf(name)]}0000`;

let service: SeededService;
let gateway: Gateway;
let source: TestSource;
let mood: "good" | "bad" = "good";
let asked: string[] = [];

beforeAll(async () => {
  source = await startTestSource(behaviours());
  service = await startSeeded({ seed: seedFor(source.url), keys: { "anhui-window": KEY.privateJwk } });
  gateway = service.gateway;
});
afterAll(async () => {
  await service.close();
  await source.close();
});

function behaviours(): Parameters<typeof startTestSource>[0] {
  const noted = (name: string, behave: Misbehaviour[1]) => (response: ServerResponse, body: string) => {
    asked.push(name);
    behave(response, body);
  };
  const slowly = (behave: Misbehaviour[1]) => (response: ServerResponse, body: string) =>
    void setTimeout(() => behave(response, body), DEADLINE / 2);
  const large = { ...record(), remark: "x".repeat(MOST - 200) };
  const good: Readonly<Record<(typeof WELL_BEHAVED)[number], Misbehaviour[1]>> = {
    plain: json(record()),
    slow: slowly(json(record())),
    large: json(large),
    moody: (response) => (mood === "good" ? json(record())(response) : json({}, 500)(response)),
    shared: slowly(json(record())),
  };
  const bad = MISBEHAVIOURS.map(([, behave], at) => [`/bad-${at}`, noted(`bad-${at}`, behave)] as const);
  return {
    ...Object.fromEntries(bad),
    ...Object.fromEntries(Object.entries(good).map(([name, behave]) => [`/${name}`, noted(name, behave)])),
    "/trap": noted("trap", json(record())),
  };
}

function seedFor(url: string): Seed {
  const entry = (name: string, settings: object = {}): SourceEntry => ({
    id: name,
    resource: "mining-licence",
    zh: "测试",
    en: "A test's",
    settings: {
      kind: "http-json",
      baseUrl: url,
      allowNetworks: ["127.0.0.1/32"],
      bounds: { deadlineMs: DEADLINE, retries: 1, failures: 3, pauseMs: PAUSE, maxBytes: MOST },
      request: { method: "POST", path: `/${name}`, body: { number: "{keys.licenceNumber}" } },
      answer: { fields: { licenceNumber: "/number", holderName: "/holder", mineral: "/mineral" } },
      ...settings,
    },
  });
  // Its name leads to an address that the settings do not allow.
  const within = entry("within", { baseUrl: `https://localhost:${new URL(url).port}`, allowNetworks: [] });
  const routes = Object.fromEntries(NAMES.map((name) => [regionOf(name), name]));
  return demoSeed({
    now: Date.now(),
    credentials: { "anhui-window": { keys: [KEY.jwk] } },
    issuers: {},
    sources: [...NAMES.map((name) => entry(name)), within],
    routes: { "mining-licence": { ...routes, "640000": "within" } },
  });
}

const about = (name: string) => ({
  resource: "mining-licence",
  region: regionOf(name),
  keys: { licenceNumber: MINE },
});
const lookUp = (name: string): Promise<Answer> =>
  gateway.post("anhui-window", "/v1/lookups", {
    ...about(name),
    fields: ["holderName", "mineral"],
    purpose: PURPOSES.anhuiMining,
  });
const match = (name: string): Promise<Answer> =>
  gateway.post("anhui-window", "/v1/matches", {
    ...about(name),
    claims: { holderName: SECRET },
    purpose: PURPOSES.anhuiMining,
  });

describe("a source that", () => {
  test.each(MISBEHAVIOURS.map(([name, , expected], at) => [name, at, expected] as const))(
    "%s is told from others, and nothing of its answer gets out",
    async (_name, at, [status, code]) => {
      const answers = [await lookUp(`bad-${at}`), await match(`bad-${at}`)];
      for (const answer of answers) {
        expect(codeOf(answer)).toEqual([status, code]);
        expect(answer.body["type"]).toBe(`urn:tongyan:source:${code}`);
        expect(answer.body).not.toHaveProperty("detail");
        expect(answer.headers.has("retry-after")).toBe(status === UNAVAILABLE);
        expect(answer.text).not.toContain(SECRET);
        const recorded = await gateway.get("anhui-window", `/v1/exchanges/${exchangeOf(answer)}`);
        expect(recordIn(recorded)).toMatchObject({
          outcome: { result: "UNANSWERED", code },
          disclosed: [],
          source: null,
        });
        expect(recorded.text).not.toContain(SECRET);
      }
      expect(asked).not.toContain("trap");
      expect(service.serving.logged()).not.toContain(SECRET);
    },
  );

  test("has a name for an address inside is not connected to", async () => {
    const question = { ...about("plain"), region: "640000", fields: ["mineral"], purpose: PURPOSES.anhuiMining };
    const answer = await gateway.post("anhui-window", "/v1/lookups", question);
    expect(codeOf(answer)).toEqual([502, "SOURCE_ADDRESS"]);
  });

  test.each(["plain", "slow", "large"])("is but %s is answered", async (name) => {
    const { status, body } = await lookUp(name);
    expect([status, body["outcome"]]).toEqual([200, "FOUND"]);
    expect(body["record"]).toEqual({ holderName: "示例矿业有限公司", mineral: "石灰岩" });
    expect((await match(name)).body).toMatchObject({ outcome: "MISMATCHED", claims: { holderName: "mismatch" } });
  });
});

describe("a source that fails again and again", () => {
  test("is left alone, says when it will be tried again, and then is", async () => {
    expect((await lookUp("moody")).status).toBe(200);
    mood = "bad";
    const codes: unknown[] = [];
    for (let time = 0; time < 3; time++) codes.push(codeOf(await lookUp("moody"))[1]);
    expect(codes).toEqual(["SOURCE_FAILED", "SOURCE_FAILED", "SOURCE_FAILED"]);

    asked = [];
    const refused = await lookUp("moody");
    expect(codeOf(refused)).toEqual([503, "SOURCE_SUSPENDED"]);
    expect(Number(refused.headers.get("retry-after"))).toBe(1);
    expect(asked).toEqual([]);
    expect((await lookUp("plain")).status).toBe(200);

    mood = "good";
    await sleep(PAUSE);
    while ((await lookUp("moody")).status !== 200) await sleep(50);
    expect((await lookUp("moody")).status).toBe(200);
  });

  test("to say whose record it is, is not taken for one that is down", async () => {
    const wrong = MISBEHAVIOURS.findIndex(([, , [, code]]) => code === "SOURCE_WRONG_RECORD");
    const codes = new Set<unknown>();
    for (let time = 0; time < 8; time++) codes.add(codeOf(await lookUp(`bad-${wrong}`))[1]);
    expect([...codes]).toEqual(["SOURCE_WRONG_RECORD"]);
  });
});

test("equal questions at once are one call of the source, and an exchange for each", async () => {
  asked = [];
  const answers = await Promise.all(Array.from({ length: 20 }, () => lookUp("shared")));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  expect(new Set(answers.map(exchangeOf)).size).toBe(20);
  expect(asked).toEqual(["shared"]);
});

test("one bad source does not spoil a batch", async () => {
  const names = ["plain", "bad-0", "large", "bad-11"];
  const requests = names.map((id) => Object.assign({ id, fields: ["mineral"] }, about(id)));
  const { body } = await gateway.post("anhui-window", "/v1/lookups/batch", { purpose: PURPOSES.anhuiMining, requests });
  expect(body).toMatchObject({
    complete: false,
    missing: ["bad-0", "bad-11"],
    parts: [
      { id: "plain", status: 200, answer: { record: { mineral: "石灰岩" } } },
      { id: "bad-0", status: 503 },
      { id: "large", status: 200 },
      { id: "bad-11", status: 502, problem: { code: "SOURCE_TOO_LARGE" } },
    ],
  });
});
