/**
 * Bins of a histogram whose width grows with the value: below 8 one for each whole number, above it eight to each doubling. So a
 * percentile is off by an eighth of itself at most, and bins add up over minutes and sources.
 */
const SUB_BITS = 3;
const SUBS = 1 << SUB_BITS;

/** The bin of a whole number of units. Below nothing counts as nothing, and what is beyond the last bin counts into it. */
export function binOf(units: number, bins: number): number {
  // What is no number is less than nothing, not more than all.
  if (!(units >= SUBS)) return units > 0 ? Math.trunc(units) : 0;
  if (units > MOST_UNITS) return bins - 1;
  const whole = Math.trunc(units);
  const octave = 31 - Math.clz32(whole) - SUB_BITS;
  const bin = (octave << SUB_BITS) + (whole >> octave);
  return bin < bins ? bin : bins - 1;
}

const MOST_UNITS = 2 ** 30;

/** The least number of units that falls into a bin. */
export function lowerEdge(bin: number): number {
  if (bin < SUBS) return bin;
  const octave = (bin >> SUB_BITS) - 1;
  return (SUBS + (bin & (SUBS - 1))) * 2 ** octave;
}

/** How many bins it takes for all numbers below 2 to the `power`. */
export const binsBelow = (power: number): number => (power - SUB_BITS + 1) * SUBS;

/** The value below which the share `rank` (0 to 1) of what was counted lies, in units; null when nothing was. Within a bin evenly spread. */
export function percentile(counts: ArrayLike<number>, rank: number): number | null {
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
