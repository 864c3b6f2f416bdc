import { figure } from "./figures.ts";
import { type Markup, markup, NOTHING } from "./markup.ts";
import type { Scale } from "./scale.ts";

/** `tone` and `dash` count from 0: lines of one tone belong together. */
export type Line = {
  readonly name: string;
  readonly tone: number;
  readonly dash: number;
  readonly points: readonly (readonly [x: number, y: number])[];
};

export type LinePlot = {
  readonly height: number;
  /** What is to be seen in words, for who cannot see it. */
  readonly description: string;
  readonly x: { readonly label: string; readonly scale: Scale };
  readonly y: { readonly label: string; readonly scale: Scale };
  readonly lines: readonly Line[];
};

/** Of the drawing, in its own units; it is scaled to the width of the column. */
const WIDTH = 480;
const LEFT = 58;
const RIGHT = 456;
const TOP = 10;
/** Below the lines, for what is written there. */
const FOOT = 46;
/** More points than these need no mark of their own. */
const MARKED = 24;
/** Lines, tones and dashes that can be told apart. */
const MOST_LINES = 12;
const TONES = 8;
const DASHES = 4;

const bottomOf = ({ height }: LinePlot): number => height - FOOT;
const xOf = ({ x }: LinePlot, value: number): string => (LEFT + x.scale.at(value) * (RIGHT - LEFT)).toFixed(1);
const yOf = (plot: LinePlot, value: number): string => {
  const bottom = bottomOf(plot);
  return (bottom - plot.y.scale.at(value) * (bottom - TOP)).toFixed(1);
};
const classOf = ({ tone, dash }: Line): string => `tone${tone % TONES} dash${dash % DASHES}`;

/** The drawing alone, without title and legend. */
export function renderLinePlot(plot: LinePlot): Markup {
  const { x, y, height } = plot;
  return markup`<svg class="plot" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${plot.description}">
${y.scale.ticks.map(({ value, label }) => yTick(yOf(plot, value), label))}
${x.scale.ticks.map(({ value, label }) => xTick(plot, xOf(plot, value), label))}
<text class="axis" x="${(LEFT + RIGHT) / 2}" y="${height - 8}" text-anchor="middle">${x.label}</text>
<text class="axis" transform="translate(13 ${(TOP + bottomOf(plot)) / 2}) rotate(-90)" text-anchor="middle">${y.label}</text>
${plot.lines.slice(0, MOST_LINES).map((line) => drawLine(plot, line))}
</svg>`;
}

const yTick = (y: string, label: string): Markup =>
  markup`<line class="grid" x1="${LEFT}" x2="${RIGHT}" y1="${y}" y2="${y}"/><text x="${LEFT - 6}" y="${y}" dy="0.35em" text-anchor="end">${label}</text>`;

const xTick = (plot: LinePlot, x: string, label: string): Markup =>
  markup`<line class="grid" x1="${x}" x2="${x}" y1="${TOP}" y2="${bottomOf(plot)}"/><text x="${x}" y="${bottomOf(plot) + 17}" text-anchor="middle">${label}</text>`;

function drawLine(plot: LinePlot, line: Line): Markup {
  const { name, points } = line;
  const places = points.map(([x, y]) => `${xOf(plot, x)},${yOf(plot, y)}`).join(" ");
  const marks = points.length > MARKED ? [] : points.map(([x, y]) => mark(plot, name, x, y));
  return markup`<g class="${classOf(line)}"><polyline class="line" points="${places}"/>${marks}</g>`;
}

/** Shows its values where a pointer rests on it. */
const mark = (plot: LinePlot, name: string, x: number, y: number): Markup =>
  markup`<circle cx="${xOf(plot, x)}" cy="${yOf(plot, y)}" r="3.2"><title>${name}: ${figure(x)}, ${figure(y)}</title></circle>`;

/** Lines differ in their dashes too: colour alone does not tell them apart for everybody. */
export function renderLegend(lines: readonly Line[]): Markup {
  const rest = lines.length - MOST_LINES;
  const more = rest > 0 ? markup`<li>and ${rest} more in the values 其余见数值</li>` : NOTHING;
  const items = lines
    .slice(0, MOST_LINES)
    .map(
      (line) =>
        markup`<li><svg class="key ${classOf(line)}" viewBox="0 0 26 8" aria-hidden="true"><line class="line" x1="0" x2="26" y1="4" y2="4"/></svg>${line.name}</li>`,
    );
  return markup`<ul class="legend">${items}${more}</ul>`;
}
