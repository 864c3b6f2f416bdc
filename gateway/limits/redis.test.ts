import { hash, randomUUID } from "node:crypto";
import { afterEach, describe, expect, test, vi } from "vitest";
import { memoryReplayGuard, redisReplayGuard } from "#gateway/clients/replay-guard.ts";
import { openLimits } from "./limits.ts";
import { redisRates } from "./rate-limit-store.ts";
import { redisQuota } from "./redis-quota.ts";
import { openRedis, type RedisLink, RedisLost } from "./redis.ts";
import { isRedisHere, type RedisProxy, startRedisProxy } from "./test-redis.ts";

const isHere = await isRedisHere();
if (!isHere) process.stderr.write("no Redis at 127.0.0.1:6379: its tests are skipped\n");

const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

/** Patient, as the machine may be busy: only who waits for a time-out is not. */
const QUICK = { patience: 5000, probeEvery: 20 };
async function setUp(patience = QUICK.patience) {
  const proxy = await startRedisProxy();
  const troubles: string[] = [];
  const onTrouble = (what: string, detail: string): void => void troubles.push(`${what}: ${detail}`);
  const link = await openRedis(proxy.url, { ...QUICK, patience, onTrouble });
  open.push(link.close, proxy.close);
  return { proxy, link, troubles };
}
async function lose(link: RedisLink, proxy: RedisProxy): Promise<void> {
  proxy.cut();
  await vi.waitUntil(link.isLost, 5000);
}
async function regain(link: RedisLink, proxy: RedisProxy): Promise<void> {
  proxy.open();
  await vi.waitUntil(() => !link.isLost(), 10_000);
}
const another = async (proxy: RedisProxy): Promise<RedisLink> => {
  const link = await openRedis(proxy.url, { ...QUICK, onTrouble: () => undefined });
  open.push(link.close);
  return link;
};

describe.skipIf(!isHere)("the connection", () => {
  test("asks Redis", async () => {
    const { link } = await setUp();
    expect(link.isLost()).toBe(false);
    expect(await link.ask((client) => client.echo("x"))).toBe("x");
  });

  test("cut, it says so at once and once, and comes back by itself", async () => {
    const { link, proxy, troubles } = await setUp();
    await lose(link, proxy);
    await expect(link.ask((client) => client.ping())).rejects.toThrow(RedisLost);
    await vi.waitUntil(() => troubles.length > 0);
    expect(troubles).toEqual([expect.stringMatching(/^Redis is lost/)]);
    await regain(link, proxy);
    expect(await link.ask((client) => client.echo("y"))).toBe("y");
    expect(troubles).toEqual([expect.stringMatching(/^Redis is lost/), expect.stringMatching(/^Redis is back/)]);
  });

  test("when answers stay out, the command fails, the next ones do not wait, and the connection is made anew", async () => {
    const { link, proxy } = await setUp(200);
    await vi.waitUntil(() => !link.isLost(), 10_000);
    proxy.hang();
    const sent = vi.fn(() => new Promise<never>(() => undefined));
    await expect(link.ask((client) => client.ping())).rejects.toThrow(RedisLost);
    await expect(link.ask(sent)).rejects.toThrow(RedisLost);
    expect(sent).not.toHaveBeenCalled();
    await vi.waitUntil(() => !link.isLost(), 10_000);
    expect(await link.ask((client) => client.echo("z"))).toBe("z");
  });

  test("an answer that is an error counts as lost, and a write brings it back", async () => {
    const { link } = await setUp();
    await expect(link.ask((client) => client.call("NO-SUCH-COMMAND"))).rejects.toThrow(RedisLost);
    await vi.waitUntil(() => !link.isLost(), 5000);
  });
});

test("the start does not wait for a Redis that is not there, and its trouble holds no password", async () => {
  const proxy = await startRedisProxy();
  const port = new URL(proxy.url).port;
  proxy.close();
  const troubles: string[] = [];
  const onTrouble = (what: string, detail: string): void => void troubles.push(`${what}: ${detail}`);
  const link = await openRedis(`redis://user:MARK-password@127.0.0.1:${port}`, { ...QUICK, onTrouble });
  open.push(link.close);
  expect(link.isLost()).toBe(true);
  await vi.waitUntil(() => troubles.length > 0);
  expect(troubles).toEqual([expect.stringMatching(/: ECONNREFUSED$/)]);
});

describe.skipIf(!isHere)("the replay guard of all gateways", () => {
  const clock = Date.now;
  const soon = (): number => Date.now() + 60_000;

  test("a key used at one gateway is used at all", async () => {
    const { link, proxy } = await setUp();
    const [here, there] = [redisReplayGuard(link, { clock }), redisReplayGuard(await another(proxy), { clock })];
    const key = randomUUID();
    const results = await Promise.all([here.use(key, soon()), there.use(key, soon()), here.use(key, soon())]);
    expect(results.filter(Boolean)).toHaveLength(1);
    expect(await there.use(randomUUID(), soon())).toBe(true);
  });

  test("a gateway whose clock is behind does not take what has ended at another", async () => {
    const { link, proxy } = await setUp();
    const behind = redisReplayGuard(await another(proxy), { clock: () => Date.now() - 30_000 });
    const [key, until] = [randomUUID(), Date.now() + 10];
    expect(await redisReplayGuard(link, { clock }).use(key, until)).toBe(true);
    await vi.waitUntil(() => Date.now() > until, 5000);
    expect(await behind.use(key, until)).toBe(false);
    expect(await behind.use(randomUUID(), until)).toBe(true);
  });

  test("Redis forgets a key a minute after its end", async () => {
    const { link } = await setUp();
    const key = randomUUID();
    await redisReplayGuard(link, { clock }).use(key, Date.now() + 1000);
    const name = `tongyan:once:${hash("sha256", key, "base64url")}`;
    const left = await link.ask((client) => client.pttl(name));
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(61_001);
  });

  test("while Redis is lost nothing is refused for that, what was used here stays used, also afterwards", async () => {
    const { link, proxy } = await setUp();
    const guard = redisReplayGuard(link, { clock });
    const [before, during] = [randomUUID(), randomUUID()];
    expect(await guard.use(before, soon())).toBe(true);
    await lose(link, proxy);
    expect(await guard.use(before, soon())).toBe(false);
    expect(await guard.use(during, soon())).toBe(true);
    expect(await guard.use(during, soon())).toBe(false);
    await regain(link, proxy);
    expect(await guard.use(during, soon())).toBe(false);
    expect(await guard.use(before, soon())).toBe(false);
    expect(await guard.use(randomUUID(), soon())).toBe(true);
  });

  test("a full memory matters only while Redis is lost", async () => {
    const { link, proxy } = await setUp();
    const guard = redisReplayGuard(link, { clock, capacity: 1 });
    const key = randomUUID();
    expect(await guard.use(randomUUID(), soon())).toBe(true);
    expect(await guard.use(key, soon())).toBe(true);
    expect(await guard.use(key, soon())).toBe(false);
    await lose(link, proxy);
    await expect(guard.use(randomUUID(), soon())).rejects.toMatchObject({ code: "BUSY" });
  });
});

describe.skipIf(!isHere)("the quota of all gateways", () => {
  const takes = async (
    quota: { take: (grant: string, perDay: number) => Promise<boolean> },
    grant: string,
    perDay: number,
    times: number,
  ) => {
    let taken = 0;
    for (let i = 0; i < times; i += 1) if (await quota.take(grant, perDay)) taken += 1;
    return taken;
  };

  test("is one, however many ask", async () => {
    const { link, proxy } = await setUp();
    const [here, there] = [redisQuota(link, Date.now), redisQuota(await another(proxy), Date.now)];
    const grant = randomUUID();
    const results = await Promise.all(
      Array.from({ length: 30 }, (_, at) => (at % 2 === 0 ? here : there).take(grant, 10)),
    );
    expect(results.filter(Boolean)).toHaveLength(10);
    await there.giveBack(grant);
    expect(await takes(here, grant, 10, 3)).toBe(1);
    expect(await here.take(randomUUID(), 10)).toBe(true);
    expect(await here.take(randomUUID(), 0)).toBe(false);
  });

  test("giving back never gives more than was taken", async () => {
    const { link } = await setUp();
    const quota = redisQuota(link, Date.now);
    const grant = randomUUID();
    for (let i = 0; i < 3; i += 1) await quota.giveBack(grant);
    expect(await takes(quota, grant, 2, 5)).toBe(2);
  });

  test("begins anew with the day in China", async () => {
    const { link } = await setUp();
    const time = { now: Date.UTC(2026, 10, 21, 15, 59, 59, 999) };
    const quota = redisQuota(link, () => time.now);
    const grant = randomUUID();
    expect(await takes(quota, grant, 2, 5)).toBe(2);
    time.now += 1;
    expect(await takes(quota, grant, 2, 5)).toBe(2);
  });

  test("its counter ends by itself", async () => {
    const { link } = await setUp();
    const time = { now: Date.UTC(2026, 10, 21, 15, 0) };
    const grant = randomUUID();
    await redisQuota(link, () => time.now).take(grant, 5);
    const life = await link.ask((client) => client.pttl(`tongyan:quota:20261121:${grant}`));
    expect(life).toBeGreaterThan(3_600_000);
    expect(life).toBeLessThanOrEqual(7_200_000);
  });

  test("lost, a quarter is given out here, and Redis learns of it afterwards", async () => {
    const { link, proxy } = await setUp();
    const quota = redisQuota(link, Date.now);
    const grant = randomUUID();
    expect(await takes(quota, grant, 20, 3)).toBe(3);
    await lose(link, proxy);
    expect(await takes(quota, grant, 20, 9)).toBe(5);
    await quota.giveBack(grant);
    expect(await takes(quota, grant, 20, 9)).toBe(1);
    await regain(link, proxy);
    expect(await takes(redisQuota(await another(proxy), Date.now), grant, 20, 5)).toBe(5);
    expect(await takes(quota, grant, 20, 30)).toBe(20 - 3 - 5 - 5);
  });

  test("lost, no more than was left is given out, and a quota of one is still one", async () => {
    const { link, proxy } = await setUp();
    const quota = redisQuota(link, Date.now);
    const [nearlyUsed, one, fresh] = [randomUUID(), randomUUID(), randomUUID()];
    expect(await takes(quota, nearlyUsed, 8, 7)).toBe(7);
    expect(await takes(quota, one, 1, 2)).toBe(1);
    await lose(link, proxy);
    expect(await takes(quota, nearlyUsed, 8, 5)).toBe(1);
    expect(await takes(quota, one, 1, 2)).toBe(0);
    expect(await takes(quota, fresh, 1, 3)).toBe(1);
    await quota.giveBack(nearlyUsed);
    expect(await takes(quota, nearlyUsed, 8, 5)).toBe(1);
  });

  test("what is given back while Redis is lost is there again afterwards", async () => {
    const { link, proxy } = await setUp();
    const quota = redisQuota(link, Date.now);
    const grant = randomUUID();
    expect(await takes(quota, grant, 4, 9)).toBe(4);
    await lose(link, proxy);
    await quota.giveBack(grant);
    await quota.giveBack(grant);
    await regain(link, proxy);
    expect(await takes(quota, grant, 4, 9)).toBe(2);
  });
});

describe.skipIf(!isHere)("the rates of all gateways", () => {
  const MINUTE = 60_000;

  test("are counted together, in one window", async () => {
    const { link, proxy } = await setUp();
    const [here, there] = [redisRates(link, Date.now), redisRates(await another(proxy), Date.now)];
    const key = randomUUID();
    expect(await here(key, MINUTE, 10)).toEqual({ current: 1, ttl: MINUTE });
    expect(await there(key, MINUTE, 10)).toMatchObject({ current: 2 });
    const { current, ttl } = await here(key, MINUTE, 10);
    expect(current).toBe(3);
    expect(ttl).toBeLessThanOrEqual(MINUTE);
    expect(ttl).toBeGreaterThan(MINUTE / 2);
    expect(await here(randomUUID(), MINUTE, 10)).toMatchObject({ current: 1 });
  });

  test("a window ends", async () => {
    const { link } = await setUp();
    const rates = redisRates(link, Date.now);
    const key = randomUUID();
    await rates(key, 30, 10);
    await vi.waitUntil(async () => (await rates(key, 30, 10)).current === 1, 5000);
  });

  test.each([
    [1, 1],
    [3, 1],
    [4, 1],
    [5, 2],
    [100, 25],
  ])("lost, of %d a minute %d pass here", async (max, share) => {
    const { link, proxy } = await setUp();
    const rates = redisRates(link, Date.now);
    const key = randomUUID();
    await lose(link, proxy);
    let passed = 0;
    for (let i = 0; i < 40; i += 1) if ((await rates(key, MINUTE, max)).current <= max) passed += 1;
    expect(passed).toBe(share);
    await regain(link, proxy);
    expect(await rates(key, MINUTE, max)).toMatchObject({ current: 1 });
  });
});

describe.skipIf(!isHere)("all of it", () => {
  test("says whether it counts for all gateways or for itself", async () => {
    const proxy = await startRedisProxy();
    const limits = await openLimits({
      redisUrl: proxy.url,
      quotaFile: "unused",
      clock: Date.now,
      onTrouble: () => undefined,
    });
    open.push(limits.close, proxy.close);
    expect(limits.state()).toEqual({
      degraded: false,
      zh: expect.stringContaining("统一计数"),
      en: expect.any(String),
    });
    proxy.cut();
    await vi.waitUntil(() => limits.state().degraded, 5000);
    expect(limits.state()).toMatchObject({ zh: expect.stringContaining("Redis 无法连接") });
    const grant = randomUUID();
    expect(await limits.quota.take(grant, 2)).toBe(true);
    expect(await limits.replay.use(grant, Date.now() + 1000)).toBe(true);
    proxy.open();
    await vi.waitUntil(() => !limits.state().degraded, 10_000);
    expect(await limits.quota.take(grant, 2)).toBe(true);
    expect(await limits.quota.take(grant, 2)).toBe(false);
  });
});

test("without Redis the memory of one gateway is not another's", async () => {
  const until = Date.now() + 60_000;
  const [here, there] = [memoryReplayGuard({ clock: Date.now }), memoryReplayGuard({ clock: Date.now })];
  expect(await here.use("k", until)).toBe(true);
  expect(await there.use("k", until)).toBe(true);
});
