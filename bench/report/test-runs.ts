import type { BenchRun, Latency, Measurement } from "./bench-run.ts";

/** Ten thousand times between 1 and 100 ms, most of them short. */
export const LATENCY: Latency = {
  p50: 2,
  p90: 8,
  p99: 40,
  p999: 80,
  max: 100,
  histogram: [
    { upTo: 1, count: 100 },
    { upTo: 2, count: 4900 },
    { upTo: 8, count: 4000 },
    { upTo: 40, count: 900 },
    { upTo: 80, count: 90 },
    { upTo: 102, count: 10 },
  ],
};

export const MEASUREMENT: Measurement = {
  scenario: "lookup",
  subject: "gateway",
  pace: { kind: "closed" },
  connections: 64,
  seconds: 4,
  answers: 10_000,
  perSecond: 2500,
  latency: LATENCY,
  timeline: [
    { second: 0, answers: 2000, p99: 30 },
    { second: 1, answers: 0, p99: 0 },
    { second: 2, answers: 3000, p99: 50 },
  ],
};

export const RUN: BenchRun = {
  version: 1,
  startedAt: "2026-11-21T08:00:00.000Z",
  machine: { cpu: "A processor", cores: 2, memoryBytes: 8 * 2 ** 30, system: "Linux 6.1 x64", node: "v26.10.0" },
  command: ["lookup", "--check"],
  measurements: [
    MEASUREMENT,
    { ...MEASUREMENT, pace: { kind: "fixed", perSecond: 1250 }, perSecond: 1250 },
    { ...MEASUREMENT, scenario: "verify", subject: "in this process", connections: 0, latency: null, timeline: [] },
  ],
  ratios: [
    { name: "lookup.a", title: "against bare Fastify", value: 0.55, target: { atLeast: 0.5 } },
    { name: "lookup.b", title: "p99 against the median", value: 9, target: { atMost: 8 } },
    { name: "lookup.c", title: "nobody's aim", value: 3, target: null },
  ],
  charts: [
    {
      title: "cost against size",
      x: { label: "entries", scale: "logarithmic" },
      y: { label: "microseconds", scale: "linear" },
      series: [
        {
          name: "proof",
          points: [
            [1000, 8],
            [10_000_000, 26],
          ],
        },
      ],
    },
  ],
};
