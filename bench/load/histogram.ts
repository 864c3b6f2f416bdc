import { logLinear } from "#gateway/monitor/log-linear.ts";
import type { Latency } from "../report/bench-run.ts";

/** Thirty-two bins to each doubling: a percentile is off by 3 % at most. Counted in microseconds; 2^30 of them are 18 minutes. */
const SCALE = logLinear(5);
const BINS = SCALE.binsBelow(30);
const MICROSECONDS = 1000;

/** Times of any number of answers in memory that does not grow. Milliseconds. */
export class Histogram {
  readonly #counts = new Float64Array(BINS);
  #total = 0;
  #max = 0;

  get total(): number {
    return this.#total;
  }

  add(milliseconds: number): void {
    const bin = SCALE.binOf(milliseconds * MICROSECONDS, BINS);
    this.#counts[bin] = (this.#counts[bin] ?? 0) + 1;
    this.#total += 1;
    if (milliseconds > this.#max) this.#max = milliseconds;
  }

  clear(): void {
    this.#counts.fill(0);
    this.#total = 0;
    this.#max = 0;
  }

  /** Never more than the longest time; 0 of nothing. */
  percentile(rank: number): number {
    return Math.min(this.#max, (SCALE.percentile(this.#counts, rank) ?? 0) / MICROSECONDS);
  }

  /** null: nothing was counted. */
  latency(): Latency | null {
    if (this.#total === 0) return null;
    return {
      p50: this.percentile(0.5),
      p90: this.percentile(0.9),
      p99: this.percentile(0.99),
      p999: this.percentile(0.999),
      max: this.#max,
      histogram: Array.from(this.#counts, (count, bin) => ({
        upTo: SCALE.lowerEdge(bin + 1) / MICROSECONDS,
        count,
      })).filter(({ count }) => count > 0),
    };
  }
}
