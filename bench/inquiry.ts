import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tokenFor } from "#gateway/cli/token-for.ts";
import type { Load, Order } from "./load.ts";
import { policyCost, tableRate } from "./parts.ts";
import { judge, machine, median, print, printTable } from "./print.ts";
import { BenchProcess } from "./processes.ts";
import { RECORDS } from "./records.ts";
import { CLIENT, type ScenarioName, SCENARIOS } from "./scenarios.ts";
import { fillTable, makeScene, type Scene } from "./scene.ts";

const ROUNDS = 5;
const SECONDS = 4;
/** Of the bare server's rate; for a whole exchange. */
const TARGET = 0.35;
/** Microseconds of a decision that was made before. */
const POLICY_TARGET = 10;
const TARGETS = ["baseline", "gateway"] as const;
type Target = (typeof TARGETS)[number];

type Server = { readonly process: BenchProcess; readonly origin: string };
/** `cost`: microseconds that the server's main thread worked for one answer. `resident`: bytes that the server has at the end. */
type Round = Load & { readonly cost: number; readonly resident: number };
type Rounds = { readonly [Each in Target]: Round[] };

/** Whole exchanges over HTTP against a bare server that answers the same, in one run: every process on its own, every answer checked. */
export async function measure(name: ScenarioName): Promise<void> {
  print(`machine: ${machine()}`);
  const directory = mkdtempSync(join(tmpdir(), "tongyan-bench-"));
  const running: BenchProcess[] = [];
  try {
    await run(name, directory, running);
  } finally {
    await Promise.all(running.map((each) => each.stop()));
    rmSync(directory, { recursive: true, force: true });
  }
}

async function run(name: ScenarioName, directory: string, running: BenchProcess[]): Promise<void> {
  const scene = await makeScene(directory);
  await printParts(name, scene);
  const start = (script: string, args: readonly string[], environment = {}): BenchProcess => {
    const process = new BenchProcess(script, args, join(directory, `${running.length}.log`), environment);
    running.push(process);
    return process;
  };
  const serve = async (process: BenchProcess): Promise<Server> => ({ process, origin: await process.origin() });
  const gateway = await serve(start("gateway/main.ts", ["serve"], scene.environment));
  const token = await tokenFor({ client: CLIENT, key: scene.key, url: gateway.origin });
  const sample = join(directory, "answer.json");
  writeFileSync(sample, await answerOf(name, gateway.origin, token));
  const baseline = await serve(start("bench/baseline.ts", [name, sample]));
  const client = start("bench/load.ts", []);
  await compare(name, async (target, perSecond, scenario = name) => {
    const { process, origin } = { gateway, baseline }[target];
    const order: Order = { scenario, target, origin, token, seconds: SECONDS, perSecond };
    const before = process.worked;
    const load = await client.hear<Load>(order, (SECONDS + 60) * 1000);
    if (load.mistakes > 0)
      throw new Error(`${load.mistakes} answers of the ${target} are wrong; the first: ${load.mistake}`);
    return { ...load, cost: ((process.worked - before) / load.answers) * 1000, resident: process.resident };
  });
}

async function printParts(name: ScenarioName, scene: Scene): Promise<void> {
  const source = await fillTable(scene);
  await tableRate(source);
  print(`table: ${RECORDS} records; ${Math.round(await tableRate(source))} lookups a second in one process`);
  await source.close();
  const { cold, warm } = policyCost(scene, SCENARIOS[name]);
  print(`policy: ${cold.toFixed(0)} µs cold, ${warm.toFixed(1)} µs warm`);
  judge(`target: a warm decision under ${POLICY_TARGET} µs`, warm < POLICY_TARGET);
}

async function answerOf(name: ScenarioName, origin: string, token: string): Promise<string> {
  const { path, question } = SCENARIOS[name];
  const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
  const response = await fetch(`${origin}${path}`, { method: "POST", headers, body: question(1).body });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`the gateway does not answer: ${text}`);
  return text;
}

/** One round; see Order. */
type Ask = (target: Target, perSecond: number | null, scenario?: ScenarioName) => Promise<Round>;

async function compare(name: ScenarioName, ask: Ask): Promise<void> {
  for (const target of TARGETS) await ask(target, null);
  const rounds: Rounds = { baseline: [], gateway: [] };
  for (let round = 0; round < ROUNDS; round++)
    for (const target of TARGETS) rounds[target].push(await ask(target, null));
  const ratio = printRounds(rounds);
  const pace = Math.floor(medianOf(rounds.gateway, "perSecond") / 2);
  for (const target of TARGETS) printPace(target, pace, await ask(target, pace));
  if (name === "lookup") {
    const { perSecond, p99 } = await ask("gateway", null, "sensitive-lookup");
    print(
      `with a sensitive field, of which the provider is notified: ${perSecond.toFixed(0)} per second, p99 ${p99.toFixed(1)} ms`,
    );
  }
  const [first, last] = [rounds.gateway[0], rounds.gateway.at(-1)].map((round) => megabytes(round?.resident));
  print(`memory of the gateway: ${first} MB after the first round, ${last} MB after the last`);
  judge(`target: at least ${TARGET} of the bare server's rate: ${ratio.toFixed(2)}`, ratio >= TARGET);
}

const megabytes = (bytes = Number.NaN): number => Math.round(bytes / 1024 / 1024);

const medianOf = (rounds: readonly Round[], figure: "perSecond" | "p50" | "p99" | "cost" | "busy" | "bytes"): number =>
  median(rounds.map((round) => round[figure]));

const NAMES: { readonly [Each in Target]: string } = {
  baseline: "bare Fastify, same body, schema and size",
  gateway: "Tongyan: whole exchange, recorded",
};

/** The ratio of the medians. */
function printRounds(rounds: Rounds): number {
  const base = medianOf(rounds.baseline, "perSecond");
  const rows = TARGETS.map((target) => {
    const figure = (name: Parameters<typeof medianOf>[1]): number => medianOf(rounds[target], name);
    return [
      NAMES[target],
      figure("perSecond").toFixed(0),
      (figure("perSecond") / base).toFixed(2),
      `${figure("p50").toFixed(1)} ms`,
      `${figure("p99").toFixed(1)} ms`,
      figure("bytes").toFixed(0),
      `${figure("cost").toFixed(1)} µs`,
      `${(figure("busy") * 100).toFixed(0)} %`,
    ];
  });
  const answers = TARGETS.flatMap((target) => rounds[target]).reduce((sum, { answers }) => sum + answers, 0);
  print(`\n${ROUNDS} rounds of ${SECONDS} s each by turns, medians; ${answers} answers, every one checked\n`);
  printTable(["", "per second", "ratio", "p50", "p99", "bytes", "server CPU", "client busy"], rows);
  return medianOf(rounds.gateway, "perSecond") / base;
}

const printPace = (target: Target, pace: number, { p50, p99, answers }: Round): void =>
  print(
    `${NAMES[target]}, at a fixed ${pace} per second: p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms (${answers} answers)`,
  );
