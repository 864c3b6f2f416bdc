import type { Axis } from "./bench-run.ts";

/** Where values stand on an axis from 0 to 1, and which of them are written there. */
export type Scale = {
  readonly at: (value: number) => number;
  readonly ticks: readonly { readonly value: number; readonly label: string }[];
};

const MOST_TICKS = 7;
/** From so many on nothing is written between them. */
const DECADES = 3;
const UNITS = [
  [1e9, "G"],
  [1e6, "M"],
  [1e3, "k"],
] as const;

/** Short, as in 20k or 0.05. */
export function tickLabel(value: number): string {
  const [size, unit] = UNITS.find(([size]) => Math.abs(value) >= size) ?? [1, ""];
  return `${Number((value / size).toPrecision(6))}${unit}`;
}

/** Wide enough for all values. Of a logarithmic axis those below or at 0 have no place and stand at its beginning. */
export function scaleOf(values: readonly number[], kind: Axis["scale"]): Scale {
  const finite = values.filter((value) => Number.isFinite(value));
  return kind === "linear" ? linear(finite) : logarithmic(finite.filter((value) => value > 0));
}

/** From 0 on. */
function linear(values: readonly number[]): Scale {
  const most = values.reduce((most, value) => Math.max(most, value), 0);
  const least = values.reduce((least, value) => Math.min(least, value), 0);
  const step = niceStep((most - least || 1) / (MOST_TICKS - 1));
  const [from, to] = [Math.floor(least / step), Math.max(1, Math.ceil(most / step))];
  const ticks = Array.from({ length: to - from + 1 }, (_, index) => (from + index) * step);
  return {
    at: (value) => (value / step - from) / (to - from),
    ticks: ticks.map((value) => ({ value, label: tickLabel(value) })),
  };
}

/** The next of 1, 2, 5, 10, 20, … */
function niceStep(rough: number): number {
  const decade = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5, 10].find((factor) => factor * decade >= rough * (1 - 1e-9)) ?? 10;
  return factor * decade;
}

/** From and to one of 1, 2, 5, 10, 20, …; written are whole decades where there are several. */
function logarithmic(values: readonly number[]): Scale {
  const least = values.reduce((least, value) => Math.min(least, value), Infinity);
  const most = values.reduce((most, value) => Math.max(most, value), 0);
  if (most === 0) return logarithmic([1, 10]);
  const decades = decadesOver(least, most);
  const marks = decades.flatMap((decade) => [1, 2, 5].map((step) => step * decade));
  const from = marks.findLast((mark) => mark <= least * (1 + 1e-9)) ?? least;
  const upper = marks.find((mark) => mark >= most * (1 - 1e-9)) ?? most;
  const to = upper > from ? upper : from * 10;
  const within = (marks: readonly number[]): readonly number[] => marks.filter((mark) => mark >= from && mark <= to);
  const shown = within(decades).length >= DECADES ? within(decades) : within([...new Set([...marks, to])]);
  const every = Math.ceil(shown.length / MOST_TICKS);
  return {
    at: (value) => (value > from ? Math.log(value / from) / Math.log(to / from) : 0),
    ticks: shown.filter((_, index) => index % every === 0).map((value) => ({ value, label: tickLabel(value) })),
  };
}

function decadesOver(least: number, most: number): readonly number[] {
  const [from, to] = [Math.floor(Math.log10(least)), Math.ceil(Math.log10(most))];
  return Array.from({ length: to - from + 1 }, (_, index) => Number(`1e${from + index}`));
}

const PERCENTILES = [0, 0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999];
const nines = (rank: number): number => -Math.log10(1 - rank);

/** Ranks from 0 to below 1, each further nine as wide as the one before; up to the last that is written or 99.99 %. */
export function rankScale(highest: number): Scale {
  const end = Math.min(nines(0.99999), Math.max(nines(0.99), nines(highest)));
  return {
    at: (rank) => Math.min(1, nines(rank) / end),
    ticks: PERCENTILES.filter((rank) => nines(rank) <= end + 1e-9).map((value) => ({
      value,
      label: `${Number((value * 100).toPrecision(7))}`,
    })),
  };
}
