import { AGE_BINS, LATENCY_BINS, LATENCY_UNIT } from "./cells.ts";
import { percentile } from "./log-linear.ts";

/** Null where nothing was counted. */
export type Distribution = {
  readonly count: number;
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
};

/** Milliseconds. `cells`: where latencies begin; several add up. */
export const latencyOf = (sums: Float64Array, ...cells: readonly number[]): Distribution =>
  distributionOf(binsAt(sums, cells, LATENCY_BINS), LATENCY_UNIT);

/** Seconds. */
export const ageOf = (sums: Float64Array, ...cells: readonly number[]): Distribution =>
  distributionOf(binsAt(sums, cells, AGE_BINS), 1);

function binsAt(sums: Float64Array, cells: readonly number[], bins: number): Float64Array {
  const [first, ...rest] = cells;
  if (first === undefined) return new Float64Array(0);
  const whole = sums.slice(first, first + bins);
  for (const cell of rest)
    for (let bin = 0; bin < bins; bin += 1) whole[bin] = (whole[bin] ?? 0) + (sums[cell + bin] ?? 0);
  return whole;
}

function distributionOf(bins: Float64Array, unit: number): Distribution {
  const at = (rank: number): number | null => {
    const units = percentile(bins, rank);
    return units === null ? null : Math.round((units / unit) * 100) / 100;
  };
  const count = bins.reduce((sum, each) => sum + each, 0);
  return { count, p50: at(0.5), p90: at(0.9), p95: at(0.95), p99: at(0.99) };
}

/** Four decimals; null of nothing. */
export const shareOf = (part: number, whole: number): number | null =>
  whole === 0 ? null : Math.round((part / whole) * 10_000) / 10_000;
