import type { FoundRatio } from "./finding.ts";
import { isReached, type Ratio } from "./report/bench-run.ts";
import type { Targets } from "./targets.ts";

/** Ratios with their targets, in the order found. */
export const withTargets = (found: Readonly<Record<string, FoundRatio>>, targets: Targets): readonly Ratio[] =>
  Object.entries(found).map(([name, { title, value }]) => ({ name, title, value, target: targets[name] ?? null }));

/**
 * A line for each target that is missed: not reached, or not measured at all. `scenarios` are those that were asked for; targets of others
 * do not count. Empty: all are reached.
 */
export function missedTargets(
  ratios: readonly Ratio[],
  { targets, scenarios }: { readonly targets: Targets; readonly scenarios: readonly string[] },
): readonly string[] {
  return Object.entries(targets).flatMap(([name, target]) => {
    if (!scenarios.includes(scenarioOf(name))) return [];
    const wanted = "atLeast" in target ? `at least ${target.atLeast}` : `at most ${target.atMost}`;
    const measured = ratios.filter((ratio) => ratio.name === name);
    if (measured.length === 0) return [`${name}: ${wanted} wanted, not measured`];
    return measured
      .filter(({ value }) => !isReached(value, target))
      .map(({ value, title }) => `${name}: ${wanted} wanted, ${shown(value)} found (${title})`);
  });
}

/** As in "verify" of "verify.http-to-in-process". */
export const scenarioOf = (name: string): string => name.split(".", 1)[0] ?? "";

/** Exact enough that what is missed by little does not look like what was wanted. */
const shown = (value: number): string => String(Number(value.toPrecision(6)));
