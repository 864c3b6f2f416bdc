import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Grant } from "./entities.ts";
import { grantFor } from "./grant-choice.ts";
import { GRANT } from "./test-entries.ts";

const FROM = Date.parse("2026-01-01T00:00:00Z");
const UNTIL = Date.parse("2027-01-01T00:00:00Z");
const NOW = Date.parse("2026-06-01T00:00:00Z");
const ITEM = "MNR-1161-10";

const grant = (id: string, changes: Partial<Grant> = {}): Grant => ({
  ...GRANT,
  id,
  items: [ITEM],
  from: "2026-01-01T00:00:00Z",
  until: "2027-01-01T00:00:00Z",
  ...changes,
});
const past = { from: "2025-01-01T00:00:00Z", until: "2026-01-01T00:00:00Z" };
const coming = { from: "2026-07-01T00:00:00Z" };
const otherItem = { items: ["MNR-1161-11"] };

const chosen = (...grants: readonly Grant[]): string | undefined => grantFor(grants, ITEM, NOW)?.id;

test("without grants there is none", () => expect(grantFor([], ITEM, NOW)).toBeNull());

test("gives what policies ask for, and nothing else", () => {
  expect(grantFor([grant("only", { perDay: 5 })], ITEM, NOW)).toEqual({
    id: "only",
    state: "live",
    fields: GRANT.fields,
    items: [ITEM],
    perDay: 5,
  });
});

describe("state", () => {
  test.each([
    [FROM - 1, "not-yet"],
    [FROM, "live"],
    [UNTIL - 1, "live"],
    [UNTIL, "expired"],
  ])("at %d: %s", (now, state) => expect(grantFor([grant("a")], ITEM, now)?.state).toBe(state));

  test("times are compared as times, whatever their zone", () => {
    const zoned = grant("a", { from: "2026-01-01T08:00:00+08:00", until: "2026-12-31T19:00:00-05:00" });
    expect(grantFor([zoned], ITEM, FROM - 1)?.state).toBe("not-yet");
    expect(grantFor([zoned], ITEM, FROM)?.state).toBe("live");
    expect(grantFor([zoned], ITEM, UNTIL)?.state).toBe("expired");
  });

  test("suspended, unless its term is over", () => {
    const suspended = grant("a", { suspended: true });
    expect(grantFor([suspended], ITEM, NOW)?.state).toBe("suspended");
    expect(grantFor([suspended], ITEM, FROM - 1)?.state).toBe("suspended");
    expect(grantFor([suspended], ITEM, UNTIL)?.state).toBe("expired");
  });
});

describe("choice, in any order", () => {
  test.each([
    ["a live one that names the item", grant("best"), grant("x", otherItem)],
    ["a live one for another item before one that is not live", grant("best", otherItem), grant("x", past)],
    ["a suspended one for the item before an expired one", grant("best", { suspended: true }), grant("x", past)],
    ["a suspended one before one that has not begun", grant("best", { suspended: true }), grant("x", coming)],
    ["one that has not begun before an expired one", grant("best", coming), grant("x", past)],
    ["an expired one for the item", grant("best", past), grant("x", { ...otherItem, suspended: true })],
    ["more fields", grant("best", { fields: ["a", "b"] }), grant("a-x", { fields: ["a"] })],
    ["the longer term", grant("best", { until: "2027-02-01T00:00:00Z" }), grant("a-x")],
    ["the first name", grant("best"), grant("x")],
  ])("%s", (_, best, other) => {
    expect(chosen(best, other)).toBe("best");
    expect(chosen(other, best)).toBe("best");
  });

  test("never anything but a live one that names the item, when there is one", () => {
    const any = fc.record({
      suspended: fc.boolean(),
      items: fc.constantFrom([ITEM], ["MNR-1161-11"]),
      from: fc.constantFrom("2025-01-01T00:00:00Z", "2026-07-01T00:00:00Z"),
      until: fc.constantFrom("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"),
    });
    fc.assert(
      fc.property(fc.array(any, { maxLength: 8 }), fc.nat(8), (others, place) => {
        const grants = others.map((each, index) => grant(`g${index}`, each));
        const found = grantFor(grants.toSpliced(place, 0, grant("live-one")), ITEM, NOW);
        expect(found).toMatchObject({ state: "live", items: [ITEM] });
      }),
    );
  });
});
