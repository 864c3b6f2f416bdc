import { expect, test } from "vitest";
import type { FiguresWindow } from "./figures.ts";
import { scorecardsOf } from "./scorecards.ts";
import {
  ANHUI,
  countingScene,
  GUANGDONG,
  lookupRecord,
  matchRecord,
  NOW,
  REGISTRY,
  TIMING,
  unansweredRecord,
} from "./test-records.ts";

const at = new Date(NOW).toISOString();
const WINDOW: FiguresWindow = { name: "1h", from: at, to: at };
const HOUR = 3_600_000;

function scene() {
  const counting = countingScene();
  const cards = () => scorecardsOf({ counts: counting.slots, registry: REGISTRY }, WINDOW);
  const cardOf = (code: string) => {
    const card = cards().find(({ organisation }) => organisation === code);
    if (card === undefined) throw new Error("no such card");
    return card;
  };
  const heard = (id: string, resource: string, ageHours: number) =>
    lookupRecord({
      resource,
      source: { id, asOf: new Date(NOW - ageHours * HOUR).toISOString(), reference: "", receipt: null },
    });
  return { ...counting, cards, cardOf, heard };
}

test("every provider of the catalogue has one, with all it holds", () => {
  const { cards } = scene();
  expect(cards().map(({ organisation, name, resources }) => ({ organisation, name, resources }))).toEqual([
    { organisation: ANHUI.code, name: ANHUI.name, resources: ["titles", "plans"] },
    { organisation: GUANGDONG.code, name: GUANGDONG.name, resources: ["mines"] },
  ]);
});

test("where nothing was measured there is no share, and a sentence why", () => {
  const { cardOf } = scene();
  const { timeliness, completeness, availability, corrections } = cardOf(GUANGDONG.code);
  for (const measure of [
    timeliness.current,
    ...Object.values(completeness),
    ...Object.values(availability),
    corrections,
  ]) {
    expect(measure).toEqual({ share: null, of: 0, zh: expect.stringMatching(/。$/), en: expect.stringMatching(/\.$/) });
  }
  expect([timeliness.latency.p50, timeliness.freshness.p50]).toEqual([null, null]);
});

test("timely is what is as fresh as its own resource declares; what declares nothing is not judged", () => {
  const { counts, cardOf, heard } = scene();
  for (const ageHours of [1, 47, 49, 400]) counts.recorded(heard("anhui", "titles", ageHours), TIMING);
  counts.recorded(heard("anhui-plans", "plans", 90_000), TIMING);
  for (const ageHours of [0.9, 1.1, 24]) counts.recorded(heard("guangdong", "mines", ageHours), TIMING);
  expect(cardOf(ANHUI.code).timeliness).toMatchObject({
    current: { share: 0.5, of: 4 },
    freshness: { count: 5 },
    latency: { count: 5 },
  });
  expect(cardOf(GUANGDONG.code).timeliness.current).toMatchObject({ share: 0.3333, of: 3 });
});

test("another declaration is judged by from then on", () => {
  const { counts, cardOf, heard } = scene();
  const age = 100;
  counts.recorded(heard("anhui", "titles", age), TIMING);
  const titles = REGISTRY.resources().find(({ id }) => id === "titles") as { updateFrequency: string };
  titles.updateFrequency = "weekly";
  counts.recorded(heard("anhui", "titles", age), TIMING);
  counts.refresh();
  counts.recorded(heard("anhui", "titles", age), TIMING);
  titles.updateFrequency = "daily";
  expect(cardOf(ANHUI.code).timeliness.current).toMatchObject({ share: 0.3333, of: 3 });
});

test("complete is what was given and not empty, and what could be compared", () => {
  const { counts, cardOf } = scene();
  counts.recorded(lookupRecord(), { ...TIMING, lacking: 1 });
  counts.recorded(lookupRecord(), { ...TIMING, lacking: 0 });
  counts.recorded(lookupRecord(), TIMING);
  for (const result of ["MATCHED", "MISMATCHED", "INCOMPLETE", "MATCHED", "NOT_FOUND"] as const)
    counts.recorded(matchRecord({ outcome: { result, code: null } }), TIMING);
  expect(cardOf(ANHUI.code).completeness).toMatchObject({
    lookups: { share: 0.8333, of: 6 },
    matches: { share: 0.75, of: 4 },
  });
});

test("available is what answered, and what could be asked when it was looked at", () => {
  const { counts, cardOf } = scene();
  for (let i = 0; i < 3; i += 1) counts.recorded(matchRecord(), TIMING);
  counts.recorded(unansweredRecord("SOURCE_TIMEOUT"), TIMING);
  counts.recorded(unansweredRecord("CALLER_GONE"), TIMING);
  for (const reached of [true, true, true, false, false]) counts.polled("anhui", reached);
  counts.polled("guangdong", true);
  expect(cardOf(ANHUI.code).availability).toMatchObject({
    answered: { share: 0.75, of: 4 },
    reached: { share: 0.6, of: 5 },
  });
  expect(cardOf(GUANGDONG.code).availability).toMatchObject({
    answered: { share: null },
    reached: { share: 1, of: 1 },
  });
});
