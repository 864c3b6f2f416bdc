import { join } from "node:path";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { makeSurroundings } from "../test-scene.ts";
import { TextStore } from "./text-store.ts";

const stored = (texts: readonly string[]): TextStore => {
  const store = new TextStore(join(makeSurroundings().dataDirectory, "texts"));
  for (const text of texts) store.add(text);
  return store;
};

test("texts of any length come back in any order", () => {
  const texts = fc.array(
    fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 20 }),
      fc.integer({ min: 0, max: 70_000 }).map((length) => "证a".repeat(length)),
    ),
    { minLength: 1, maxLength: 40 },
  );
  fc.assert(
    fc.property(texts, (texts) => {
      const store = stored(texts);
      expect(store.count).toBe(texts.length);
      for (let number = texts.length - 1; number >= 0; number -= 1) expect(store.at(number)).toBe(texts[number]);
      store.close();
    }),
    { numRuns: 30 },
  );
});

test("more than stays in memory comes back", () => {
  const count = 300_000;
  const text = (number: number) => `安徽省合肥市某某路${number}号`.repeat(5);
  const store = stored(Array.from({ length: count }, (_, number) => text(number)));
  for (let step = 0; step < count; step += 1) {
    const number = (step * 7_919) % count;
    if (store.at(number) !== text(number)) throw new Error(`text ${number} is another one`);
  }
  store.close();
}, 120_000);

test("a number that no text has is null", () => {
  const store = stored(["a"]);
  for (const number of [-1, 1, 0.5, Number.NaN, 2 ** 40]) expect(store.at(number)).toBeNull();
  expect(store.at(0)).toBe("a");
  store.close();
});
