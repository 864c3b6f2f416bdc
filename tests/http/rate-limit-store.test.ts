import rateLimit from "@fastify/rate-limit";
import Fastify from "fastify";
import { afterEach, expect, test, vi } from "vitest";
import { openLimits } from "#gateway/limits/limits.ts";
import { isRedisHere, startRedisProxy } from "#gateway/limits/test-redis.ts";

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

/** Two routes that share the counts of a caller, eight a minute. `calls` resolves to [statuses, remaining of the last]. */
async function setUp(redisUrl: string | null) {
  const limits = await openLimits({ redisUrl, quotaFile: "unused", clock: Date.now, onTrouble: () => undefined });
  const app = Fastify();
  open.push(limits.close, () => app.close());
  await app.register(rateLimit, {
    store: limits.rateLimitStore,
    max: 8,
    timeWindow: 60_000,
    keyGenerator: (request) => String(request.headers["caller"]),
    enableDraftSpec: true,
  });
  for (const url of ["/a", "/b"]) app.get(url, { config: { rateLimit: {} } }, () => ({}));
  const calls = async (caller: string, times: number) => {
    const answers = [];
    for (let i = 0; i < times; i += 1) {
      answers.push(await app.inject({ url: i % 2 === 0 ? "/a" : "/b", headers: { caller } }));
    }
    const passed = answers.filter(({ statusCode }) => statusCode === 200).length;
    const refused = answers.filter(({ statusCode }) => statusCode === 429).length;
    return { passed, refused, last: answers.at(-1)?.headers };
  };
  return { limits, calls };
}

const unique = (): string => `test-${process.pid}-${Math.random()}`;

test("in memory: callers are counted apart, routes together, and the headers say what is left", async () => {
  const { calls } = await setUp(null);
  expect((await calls("one", 3)).last).toMatchObject({ "ratelimit-limit": "8", "ratelimit-remaining": "5" });
  expect(await calls("one", 9)).toMatchObject({ passed: 5, refused: 4, last: { "ratelimit-remaining": "0" } });
  expect(await calls("two", 8)).toMatchObject({ passed: 8, refused: 0 });
});

test.skipIf(!(await isRedisHere()))("in Redis, and at a quarter here while it is lost", async () => {
  const proxy = await startRedisProxy();
  open.push(proxy.close);
  const { limits, calls } = await setUp(proxy.url);
  await vi.waitUntil(() => !limits.state().degraded, 10_000);
  const [one, two] = [unique(), unique()];
  expect(await calls(one, 10)).toMatchObject({ passed: 8, refused: 2 });
  proxy.cut();
  await vi.waitUntil(() => limits.state().degraded, 10_000);
  expect((await calls(two, 1)).last).toMatchObject({ "ratelimit-limit": "8", "ratelimit-remaining": "1" });
  expect(await calls(two, 3)).toMatchObject({ passed: 1, refused: 2 });
  proxy.open();
  await vi.waitUntil(() => !limits.state().degraded, 10_000);
  expect(await calls(two, 10)).toMatchObject({ passed: 8, refused: 2 });
});
