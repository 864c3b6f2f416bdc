/**
 * Bins of a histogram whose width grows with the value: below `subs` one for each whole number, above it so many to each doubling.
 * So a percentile is off by one part in `subs` of itself at most, and bins add up over minutes and sources.
 */
export type LogLinear = {
  /** The bin of a whole number of units. Below nothing counts as nothing, and what is beyond the last bin counts into it. */
  readonly binOf: (units: number, bins: number) => number;
  /** The least number of units that falls into a bin. */
  readonly lowerEdge: (bin: number) => number;
  /** How many bins it takes for all numbers below 2 to the `power`. */
  readonly binsBelow: (power: number) => number;
  /** The value below which the share `rank` (0 to 1) of what was counted lies, in units; null when nothing was. Within a bin evenly spread. */
  readonly percentile: (counts: ArrayLike<number>, rank: number) => number | null;
};

const MOST_UNITS = 2 ** 30;

/** With 2 to the `subBits` bins to each doubling. */
export function logLinear(subBits: number): LogLinear {
  const subs = 1 << subBits;

  function binOf(units: number, bins: number): number {
    // What is no number is less than nothing, not more than all.
    if (!(units >= subs)) return units > 0 ? Math.trunc(units) : 0;
    if (units > MOST_UNITS) return bins - 1;
    const whole = Math.trunc(units);
    const octave = 31 - Math.clz32(whole) - subBits;
    const bin = (octave << subBits) + (whole >> octave);
    return bin < bins ? bin : bins - 1;
  }

  function lowerEdge(bin: number): number {
    if (bin < subs) return bin;
    const octave = (bin >> subBits) - 1;
    return (subs + (bin & (subs - 1))) * 2 ** octave;
  }

  function percentile(counts: ArrayLike<number>, rank: number): number | null {
    let total = 0;
    for (let bin = 0; bin < counts.length; bin += 1) total += counts[bin] ?? 0;
    if (total === 0) return null;
    const wanted = rank * total;
    let before = 0;
    for (let bin = 0; bin < counts.length; bin += 1) {
      const count = counts[bin] ?? 0;
      if (count > 0 && before + count >= wanted) {
        const [low, high] = [lowerEdge(bin), lowerEdge(bin + 1)];
        return low + (high - low) * Math.max(0, (wanted - before) / count);
      }
      before += count;
    }
    return lowerEdge(counts.length);
  }

  return { binOf, lowerEdge, binsBelow: (power) => (power - subBits + 1) * subs, percentile };
}

/** Eight to each doubling, which the monitoring counts in. */
export const { binOf, lowerEdge, binsBelow, percentile } = logLinear(3);
