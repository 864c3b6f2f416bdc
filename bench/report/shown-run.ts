import type { BenchRun, Measurement } from "./bench-run.ts";
import { lineOf } from "./figures.ts";

/** `label`: A, B, … where several are shown, else empty. */
export type ShownRun = { readonly label: string; readonly run: BenchRun };

/** One measurement with its run's label. */
export type ShownMeasurement = Measurement & { readonly label: string };

const LABELS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
export const MOST_RUNS = LABELS.length;

export const labelled = (runs: readonly BenchRun[]): readonly ShownRun[] =>
  runs.slice(0, MOST_RUNS).map((run, index) => ({ label: runs.length > 1 ? (LABELS[index] ?? "") : "", run }));

export const prefixed = (label: string, name: string): string => (label === "" ? name : `${label} · ${name}`);

export const nameOf = (measurement: ShownMeasurement): string => prefixed(measurement.label, lineOf(measurement));

/** By scenario, in the order in which they were measured. */
export function byScenario(shown: readonly ShownRun[]): ReadonlyMap<string, readonly ShownMeasurement[]> {
  const groups = new Map<string, ShownMeasurement[]>();
  for (const { label, run } of shown) {
    for (const measurement of run.measurements) {
      const group = groups.get(measurement.scenario) ?? [];
      group.push({ ...measurement, label });
      groups.set(measurement.scenario, group);
    }
  }
  return groups;
}
