import type { Measurement, Outcomes } from "./bench-run.ts";
import { connectionsOf, figure, paceOf, whole } from "./figures.ts";
import type { Table } from "./table.ts";

const HEADER = [
  "",
  "pace",
  "conn.",
  "answers",
  "per second",
  "p50 ms",
  "p90 ms",
  "p99 ms",
  "p99.9 ms",
  "max ms",
  "faults",
];

/** `nameOf`: the first column. */
export const measurementTable = <Each extends Measurement>(
  measurements: readonly Each[],
  nameOf: (measurement: Each) => string,
): Table => ({ header: HEADER, rows: measurements.map((each) => [nameOf(each)].concat(figuresOf(each))) });

function figuresOf(measurement: Measurement): readonly string[] {
  const { pace, answers, perSecond, latency, outcomes } = measurement;
  const times = latency === null ? [] : [latency.p50, latency.p90, latency.p99, latency.p999, latency.max];
  const shownTimes = latency === null ? ["–", "–", "–", "–", "–"] : times.map(figure);
  return [
    measurement.connections === 0 ? "in process" : paceOf(pace),
    connectionsOf(measurement),
    whole(answers),
    figure(perSecond),
    ...shownTimes,
    whole(faultsOf(outcomes)),
  ];
}

const faultsOf = (outcomes: Outcomes | undefined): number =>
  outcomes === undefined ? 0 : outcomes.wrong + outcomes.refused + outcomes.failed + outcomes.unsent;

/** What went wrong, a sentence each; empty when all was right. */
export function faultSentences({ outcomes }: Pick<Measurement, "outcomes">): readonly string[] {
  if (outcomes === undefined) return [];
  const { wrong, refused, failed, unsent, first } = outcomes;
  return [
    ...(wrong > 0 ? [`${whole(wrong)} wrong 答错`] : []),
    ...(failed > 0 ? [`${whole(failed)} not answered 未答`] : []),
    ...(first === null ? [] : [`the first: ${first}`]),
    ...(refused > 0 ? [`${whole(refused)} refused with 429, over a limit of requests 超出限额`] : []),
    ...(unsent > 0
      ? [`${whole(unsent)} were due and never sent: every connection was taken. The rate was not kept 未达到所定速率`]
      : []),
  ];
}
