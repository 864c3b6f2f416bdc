import type { Chart, Measurement } from "./report/bench-run.ts";

/** What one scenario found. `ratios` by their names in targets.json; figures that are none (a time, a rate) stand there too, with their unit in the title. */
export type Finding<Name extends string = string> = {
  readonly measurements: readonly Measurement[];
  readonly ratios: { readonly [Each in Name]: FoundRatio };
  readonly charts: readonly Chart[];
};

export type FoundRatio = { readonly title: string; readonly value: number };

/** `brief`: fewer and shorter rounds, for a first look. `directory`: the scenario's own, empty, on a disk. */
export type Circumstances = { readonly length: "full" | "brief"; readonly directory: string };

/** A measurement of single operations in this process, too short to be timed one by one. */
export const uninterrupted = (
  scenario: string,
  subject: string,
  { answers, seconds, perSecond }: Pick<Measurement, "answers" | "seconds" | "perSecond">,
): Measurement => ({
  scenario,
  subject,
  pace: { kind: "closed" },
  connections: 0,
  seconds,
  answers,
  perSecond,
  latency: null,
  timeline: [],
});
