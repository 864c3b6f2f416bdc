import { collectDefaultMetrics, Registry } from "prom-client";
import type { LogState } from "#gateway/log/exchange-log.ts";
import type { VerifierState } from "#gateway/workers/verifier.ts";
import type { Alert } from "./alerts/alert-board.ts";
import type { DeliveryState } from "./alerts/deliveries.ts";
import type { TrustEndings } from "./alerts/facts.ts";
import { RULE_NAMES } from "./alerts/rules.ts";
import { AGE_BINS, KIND, LATENCY_BINS, LATENCY_UNIT, RESOURCE, ROUTE, SOURCE } from "./cells.ts";
import type { CountSlots } from "./count-slots.ts";
import { binsBelow } from "./log-linear.ts";
import type { SourceState } from "./source-watch.ts";
import { type MetricKind, registerTallied, type Sample } from "./tallied-metric.ts";

export type MetricsParts = {
  readonly counts: CountSlots;
  readonly sources: () => ReadonlyMap<string, SourceState>;
  readonly firing: () => readonly Alert[];
  /** Null when there is no webhook. */
  readonly deliveries: () => DeliveryState | null;
  readonly endings: () => TrustEndings;
  readonly verifier: () => VerifierState;
  readonly log?: () => LogState;
  /** Milliseconds, never set back. */
  readonly steady: () => number;
};

/** Prometheus text format 0.0.4. */
export type MetricsText = { readonly contentType: string; readonly text: string };

type Labels = Readonly<Record<string, string>>;
type Read = (sums: Float64Array) => readonly Sample[];

/**
 * What Prometheus is told, worked out when it asks. Labels are bounded: sources and resources of the registry, routes of the contract, codes of
 * rules and errors; no client and no person is among them.
 */
export function metricsOf(parts: MetricsParts): () => Promise<MetricsText> {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 20 });
  const { counts, steady } = parts;
  let sums = counts.tally.totals();
  const add = (type: MetricKind, name: string, help: string, read: Read): void =>
    registerTallied(registry, { name: `tongyan_${name}`, help, type }, () => read(sums));
  addExchanges(add, counts);
  addRequests(add, counts);
  addSources(add, parts);
  addService(add, parts);
  return async () => {
    counts.tally.turn(steady());
    sums = counts.tally.totals();
    return { contentType: registry.contentType, text: await registry.metrics() };
  };
}

type Add = (type: MetricKind, name: string, help: string, read: Read) => void;

const at = (sums: Float64Array, cell: number): number => sums[cell] ?? 0;
const gauge = (value: number | null, labels: Labels = {}): Sample[] => (value === null ? [] : [{ labels, value }]);

function addExchanges(add: Add, counts: CountSlots): void {
  const { kinds, denials, unanswered, resources } = counts;
  add("counter", "exchanges_total", "Recorded exchanges by kind and result.", (sums) =>
    kinds
      .entries()
      .flatMap(([kind, { results }]) =>
        results.entries().map(([result, cell]) => ({ labels: { kind, result }, value: at(sums, cell) })),
      ),
  );
  add("histogram", "exchange_duration_seconds", "Exchanges from the request to the record.", (sums) =>
    kinds
      .entries()
      .flatMap(([kind, { cell }]) => latencySamples("exchange_duration_seconds", { kind }, sums, cell + KIND.latency)),
  );
  add("counter", "denials_total", "Denied exchanges by rule; one may break several.", (sums) =>
    denials.entries().map(([code, cell]) => ({ labels: { code }, value: at(sums, cell) })),
  );
  add("counter", "unanswered_total", "Exchanges that ended without an answer, by why.", (sums) =>
    unanswered.entries().map(([code, cell]) => ({ labels: { code }, value: at(sums, cell) })),
  );
  add("counter", "inquiries_total", "Matches and lookups by resource.", (sums) =>
    resources.entries().flatMap(([resource, { cell }]) => [
      { labels: { resource, kind: "match" }, value: at(sums, cell + RESOURCE.matches) },
      { labels: { resource, kind: "lookup" }, value: at(sums, cell + RESOURCE.lookups) },
    ]),
  );
  add(
    "counter",
    "lookup_fields_total",
    "Fields of lookups: asked for, given whole, given masked or generalised.",
    (sums) =>
      resources.entries().flatMap(([resource, { cell }]) =>
        (["asked", "given", "reduced"] as const).map((fields) => ({
          labels: { resource, fields },
          value: at(sums, cell + RESOURCE[fields]),
        })),
      ),
  );
}

function addRequests(add: Add, { routes }: CountSlots): void {
  const each = () =>
    routes
      .entries()
      .flatMap(([route, methods]) => methods.entries().map(([method, slot]) => ({ labels: { method, route }, slot })));
  add("counter", "http_requests_total", "Answered requests by route and status.", (sums) =>
    each().flatMap(({ labels, slot: { statuses } }) =>
      statuses.entries().map(([status, cell]) => ({ labels: { ...labels, status }, value: at(sums, cell) })),
    ),
  );
  add("histogram", "http_request_duration_seconds", "Requests until they were answered.", (sums) =>
    each().flatMap(({ labels, slot: { cell } }) =>
      latencySamples("http_request_duration_seconds", labels, sums, cell + ROUTE.latency),
    ),
  );
}

const STATUSES = ["ready", "degraded", "unavailable"] as const;

function addSources(add: Add, { counts, sources }: MetricsParts): void {
  const each = () => counts.sources.entries().map(([source, { cell }]) => ({ labels: { source }, cell }));
  add("counter", "source_questions_total", "Questions to sources by outcome.", (sums) =>
    each().flatMap(({ labels, cell }) =>
      (["answered", "unanswered"] as const).map((outcome) => ({
        labels: { ...labels, outcome },
        value: at(sums, cell + SOURCE[outcome]),
      })),
    ),
  );
  add("counter", "source_errors_total", "Questions that sources did not answer, by why.", (sums) =>
    counts.sourceErrors.entries().map(([code, cell]) => ({ labels: { code }, value: at(sums, cell) })),
  );
  add("histogram", "source_duration_seconds", "Answers of sources.", (sums) =>
    each().flatMap(({ labels, cell }) =>
      latencySamples("source_duration_seconds", labels, sums, cell + SOURCE.latency),
    ),
  );
  add("histogram", "source_freshness_seconds", "Age of the facts in the answers of sources.", (sums) =>
    each().flatMap(({ labels, cell }) => ageSamples("source_freshness_seconds", labels, sums, cell + SOURCE.age)),
  );
  add("gauge", "source_state", "1 for the state that a source is in.", () =>
    [...sources()].flatMap(([source, { status }]) =>
      STATUSES.map((state) => ({ labels: { source, state }, value: status === state ? 1 : 0 })),
    ),
  );
}

function addService(add: Add, { firing, deliveries, endings, verifier, log }: MetricsParts): void {
  add("gauge", "alerts_firing", "Alerts that are raised, by rule.", () => {
    const alerts = firing();
    return RULE_NAMES.map((rule) => ({ labels: { rule }, value: alerts.filter((each) => each.rule === rule).length }));
  });
  add("counter", "alert_deliveries_total", "Changes of alerts that the webhook took, or that were given up.", () => {
    const state = deliveries();
    return state === null
      ? []
      : [...gauge(state.delivered, { outcome: "delivered" }), ...gauge(state.givenUp, { outcome: "given-up" })];
  });
  add("gauge", "alert_deliveries_waiting", "Changes of alerts that wait for the webhook.", () =>
    gauge(deliveries()?.waiting ?? null),
  );
  add("gauge", "verifier_workers_busy", "Workers that verify a document now.", () => gauge(verifier().busy));
  add("gauge", "verifier_documents_waiting", "Documents that wait for a worker.", () => gauge(verifier().waiting));
  add("gauge", "trust_crl_end_timestamp_seconds", "When the first CRL ends.", () => gauge(inSeconds(endings().crl)));
  add("gauge", "own_certificate_end_timestamp_seconds", "When this gateway's TLS certificate ends.", () =>
    gauge(inSeconds(endings().ownCertificate)),
  );
  if (log !== undefined) addLog(add, log);
}

function addLog(add: Add, log: () => LogState): void {
  add("gauge", "log_entries", "Entries of the exchange log.", () => gauge(log().size));
  add("gauge", "log_published_entries", "Entries that the last checkpoint covers.", () => gauge(log().published));
  add("gauge", "log_index_lag_entries", "Entries that the index has yet to take over.", () => gauge(log().indexLag));
  add("gauge", "log_checkpoint_timestamp_seconds", "When the last checkpoint was made.", () =>
    gauge(inSeconds(log().checkpointAt)),
  );
  add("gauge", "log_failing", "1 when nothing can be recorded.", () => gauge(log().failure === null ? 0 : 1));
  add("counter", "log_clock_set_backs_total", "How often the clock was behind the log's last time.", () =>
    gauge(log().setBacks),
  );
}

const inSeconds = (milliseconds: number | null): number | null => (milliseconds === null ? null : milliseconds / 1000);

/** Powers of two of the bins' unit, at which bins end: half a millisecond to 65 s, doubling; 64 s to a year and a half, fourfold. */
const LATENCY_POWERS = Array.from({ length: 18 }, (_, index) => index + 3);
const AGE_POWERS = [6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26];

type Shape = { readonly bins: number; readonly powers: readonly number[]; readonly unitsPerSecond: number };
const LATENCY_SHAPE: Shape = { bins: LATENCY_BINS, powers: LATENCY_POWERS, unitsPerSecond: LATENCY_UNIT * 1000 };
const AGE_SHAPE: Shape = { bins: AGE_BINS, powers: AGE_POWERS, unitsPerSecond: 1 };

/** Sums of latencies are in milliseconds, of ages in seconds. */
const latencySamples = (name: string, labels: Labels, sums: Float64Array, cell: number): Sample[] =>
  histogram(name, labels, { sums, cell, sum: at(sums, cell + LATENCY_BINS) / 1000 }, LATENCY_SHAPE);
const ageSamples = (name: string, labels: Labels, sums: Float64Array, cell: number): Sample[] =>
  histogram(name, labels, { sums, cell, sum: at(sums, cell + AGE_BINS) }, AGE_SHAPE);

type Counted = { readonly sums: Float64Array; readonly cell: number; readonly sum: number };

/** `le` is inclusive and bins are not: a value on the edge itself counts into the next bucket. */
function histogram(name: string, labels: Labels, { sums, cell, sum }: Counted, shape: Shape): Sample[] {
  const { bins, powers, unitsPerSecond } = shape;
  const samples: Sample[] = [];
  let [bin, count] = [0, 0];
  for (const power of powers) {
    for (const end = binsBelow(power); bin < end; bin += 1) count += at(sums, cell + bin);
    const le = String(2 ** power / unitsPerSecond);
    samples.push({ name: `tongyan_${name}_bucket`, labels: { ...labels, le }, value: count });
  }
  for (; bin < bins; bin += 1) count += at(sums, cell + bin);
  return [
    ...samples,
    { name: `tongyan_${name}_bucket`, labels: { ...labels, le: "+Inf" }, value: count },
    { name: `tongyan_${name}_sum`, labels, value: sum },
    { name: `tongyan_${name}_count`, labels, value: count },
  ];
}
