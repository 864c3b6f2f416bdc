import { expect, test } from "vitest";
import { NOW } from "../test-records.ts";
import { type Alert, AlertBoard } from "./alert-board.ts";
import type { Finding } from "./finding.ts";
import { USUAL_ALERTS } from "./read-settings.ts";
import type { AlertSettings } from "./rules.ts";
import { findingOf } from "./test-findings.ts";

const RULES: AlertSettings["rules"] = {
  ...USUAL_ALERTS.rules,
  "source-down": { afterSeconds: 10, clearSeconds: 30 },
  "log-failing": { afterSeconds: 0, clearSeconds: 0 },
};
const DOWN = findingOf("source-down", "anhui");
const FAILING = findingOf("log-failing");

/** `at`: seconds by the steady clock; the other one is where the test wants it. */
function boardOf(firing: readonly Alert[] = []) {
  const board = new AlertBoard(RULES, firing);
  const judge = (at: number, findings: readonly Finding[], now = NOW + at * 1000) =>
    board.judge(findings, { now, steady: at * 1000 }).map(({ id, state }) => `${id} ${state}`);
  return { board, judge };
}

const timeAt = (seconds: number): string => new Date(NOW + seconds * 1000).toISOString();

test("a condition has to hold for its time, then it is one change, however long it lasts", () => {
  const { board, judge } = boardOf();
  expect(judge(0, [DOWN])).toEqual([]);
  expect(judge(5, [DOWN])).toEqual([]);
  expect(board.alerts).toEqual([]);
  expect(judge(10, [DOWN])).toEqual(["source-down:anhui firing"]);
  for (let at = 15; at < 500; at += 5) expect(judge(at, [DOWN])).toEqual([]);
  expect(board.alerts).toMatchObject([
    { id: "source-down:anhui", severity: "critical", state: "firing", since: timeAt(10) },
  ]);
});

test("one that is gone before its time was nothing", () => {
  const { judge } = boardOf();
  judge(0, [DOWN]);
  judge(5, []);
  expect(judge(10, [DOWN])).toEqual([]);
  expect(judge(19, [DOWN])).toEqual([]);
  expect(judge(20, [DOWN])).toEqual(["source-down:anhui firing"]);
});

test("it ends when its condition has been gone for its time, and says when it was raised", () => {
  const { board, judge } = boardOf();
  judge(0, [DOWN]);
  judge(10, [DOWN]);
  expect(judge(60, [])).toEqual([]);
  expect(judge(89, [])).toEqual([]);
  expect(judge(90, [])).toEqual(["source-down:anhui resolved"]);
  expect(judge(95, [])).toEqual([]);
  expect(board.firing).toEqual([]);
  expect(board.alerts).toMatchObject([{ state: "resolved", since: timeAt(90), raisedAt: timeAt(10) }]);
});

test("a source that comes and goes every few seconds raises one alert", () => {
  const { judge } = boardOf();
  const changes: string[] = [];
  for (let at = 0; at <= 3600; at += 5) changes.push(...judge(at, Math.floor(at / 15) % 2 === 0 ? [DOWN] : []));
  expect(changes).toEqual(["source-down:anhui firing"]);
});

test("a rule without times follows every look", () => {
  const { judge } = boardOf();
  expect([judge(0, [FAILING]), judge(5, []), judge(10, [FAILING])]).toEqual([
    ["log-failing firing"],
    ["log-failing resolved"],
    ["log-failing firing"],
  ]);
});

test("figures follow what is seen, and are no change", () => {
  const { board, judge } = boardOf();
  judge(0, [FAILING]);
  expect(judge(5, [findingOf("log-failing", null, 7)])).toEqual([]);
  expect(board.firing).toMatchObject([{ figures: { seen: 7 }, since: timeAt(0) }]);
});

test("a clock that is set back by a day ends and raises nothing", () => {
  const { judge } = boardOf();
  judge(0, [DOWN]);
  const yesterday = NOW - 86_400_000;
  expect(judge(9, [DOWN], yesterday)).toEqual([]);
  expect(judge(11, [DOWN], yesterday)).toEqual(["source-down:anhui firing"]);
  expect(judge(20, [], yesterday + 86_400_000)).toEqual([]);
  expect(judge(51, [], yesterday)).toEqual(["source-down:anhui resolved"]);
});

test("what was raised before a restart is not raised again, and ends when it does not come back", () => {
  const before = boardOf();
  before.judge(0, [DOWN, FAILING]);
  before.judge(10, [DOWN, FAILING]);
  const { board, judge } = boardOf(before.board.firing);
  expect(judge(100, [DOWN])).toEqual(["log-failing resolved"]);
  expect(board.firing).toMatchObject([{ id: "source-down:anhui", since: timeAt(10) }]);
});

test("different subjects are different alerts; the newest stands first, those that are over behind", () => {
  const { board, judge } = boardOf();
  const other = findingOf("source-down", "guangdong");
  judge(0, [DOWN, FAILING]);
  judge(10, [DOWN, other]);
  judge(20, [DOWN, other]);
  expect(board.alerts.map(({ id, state }) => `${id} ${state}`)).toEqual([
    "source-down:guangdong firing",
    "source-down:anhui firing",
    "log-failing resolved",
  ]);
});

test("no more are raised than can be looked through, nor kept when they are over", () => {
  const { board, judge } = boardOf();
  const many = (count: number) => Array.from({ length: count }, (_, at) => findingOf("source-down", `source-${at}`));
  judge(0, many(5000));
  expect(judge(10, many(5000))).toHaveLength(500);
  judge(20, []);
  expect(judge(50, [])).toHaveLength(500);
  expect(board.alerts).toHaveLength(100);
  judge(51, [DOWN]);
  expect(judge(61, [DOWN])).toEqual(["source-down:anhui firing"]);
});
