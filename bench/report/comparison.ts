import { fullOf, renderBar } from "./bar.ts";
import type { BenchRun, Measurement } from "./bench-run.ts";
import { change, figure } from "./figures.ts";
import { distinct } from "./lines-of.ts";
import { type Markup, markup, NOTHING } from "./markup.ts";
import type { ShownRun } from "./shown-run.ts";
import { folded, type Table } from "./table.ts";

/** The same measurements of several runs side by side, each with how it differs from the first run. */
export function renderComparison(shown: readonly ShownRun[]): Markup {
  if (shown.length < 2) return NOTHING;
  const compared = shown.map(({ label, run }) => ({ label, byName: measurementsOf(run) }));
  const names = distinct(compared.flatMap(({ byName }) => [...byName.keys()]));
  const common = names.filter((name) => compared.filter(({ byName }) => byName.has(name)).length > 1);
  const what = common.length === 0 ? "Nothing was measured in more than one of them 没有共同的项目." : RATES;
  return markup`<section><h2>Comparison <span lang="zh">比较</span></h2><p>${what}</p>
<ul class="bars">${common.map((name) => renderRates(name, compared))}</ul>
${folded("comparison 比较", comparisonTable(shown))}</section>`;
}

const RATES = "Right answers per second 每秒正确答复; per cent: against the first.";

type Compared = { readonly label: string; readonly byName: ReadonlyMap<string, Measurement> };

function renderRates(name: string, compared: readonly Compared[]): Markup {
  const rates = compared.flatMap(({ label, byName }) => {
    const rate = byName.get(name)?.perSecond;
    return rate === undefined ? [] : [{ label, rate }];
  });
  const full = fullOf(rates.map(({ rate }) => rate));
  const first = rates[0]?.rate;
  const bars = rates.map(
    ({
      label,
      rate,
    }) => markup`<div class="bar plain"><b class="badge">${label}</b>${renderBar({ value: rate, aim: null, full })}
<span class="said">${against(first, rate)}</span></div>`,
  );
  return markup`<li><p>${name}</p>${bars}</li>`;
}

/** For a terminal, and for who wants the values. */
export function comparisonTable(shown: readonly ShownRun[]): Table {
  const compared = shown.map(({ run }) => measurementsOf(run));
  const names = distinct(compared.flatMap((each) => [...each.keys()]));
  const ratios = distinct(shown.flatMap(({ run }) => run.ratios.map(({ name }) => name)));
  return {
    header: ["", "figure", ...shown.map(({ label }) => label)],
    rows: [
      ...names.flatMap((name) =>
        rowsOf(
          name,
          compared.map((each) => each.get(name)),
        ),
      ),
      ...ratios.map((name) => [name, "ratio"].concat(cells(shown.map(({ run }) => ratioOf(run, name))))),
    ],
  };
}

const ratioOf = ({ ratios }: BenchRun, name: string): number | undefined =>
  ratios.find((ratio) => ratio.name === name)?.value;

/** By what is measured. The rate of a fixed pace may differ from run to run, so it does not belong to it. */
function measurementsOf({ measurements }: BenchRun): ReadonlyMap<string, Measurement> {
  const found = new Map<string, Measurement>();
  for (const measurement of measurements) {
    const name = comparedName(measurement);
    let number = 1;
    while (found.has(numbered(name, number))) number += 1;
    found.set(numbered(name, number), measurement);
  }
  return found;
}

const numbered = (name: string, number: number): string => (number === 1 ? name : `${name} (${number})`);

function comparedName({ scenario, subject, pace, connections }: Measurement): string {
  const how = pace.kind === "closed" ? "closed loop" : "fixed rate";
  return `${scenario}: ${subject}${connections === 0 ? "" : `, ${how}, ${connections} conn.`}`;
}

type Aspect = { readonly name: string; readonly of: (measurement: Measurement | undefined) => number | undefined };

const ASPECTS: readonly Aspect[] = [
  { name: "per second", of: (measurement) => measurement?.perSecond },
  { name: "p50 ms", of: (measurement) => measurement?.latency?.p50 },
  { name: "p99 ms", of: (measurement) => measurement?.latency?.p99 },
];

const rowsOf = (name: string, measurements: readonly (Measurement | undefined)[]): readonly (readonly string[])[] =>
  ASPECTS.flatMap((aspect) => {
    const values = measurements.map(aspect.of);
    return values.every((value) => value === undefined) ? [] : [[name, aspect.name, ...cells(values)]];
  });

const cells = (values: readonly (number | undefined)[]): readonly string[] =>
  values.map((value, index) => (index === 0 ? against(undefined, value) : against(values[0], value)));

/** `value`, and how it differs from `first` where that is another one. */
function against(first: number | undefined, value: number | undefined): string {
  if (value === undefined) return "–";
  if (first === undefined || first === value) return figure(value);
  return `${figure(value)} (${change(value, first)})`;
}
