import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeKey } from "#gateway/clients/test-clients.ts";
import type { Schemas } from "#gateway/http/routes.ts";
import { demoSeed } from "#gateway/registry/seed/demo-seed.ts";
import type { Seed } from "#gateway/registry/seed/seed.ts";
import { bodyOf } from "../connectors/source-server.ts";
import { type Answer, codeOf, exchangeOf, type Gateway } from "../exchange/gateway.ts";
import { ABOUT_MINE, PURPOSES } from "../exchange/questions.ts";
import { type SeededService, startSeeded } from "../exchange/seeded-service.ts";
import { misfitsOf } from "../http/contract-check.ts";
import { startReceiver, type WebhookReceiver } from "./webhook-receiver.ts";

const HOLDER = "诸葛示例矿业";
const SECRET = "a-secret-that-signs-alerts";
const CLIENTS = ["anhui-window", "guangdong-window", "operator", "auditor"] as const;
const KEYS = Object.fromEntries(CLIENTS.map((id) => [id, makeKey("EdDSA", `${id}-1`)]));
/** Of what a caller shows, what a source says and what a case is: none of it is for figures, alerts and logs. */
const PRIVATE = [
  HOLDER,
  ABOUT_MINE.keys.licenceNumber,
  PURPOSES.anhuiMining.caseNumber,
  "BJ-2026-4711",
  "zhang",
  SECRET,
];

let source: Server;
let port = 0;
const traceparents: string[] = [];
let receiver: WebhookReceiver;
let service: SeededService;
let gateway: Gateway;
const home = mkdtempSync(join(tmpdir(), "tongyan-"));

beforeAll(async () => {
  await startMining();
  receiver = await startReceiver(SECRET);
  const alerts = join(home, "alerts.json");
  const rules = {
    "source-down": { afterSeconds: 1, clearSeconds: 1 },
    "case-missing": { denials: 3, clearSeconds: 0 },
  };
  writeFileSync(alerts, JSON.stringify({ everySeconds: 1, rules }));
  service = await startSeeded({
    seed: seedFor(port),
    keys: Object.fromEntries(CLIENTS.map((id) => [id, KEYS[id]?.privateJwk ?? {}])),
    secrets: { "alert-webhook": SECRET },
    environment: { TONGYAN_ALERTS: alerts, TONGYAN_ALERT_WEBHOOK: `${receiver.url}/duty` },
  });
  gateway = service.gateway;
});
afterAll(async () => {
  await service.close();
  await receiver.close();
  source.close();
  source.closeAllConnections();
  rmSync(home, { recursive: true });
});

/** A department's service; on the same port each time. */
async function startMining(): Promise<void> {
  source = createServer((request, response) => {
    void answer(request).then((body) =>
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body)),
    );
  });
  source.listen(port, "127.0.0.1");
  await once(source, "listening");
  ({ port } = source.address() as AddressInfo);
}

async function answer(request: IncomingMessage): Promise<object> {
  if (request.method === "GET") return {};
  traceparents.push(String(request.headers["traceparent"]));
  const { number } = JSON.parse(await bodyOf(request)) as { number: string };
  return { number, holder: HOLDER, mineral: "石灰岩", at: new Date().toISOString() };
}

const stopMining = async (): Promise<void> => {
  const closed = once(source, "close");
  source.close();
  source.closeAllConnections();
  await closed;
};

function seedFor(port: number): Seed {
  const settings = {
    kind: "http-json",
    baseUrl: `http://127.0.0.1:${port}`,
    allowNetworks: ["127.0.0.1/32"],
    healthPath: "/health",
    request: { method: "POST", path: "/query", body: { number: "{keys.licenceNumber}" } },
    answer: {
      fields: { licenceNumber: "/number", holderName: "/holder", mineral: "/mineral" },
      asOf: "/at",
    },
  } as const;
  return demoSeed({
    now: Date.now(),
    credentials: Object.fromEntries(CLIENTS.map((id) => [id, { keys: [KEYS[id]?.jwk ?? {}] }])),
    issuers: {},
    sources: [{ id: "mining", resource: "mining-licence", zh: "测试", en: "A test's", settings }],
    routes: { "mining-licence": { "440000": "mining" } },
  });
}

const lookUp = (headers: Readonly<Record<string, string>> = {}, caseNumber?: string): Promise<Answer> =>
  gateway.send("/v1/lookups", {
    client: "anhui-window",
    method: "POST",
    headers,
    json: {
      ...ABOUT_MINE,
      fields: ["holderName", "mineral"],
      purpose: { ...PURPOSES.anhuiMining, ...(caseNumber !== undefined && { caseNumber }) },
    },
  });

const figuresOf = async (client: string): Promise<Schemas["Figures"]> =>
  (await gateway.get(client, "/v1/monitor?window=1h")).body as unknown as Schemas["Figures"];
const readiness = async (): Promise<Schemas["Readiness"]> =>
  (await gateway.get(null, "/health/ready")).body as unknown as Schemas["Readiness"];
const alertsOf = async (): Promise<Schemas["Alerts"]> =>
  (await gateway.get("operator", "/v1/monitor/alerts")).body as unknown as Schemas["Alerts"];

describe("who may read", () => {
  const paths = ["/v1/monitor", "/v1/monitor/alerts", "/v1/monitor/providers"];
  test.each(paths)("%s: operators and auditors", async (path) => {
    for (const client of ["operator", "auditor"]) expect((await gateway.get(client, path)).status).toBe(200);
    expect(codeOf(await gateway.get("anhui-window", path))).toEqual([403, "DENIED"]);
    expect(codeOf(await gateway.get(null, path))).toEqual([401, "AUTHENTICATION_REQUIRED"]);
  });

  test("/metrics: this machine without a token, and nobody for whom this machine merely asks", async () => {
    const { status, headers, text } = await gateway.get(null, "/metrics");
    expect([status, headers.get("content-type")]).toEqual([200, "text/plain; version=0.0.4; charset=utf-8"]);
    expect(text).toContain("tongyan_http_requests_total{");
    expect(text).toContain("tongyan_log_entries ");
    const proxied = { client: null, headers: { "x-forwarded-for": "203.0.113.7" } };
    expect(codeOf(await gateway.send("/metrics", proxied))).toEqual([401, "AUTHENTICATION_REQUIRED"]);
    const known = { client: "anhui-window", headers: { "x-forwarded-for": "203.0.113.7" } };
    expect(codeOf(await gateway.send("/metrics", known))).toEqual([403, "DENIED"]);
    expect((await gateway.send("/metrics", { ...known, client: "operator" })).status).toBe(200);
  });

  test.each(["window=2h", "window=", "window=1h&window=5m", "since=1h"])("?%s is no window", async (query) => {
    expect(codeOf(await gateway.get("operator", `/v1/monitor?${query}`))).toEqual([400, "INVALID_REQUEST"]);
  });
});

test("figures, scorecards and alerts are as the contract says, and count what happened", async () => {
  const before = await figuresOf("operator");
  for (let time = 0; time < 3; time += 1) expect((await lookUp()).status).toBe(200);
  const figures = await figuresOf("operator");
  expect(misfitsOf("Figures", figures)).toBeNull();
  expect(misfitsOf("Alerts", await alertsOf())).toBeNull();
  const scorecards = (await gateway.get("auditor", "/v1/monitor/providers?window=24h")).body;
  expect(misfitsOf("Scorecards", scorecards)).toBeNull();
  expect(figures.exchanges.count - before.exchanges.count).toBe(3);
  expect(figures.fields.given + figures.fields.reduced).toBeGreaterThanOrEqual(3);
  expect(figures.sources).toMatchObject([{ source: "mining", resource: "mining-licence", state: { status: "ready" } }]);
  expect(figures.sources[0]?.latency.count).toBe(figures.sources[0]?.answered);
  expect(figures.sources[0]?.freshness.p99).toBeLessThan(60);
  expect(figures.consumers.find(({ client }) => client === "anhui-window")?.fieldsGiven).toBeGreaterThanOrEqual(3);
  const routes = figures.routes.map(({ method, route }) => `${method} ${route}`);
  expect(routes).toContain("POST /v1/lookups");
  expect(routes.every((route) => !route.includes("?"))).toBe(true);
});

test("a trace goes on to the source, each call a span of its own, and the log line is ours", async () => {
  const [trace, parent] = ["4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"];
  traceparents.length = 0;
  const answers = [
    await lookUp({ traceparent: `00-${trace}-${parent}-01`, tracestate: "vendor=private" }),
    await lookUp({ traceparent: `00-${trace}-${parent}-01` }),
  ];
  const spans = traceparents.map((each) => /^00-(?<trace>.{32})-(?<span>[0-9a-f]{16})-01$/.exec(each)?.groups);
  expect(spans.map((each) => each?.["trace"])).toEqual([trace, trace]);
  const ours = answers.map(({ headers }) => headers.get("traceparent")?.split("-")[2] ?? "");
  expect(new Set([parent, ...ours, ...spans.map((each) => each?.["span"])]).size).toBe(5);
  const lineOf = (exchange: string) =>
    service.serving
      .logged()
      .split("\n")
      .find((line) => line.includes(exchange));
  for (const [at, answered] of answers.entries()) {
    while (lineOf(exchangeOf(answered)) === undefined) await sleep(20);
    expect(JSON.parse(lineOf(exchangeOf(answered)) ?? "")).toMatchObject({
      trace,
      span: ours[at],
      parent,
      client: "anhui-window",
      route: "/v1/lookups",
      result: "FOUND",
    });
  }
});

test("a source that stops raises one alert, shown and sent with its reason, and one more word when it is back", async () => {
  await stopMining();
  const firing = await receiver.next("source-down:mining", "firing");
  expect(firing).toMatchObject({ isSigned: true, gateway: expect.stringMatching(/^http:/) });
  expect(firing.alert).toMatchObject({ rule: "source-down", subject: "mining", severity: "critical" });
  expect(firing.alert.zh).toContain("数据源 mining 自 ");
  expect(firing.alert.en).toContain("Source mining cannot be asked since ");
  const shown = (await alertsOf()).alerts.find(({ id }) => id === "source-down:mining");
  expect(shown).toMatchObject({ state: "firing", since: firing.alert.since });
  expect((await gateway.get(null, "/metrics")).text).toContain('tongyan_alerts_firing{rule="source-down"} 1');
  // It asks anew every few seconds.
  while ((await readiness()).checks.sources.each?.["mining"]?.status !== "unavailable") await sleep(100);

  receiver.failNext(1);
  await startMining();
  const resolved = await receiver.next("source-down:mining", "resolved");
  const again = await receiver.next("source-down:mining", "resolved");
  expect(again.id).toBe(resolved.id);
  expect(Date.parse(resolved.alert.since)).toBeGreaterThan(Date.parse(resolved.alert.raisedAt));
  const firings = receiver.received.filter(
    ({ alert: { id, state } }) => id === "source-down:mining" && state === "firing",
  );
  expect(firings).toHaveLength(1);
  while ((await alertsOf()).webhook?.waiting !== 0) await sleep(50);
  expect((await alertsOf()).webhook).toMatchObject({ problem: null, givenUp: 0 });
});

test("somebody who asks again and again under cases that are none is told of, by name of the client alone", async () => {
  for (let time = 0; time < 3; time += 1) expect((await lookUp({}, "BJ-2026-4711")).status).toBe(403);
  const { alert } = await receiver.next("case-missing:anhui-window", "firing");
  expect(alert.figures).toMatchObject({ denials: 3, threshold: 3 });
  const { denials } = (await figuresOf("auditor")).exchanges;
  expect(denials.find(({ code }) => code === "CASE_UNKNOWN")?.count).toBeGreaterThanOrEqual(3);
});

test("addresses that nobody has are one route, however many", async () => {
  for (let at = 0; at < 200; at += 1) await gateway.get(null, `/v1/no-such-thing-${at}?name=${HOLDER}`);
  const { text } = await gateway.get(null, "/metrics");
  expect(text.split("\n").filter((line) => line.startsWith('tongyan_http_requests_total{method="any"'))).toHaveLength(
    1,
  );
  expect(text).not.toContain("no-such-thing");
});

test("neither figures nor metrics nor alerts nor what is sent nor the log hold anything of a person or a case", async () => {
  await lookUp();
  const read = await Promise.all(
    ["/v1/monitor", "/v1/monitor/alerts", "/v1/monitor/providers", "/metrics", "/health/ready"].map(
      async (path) => (await gateway.get("operator", path)).text,
    ),
  );
  expect(read.every((text) => text.length > 100)).toBe(true);
  const all = [...read, ...receiver.bodies, service.serving.logged()].join("\n");
  expect(PRIVATE.filter((text) => all.includes(text))).toEqual([]);
});

test("health says of each part what it can do, each source and each key with its reason", async () => {
  while ((await readiness()).checks.sources.status !== "ready") await sleep(100);
  const body = await readiness();
  expect(misfitsOf("Readiness", body)).toBeNull();
  const { verify, sign, sources } = body.checks;
  expect(verify.status).toBe("ready");
  expect(sign).toMatchObject({ status: "ready", each: { gateway: { status: "ready" }, log: { status: "ready" } } });
  expect(sources.each).toEqual({ mining: { status: "ready", zh: "数据源可以访问。", en: "The source answers." } });
});
