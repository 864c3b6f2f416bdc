import type { LoadResult } from "./load/load.ts";
import { median } from "./print.ts";
import type { Instant, Latency, Measurement } from "./report/bench-run.ts";

/** Throws when an answer was wrong or did not come: a rate of answers that nobody could use is no rate. What was never sent is in the times. */
export function everyAnswerRight(result: LoadResult): LoadResult {
  const { wrong, refused, failed, first } = result.outcomes;
  const faults = wrong + refused + failed;
  if (faults === 0 && result.answers > 0) return result;
  throw new Error(
    `${result.scenario}, ${result.subject}: ${result.answers} answers right, ${wrong} wrong, ${refused} refused, ${failed} failed; ${first ?? ""}`,
  );
}

/** Rounds of one thing as one measurement: their median rate, their times together. Throws when there are none. */
export function mergeRounds(rounds: readonly Measurement[]): Measurement {
  const [first] = rounds;
  if (first === undefined) throw new Error("there are no rounds");
  const { scenario, subject, pace, connections } = first;
  return {
    scenario,
    subject,
    pace,
    connections,
    seconds: sum(rounds.map(({ seconds }) => seconds)),
    answers: sum(rounds.map(({ answers }) => answers)),
    perSecond: median(rounds.map(({ perSecond }) => perSecond)),
    latency: mergeLatencies(rounds.flatMap(({ latency }) => latency ?? [])),
    timeline: mergeTimelines(rounds),
  };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

function mergeLatencies(latencies: readonly Latency[]): Latency | null {
  if (latencies.length === 0) return null;
  const counts = new Map<number, number>();
  for (const { upTo, count } of latencies.flatMap(({ histogram }) => histogram))
    counts.set(upTo, (counts.get(upTo) ?? 0) + count);
  const histogram = [...counts].map(([upTo, count]) => ({ upTo, count })).sort((a, b) => a.upTo - b.upTo);
  const max = Math.max(...latencies.map(({ max }) => max));
  const at = (share: number): number => Math.min(max, reached(histogram, share));
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), p999: at(0.999), max, histogram };
}

/** The end of the step in which the share is reached. */
function reached(histogram: Latency["histogram"], share: number): number {
  const wanted = share * sum(histogram.map(({ count }) => count));
  let counted = 0;
  for (const { upTo, count } of histogram) {
    counted += count;
    if (counted >= wanted) return upTo;
  }
  return histogram.at(-1)?.upTo ?? Number.NaN;
}

/** One after the other, as they ran; what lay between them is left out. */
function mergeTimelines(rounds: readonly Measurement[]): Instant[] {
  const instants = rounds.flatMap(({ timeline }) => timeline);
  return instants.map(({ answers, p99 }, second) => ({ second, answers, p99 }));
}
