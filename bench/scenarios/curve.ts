import type { FoundRatio } from "../finding.ts";
import { print, printTable } from "../print.ts";
import type { Chart } from "../report/bench-run.ts";

/** Cost of one operation, at sizes ascending. `unit` of the cost. */
export type Curve = {
  readonly title: string;
  readonly size: string;
  readonly unit: string;
  readonly series: Chart["series"];
};

/** The same; printed as a table on the way. */
export function printed(curve: Curve): Curve {
  const { title, size, unit, series } = curve;
  print(`\n${title}: cost of one operation, ${unit}\n`);
  const sizes = series[0]?.points.map(([x]) => x) ?? [];
  printTable(
    [size, ...series.map(({ name }) => name)],
    sizes.map((x, index) => {
      const costs = series.map(({ points }) => figure(points[index]?.[1]));
      return [String(x), costs].flat();
    }),
  );
  return curve;
}

const figure = (value = Number.NaN): string => String(Number(value.toPrecision(3)));

/** Of the first series: its last cost against its first. */
export function factorOf({ title, size, series }: Curve): FoundRatio {
  const points = series[0]?.points ?? [];
  const [first, last] = [points[0], points.at(-1)];
  return {
    title: `${title}: ${series[0]?.name ?? ""} at ${last?.[0].toLocaleString("en")} ${size}, against at ${first?.[0].toLocaleString("en")}`,
    value: (last?.[1] ?? Number.NaN) / (first?.[1] ?? Number.NaN),
  };
}

export const chartOf = ({ title, size, unit, series }: Curve): Chart => ({
  title: `${title}: cost of one operation`,
  x: { label: size, scale: "logarithmic" },
  y: { label: unit, scale: "logarithmic" },
  series,
});
