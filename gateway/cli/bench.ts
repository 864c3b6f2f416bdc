import { readFileSync } from "node:fs";
import type { LoadResult } from "#bench/load/load.ts";
import type { BenchRun } from "#bench/report/bench-run.ts";
import { thisMachine } from "#bench/report/machine.ts";
import { readRun } from "#bench/report/read-run.ts";
import { renderComparisonTable, renderTable } from "#bench/report/render-table.ts";
import { writeReport } from "#bench/report/write-report.ts";
import { UsageError } from "./options.ts";
import { BENCH_HELP, type BenchArguments, benchCommandLine, parseBenchArguments } from "./bench-arguments.ts";
import { measureLoad } from "./bench-measure.ts";
import { benchRequests } from "./bench-requests.ts";
import { reachGateway } from "./bench-target.ts";
import { hintsFor, introductionOf } from "./bench-words.ts";
import { systemCode } from "./local-verification.ts";
import { CommandError, EXIT } from "./outcome.ts";
import { jsonLine, neutralise } from "./terminal.ts";
import type { CommandIo } from "./verify.ts";

/** Answers that were wrong, refused or missing. */
const EXIT_FAULTS = 1;

/** `tongyan bench`: resolves to the exit status (see BENCH_HELP). */
export async function benchCommand(argv: readonly string[], io: CommandIo): Promise<number> {
  try {
    const asked = parseBenchArguments(argv, io.env);
    if (asked !== "help") return await bench(asked, io);
    io.stdout(BENCH_HELP);
    return 0;
  } catch (error) {
    return explain(error, io);
  }
}

function explain(error: unknown, { stderr }: CommandIo): number {
  if (!(error instanceof UsageError || error instanceof CommandError)) throw error;
  stderr(`tongyan bench: ${neutralise(error.message)}\n`);
  if (error instanceof CommandError) return error.exit;
  stderr(`\n${BENCH_HELP}`);
  return EXIT.usage;
}

async function bench(asked: BenchArguments, io: CommandIo): Promise<number> {
  const earlier = asked.compare.map(readEarlier);
  const requests = benchRequests(asked);
  await reachGateway(asked);
  const startedAt = new Date().toISOString();
  const result = await measureLoad(asked, requests, io);
  const run = runOf(asked, startedAt, result);
  if (asked.form === "json") io.stdout(jsonLine(run));
  else io.stdout(`${introductionOf(asked, result)}\n\n${renderTable(run)}${besideEarlier([run, ...earlier])}`);
  for (const hint of hintsFor(asked, result)) io.stderr(`${hint}\n`);
  if (asked.out !== null) io.stderr(`${written(run, asked.out, earlier)}\n`);
  const { wrong, refused, failed } = result.outcomes;
  return wrong + refused + failed > 0 || result.answers === 0 ? EXIT_FAULTS : 0;
}

function runOf(asked: BenchArguments, startedAt: string, result: LoadResult): BenchRun {
  const { busy: _busy, bytes: _bytes, ...measurement } = result;
  return {
    version: 1,
    startedAt,
    machine: thisMachine(),
    command: benchCommandLine(asked),
    measurements: [measurement],
    ratios: [],
    charts: [],
  };
}

function besideEarlier(runs: readonly BenchRun[]): string {
  const table = renderComparisonTable(runs);
  return table === "" ? "" : `\n${table}`;
}

function readEarlier(file: string): BenchRun {
  try {
    return readRun(readFileSync(file, "utf8"));
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if ("code" in error) throw new CommandError(EXIT.unreadable, `${file}: ${systemCode(error)}`);
    throw new CommandError(EXIT.data, `${file}: ${error.message}`);
  }
}

function written(run: BenchRun, directory: string, earlier: readonly BenchRun[]): string {
  try {
    const { json, html } = writeReport(run, directory, earlier);
    return `written: ${json}, ${html}`;
  } catch (error) {
    throw new CommandError(EXIT.unreadable, `${directory}: ${systemCode(error)}`);
  }
}
