import { figure } from "./figures.ts";
import { distinct, linesOf } from "./lines-of.ts";
import { type Line, renderLegend, renderLinePlot } from "./line-plot.ts";
import { type Markup, markup } from "./markup.ts";
import { scaleOf } from "./scale.ts";
import type { ShownMeasurement } from "./shown-run.ts";
import { folded, type Table } from "./table.ts";

const HEIGHT = 190;

/** What came second by second, and below it how long it took. */
export function renderTimelines(measurements: readonly ShownMeasurement[]): readonly Markup[] {
  const followed = measurements.filter(({ timeline, answers }) => timeline.length > 1 && answers > 0);
  if (followed.length === 0) return [];
  const rates = linesOf(followed, ({ timeline }) => timeline.map(({ second, answers }) => [second, answers] as const));
  const times = linesOf(followed, ({ timeline }) => timeline.map(({ second, p99 }) => [second, p99] as const));
  return [
    markup`<figure class="panel"><figcaption>Over time 随时间变化</figcaption>${renderLegend(rates)}
${renderAspect(rates, "answers/s 每秒", "linear")}${renderAspect(times, "p99 ms 毫秒, log", "logarithmic")}
${folded("answers per second 吞吐量", tableOf(rates))}${folded("p99 ms 时延", tableOf(times))}</figure>`,
  ];
}

function renderAspect(lines: readonly Line[], label: string, kind: "linear" | "logarithmic"): Markup {
  const points = lines.flatMap((line) => line.points);
  const seconds = points.map(([second]) => second);
  return renderLinePlot({
    height: HEIGHT,
    description: `${label} over ${figure(Math.max(...seconds) + 1)} seconds. ${lines.map(spanInWords).join("; ")}.`,
    x: { label: "seconds 秒", scale: scaleOf(seconds, "linear") },
    y: {
      label,
      scale: scaleOf(
        points.map(([, value]) => value),
        kind,
      ),
    },
    lines,
  });
}

function spanInWords({ name, points }: Line): string {
  const values = points.map(([, value]) => value);
  return `${name}: ${figure(Math.min(...values))} to ${figure(Math.max(...values))}`;
}

/** Rows are kept few: a page has to stay one that can be opened. */
const MOST_ROWS = 120;

function tableOf(lines: readonly Line[]): Table {
  const seconds = distinct(lines.flatMap(({ points }) => points.map(([second]) => String(second)))).map(Number);
  const every = Math.ceil(seconds.length / MOST_ROWS);
  const values = lines.map(({ points }) => new Map(points));
  const rows = seconds
    .toSorted((a, b) => a - b)
    .filter((_, index) => index % every === 0)
    .map((second) => [figure(second)].concat(values.map((each) => figure(each.get(second) ?? Number.NaN))));
  return { header: ["s", ...lines.map(({ name }) => name)], rows };
}
