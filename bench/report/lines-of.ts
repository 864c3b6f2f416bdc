import type { Line } from "./line-plot.ts";
import { nameOf, type ShownMeasurement } from "./shown-run.ts";

/** A line for each measurement. Of several runs the same one has the same tone, and each run has a dash of its own. */
export function linesOf<Each extends ShownMeasurement>(
  measurements: readonly Each[],
  pointsOf: (measurement: Each) => Line["points"],
): readonly Line[] {
  const kinds = distinct(
    measurements.map(({ subject, pace, connections }) => `${subject} ${pace.kind} ${connections}`),
  );
  const labels = distinct(measurements.map(({ label }) => label));
  return measurements.map((measurement, index) => {
    const { label, subject, pace, connections } = measurement;
    const tone = kinds.indexOf(`${subject} ${pace.kind} ${connections}`);
    return {
      name: nameOf(measurement),
      tone: labels.length > 1 ? tone : index,
      dash: labels.length > 1 ? labels.indexOf(label) : index,
      points: pointsOf(measurement),
    };
  });
}

export const distinct = (names: readonly string[]): readonly string[] => [...new Set(names)];
