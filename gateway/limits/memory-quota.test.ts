import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test, vi } from "vitest";
import { memoryQuota } from "./memory-quota.ts";
import { dayOf, type Quota, restOfDay } from "./quota.ts";

const home = mkdtempSync(join(tmpdir(), "tongyan-quota-"));
afterAll(() => rmSync(home, { recursive: true }));
afterEach(() => void vi.useRealTimers());
const START = Date.UTC(2026, 10, 21, 8);
let count = 0;

function setUp(file = join(home, `${(count += 1)}.json`)) {
  const time = { now: START };
  const troubles: string[] = [];
  const onTrouble = (what: string, detail: string): void => void troubles.push(`${what}: ${detail}`);
  return { file, time, troubles, quota: memoryQuota({ clock: () => time.now, file, onTrouble }) };
}
async function takes(quota: Quota, grant: string, perDay: number, times: number): Promise<number> {
  let taken = 0;
  for (let i = 0; i < times; i += 1) if (await quota.take(grant, perDay)) taken += 1;
  return taken;
}

test("so many a day, for each grant", async () => {
  const { quota } = setUp();
  expect(await takes(quota, "one", 3, 5)).toBe(3);
  expect(await takes(quota, "two", 3, 2)).toBe(2);
  expect(await takes(quota, "none", 0, 2)).toBe(0);
  expect(await takes(quota, "__proto__", 2, 5)).toBe(2);
});

test("what came to nothing is given back, but never more than was taken", async () => {
  const { quota } = setUp();
  expect(await takes(quota, "one", 2, 2)).toBe(2);
  await quota.giveBack("one");
  expect(await takes(quota, "one", 2, 5)).toBe(1);
  for (let i = 0; i < 5; i += 1) await quota.giveBack("one");
  expect(await takes(quota, "one", 2, 9)).toBe(2);
});

test("a quota that was raised or lowered during the day counts from what was taken", async () => {
  const { quota } = setUp();
  expect(await takes(quota, "one", 3, 9)).toBe(3);
  expect(await takes(quota, "one", 5, 9)).toBe(2);
  expect(await takes(quota, "one", 2, 9)).toBe(0);
});

test("what is used is told with the quota it is held against", async () => {
  const { quota, file, time } = setUp();
  expect(quota.usage()).toEqual([]);
  await takes(quota, "one", 3, 9);
  await takes(quota, "two", 100, 2);
  await quota.giveBack("two");
  await quota.giveBack("never-taken");
  expect(quota.usage()).toEqual([
    { grant: "one", used: 3, perDay: 3 },
    { grant: "two", used: 1, perDay: 100 },
  ]);
  await takes(quota, "two", 50, 1);
  expect(quota.usage()[1]).toEqual({ grant: "two", used: 2, perDay: 50 });
  quota.close();
  const again = setUp(file);
  expect(again.quota.usage()).toEqual([]);
  await takes(again.quota, "one", 4, 1);
  expect(again.quota.usage()).toEqual([{ grant: "one", used: 4, perDay: 4 }]);
  time.now += 86_400_000;
  expect(quota.usage()).toEqual([]);
});

describe("the day is China's", () => {
  test.each([
    [Date.UTC(2026, 10, 21, 15, 59, 59, 999), "20261121", 1],
    [Date.UTC(2026, 10, 21, 16), "20261122", 86_400_000],
    [Date.UTC(2026, 11, 31, 16), "20270101", 86_400_000],
    [Date.UTC(2028, 1, 28, 20), "20280229", 72_000_000],
  ])("%d", (now, day, rest) => expect([dayOf(now), restOfDay(now)]).toEqual([day, rest]));

  test("at midnight there is a new quota, and yesterday's is not given back into it", async () => {
    const { quota, time } = setUp();
    time.now = Date.UTC(2026, 10, 21, 15, 59, 59);
    expect(await takes(quota, "one", 2, 5)).toBe(2);
    time.now = Date.UTC(2026, 10, 21, 16);
    await quota.giveBack("one");
    expect(await takes(quota, "one", 2, 5)).toBe(2);
  });
});

describe("a restart", () => {
  test("goes on with today's counts", async () => {
    const { quota, file } = setUp();
    await takes(quota, "one", 5, 3);
    await takes(quota, "__proto__", 5, 1);
    quota.close();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const again = setUp(file);
    expect(await takes(again.quota, "one", 5, 9)).toBe(2);
    expect(await takes(again.quota, "__proto__", 5, 9)).toBe(4);
    expect(again.troubles).toEqual([]);
  });

  test("on another day they are over", async () => {
    const { quota, file } = setUp();
    await takes(quota, "one", 2, 2);
    quota.close();
    const time = START + 86_400_000;
    const again = memoryQuota({ clock: () => time, file, onTrouble: () => undefined });
    expect(await takes(again, "one", 2, 9)).toBe(2);
  });

  test("without a stop, they are at most a second old", async () => {
    vi.useFakeTimers();
    const { quota, file } = setUp();
    await takes(quota, "one", 5, 2);
    vi.advanceTimersByTime(600);
    await takes(quota, "one", 5, 1);
    vi.advanceTimersByTime(400);
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({ day: "20261121", counts: { one: 3 } });
    await quota.giveBack("one");
    vi.advanceTimersByTime(1000);
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({ day: "20261121", counts: { one: 2 } });
  });

  test.each([
    ["half of it", '{"day":"20261121","coun'],
    ["something else", "[]"],
    ["nothing", ""],
    ["null", "null"],
  ])("counts that cannot be read are reported, not trusted: %s", async (_, text) => {
    const file = join(home, `${(count += 1)}.json`);
    writeFileSync(file, text, { mode: 0o600 });
    const { quota, troubles } = setUp(file);
    expect(troubles).toEqual([expect.stringMatching(/cannot be read/)]);
    expect(await takes(quota, "one", 2, 9)).toBe(2);
  });

  test("numbers that are none are left out", async () => {
    const file = join(home, `${(count += 1)}.json`);
    const counts = { one: 1, two: "9", three: 1.5, four: null };
    writeFileSync(file, JSON.stringify({ day: "20261121", counts }), { mode: 0o600 });
    const { quota } = setUp(file);
    expect([await takes(quota, "one", 2, 9), await takes(quota, "two", 2, 9)]).toEqual([1, 2]);
  });
});

test("a file that cannot be written is reported, and counting goes on", async () => {
  const { quota, troubles } = setUp(join(home, "absent", "quota.json"));
  expect(await takes(quota, "one", 2, 5)).toBe(2);
  quota.close();
  expect(troubles).toEqual(["the counts of quotas cannot be saved: ENOENT"]);
});
