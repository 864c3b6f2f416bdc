import { expect, test } from "vitest";
import { CLIENT, RESOURCE } from "./cells.ts";
import { figuresOf, type WindowName } from "./figures.ts";
import {
  countingScene,
  deniedRecord,
  lookupRecord,
  matchRecord,
  NOW,
  PERMIT,
  REGISTRY,
  TIMING,
  unansweredRecord,
  verificationRecord,
} from "./test-records.ts";

function scene() {
  const counting = countingScene();
  const at = new Date(NOW).toISOString();
  const figures = (name: WindowName = "1h") => {
    counting.slots.tally.turn(counting.steady());
    return figuresOf(
      { counts: counting.slots, registry: REGISTRY, sourceStates: () => new Map() },
      { name, from: at, to: at },
    );
  };
  return { ...counting, figures };
}

test("every exchange is one call; what was denied or left without an answer is no success, a licence that fails is", () => {
  const { counts, figures } = scene();
  for (const record of [
    lookupRecord(),
    matchRecord({ outcome: { result: "MISMATCHED", code: null } }),
    deniedRecord("GRANT_EXPIRED"),
    unansweredRecord("SOURCE_TIMEOUT"),
    verificationRecord(),
  ]) {
    counts.recorded(record, TIMING);
  }
  const { exchanges } = figures();
  expect(exchanges).toMatchObject({
    count: 5,
    successShare: 0.6,
    denials: [{ code: "GRANT_EXPIRED", count: 1 }],
    unanswered: [{ code: "SOURCE_TIMEOUT", count: 1 }],
  });
  expect(exchanges.kinds.map(({ kind, count }) => [kind, count])).toEqual([
    ["lookup", 3],
    ["match", 1],
    ["verification", 1],
  ]);
});

test("acts and counter-receipts are on record, and are no calls", () => {
  const { counts, figures } = scene();
  const { id, receivedAt, client } = lookupRecord();
  counts.recorded({ id, receivedAt, kind: "counter-receipt", client, of: id, receipt: "" }, TIMING);
  counts.recorded(
    { id, receivedAt, kind: "act", client: null, act: "start-service", to: "service", detail: {} },
    TIMING,
  );
  const { exchanges, consumers } = figures();
  expect(exchanges).toMatchObject({ count: 0, successShare: null });
  expect(exchanges.kinds.map(({ kind }) => kind)).toEqual(["counter-receipt", "act"]);
  expect(consumers).toEqual([]);
});

test("a denial counts each of its rules once, and a quota that is used up is one though the policies permit", () => {
  const { counts, figures } = scene();
  const rules = ["ITEM_OUTSIDE_GRANT", "ORGANISATION_MISMATCH"];
  counts.recorded(
    deniedRecord("ITEM_OUTSIDE_GRANT", { decision: { ...PERMIT, effect: "deny", reasons: rules } }),
    TIMING,
  );
  counts.recorded(deniedRecord("QUOTA_EXCEEDED", { decision: PERMIT }), TIMING);
  expect(figures().exchanges.denials.toSorted((a, b) => (a.code < b.code ? -1 : 1))).toEqual([
    { code: "ITEM_OUTSIDE_GRANT", count: 1 },
    { code: "ORGANISATION_MISMATCH", count: 1 },
    { code: "QUOTA_EXCEEDED", count: 1 },
  ]);
});

test("fields given are held against fields asked, in lookups alone", () => {
  const { counts, figures } = scene();
  counts.recorded(lookupRecord(), TIMING);
  counts.recorded(deniedRecord("CASE_CLOSED"), TIMING);
  counts.recorded(matchRecord({ fields: ["a", "b"] }), TIMING);
  expect(figures().fields).toEqual({ asked: 8, given: 2, reduced: 1, share: 0.375 });
  expect(figures().matching).toEqual({ matches: 1, lookups: 2, share: 0.3333 });
});

test("latency and age are those of the source that answered", () => {
  const { counts, figures } = scene();
  for (const sourceMilliseconds of [10, 20, 400])
    counts.recorded(lookupRecord(), { milliseconds: 500, sourceMilliseconds });
  counts.recorded(unansweredRecord("SOURCE_TIMEOUT"), { milliseconds: 9000, sourceMilliseconds: 9000 });
  counts.sourceFailed("anhui", "SOURCE_TIMEOUT");
  const [anhui, ...rest] = figures().sources;
  expect(rest).toEqual([]);
  expect(anhui).toMatchObject({ source: "anhui", resource: "titles", answered: 3, unanswered: 1 });
  expect(anhui?.latency.count).toBe(3);
  expect(anhui?.latency.p50).toBeGreaterThanOrEqual(10);
  expect(anhui?.latency.p50).toBeLessThan(23);
  expect(anhui?.latency.p99).toBeGreaterThan(350);
  expect(anhui?.freshness.p50).toBeGreaterThan(3600 * 0.875);
  expect(anhui?.freshness.p50).toBeLessThan(3600 * 1.125);
  expect(figures().sourceErrors).toEqual([{ code: "SOURCE_TIMEOUT", count: 1 }]);
});

test("facts from the future are as fresh as can be, and a time that is none says nothing", () => {
  const { counts, figures } = scene();
  const source = (asOf: string) => ({ id: "anhui", asOf, reference: "", receipt: null });
  counts.recorded(lookupRecord({ source: source(new Date(NOW + 86_400_000).toISOString()) }), TIMING);
  counts.recorded(lookupRecord({ source: source("no time") }), TIMING);
  expect(figures().sources[0]?.freshness).toMatchObject({ count: 1 });
  expect(figures().sources[0]?.freshness.p99).toBeLessThan(1);
  expect(figures().sources[0]).toMatchObject({ answered: 2 });
});

test("who asks is named when somebody registered it, and all others are one", () => {
  const { counts, slots, figures } = scene();
  const cellsBefore = () => slots.tally.totals().length;
  counts.recorded(lookupRecord({ client: "made-up", resource: "made-up" }), TIMING);
  const size = cellsBefore();
  for (let i = 0; i < 20_000; i += 1) {
    const source = { id: `source-${i}`, asOf: "2026-11-20T00:00:00Z", reference: "", receipt: null };
    counts.recorded(lookupRecord({ client: `client-${i}`, resource: `resource-${i}`, source }), TIMING);
    counts.sourceFailed(`source-${i}`, "SOURCE_FAILED");
  }
  for (const client of ["window", "window", "counter", "local", "anonymous"])
    counts.recorded(lookupRecord({ client }), TIMING);
  expect(figures().consumers.map(({ client, exchanges }) => [client, exchanges])).toEqual([
    ["other", 20_001],
    ["window", 2],
    ["counter", 1],
    ["local", 1],
    ["anonymous", 1],
  ]);
  expect(figures().sources.map(({ source }) => source)).toEqual(["anhui", "other"]);
  expect(cellsBefore() - size).toBeLessThan(2000);
});

test("addresses that the contract does not have are one route, whatever method and however many statuses", () => {
  const { counts, figures } = scene();
  for (let i = 0; i < 5000; i += 1) {
    counts.answered({ method: `M${i}`, route: null, status: 404, milliseconds: 1 });
    counts.answered({ method: `M${i}`, route: "/v1/lookups", status: 100 + (i % 500), milliseconds: 1 });
  }
  const { routes } = figures();
  expect(routes.filter(({ route }) => route === "none")).toMatchObject([
    { method: "any", count: 5000, statuses: [{ status: "404", count: 5000 }] },
  ]);
  expect(routes.length).toBeLessThanOrEqual(10);
  for (const { statuses } of routes) expect(statuses.length).toBeLessThanOrEqual(65);
  expect(routes.reduce((sum, { count }) => sum + count, 0)).toBe(10_000);
});

test("codes that a hostile source or policy makes up end in one", () => {
  const { counts, figures } = scene();
  for (let i = 0; i < 3000; i += 1) {
    counts.recorded(deniedRecord(`RULE_${i}`), TIMING);
    counts.recorded(unansweredRecord(`SOURCE_${i}`), TIMING);
    counts.sourceFailed("anhui", `SOURCE_${i}`);
  }
  const { exchanges, sourceErrors } = figures();
  for (const codes of [exchanges.denials, exchanges.unanswered, sourceErrors]) {
    expect(codes).toHaveLength(129);
    expect(codes[0]?.code).toBe("other");
    expect(codes.reduce((sum, { count }) => sum + count, 0)).toBe(3000);
  }
});

test("a window holds what happened in it", () => {
  const { counts, figures, pass } = scene();
  for (let minutes = 0; minutes < 30; minutes += 10) {
    counts.recorded(lookupRecord(), TIMING);
    counts.answered({ method: "POST", route: "/v1/lookups", status: 503, milliseconds: 1 });
    pass(10);
  }
  expect([figures("5m"), figures("15m"), figures("1h")].map(({ exchanges }) => exchanges.count)).toEqual([0, 1, 3]);
  expect(figures("15m").routes).toMatchObject([{ count: 1, failed: 1 }]);
  pass(1440);
  expect(figures("24h").exchanges).toMatchObject({ count: 0, kinds: [], denials: [] });
});

test("only what a source is to answer for counts against its resource", () => {
  const { counts, slots } = scene();
  for (const code of ["SOURCE_TIMEOUT", "CALLER_GONE", "LOG_UNAVAILABLE", "KEYS_AMBIGUOUS", "SOURCE_MALFORMED"])
    counts.recorded(unansweredRecord(code), TIMING);
  const cell = slots.resources.of("titles").cell;
  expect(slots.tally.totals()[cell + RESOURCE.unanswered]).toBe(2);
});

test("asking without a case that could be one is noted of the client, other denials are not", () => {
  const { counts, slots } = scene();
  for (const code of ["PURPOSE_MISSING", "CASE_UNKNOWN", "CASE_CLOSED", "GRANT_MISSING", "ORGANISATION_MISMATCH"])
    counts.recorded(deniedRecord(code), TIMING);
  const sums = slots.tally.totals();
  const cell = slots.clients.of("window");
  expect([sums[cell + CLIENT.denied], sums[cell + CLIENT.caseless]]).toEqual([5, 3]);
});

test("a verification that asked a register counts for its source, whether it answered or not", () => {
  const { counts, slots, figures } = scene();
  const register = { resource: "titles", region: null, purpose: lookupRecord().request.purpose };
  const request = { ...verificationRecord().request, register };
  counts.recorded(verificationRecord({ request, source: lookupRecord().source }), TIMING);
  const unanswered = { register: { outcome: "unanswered", code: "SOURCE_TIMEOUT" } } as never;
  counts.recorded(verificationRecord({ request, report: unanswered }), TIMING);
  counts.recorded(verificationRecord({ request, report: { register: null } as never }), TIMING);
  const cell = slots.resources.of("titles").cell;
  const sums = slots.tally.totals();
  expect([RESOURCE.registers, RESOURCE.answered, RESOURCE.unanswered].map((part) => sums[cell + part])).toEqual([
    3, 1, 1,
  ]);
  expect(figures().sources).toMatchObject([{ source: "anhui", answered: 1 }]);
});

test("figures hold names and numbers: nothing of purpose, case, official or reference", () => {
  const { counts, figures } = scene();
  counts.recorded(lookupRecord(), TIMING);
  counts.recorded(deniedRecord("CASE_UNKNOWN"), TIMING);
  expect(JSON.stringify(figures())).not.toContain("MARK");
});
