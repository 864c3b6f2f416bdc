import { neutralise } from "#gateway/cli/terminal.ts";
import type { BenchRun } from "./bench-run.ts";
import { comparisonTable } from "./comparison.ts";
import { figure, lineOf, type Standing, standingOf, wantedOf } from "./figures.ts";
import { faultSentences, measurementTable } from "./measurement-table.ts";
import { labelled } from "./shown-run.ts";
import { textTable } from "./table.ts";

const WORDS = { reached: "reached", missed: "NOT REACHED", "no target": "" } as const satisfies Record<
  Standing,
  string
>;

/** Of a run for a terminal: its measurements, what went wrong with them, its ratios. */
export function renderTable({ measurements, ratios }: BenchRun): string {
  const parts = [
    measurements.length === 0
      ? ""
      : textTable(measurementTable(measurements, ({ scenario, subject }) => `${scenario}: ${subject}`)),
    measurements.map(faultLines).join(""),
    ratios.length === 0
      ? ""
      : textTable({
          header: ["ratio", "value", "target", ""],
          rows: ratios.map((ratio) => [
            ratio.title,
            figure(ratio.value),
            ratio.target === null ? "" : wantedOf(ratio.target),
            WORDS[standingOf(ratio)],
          ]),
        }),
  ];
  return parts.filter((part) => part !== "").join("\n");
}

function faultLines(measurement: BenchRun["measurements"][number]): string {
  const lines = faultSentences(measurement).map((sentence) => `  ${neutralise(sentence)}\n`);
  return lines.length === 0
    ? ""
    : `${neutralise(`${measurement.scenario}: ${lineOf(measurement)}`)}\n${lines.join("")}`;
}

/** Several runs side by side; empty for one alone. */
export const renderComparisonTable = (runs: readonly BenchRun[]): string =>
  runs.length < 2 ? "" : textTable(comparisonTable(labelled(runs)));
