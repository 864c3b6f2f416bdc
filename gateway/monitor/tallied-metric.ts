import type { Metric, Registry } from "prom-client";

/** One line of a metric. `name` where it is not the metric's own, as of the parts of a histogram. */
export type Sample = {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly name?: string;
};
export type MetricKind = "counter" | "gauge" | "histogram";

/**
 * A metric whose values are counted elsewhere and read when somebody asks. prom-client writes it; it asks a metric for no more than its name,
 * help, type and `get`.
 */
export function registerTallied(
  registry: Registry,
  { name, help, type }: { readonly name: string; readonly help: string; readonly type: MetricKind },
  read: () => readonly Sample[],
): void {
  const metric = {
    name,
    help,
    type,
    aggregator: "sum",
    get: async () => ({
      name,
      help,
      type,
      aggregator: "sum",
      values: read().map((sample) => ({ labels: sample.labels, value: sample.value, metricName: sample.name ?? name })),
    }),
  };
  registry.registerMetric(metric as unknown as Metric);
}
