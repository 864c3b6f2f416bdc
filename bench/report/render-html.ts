import { readFileSync } from "node:fs";
import type { BenchRun, Machine } from "./bench-run.ts";
import { renderComparison } from "./comparison.ts";
import { whole } from "./figures.ts";
import { renderCharts } from "./growth-plot.ts";
import { renderLatencies } from "./latency-plot.ts";
import { Markup, markup, NOTHING } from "./markup.ts";
import { faultSentences, measurementTable } from "./measurement-table.ts";
import { byScenario, labelled, nameOf, type ShownMeasurement, type ShownRun } from "./shown-run.ts";
import { pageTable } from "./table.ts";
import { renderTargets } from "./target-bars.ts";
import { renderTimelines } from "./timeline-plot.ts";

const STYLE = new Markup(readFileSync(new URL("./report.css", import.meta.url), "utf8"));

/**
 * One HTML page that needs nothing else: no script, nothing loaded from anywhere, which its own policy forbids. The first run is what it is
 * about; the others stand beside it.
 */
export function renderHtml(runs: readonly BenchRun[]): string {
  const shown = labelled(runs);
  const [first] = runs;
  const title = first === undefined ? "" : first.command.join(" ");
  return markup`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Tongyan bench: ${title}</title>
<style>${STYLE}</style></head>
<body><main>
<header><h1>Tongyan bench <span lang="zh">通验测速</span></h1>${shown.map(renderRun)}</header>
${renderTargets(shown)}
${renderComparison(shown)}
${renderScenarios(shown)}
${renderGrowth(shown)}
<footer><p>Every answer was checked; only right ones are counted. In a closed loop each connection asks anew when it was answered: that shows what can be done.
Under a fixed rate a time counts from when the request was due, so that a stall shows in all that it kept waiting (coordinated omission).</p>
<p lang="zh">每个答复都经过核对，只计正确的。闭环：收到答复后立即再问，反映处理能力；定速：从应发时刻起计时，停顿不会被掩盖。</p></footer>
</main></body></html>
`.text;
}

function renderRun({ label, run }: ShownRun): Markup {
  const badge = label === "" ? NOTHING : markup`<b class="badge">${label}</b> `;
  return markup`<p class="run">${badge}${run.command.map((word) => markup`<code>${word}</code> `)}<time datetime="${run.startedAt}">${moment(run.startedAt)}</time>
<span class="machine">${machineLine(run.machine)}</span></p>`;
}

/** Of RFC 3339, as in 2026-11-21 08:00:00 UTC. */
const moment = (startedAt: string): string => startedAt.replace(/T(.{8}).*$/, " $1 UTC");

/** As in "AMD EPYC, 2 cores, 8 GB; Linux 6.1; node v26.1.0". */
export const machineLine = ({ cpu, cores, memoryBytes, system, node }: Machine): string =>
  `${cpu}, ${cores} cores, ${whole(memoryBytes / 2 ** 30)} GB; ${system}; node ${node}`;

function renderScenarios(shown: readonly ShownRun[]): readonly Markup[] {
  return [...byScenario(shown)].map(([scenario, measurements]) => {
    const panels = [...renderLatencies(measurements), ...renderTimelines(measurements)];
    return markup`<section><h2>${scenario}</h2>${pageTable(scenario, measurementTable(measurements, subjectOf))}
${measurements.map(renderFaults)}<div class="panels">${panels}</div></section>`;
  });
}

const subjectOf = ({ label, subject }: ShownMeasurement): string => (label === "" ? subject : `${label} · ${subject}`);

function renderFaults(measurement: ShownMeasurement): Markup {
  const sentences = faultSentences(measurement);
  if (sentences.length === 0) return NOTHING;
  return markup`<p class="faults"><b>${nameOf(measurement)}</b>: ${sentences.join("; ")}.</p>`;
}

function renderGrowth(shown: readonly ShownRun[]): Markup {
  const charts = renderCharts(shown);
  if (charts.length === 0) return NOTHING;
  return markup`<section><h2>Growth <span lang="zh">规模与开销</span></h2><div class="panels">${charts}</div></section>`;
}
