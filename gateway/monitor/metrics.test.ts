import { beforeEach, expect, test } from "vitest";
import type { Alert } from "./alerts/alert-board.ts";
import { metricsOf, type MetricsParts } from "./metrics.ts";
import { countingScene, deniedRecord, lookupRecord, NOW, TIMING } from "./test-records.ts";

let scene: ReturnType<typeof countingScene>;
beforeEach(() => {
  scene = countingScene();
});

const partsOf = (changes: Partial<MetricsParts> = {}): MetricsParts => ({
  counts: scene.slots,
  sources: () => new Map(),
  firing: () => [],
  deliveries: () => null,
  endings: () => ({ crl: null, certificates: [], ownCertificate: null }),
  verifier: () => ({ workers: 2, busy: 1, waiting: 3, full: false, lastLost: null }),
  steady: scene.steady,
  ...changes,
});

/** The samples by their name and labels as they are written. */
async function samplesOf(parts: MetricsParts): Promise<ReadonlyMap<string, number>> {
  const { text, contentType } = await metricsOf(parts)();
  expect(contentType).toBe("text/plain; version=0.0.4; charset=utf-8");
  expect(text.endsWith("\n")).toBe(true);
  const samples = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    samples.map((line) => {
      const groups = /^(?<name>[a-z][a-z0-9_]*(?:\{.*\})?) (?<value>\S+)$/.exec(line)?.groups;
      if (groups === undefined) throw new Error(`no sample: ${line}`);
      return [groups["name"] ?? "", Number(groups["value"])];
    }),
  );
}

const startingWith = (samples: ReadonlyMap<string, number>, start: string) =>
  [...samples].filter(([name]) => name.startsWith(start));

test("what happened is counted since the start, however long ago", async () => {
  const { counts, pass } = scene;
  counts.recorded(lookupRecord(), TIMING);
  pass(3000);
  counts.recorded(lookupRecord(), TIMING);
  counts.recorded(deniedRecord("GRANT_EXPIRED"), TIMING);
  counts.answered({ method: "POST", route: "/v1/lookups", status: 200, milliseconds: 3 });
  counts.sourceFailed("anhui", "SOURCE_TIMEOUT");
  const samples = await samplesOf(partsOf());
  expect(Object.fromEntries(samples)).toMatchObject({
    'tongyan_exchanges_total{kind="lookup",result="FOUND"}': 2,
    'tongyan_exchanges_total{kind="lookup",result="DENIED"}': 1,
    'tongyan_denials_total{code="GRANT_EXPIRED"}': 1,
    'tongyan_inquiries_total{resource="titles",kind="lookup"}': 3,
    'tongyan_inquiries_total{resource="titles",kind="match"}': 0,
    'tongyan_lookup_fields_total{resource="titles",fields="asked"}': 12,
    'tongyan_lookup_fields_total{resource="titles",fields="given"}': 4,
    'tongyan_http_requests_total{method="POST",route="/v1/lookups",status="200"}': 1,
    'tongyan_source_questions_total{source="anhui",outcome="answered"}': 2,
    'tongyan_source_questions_total{source="anhui",outcome="unanswered"}': 1,
    'tongyan_source_errors_total{code="SOURCE_TIMEOUT"}': 1,
    tongyan_verifier_workers_busy: 1,
    tongyan_verifier_documents_waiting: 3,
  });
  expect(startingWith(samples, "process_cpu_seconds_total")).toHaveLength(1);
  expect(startingWith(samples, "nodejs_eventloop_lag_seconds")).toHaveLength(1);
});

test("buckets add up, end where their bins end, and lose nothing", async () => {
  const milliseconds = [0.1, 0.6, 0.9, 5, 70, 900, 900, 200_000];
  for (const each of milliseconds)
    scene.counts.answered({ method: "GET", route: "/a", status: 200, milliseconds: each });
  const samples = await samplesOf(partsOf());
  const buckets = startingWith(samples, "tongyan_http_request_duration_seconds_bucket").map(([name, count]) => {
    const le = /le="([^"]+)"/.exec(name)?.[1] ?? "";
    return { le: le === "+Inf" ? Infinity : Number(le), count };
  });
  expect(buckets).toHaveLength(19);
  for (const { le, count } of buckets) {
    expect([le, count]).toEqual([le, milliseconds.filter((each) => each < le * 1000).length]);
  }
  expect(samples.get('tongyan_http_request_duration_seconds_count{method="GET",route="/a"}')).toBe(8);
  expect(samples.get('tongyan_http_request_duration_seconds_sum{method="GET",route="/a"}')).toBeCloseTo(201.8766);
});

test("states of sources and alerts are there with all their values, so that a rule can be written for each", async () => {
  const state = { status: "unavailable", zh: "", en: "", since: new Date(NOW).toISOString() } as const;
  const alert = { rule: "source-down" } as Alert;
  const samples = await samplesOf(
    partsOf({ sources: () => new Map([["anhui", state]]), firing: () => [alert, alert] }),
  );
  expect(startingWith(samples, "tongyan_source_state")).toEqual([
    ['tongyan_source_state{source="anhui",state="ready"}', 0],
    ['tongyan_source_state{source="anhui",state="degraded"}', 0],
    ['tongyan_source_state{source="anhui",state="unavailable"}', 1],
  ]);
  expect(samples.get('tongyan_alerts_firing{rule="source-down"}')).toBe(2);
  expect(samples.get('tongyan_alerts_firing{rule="burst"}')).toBe(0);
});

test("the log, the webhook and what ends are told where they are there, and left out where not", async () => {
  const bare = await samplesOf(partsOf());
  for (const start of ["tongyan_log_", "tongyan_alert_deliveries", "tongyan_trust_", "tongyan_own_"])
    expect(startingWith(bare, start)).toEqual([]);
  const log = { size: 9, published: 7, checkpointAt: NOW, indexLag: 2, setBacks: 1, failure: "ENOSPC /data/log" };
  const deliveries = { waiting: 4, delivered: 5, givenUp: 6, lastDeliveredAt: null, problem: "TIMEOUT" };
  const full = await samplesOf(
    partsOf({
      log: () => log,
      deliveries: () => deliveries,
      endings: () => ({ crl: NOW, certificates: [NOW], ownCertificate: NOW + 1000 }),
    }),
  );
  expect(Object.fromEntries(full)).toMatchObject({
    tongyan_log_entries: 9,
    tongyan_log_published_entries: 7,
    tongyan_log_index_lag_entries: 2,
    tongyan_log_checkpoint_timestamp_seconds: NOW / 1000,
    tongyan_log_failing: 1,
    tongyan_log_clock_set_backs_total: 1,
    'tongyan_alert_deliveries_total{outcome="delivered"}': 5,
    'tongyan_alert_deliveries_total{outcome="given-up"}': 6,
    tongyan_alert_deliveries_waiting: 4,
    tongyan_trust_crl_end_timestamp_seconds: NOW / 1000,
    tongyan_own_certificate_end_timestamp_seconds: NOW / 1000 + 1,
  });
});

test("made-up names make no series, and neither clients nor what was asked are labels", async () => {
  const before = await samplesOf(partsOf());
  for (let i = 0; i < 3000; i += 1) {
    const source = { id: `source-${i}`, asOf: "2026-11-20T00:00:00Z", reference: "MARK", receipt: null };
    scene.counts.recorded(lookupRecord({ client: `MARK-${i}`, resource: `MARK-${i}`, source }), TIMING);
    scene.counts.answered({ method: `MARK${i}`, route: null, status: 404, milliseconds: 1 });
  }
  scene.counts.recorded(lookupRecord(), TIMING);
  const after = await samplesOf(partsOf());
  expect(after.size - before.size).toBeLessThan(250);
  const names = [...after.keys()].join("\n");
  expect(names).not.toContain("MARK");
  expect(names).not.toContain("window");
});

test("a code that would break its line is written so that it does not", async () => {
  scene.counts.recorded(deniedRecord('A"} 1\ntongyan_forged_total{x="\\'), TIMING);
  const samples = await samplesOf(partsOf());
  expect(startingWith(samples, "tongyan_denials_total")).toEqual([
    ['tongyan_denials_total{code="A\\"} 1\\ntongyan_forged_total{x=\\"\\\\"}', 1],
  ]);
  expect(startingWith(samples, "tongyan_forged")).toEqual([]);
});
