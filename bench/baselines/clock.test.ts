import { availableParallelism } from "node:os";
import { expect, test } from "vitest";
import { LONG, stallsOf } from "./clock.ts";

test("more threads than cores miss the time that the others have", async () => {
  const threads = 8 * availableParallelism();
  const { missed, long, longest } = await stallsOf(0.5, threads);
  expect(missed).toBeGreaterThan(0.3);
  expect(missed).toBeLessThan(1.5);
  expect(long).toBeGreaterThan(0);
  expect(longest).toBeGreaterThan(LONG);
});
