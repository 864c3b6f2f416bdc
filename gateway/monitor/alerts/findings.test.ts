import { expect, test } from "vitest";
import type { Curiosities } from "#gateway/log/index/curiosities.ts";
import type { LogState } from "#gateway/log/exchange-log.ts";
import { countingScene, deniedRecord, lookupRecord, NOW, TIMING, unansweredRecord } from "../test-records.ts";
import { curiosityFindings } from "./curiosity-findings.ts";
import type { AlertFacts, TrustEndings } from "./facts.ts";
import { alertId, type Finding } from "./finding.ts";
import { alertSettings } from "./read-settings.ts";
import { RULE_NAMES } from "./rules.ts";
import { serviceFindings } from "./service-findings.ts";
import { sourceFindings } from "./source-findings.ts";
import { factsOf } from "./test-findings.ts";

type Scene = ReturnType<typeof countingScene>;
type Rules = Readonly<Record<string, object>>;

/** What all rules find, the given ones with other thresholds. */
function findAll(facts: AlertFacts, rules: Rules = {}): Finding[] {
  const settings = alertSettings({ rules });
  const found = [sourceFindings, serviceFindings, curiosityFindings].flatMap((find) => find(facts, settings));
  for (const { rule, zh, en, figures } of found) {
    expect([rule, zh, en]).toEqual([rule, expect.stringMatching(/[。）]$/), expect.stringMatching(/\.$/)]);
    for (const number of Object.values(figures)) expect(number).toBeTypeOf("number");
    expect(`${zh}${en}`).not.toContain("MARK");
  }
  return found;
}
const idsOf = (facts: AlertFacts, rules?: Rules): string[] => findAll(facts, rules).map(alertId);
const times = (count: number, work: () => void): void => Array.from({ length: count }).forEach(work);

test("where all is well nothing is found", () => {
  const scene = countingScene();
  times(500, () => scene.counts.recorded(lookupRecord(), TIMING));
  times(500, () => scene.counts.answered({ method: "GET", route: "/a", status: 404, milliseconds: 1 }));
  const log: LogState = { size: 5, published: 5, checkpointAt: NOW - 1e9, indexLag: 0, setBacks: 0, failure: null };
  const witnesses = [{ name: "w", problem: null }];
  const curiosities: Curiosities = { caseReuse: [], manyAsking: [], night: [], bursts: [], since: 0 };
  expect(idsOf(factsOf(scene, { log, witnesses, curiosities }))).toEqual([]);
});

const since = new Date(NOW - 7000).toISOString();
const stateOf = (status: "ready" | "degraded" | "unavailable") => ({
  status,
  zh: "无法连接。",
  en: "cannot be reached.",
  since,
});

test("a source that cannot be asked is down, one that limps is not", () => {
  const sources = new Map([
    ["a", stateOf("ready")],
    ["b", stateOf("degraded")],
    ["c", stateOf("unavailable")],
  ]);
  expect(findAll(factsOf(countingScene(), { sources }))).toEqual([
    {
      rule: "source-down",
      subject: "c",
      zh: `数据源 c 自 ${since} 起不可用：无法连接。`,
      en: `Source c cannot be asked since ${since}: cannot be reached.`,
      figures: { seconds: 7, threshold: 5 },
    },
  ]);
});

test("a source is slow by its own answers, when there are enough of them", () => {
  const scene = countingScene();
  const answers = (count: number, sourceMilliseconds: number) =>
    times(count, () => scene.counts.recorded(lookupRecord(), { milliseconds: 9000, sourceMilliseconds }));
  answers(19, 3000);
  expect(idsOf(factsOf(scene))).toEqual([]);
  answers(1, 3000);
  expect(findAll(factsOf(scene))).toMatchObject([
    { rule: "source-slow", subject: "anhui", figures: { answers: 20, minutes: 5, threshold: 2000 } },
  ]);
  expect(idsOf(factsOf(scene), { "source-slow": { p95Milliseconds: 4000 } })).toEqual([]);
  answers(500, 100);
  expect(idsOf(factsOf(scene))).toEqual([]);
});

test("a source that leaves a fifth unanswered is told of, and forgotten with its window", () => {
  const scene = countingScene();
  times(8, () => scene.counts.recorded(lookupRecord(), TIMING));
  scene.counts.sourceFailed("anhui", "SOURCE_TIMEOUT");
  expect(idsOf(factsOf(scene))).toEqual([]);
  scene.counts.sourceFailed("anhui", "SOURCE_TIMEOUT");
  expect(findAll(factsOf(scene))).toMatchObject([
    { rule: "source-errors", figures: { unanswered: 2, questions: 10, percent: 20, threshold: 20 } },
  ]);
  scene.pass(4);
  expect(idsOf(factsOf(scene))).toEqual(["source-errors:anhui"]);
  scene.pass(1);
  expect(idsOf(factsOf(scene))).toEqual([]);
});

test("requests that end in an error of the service count, refusals of callers do not", () => {
  const scene = countingScene();
  const answered = (count: number, status: number) =>
    times(count, () => scene.counts.answered({ method: "GET", route: "/a", status, milliseconds: 1 }));
  answered(95, 403);
  answered(4, 500);
  expect(idsOf(factsOf(scene))).toEqual([]);
  answered(1, 503);
  expect(findAll(factsOf(scene))).toMatchObject([
    { rule: "error-rate", subject: null, figures: { failed: 5, requests: 100, percent: 5 } },
  ]);
});

test("a few errors at night are no rate", () => {
  const scene = countingScene();
  times(19, () => scene.counts.answered({ method: "GET", route: "/a", status: 500, milliseconds: 1 }));
  expect(idsOf(factsOf(scene))).toEqual([]);
});

test("a quota is nearly used up from nine tenths on", () => {
  const quotas = [
    { grant: "a", used: 89, perDay: 100 },
    { grant: "b", used: 90, perDay: 100 },
    { grant: "c", used: 0, perDay: 0 },
    { grant: "d", used: 3, perDay: 3 },
  ];
  expect(idsOf(factsOf(countingScene(), { quotas }))).toEqual(["quota-near:b", "quota-near:d"]);
});

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
test.each<[Partial<TrustEndings>, string[]]>([
  [{ crl: NOW + 13 * HOUR }, []],
  [{ crl: NOW + 12 * HOUR }, ["trust-ending:crl"]],
  [{ crl: NOW - 400 * DAY }, ["trust-ending:crl"]],
  [{ certificates: [NOW + 31 * DAY, NOW + 900 * DAY] }, []],
  [{ certificates: [NOW + 900 * DAY, NOW + 29 * DAY] }, ["trust-ending:certificates"]],
  [{ certificates: [NOW - 2 * DAY] }, ["trust-ending:certificates"]],
  [{ certificates: [NOW - 900 * DAY] }, []],
  [{ ownCertificate: NOW + 31 * DAY }, []],
  [{ ownCertificate: NOW + 30 * DAY }, ["trust-ending:own-certificate"]],
  [{ ownCertificate: NOW - 900 * DAY }, ["trust-ending:own-certificate"]],
])("ends %o: %o", (changes, expected) => {
  const endings = { crl: null, certificates: [], ownCertificate: null, ...changes };
  expect(idsOf(factsOf(countingScene(), { endings }))).toEqual(expected);
});

const LOG: LogState = { size: 100, published: 100, checkpointAt: NOW, indexLag: 0, setBacks: 0, failure: null };
test.each<[string, Partial<LogState>, string[]]>([
  ["writes", {}, []],
  ["fails", { failure: "ENOSPC /MARK" }, ["log-failing"]],
  ["is as far behind with its index as may be", { indexLag: 99_999 }, []],
  ["is further behind", { indexLag: 100_000 }, ["log-behind:index"]],
  ["has just grown", { size: 900, checkpointAt: NOW - 59_000 }, []],
  ["has grown a minute ago", { size: 101, checkpointAt: NOW - 60_000 }, ["log-behind:checkpoint"]],
  ["rests", { checkpointAt: NOW - 1e10 }, []],
  ["has no checkpoint yet", { size: 1, published: 0, checkpointAt: null }, []],
])("a log that %s", (_, changes, expected) => {
  expect(idsOf(factsOf(countingScene(), { log: { ...LOG, ...changes } }))).toEqual(expected);
});

test("a clock that was set back is told of for an hour", () => {
  const scene = countingScene();
  const facts = (setBackAt: number | null) => factsOf(scene, { log: { ...LOG, setBacks: 2 }, setBackAt });
  expect(idsOf(facts(null))).toEqual([]);
  expect(findAll(facts(NOW - 59 * 60_000))).toMatchObject([{ rule: "clock-set-back", figures: { setBacks: 2 } }]);
  expect(idsOf(facts(NOW + 30 * 60_000))).toEqual(["clock-set-back"]);
  expect(idsOf(facts(NOW - 61 * 60_000))).toEqual([]);
});

test("a witness that does not cosign is named with its reason", () => {
  const witnesses = [
    { name: "one", problem: null },
    { name: "two", problem: "CONFLICT" },
  ];
  const [found, ...rest] = findAll(factsOf(countingScene(), { witnesses }));
  expect(rest).toEqual([]);
  expect([found?.subject, found?.en]).toEqual(["two", "Witness two has not cosigned the last checkpoint (CONFLICT)."]);
});

test("asking again and again without a valid case is curious; being denied for other reasons is not", () => {
  const scene = countingScene();
  times(4, () => scene.counts.recorded(deniedRecord("CASE_CLOSED"), TIMING));
  times(9, () => scene.counts.recorded(deniedRecord("GRANT_EXPIRED"), TIMING));
  times(9, () => scene.counts.recorded(unansweredRecord("SOURCE_TIMEOUT"), TIMING));
  expect(idsOf(factsOf(scene))).toEqual([]);
  scene.counts.recorded(deniedRecord("PURPOSE_MISSING"), TIMING);
  expect(findAll(factsOf(scene))).toMatchObject([{ rule: "case-missing", subject: "window", figures: { denials: 5 } }]);
});

test("a burst is what one client looks up within one minute, not all together", () => {
  const scene = countingScene();
  const lookups = (count: number, client: string) =>
    times(count, () => scene.counts.recorded(lookupRecord({ client }), { ...TIMING, sourceMilliseconds: null }));
  for (let minute = 0; minute < 4; minute += 1) {
    lookups(599, "window");
    lookups(599, "counter");
    scene.pass(1);
  }
  expect(idsOf(factsOf(scene))).toEqual([]);
  lookups(600, "desk");
  expect(findAll(factsOf(scene))).toMatchObject([{ rule: "burst", subject: "desk", figures: { lookups: 600 } }]);
  scene.pass(5);
  expect(idsOf(factsOf(scene))).toEqual([]);
});

const CURIOUS: Curiosities = {
  caseReuse: [
    { client: "window", organisation: "MARK", case: "MARK-case", lookups: 40, subjects: 12 },
    { client: "window", organisation: "MARK", case: "MARK-other", lookups: 90, subjects: 10 },
    { client: "counter", organisation: "MARK", case: "MARK-case", lookups: 900, subjects: 9 },
  ],
  manyAsking: [
    { person: "MARK-person", clients: ["a", "b", "c", "d"] },
    { person: "MARK-other", clients: ["a", "b", "c"] },
    { person: "MARK-third", clients: ["a", "b", "c", "d", "e"] },
  ],
  night: [
    { client: "window", lookups: 200 },
    { client: "counter", lookups: 199 },
  ],
  bursts: [],
  since: 0,
};

test("what the index finds curious is told by client and number: neither persons nor cases are named", () => {
  expect(findAll(factsOf(countingScene(), { curiosities: CURIOUS }))).toMatchObject([
    { rule: "case-reuse", subject: "window", figures: { cases: 2, subjects: 12, lookups: 90, threshold: 10 } },
    { rule: "same-person", subject: null, figures: { persons: 2, clients: 5, threshold: 4 } },
    { rule: "night-bulk", subject: "window", figures: { lookups: 200, threshold: 200 } },
  ]);
});

test("each rule can be switched off, and is silent then", () => {
  const scene: Scene = countingScene();
  times(20, () => scene.counts.recorded(lookupRecord(), { milliseconds: 9000, sourceMilliseconds: 9000 }));
  times(20, () => scene.counts.sourceFailed("anhui", "SOURCE_FAILED"));
  times(20, () => scene.counts.answered({ method: "GET", route: "/a", status: 500, milliseconds: 1 }));
  times(20, () => scene.counts.recorded(deniedRecord("CASE_CLOSED"), TIMING));
  const facts = factsOf(scene, {
    sources: new Map([["c", stateOf("unavailable")]]),
    quotas: [{ grant: "b", used: 90, perDay: 100 }],
    endings: { crl: NOW, certificates: [NOW], ownCertificate: NOW },
    log: { ...LOG, failure: "ENOSPC", indexLag: 1e9, setBacks: 1 },
    setBackAt: NOW,
    witnesses: [{ name: "two", problem: "CONFLICT" }],
    curiosities: CURIOUS,
  });
  const burst = { burst: { lookups: 20 } };
  const rulesOf = (findings: Finding[]) => [...new Set(findings.map(({ rule }) => rule))].sort();
  expect(rulesOf(findAll(facts, burst))).toEqual([...RULE_NAMES].sort());
  for (const rule of RULE_NAMES) {
    const left = RULE_NAMES.filter((each) => each !== rule).sort();
    expect(rulesOf(findAll(facts, { ...burst, [rule]: { enabled: false } }))).toEqual(left);
  }
});
