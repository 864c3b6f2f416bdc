import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type ScenarioName, SCENARIOS } from "./catalogue.ts";
import type { Circumstances, Finding } from "./finding.ts";

const MINUTE = 60_000;

/** A scenario in a process of its own, with a heap that no other has filled; it prints what it finds as it goes. Throws when it fails, or hangs. */
export async function runScenario(name: ScenarioName, length: Circumstances["length"]): Promise<Finding> {
  const directory = mkdtempSync(join(tmpdir(), `tongyan-bench-${name}-`));
  const circumstances: Circumstances = { length, directory };
  const script = join(import.meta.dirname, "scenario-process.ts");
  const child = fork(script, [name, JSON.stringify(circumstances)], {
    execArgv: ["--expose-gc"],
    serialization: "advanced",
  });
  const kill = (): void => void child.kill("SIGKILL");
  process.once("exit", kill);
  try {
    return await findingOf(child, { name, minutes: SCENARIOS[name].minutes[length] });
  } finally {
    // With it end those that it started: each of them ends when its line to it does.
    kill();
    process.off("exit", kill);
    rmSync(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}

type Waited = { readonly name: string; readonly minutes: number };

/** The first thing that the process says. */
export async function findingOf(child: ChildProcess, { name, minutes }: Waited): Promise<Finding> {
  const waiting = new AbortController();
  const { signal } = waiting;
  const said = once(child, "message", { signal });
  const ended = once(child, "exit", { signal }).then(() => "ended" as const);
  const late = sleep(minutes * MINUTE, "late" as const, { signal });
  const outcome = await Promise.race([said, ended, late]).finally(() => waiting.abort());
  await Promise.allSettled([said, ended, late]);
  if (outcome === "ended") throw new Error(`${name} has failed, see above`);
  if (outcome === "late") throw new Error(`${name} was not done within ${minutes} minutes and was ended`);
  return outcome[0] as Finding;
}
