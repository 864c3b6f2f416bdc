import { parseArguments, UsageError } from "./arguments.ts";
import { bench } from "./bench.ts";
import { scenarioNames, SCENARIOS } from "./catalogue.ts";
import { print } from "./print.ts";
import { runScenario } from "./run-scenario.ts";
import { shippedTargets } from "./targets.ts";

/** `npm run bench -- SCENARIO…`: measures on this machine, checks every answer, takes ratios from one run and holds them against targets.json. */
const USAGE = `usage: npm run bench -- SCENARIO… [--check] [--brief] [--out DIR] [--compare FILE]…

${scenarioNames()
  .map((name) => `  ${name.padEnd(8)}  ${SCENARIOS[name].shows}`)
  .join("\n")}

  --check    fail under a target of bench/targets.json; without a scenario, every one that has a target
  --brief    fewer and shorter rounds
  --out      where the report goes; bench/results unless given
  --compare  an earlier run's JSON, shown beside this one
`;
const EX_USAGE = 64;

// Whoever ends this ends what it started: see "exit" in run-scenario.ts.
for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const)
  process.once(signal, () => process.exit(code));

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  try {
    const targets = shippedTargets();
    return await bench(parseArguments(args, targets), { targets, command: args, run: runScenario, print });
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n\n${USAGE}`);
    return EX_USAGE;
  }
}
