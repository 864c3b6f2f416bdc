import { readFileSync } from "node:fs";
import type { Asked } from "./arguments.ts";
import { SCENARIOS, type ScenarioName } from "./catalogue.ts";
import type { Finding } from "./finding.ts";
import { missedTargets, withTargets } from "./judgement.ts";
import type { BenchRun } from "./report/bench-run.ts";
import { thisMachine } from "./report/machine.ts";
import { readRun } from "./report/read-run.ts";
import { renderComparisonTable, renderTable } from "./report/render-table.ts";
import { writeReport } from "./report/write-report.ts";
import type { Targets } from "./targets.ts";

type Bench = {
  readonly targets: Targets;
  /** As it was asked for. */
  readonly command: readonly string[];
  readonly run: (name: ScenarioName, length: Asked["length"]) => Promise<Finding>;
  readonly print: (line: string) => void;
};

/** Runs the scenarios, prints what they found, writes the report. Resolves to the exit code: 1 when one failed, and when a target was to be checked and is missed. */
export async function bench(asked: Asked, surroundings: Bench): Promise<number> {
  const { targets, command, print } = surroundings;
  const startedAt = new Date().toISOString();
  const earlier = asked.compare.map((file) => readRun(readFileSync(file, "utf8")));
  const machine = thisMachine();
  print(`machine: ${machine.cpu}, ${machine.cores} cores; node ${machine.node}`);
  const { findings, failures } = await runAll(asked, surroundings);
  const ratios = findings.flatMap(({ ratios }) => withTargets(ratios, targets));
  const run: BenchRun = {
    version: 1,
    startedAt,
    machine,
    command,
    measurements: findings.flatMap(({ measurements }) => measurements),
    ratios,
    charts: findings.flatMap(({ charts }) => charts),
  };
  print(`\n${renderTable(run)}\n${renderComparisonTable([run, ...earlier])}`);
  const { json, html } = writeReport(run, asked.out, earlier);
  print(`${json}\n${html}`);
  const missed = asked.check ? missedTargets(ratios, { targets, scenarios: asked.scenarios }) : [];
  for (const line of [...failures, ...missed]) print(`MISSED  ${line}`);
  return failures.length + missed.length === 0 ? 0 : 1;
}

type Ran = { readonly findings: readonly Finding[]; readonly failures: readonly string[] };

/** One after the other; what one of them fails at does not keep the next from running. */
async function runAll({ scenarios, length }: Asked, { run, print }: Bench): Promise<Ran> {
  const findings: Finding[] = [];
  const failures: string[] = [];
  for (const name of scenarios) {
    print(`\n── ${name}: ${SCENARIOS[name].shows}`);
    try {
      findings.push(await run(name, length));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      print(why);
      failures.push(`${name}: ${why}`);
    }
  }
  return { findings, failures };
}
