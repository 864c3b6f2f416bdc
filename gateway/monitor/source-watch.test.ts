import { expect, test } from "vitest";
import type { SourceHealth } from "#connectors/source.ts";
import { SourceWatch } from "./source-watch.ts";

const health = (status: SourceHealth["status"]): SourceHealth => ({ status, zh: status, en: status });
const after = (seconds: number): string => new Date(seconds * 1000).toISOString();

function scene() {
  const at = { seconds: 0 };
  const polls: (readonly [string, boolean])[] = [];
  let healths: Record<string, SourceHealth> = {};
  const watch = new SourceWatch({
    ask: async () => healths,
    counts: { polled: (source, reached) => void polls.push([source, reached]) },
    clock: () => at.seconds * 1000,
  });
  const look = async (seconds: number, found: Record<string, SourceHealth>) => {
    at.seconds = seconds;
    healths = found;
    await watch.look();
    return Object.fromEntries([...watch.states].map(([source, { status, since }]) => [source, [status, since]]));
  };
  return { watch, polls, look };
}

test("a source is as it is since it was first seen so", async () => {
  const { look } = scene();
  expect(await look(0, { a: health("ready"), b: health("unavailable") })).toEqual({
    a: ["ready", after(0)],
    b: ["unavailable", after(0)],
  });
  expect(await look(5, { a: health("ready"), b: health("unavailable") })).toMatchObject({
    b: ["unavailable", after(0)],
  });
  expect(await look(10, { a: health("unavailable"), b: health("degraded") })).toEqual({
    a: ["unavailable", after(10)],
    b: ["degraded", after(10)],
  });
});

test("a source that left the registry is forgotten, and begins anew when it comes back", async () => {
  const { look } = scene();
  await look(0, { a: health("ready") });
  expect(await look(5, {})).toEqual({});
  expect(await look(10, { a: health("ready") })).toEqual({ a: ["ready", after(10)] });
});

test("what can be asked counts as reached, though it limps", async () => {
  const { look, polls } = scene();
  await look(0, { a: health("ready"), b: health("degraded"), c: health("unavailable") });
  expect(polls).toEqual([
    ["a", true],
    ["b", true],
    ["c", false],
  ]);
});
