import type { Latency } from "./bench-run.ts";
import { figure } from "./figures.ts";
import { linesOf } from "./lines-of.ts";
import { type Line, renderLegend, renderLinePlot } from "./line-plot.ts";
import { type Markup, markup } from "./markup.ts";
import { rankScale, scaleOf } from "./scale.ts";
import { nameOf, type ShownMeasurement } from "./shown-run.ts";
import { folded } from "./table.ts";

type Timed = ShownMeasurement & { readonly latency: Latency };
const isTimed = (measurement: ShownMeasurement): measurement is Timed => measurement.latency !== null;

const HEIGHT = 380;

/** Times over the share of requests that took no longer, each further nine as wide as the one before. */
export function renderLatencies(measurements: readonly ShownMeasurement[]): readonly Markup[] {
  const timed = measurements.filter(isTimed);
  if (timed.length === 0) return [];
  const lines = linesOf(timed, ({ latency }) => pointsOf(latency));
  const highest = Math.max(...timed.map(({ latency }) => 1 - 1 / countOf(latency)));
  const plot = renderLinePlot({
    height: HEIGHT,
    description: `Latency by percentile. ${timed.map(inWords).join("; ")}.`,
    x: { label: "percentile 百分位 (%)", scale: rankScale(highest) },
    y: { label: "milliseconds 毫秒, log", scale: scaleOf(timesOf(lines), "logarithmic") },
    lines,
  });
  const table = {
    header: ["ms", "50 %", "90 %", "99 %", "99.9 %", "99.99 %", "max"],
    rows: timed.map((each) => [nameOf(each)].concat(percentilesOf(each.latency).map(figure))),
  };
  return [
    markup`<figure class="panel"><figcaption>Latency 时延</figcaption>${renderLegend(lines)}${plot}${folded("latency 时延", table)}</figure>`,
  ];
}

const inWords = (timed: Timed): string =>
  `${nameOf(timed)}: half within ${figure(timed.latency.p50)} ms, 99 % within ${figure(timed.latency.p99)} ms`;

const timesOf = (lines: readonly Line[]): readonly number[] =>
  lines.flatMap(({ points }) => points.map(([, time]) => time));

const countOf = ({ histogram }: Latency): number => histogram.reduce((sum, { count }) => sum + count, 0);

/** The last one stands where one request more would: at 100 % there is no place. */
function pointsOf(latency: Latency): Line["points"] {
  const total = countOf(latency);
  let counted = 0;
  const points = latency.histogram.map(({ upTo, count }): readonly [number, number] => {
    counted += count;
    return [Math.min(counted / total, 1 - 1 / (total + 1)), Math.min(upTo, latency.max)];
  });
  return [[0, points[0]?.[1] ?? latency.p50], ...points];
}

function percentilesOf(latency: Latency): readonly number[] {
  const { p50, p90, p99, p999, max } = latency;
  return [p50, p90, p99, p999, fourNines(latency), max];
}

const ENOUGH_FOR_FOUR_NINES = 10_000;

/** NaN where there are too few to speak of it. */
function fourNines(latency: Latency): number {
  const total = countOf(latency);
  if (total < ENOUGH_FOR_FOUR_NINES) return Number.NaN;
  let counted = 0;
  const found = latency.histogram.find(({ count }) => {
    counted += count;
    return counted >= total * 0.9999;
  });
  return Math.min(found?.upTo ?? latency.max, latency.max);
}
