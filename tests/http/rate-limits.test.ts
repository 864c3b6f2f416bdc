import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { memoryRates, rateLimitStore } from "#gateway/limits/rate-limit-store.ts";
import { CLIENTS } from "./clients.ts";
import { ask } from "./contract-check.ts";
import { LOOKUP, MATCH } from "./inquiries.ts";
import { JSON_HEADERS, OFD_HEADERS, readProblem, startTestService, type TestService } from "./service.ts";

/** slow-window may ask three times a minute for each resource. */
const ALLOWED = CLIENTS.slow.perMinute;
let now = Date.now();
let service: TestService;
let slow: Record<string, string>;

beforeAll(async () => {
  const known = new Set(["real-estate-certificate", "mining-licence", "marriage-record"]);
  service = await startTestService({
    rateLimitStore: rateLimitStore(memoryRates(() => now)),
    knowsResource: (resource) => known.has(resource),
  });
  slow = { ...JSON_HEADERS, ...(await service.token("slow")) };
});
afterAll(() => service.close());
/** Another minute: nothing is counted any more. */
beforeEach(() => {
  now += 60_000;
});

const post = (path: string, body: unknown, headers = slow): Promise<Response> =>
  ask(`${service.url}${path}`, { method: "POST", headers, body: JSON.stringify(body) });

async function statuses(times: number, request: () => Promise<Response>): Promise<number[]> {
  const found: number[] = [];
  for (let time = 0; time < times; time += 1) found.push((await request()).status);
  return found;
}
const limit = (response: Response): (string | null)[] =>
  ["ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"].map((name) => response.headers.get(name));

test("each answer says where its caller stands, and the one too many is refused", async () => {
  expect(limit(await post("/v1/lookups", LOOKUP))).toEqual(["3", "2", "60"]);
  now += 15_000;
  expect(limit(await post("/v1/lookups", LOOKUP))).toEqual(["3", "1", "45"]);
  expect(limit(await post("/v1/lookups", LOOKUP))).toEqual(["3", "0", "45"]);
  const refused = await post("/v1/lookups", LOOKUP);
  expect(limit(refused)).toEqual(["3", "0", "45"]);
  expect(refused.headers.get("retry-after")).toBe("45");
  expect(await readProblem(refused)).toMatchObject({ status: 429, code: "RATE_LIMITED" });
  now += 45_000;
  expect((await post("/v1/lookups", LOOKUP)).status).toBe(200);
});

test("resources are counted apart, matches and lookups of one together, and clients apart", async () => {
  expect(await statuses(2, () => post("/v1/lookups", LOOKUP))).toEqual([200, 200]);
  expect(await statuses(2, () => post("/v1/matches", MATCH))).toEqual([200, 429]);
  expect(await statuses(3, () => post("/v1/lookups", { ...LOOKUP, resource: "mining-licence" }))).toEqual([
    200, 200, 200,
  ]);
  const window = { ...JSON_HEADERS, ...(await service.token("window")) };
  expect((await post("/v1/lookups", LOOKUP, window)).status).toBe(200);
});

test("names of resources that somebody makes up are counted as one", async () => {
  const invented = Array.from({ length: ALLOWED + 1 }, (_, at) => ({ ...LOOKUP, resource: `invented-${at}` }));
  const found: number[] = [];
  for (const body of invented) found.push((await post("/v1/lookups", body)).status);
  expect(found).toEqual([200, 200, 200, 429]);
});

test("what does not fit the contract is not counted", async () => {
  expect(await statuses(5, () => post("/v1/lookups", { ...LOOKUP, verbose: true }))).toEqual([400, 400, 400, 400, 400]);
  expect((await post("/v1/lookups", LOOKUP)).status).toBe(200);
});

test("each part of a batch counts, and only the parts too many are refused", async () => {
  const { purpose, ...part } = LOOKUP;
  const requests = Array.from({ length: ALLOWED + 2 }, (_, at) => ({ id: `p${at}`, ...part }));
  requests.push({ id: "other", ...part, resource: "mining-licence" as never });
  const answer = (await (await post("/v1/lookups/batch", { purpose, requests })).json()) as {
    missing: string[];
    parts: { status: number; problem?: { code: string } }[];
  };
  expect(answer.missing).toEqual(["p3", "p4"]);
  expect(answer.parts.map(({ status, problem }) => problem?.code ?? status)).toEqual([
    200,
    200,
    200,
    "RATE_LIMITED",
    "RATE_LIMITED",
    200,
  ]);
  expect((await post("/v1/lookups", LOOKUP)).status).toBe(429);
});

test("other routes count by themselves", async () => {
  expect(await statuses(4, () => ask(`${service.url}/v1/notices`, { headers: slow }))).toEqual([200, 200, 200, 429]);
  expect((await ask(`${service.url}/v1/approvals`, { headers: slow })).status).toBe(200);
});

test("callers without a name are held back together, those on this machine are not", async () => {
  const headers = { "x-forwarded-for": "203.0.113.7" };
  const unnamed = await statuses(601, () => fetch(`${service.url}/v1/items`, { headers }));
  expect([unnamed[599], unnamed[600]]).toEqual([200, 429]);
  expect((await ask(`${service.url}/v1/items`)).headers.get("ratelimit-limit")).toBe("1000000");
  const verified = await ask(`${service.url}/v1/verifications`, { method: "POST", headers: OFD_HEADERS, body: "x" });
  expect(Number(verified.headers.get("ratelimit-remaining"))).toBeGreaterThan(900_000);
});

test("the token endpoint is held back too, in its own form", async () => {
  const headers = { "x-forwarded-for": "203.0.113.7", "content-type": "application/x-www-form-urlencoded" };
  const body = new URLSearchParams({
    grant_type: "client_credentials",
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    client_assertion: "a.b.c",
  }).toString();
  const token = (): Promise<Response> => fetch(`${service.url}/oauth/token`, { method: "POST", headers, body });
  expect(new Set(await statuses(600, token))).toEqual(new Set([401]));
  const refused = await ask(`${service.url}/oauth/token`, { method: "POST", headers, body });
  expect(refused.status).toBe(429);
  expect(await refused.json()).toMatchObject({ error: "temporarily_unavailable", code: "RATE_LIMITED" });
});

test("whoever watches over the service is never turned away", async () => {
  const headers = { "x-forwarded-for": "203.0.113.7" };
  expect(new Set(await statuses(700, () => fetch(`${service.url}/health/live`, { headers })))).toEqual(new Set([200]));
});
