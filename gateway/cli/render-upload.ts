import { localTime } from "./local-time.ts";
import type { RefusedRow, TableReport } from "./table-report.ts";
import { displayWidth, type Line, pad, type Span, type Tone } from "./terminal.ts";

const LABEL_COLUMNS = 18;

const span = (text: string, tone?: Tone): Span => (tone === undefined ? { text } : { text, tone });
const labelled = (label: string, ...rest: readonly Span[]): Line => [
  span(`  ${pad(label, LABEL_COLUMNS)}`, "faint"),
  ...rest,
];
const count = (number: number): string => number.toLocaleString("en");

/** What became of the table of a source. */
export function renderUpload(source: string, report: TableReport): Line[] {
  const { rows, accepted, refusedTotal, asOf, sha256 } = report;
  return [
    [statusOf(report), span(`  ${source}`, "strong")],
    labelled("行数 rows", span(count(rows))),
    labelled("接受 accepted", span(count(accepted))),
    labelled("拒绝 refused", span(count(refusedTotal), refusedTotal > 0 ? "bad" : undefined)),
    ...refusedLines(report),
    labelled("数据时点 as of", span(timeOf(asOf))),
    labelled("SHA-256", span(sha256, "faint")),
  ];
}

const statusOf = ({ replaced, version }: TableReport): Span =>
  replaced
    ? span(`✔ 已启用 IN USE${version === null ? "" : ` (version ${version})`}`, "good")
    : span("✘ 未启用，原有数据继续使用 NOT IN USE, the former records stay", "bad");

const timeOf = (asOf: string): string => (Number.isNaN(Date.parse(asOf)) ? asOf : localTime(asOf));

function refusedLines({ refused, refusedTotal }: TableReport): Line[] {
  const columns = Math.max(0, ...refused.map((row) => displayWidth(placeOf(row)))) + 2;
  const lines = refused.map((row): Line => {
    const { code, zh, en } = row;
    return [span(`    ${pad(placeOf(row), columns)}`, "bad"), span(`${zh}。${en}.  `), span(code, "faint")];
  });
  const others = refusedTotal - refused.length;
  return others > 0 ? [...lines, [span(`    另有 ${count(others)} 行 and ${count(others)} more`, "bad")]] : lines;
}

const placeOf = ({ row, column }: RefusedRow): string =>
  `第 ${row} 行 row ${row}${column === null ? "" : `  ${column}`}`;
