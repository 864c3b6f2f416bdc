import { array, assert, asyncProperty, constantFrom, integer, record } from "fast-check";
import { describe, expect, test } from "vitest";
import { memoryReplayGuard } from "./replay-guard.ts";

const START = Date.UTC(2026, 10, 21, 8);

function setUp(capacity?: number) {
  const time = { now: START };
  const options = { clock: () => time.now };
  return { time, guard: memoryReplayGuard(capacity === undefined ? options : { ...options, capacity }) };
}

test("a key is used once until its end, and can be used again from then on", async () => {
  const { guard, time } = setUp();
  expect(await guard.use("a", START + 1000)).toBe(true);
  expect(await guard.use("a", START + 1000)).toBe(false);
  expect(await guard.use("a", START + 90_000)).toBe(false);
  expect(await guard.use("b", START + 1000)).toBe(true);
  time.now = START + 999;
  expect(await guard.use("a", START + 2000)).toBe(false);
  time.now = START + 1000;
  expect(await guard.use("a", START + 2000)).toBe(true);
  expect(await guard.use("a", START + 2000)).toBe(false);
});

test("one that is used again after its end is not dropped with its first use", async () => {
  const { guard, time } = setUp();
  await guard.use("a", START + 1000);
  time.now = START + 2000;
  expect(await guard.use("a", START + 600_000)).toBe(true);
  time.now = START + 120_000;
  expect(await guard.use("b", START + 600_000)).toBe(true);
  expect(await guard.use("a", START + 600_000)).toBe(false);
});

describe("a full memory", () => {
  test("takes no new key, still knows the old ones, and has room again when they end", async () => {
    const { guard, time } = setUp(3);
    for (const key of ["a", "b", "c"]) expect(await guard.use(key, START + 1000)).toBe(true);
    await expect(guard.use("d", START + 1000)).rejects.toMatchObject({ code: "BUSY" });
    expect(await guard.use("a", START + 1000)).toBe(false);
    time.now = START + 120_000;
    for (const key of ["d", "e", "f"]) expect(await guard.use(key, time.now + 1000)).toBe(true);
    await expect(guard.use("g", time.now + 1000)).rejects.toMatchObject({ code: "BUSY" });
  });

  test("an ended key that still stands there can be used again", async () => {
    const { guard, time } = setUp(1);
    await guard.use("a", START + 1000);
    time.now = START + 1000;
    expect(await guard.use("a", START + 2000)).toBe(true);
  });
});

test("whatever is asked in whatever order, it agrees with a plain list", async () => {
  const step = record({
    key: constantFrom("a", "b", "c", "d"),
    life: integer({ min: 1, max: 200_000 }),
    pause: integer({ min: 0, max: 100_000 }),
  });
  await assert(
    asyncProperty(array(step, { maxLength: 60 }), async (steps) => {
      const { guard, time } = setUp();
      const ends = new Map<string, number>();
      for (const { key, life, pause } of steps) {
        time.now += pause;
        const isFree = (ends.get(key) ?? 0) <= time.now;
        if (isFree) ends.set(key, time.now + life);
        expect(await guard.use(key, time.now + life)).toBe(isFree);
      }
    }),
  );
});
