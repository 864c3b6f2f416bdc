import type { Axis, Chart } from "./bench-run.ts";
import { figure } from "./figures.ts";
import { distinct } from "./lines-of.ts";
import { type Line, type LinePlot, renderLegend, renderLinePlot } from "./line-plot.ts";
import { type Markup, markup } from "./markup.ts";
import { scaleOf } from "./scale.ts";
import { prefixed, type ShownRun } from "./shown-run.ts";
import { folded, type Table } from "./table.ts";

type Drawn = Pick<Chart, "title" | "x" | "y"> & { readonly lines: readonly Line[] };

const HEIGHT = 320;

/** Charts of the same title are drawn over each other, run by run. */
export function renderCharts(shown: readonly ShownRun[]): readonly Markup[] {
  const charts = shown.flatMap((each, number) => each.run.charts.map((chart) => drawn(chart, each.label, number)));
  return distinct(charts.map(({ title }) => title)).flatMap((title) => {
    const same = charts.filter((chart) => chart.title === title);
    const [first] = same;
    return first === undefined ? [] : [renderChart({ ...first, lines: same.flatMap(({ lines }) => lines) })];
  });
}

const drawn = ({ title, x, y, series }: Chart, label: string, number: number): Drawn => ({
  title,
  x,
  y,
  lines: series.map(({ name, points }, index) => ({
    name: prefixed(label, name),
    tone: index,
    dash: label === "" ? index : number,
    points,
  })),
});

function renderChart({ title, x, y, lines }: Drawn): Markup {
  const points = lines.flatMap((line) => line.points);
  const plot = renderLinePlot({
    height: HEIGHT,
    description: `${title}: ${y.label} against ${x.label}. ${lines.map(endsInWords).join("; ")}.`,
    x: axisOf(
      x,
      points.map(([x]) => x),
    ),
    y: axisOf(
      y,
      points.map(([, y]) => y),
    ),
    lines,
  });
  return markup`<figure class="panel"><figcaption>${title}</figcaption>${renderLegend(lines)}${plot}${folded(title, tableOf(x.label, lines))}</figure>`;
}

const axisOf = ({ label, scale }: Axis, values: readonly number[]): LinePlot["x"] => ({
  label: scale === "logarithmic" ? `${label}, log` : label,
  scale: scaleOf(values, scale),
});

function endsInWords({ name, points }: Line): string {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return `${name}: nothing`;
  return `${name}: ${figure(first[1])} at ${figure(first[0])}, ${figure(last[1])} at ${figure(last[0])}`;
}

function tableOf(x: string, lines: readonly Line[]): Table {
  const places = distinct(lines.flatMap(({ points }) => points.map(([x]) => String(x)))).map(Number);
  const values = lines.map(({ points }) => new Map(points));
  return {
    header: [x, ...lines.map(({ name }) => name)],
    rows: places
      .toSorted((a, b) => a - b)
      .map((place) => [figure(place)].concat(values.map((each) => figure(each.get(place) ?? Number.NaN)))),
  };
}
