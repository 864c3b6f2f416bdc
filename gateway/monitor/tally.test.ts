import { expect, test } from "vitest";
import { BoundedNames } from "./bounded-names.ts";
import { Tally } from "./tally.ts";

const MINUTE = 60_000;

test("a window holds the running minute and those before it, the totals all", () => {
  const tally = new Tally(0);
  const cell = tally.allocate(1);
  for (let minute = 0; minute < 10; minute += 1) {
    tally.turn(minute * MINUTE + 59_999);
    tally.add(cell, 10 ** minute);
  }
  expect(tally.within(1)[cell]).toBe(1_000_000_000);
  expect(tally.within(3)[cell]).toBe(1_110_000_000);
  expect(tally.within(10)[cell]).toBe(1_111_111_111);
  expect(tally.totals()[cell]).toBe(1_111_111_111);
});

test("minutes in which nothing happened count as minutes", () => {
  const tally = new Tally(0);
  const cell = tally.allocate(1);
  tally.add(cell, 1);
  tally.turn(59 * MINUTE);
  expect(tally.within(60)[cell]).toBe(1);
  tally.turn(60 * MINUTE);
  expect([tally.within(60)[cell], tally.totals()[cell]]).toEqual([0, 1]);
});

test("after a day a minute is forgotten, but for the totals", () => {
  const tally = new Tally(0);
  const cell = tally.allocate(1);
  for (let minute = 0; minute < 3000; minute += 1) {
    tally.turn(minute * MINUTE);
    tally.add(cell, 1);
  }
  expect([tally.within(1440)[cell], tally.within(9999)[cell], tally.totals()[cell]]).toEqual([1440, 1440, 3000]);
});

test("a clock that goes back adds to the minute that is running", () => {
  const tally = new Tally(10 * MINUTE);
  const cell = tally.allocate(1);
  tally.turn(3 * MINUTE);
  tally.add(cell, 1);
  tally.turn(10 * MINUTE);
  expect(tally.within(1)[cell]).toBe(1);
});

test("the peak is that of one minute", () => {
  const tally = new Tally(0);
  const [calm, cell] = [tally.allocate(1), tally.allocate(1)];
  for (const [minute, amount] of [5, 80, 7].entries()) {
    tally.turn(minute * MINUTE);
    tally.add(cell, amount);
    tally.add(calm, 1);
  }
  expect([tally.peak(cell, 3), tally.peak(cell, 1), tally.peak(calm, 3)]).toEqual([80, 7, 1]);
});

test("cells may be added at any time, in any number", () => {
  const tally = new Tally(0);
  const first = tally.allocate(4000);
  tally.add(first + 3999, 1);
  tally.turn(MINUTE);
  const late = tally.allocate(200_000);
  tally.add(late + 199_999, 2);
  const sums = tally.within(2);
  expect([sums.length, sums[first + 3999], sums[late], sums[late + 199_999]]).toEqual([204_000, 1, 0, 2]);
});

test("made-up names share one slot, and a million of them take no more room than one", () => {
  let made = 0;
  const names = new BoundedNames({ most: 3, isKnown: (name) => name.startsWith("known"), make: () => (made += 1) });
  for (let i = 0; i < 1_000_000; i += 1) names.of(`made-up-${i}`);
  expect(made).toBe(1);
  const slots = ["known-1", "known-2", "known-3", "known-4", "known-1"].map((name) => names.of(name));
  expect(slots).toEqual([2, 3, 4, 1, 2]);
  expect(names.entries().map(([name]) => name)).toEqual(["known-1", "known-2", "known-3", "other"]);
});

test("nobody takes the place of `other`, nor of what every object has", () => {
  let made = 0;
  const names = new BoundedNames({ most: 9, make: () => (made += 1) });
  expect(new Set([names.of("other"), names.of("__proto__"), names.of("constructor")]).size).toBe(3);
  expect(names.entries().map(([name]) => name)).toEqual(["__proto__", "constructor", "other"]);
});
