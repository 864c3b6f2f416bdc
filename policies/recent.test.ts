import { expect, test } from "vitest";
import { recent } from "./recent.ts";

test("keeps so many, and lets go of what was asked for longest ago", () => {
  const kept = recent<number>(2);
  kept.set("a", 1);
  kept.set("b", 2);
  expect(kept.get("a")).toBe(1);
  kept.set("c", 3);
  expect([kept.get("a"), kept.get("b"), kept.get("c")]).toEqual([1, undefined, 3]);
  kept.set("a", 4);
  kept.set("d", 5);
  expect([kept.get("a"), kept.get("c"), kept.get("d")]).toEqual([4, undefined, 5]);
  kept.clear();
  expect(kept.get("a")).toBeUndefined();
});

test("what was asked for last is found again, changed or not, and is the last to go", () => {
  const kept = recent<number>(2);
  kept.set("a", 1);
  kept.set("b", 2);
  for (let time = 0; time < 3; time++) expect(kept.get("a")).toBe(1);
  kept.set("a", 3);
  expect(kept.get("a")).toBe(3);
  kept.set("c", 4);
  expect([kept.get("a"), kept.get("b"), kept.get("c")]).toEqual([3, undefined, 4]);
  expect(kept.get("c")).toBe(4);
  kept.clear();
  expect(kept.get("c")).toBeUndefined();
});
