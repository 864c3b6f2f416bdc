import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { bench } from "./bench.ts";
import type { Finding } from "./finding.ts";
import { readRun } from "./report/read-run.ts";
import type { Targets } from "./targets.ts";

const directory = mkdtempSync(join(tmpdir(), "tongyan-bench-test-"));
afterAll(() => rmSync(directory, { recursive: true }));

const targets: Targets = { "lookup.rate": { atLeast: 0.5 }, "log.memory": { atMost: 1.2 } };

const printed: string[] = [];

/** A bench whose scenarios find these ratios; a name without one fails. */
function benchThatFinds(
  found: { readonly lookup?: number; readonly log?: number },
  { check, out = directory }: { readonly check: boolean; readonly out?: string },
): Promise<number> {
  return bench(
    { scenarios: ["lookup", "log"], check, length: "brief", out, compare: [] },
    {
      targets,
      command: ["lookup", "log"],
      print: (line) => printed.push(line),
      run: async (name): Promise<Finding> => {
        const value = found[name as "lookup" | "log"];
        if (value === undefined) throw new Error(`${name} cannot run here`);
        const ratio = name === "lookup" ? "lookup.rate" : "log.memory";
        return { measurements: [], ratios: { [ratio]: { title: ratio, value } }, charts: [] };
      },
    },
  );
}

test("a check ends well where every target is reached", async () => {
  expect(await benchThatFinds({ lookup: 0.5, log: 1.1 }, { check: true })).toBe(0);
});

test.each([
  ["a ratio under its target", { lookup: 0.49, log: 1.1 }],
  ["a ratio over its target", { lookup: 0.6, log: 1.21 }],
])("a check fails by %s", async (_, found) => {
  expect(await benchThatFinds(found, { check: true })).toBe(1);
  expect(printed.at(-1)).toMatch(/^MISSED {2}l\S+: at (least|most) /);
  expect(await benchThatFinds(found, { check: false })).toBe(0);
});

test("a scenario that cannot run fails the bench, checked or not, and the others still run", async () => {
  const out = join(directory, "partly");
  expect(await benchThatFinds({ log: 1.1 }, { check: true, out })).toBe(1);
  expect(await benchThatFinds({ log: 1.1 }, { check: false, out })).toBe(1);
  expect(printed).toContain("MISSED  lookup: lookup cannot run here");
  const file = readdirSync(out).find((name) => name.endsWith(".json")) ?? "";
  const { ratios } = readRun(readFileSync(join(out, file), "utf8"));
  expect(ratios).toEqual([{ name: "log.memory", title: "log.memory", value: 1.1, target: { atMost: 1.2 } }]);
});
