import { expect, test } from "vitest";
import { memoryRates, rateLimitStore, type Counted } from "./rate-limit-store.ts";

const MINUTE = 60_000;
function setUp(capacity?: number) {
  const time = { now: 1_000_000 };
  return { time, count: memoryRates(() => time.now, capacity) };
}

test("a window begins with the first call and ends a minute later, however many calls come", () => {
  const { time, count } = setUp();
  expect(count("a", MINUTE)).toEqual({ current: 1, ttl: MINUTE });
  time.now += 20_000;
  expect(count("a", MINUTE)).toEqual({ current: 2, ttl: 40_000 });
  expect(count("b", MINUTE)).toEqual({ current: 1, ttl: MINUTE });
  time.now += 39_999;
  expect(count("a", MINUTE)).toEqual({ current: 3, ttl: 1 });
  time.now += 1;
  expect(count("a", MINUTE)).toEqual({ current: 1, ttl: MINUTE });
});

test("memory is bounded: who was away longest begins anew", () => {
  const { count } = setUp(2);
  for (const key of ["a", "b", "a", "c"]) count(key, MINUTE);
  expect([count("a", MINUTE).current, count("b", MINUTE).current]).toEqual([3, 1]);
});

const incr = (store: InstanceType<ReturnType<typeof rateLimitStore>>, key: string): Promise<Counted> =>
  new Promise((resolve, reject) => {
    store.incr(
      key,
      (error, result) =>
        error === null && result !== undefined ? resolve(result) : reject(error ?? new Error("none")),
      MINUTE,
      5,
    );
  });

test("routes share the counts of a key", async () => {
  const { count } = setUp();
  const store = new (rateLimitStore(count))();
  await incr(store, "a");
  expect(await incr(store.child(), "a")).toEqual({ current: 2, ttl: MINUTE });
});

test("a counter that answers later, or fails, does so through the store", async () => {
  const later = new (rateLimitStore(async (key, window, max) => ({ current: key.length + max, ttl: window })))();
  expect(await incr(later, "abc")).toEqual({ current: 8, ttl: MINUTE });
  const failing = new (rateLimitStore(async () => {
    throw new Error("out of order");
  }))();
  await expect(incr(failing, "abc")).rejects.toThrow("out of order");
});
