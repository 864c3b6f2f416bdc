import { binOf, binsBelow } from "./log-linear.ts";
import type { Tally } from "./tally.ts";

/** How long something took: bins of sixteenths of a millisecond, up to 131 s. */
export const LATENCY_BINS = binsBelow(21);
export const LATENCY_UNIT = 16;
/** How old an answer's facts are: bins of seconds, up to eight years. */
export const AGE_BINS = binsBelow(28);

type Layout<Name extends string> = { readonly [Each in Name]: number } & { readonly size: number };

/** Where the parts of a slot lie behind its first cell, by how many cells each takes. */
function layout<Name extends string>(sizes: { readonly [Each in Name]: number }): Layout<Name> {
  let size = 0;
  const places = Object.entries<number>(sizes).map(([name, cells]) => {
    const place = size;
    size += cells;
    return [name, place] as const;
  });
  return { ...Object.fromEntries(places), size } as Layout<Name>;
}

const latency = { latency: LATENCY_BINS, latencySum: 1 } as const;
const age = { age: AGE_BINS, ageSum: 1 } as const;

/** `reached`: of the times it was asked how it is. */
export const SOURCE = layout({ answered: 1, unanswered: 1, polls: 1, reached: 1, ...latency, ...age });

/**
 * `registers`: verifications that asked it. `compared` matches found a record, and of these `incomplete` ones lacked a field. Of lookups: fields
 * `asked`, `given` as they are, `reduced` (masked, generalised); where it was told how many of the fields the record had nothing for:
 * `lacking` of `told`. `current` and `outdated` by the resource's own update frequency.
 */
export const RESOURCE = layout({
  lookups: 1,
  matches: 1,
  registers: 1,
  answered: 1,
  unanswered: 1,
  found: 1,
  compared: 1,
  incomplete: 1,
  asked: 1,
  given: 1,
  reduced: 1,
  told: 1,
  lacking: 1,
  current: 1,
  outdated: 1,
  ...latency,
  ...age,
});

/** `caseless`: denied for want of a case that could be named. */
export const CLIENT = layout({
  verifications: 1,
  matches: 1,
  lookups: 1,
  denied: 1,
  caseless: 1,
  asked: 1,
  given: 1,
});

export const ROUTE = layout({ failed: 1, ...latency });
export const KIND = layout(latency);

/** Counts into a distribution whose bins begin at a cell, with its sum behind the last bin. */
export function addLatency(tally: Tally, cell: number, milliseconds: number): void {
  tally.add(cell + binOf(milliseconds * LATENCY_UNIT, LATENCY_BINS), 1);
  tally.add(cell + LATENCY_BINS, milliseconds > 0 ? milliseconds : 0);
}

export function addAge(tally: Tally, cell: number, seconds: number): void {
  tally.add(cell + binOf(seconds, AGE_BINS), 1);
  tally.add(cell + AGE_BINS, seconds > 0 ? seconds : 0);
}
