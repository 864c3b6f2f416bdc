import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import type { SourceHealth } from "#connectors/source.ts";
import type { Curiosities, CuriosityBounds } from "#gateway/log/index/curiosities.ts";
import { SourceWatch } from "../source-watch.ts";
import { countingScene } from "../test-records.ts";
import { type Alert, AlertBoard } from "./alert-board.ts";
import { AlertWatch, type Watched } from "./alert-watch.ts";
import { alertSettings } from "./read-settings.ts";

const DOWN: SourceHealth = { status: "unavailable", zh: "无法连接。", en: "cannot be reached." };
const NOTHING_CURIOUS: Curiosities = { caseReuse: [], manyAsking: [], night: [], bursts: [], since: 0 };
const NO_ENDS = { crl: null, certificates: [], ownCertificate: null };

function scene(watched: Partial<Watched> = {}, rules: object = { "source-down": { afterSeconds: 0 } }) {
  const counting = countingScene();
  const { slots, counts, steady, clock } = counting;
  const asked = { times: 0, healths: async (): Promise<Record<string, SourceHealth>> => ({}) };
  const changes: Alert[] = [];
  const troubles: string[] = [];
  const sources = new SourceWatch({
    ask() {
      asked.times += 1;
      return asked.healths();
    },
    counts,
    clock,
  });
  const settings = alertSettings({ rules });
  const board = new AlertBoard(settings.rules, []);
  const watch = new AlertWatch({
    settings,
    board,
    counts: slots,
    sources,
    watched: { quotas: () => [], endings: () => NO_ENDS, ...watched },
    onChange: (each) => void changes.push(...each),
    onTrouble: (what, detail) => void troubles.push(`${what}: ${detail}`),
    clock,
    steady,
  });
  return { ...counting, watch, board, asked, changes, troubles };
}

test("a look gathers, judges, and tells of changes alone", async () => {
  const { watch, asked, changes } = scene();
  expect(watch.lookedAt).toBeNull();
  await watch.look();
  expect([changes, watch.lookedAt]).toEqual([[], expect.stringMatching(/^2026-11-21T/)]);
  asked.healths = async () => ({ anhui: DOWN });
  await watch.look();
  await watch.look();
  expect(changes.map(({ id, state }) => [id, state])).toEqual([["source-down:anhui", "firing"]]);
});

test("while one look is under way there is no other, however slow the sources", async () => {
  const { watch, asked } = scene();
  const slow = Promise.withResolvers<Record<string, SourceHealth>>();
  asked.healths = () => slow.promise;
  const looks = [watch.look(), watch.look(), watch.look()];
  await setImmediate();
  expect(asked.times).toBe(1);
  slow.resolve({});
  await Promise.all(looks);
  await watch.look();
  expect(asked.times).toBe(2);
});

test("whatever fails is told of, and the next look is as good as ever", async () => {
  const { watch, asked, changes, troubles } = scene();
  asked.healths = () => Promise.reject(new TypeError("/data MARK"));
  await watch.look();
  expect(troubles).toEqual(["the alerts could not be looked at: TypeError"]);
  asked.healths = async () => ({ anhui: DOWN });
  await watch.look();
  expect(changes).toHaveLength(1);
});

test("the index is asked once a minute, with the thresholds; one that fails leaves what it said last", async () => {
  const asked: { since: number; bounds: CuriosityBounds }[] = [];
  let answer = async (): Promise<Curiosities> => ({ ...NOTHING_CURIOUS, night: [{ client: "window", lookups: 900 }] });
  const curiosities = (since: number, bounds: CuriosityBounds) => {
    asked.push({ since, bounds });
    return answer();
  };
  const rules = { "night-bulk": { lookups: 300, clearSeconds: 0 }, "same-person": { enabled: false } };
  const { watch, clock, pass, board, troubles } = scene({ curiosities }, rules);
  await watch.look();
  await watch.look();
  expect(asked).toEqual([
    {
      since: clock() - 24 * 3_600_000,
      bounds: {
        subjectsOfCase: 10,
        clientsOfPerson: Infinity,
        nightLookups: 300,
        lookupsInMinute: Infinity,
        most: 100_000,
      },
    },
  ]);
  answer = () => Promise.reject(new Error("MARK"));
  pass(1);
  await watch.look();
  expect(troubles).toEqual(["the index could not be asked for curiosities: Error"]);
  expect(board.firing.map(({ id }) => id)).toEqual(["night-bulk:window"]);
  answer = async () => NOTHING_CURIOUS;
  pass(1);
  await watch.look();
  expect([asked.length, board.firing]).toEqual([3, []]);
});

test("a clock is set back at the moment when the log has found it so", async () => {
  let setBacks = 0;
  const log = () => ({ size: 1, published: 1, checkpointAt: 0, indexLag: 0, setBacks, failure: null });
  const { watch, pass, board } = scene({ log }, { "clock-set-back": { minutes: 10, clearSeconds: 0 } });
  const isTold = async (): Promise<boolean> => {
    await watch.look();
    return board.firing.length > 0;
  };
  expect(await isTold()).toBe(false);
  setBacks = 1;
  expect(await isTold()).toBe(true);
  pass(9);
  expect(await isTold()).toBe(true);
  setBacks = 2;
  expect(await isTold()).toBe(true);
  pass(9);
  expect(await isTold()).toBe(true);
  pass(2);
  expect(await isTold()).toBe(false);
});
