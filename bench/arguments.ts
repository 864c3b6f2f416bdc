import { parseArgs } from "node:util";
import { isScenarioName, scenarioNames, type ScenarioName } from "./catalogue.ts";
import { scenarioOf } from "./judgement.ts";
import type { Targets } from "./targets.ts";

/** What `npm run bench -- …` was asked for. `check`: a missed target fails. `compare`: files of earlier runs. */
export type Asked = {
  readonly scenarios: readonly ScenarioName[];
  readonly check: boolean;
  readonly length: "full" | "brief";
  readonly out: string;
  readonly compare: readonly string[];
};

const OUT = "bench/results";

export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** `--check` alone asks for every scenario that has a target. Throws UsageError. */
export function parseArguments(args: readonly string[], targets: Targets): Asked {
  const { values, positionals } = parsed(args);
  const { check = false, brief = false, out = OUT, compare = [] } = values;
  const unknown = positionals.find((name) => !isScenarioName(name));
  if (unknown !== undefined) throw new UsageError(`no scenario is ${JSON.stringify(unknown)}`);
  const named = positionals.filter(isScenarioName);
  if (named.length === 0 && !check) throw new UsageError("no scenario");
  const aimed = new Set(Object.keys(targets).map(scenarioOf));
  const scenarios = named.length > 0 ? [...new Set(named)] : scenarioNames().filter((name) => aimed.has(name));
  return { scenarios, check, length: brief ? "brief" : "full", out, compare };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        check: { type: "boolean" },
        brief: { type: "boolean" },
        out: { type: "string" },
        compare: { type: "string", multiple: true },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : "");
  }
}
