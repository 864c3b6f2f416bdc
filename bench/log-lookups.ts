import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { tokenFor } from "#gateway/cli/token-for.ts";
import type { Load, Order } from "./load.ts";
import { judge, median, print, printTable } from "./print.ts";
import { BenchProcess } from "./processes.ts";
import { CLIENT } from "./scenarios.ts";
import { fillTable, makeScene } from "./scene.ts";

const ROUNDS = 5;
const SECONDS = 4;
/** Of the rate with nothing recorded. */
const TARGET = 0.8;

const GATEWAYS = { recorded: "gateway/main.ts", unrecorded: "bench/unrecorded.ts" } as const;
type Name = keyof typeof GATEWAYS;
type Gateway = { readonly process: BenchProcess; readonly origin: string; readonly token: string };
type Round = Load & { readonly cost: number };

/** Lookups through the whole gateway with its log, and with nothing in the log's place, by turns in one run; every answer checked. */
export async function compareRecording(directory: string): Promise<void> {
  const running: BenchProcess[] = [];
  try {
    const recorded = await start("recorded", directory, running);
    const unrecorded = await start("unrecorded", directory, running);
    const client = new BenchProcess("bench/load.ts", [], join(directory, "client.log"));
    running.push(client);
    await compare({ recorded, unrecorded }, client);
  } finally {
    await Promise.all(running.map((each) => each.stop()));
  }
}

async function start(name: Name, directory: string, running: BenchProcess[]): Promise<Gateway> {
  const place = join(directory, name);
  mkdirSync(place, { recursive: true });
  const scene = await makeScene(place);
  await (await fillTable(scene)).close();
  const process = new BenchProcess(GATEWAYS[name], ["serve"], join(directory, `${name}.log`), scene.environment);
  running.push(process);
  const origin = await process.origin();
  return { process, origin, token: await tokenFor({ client: CLIENT, key: scene.key, url: origin }) };
}

async function compare(gateways: { readonly [Each in Name]: Gateway }, client: BenchProcess): Promise<void> {
  const rounds: { readonly [Each in Name]: Round[] } = { recorded: [], unrecorded: [] };
  const names = ["unrecorded", "recorded"] as const;
  for (const name of names) await ask(gateways[name], client);
  for (let round = 0; round < ROUNDS; round++)
    for (const name of names) rounds[name].push(await ask(gateways[name], client));
  const rate = (name: Name): number => median(rounds[name].map(({ perSecond }) => perSecond));
  const ratio = rate("recorded") / rate("unrecorded");
  print(`\nlookups over HTTP, ${ROUNDS} rounds of ${SECONDS} s each by turns, medians; every answer checked\n`);
  const rows = names.map((name) => [
    name,
    rate(name).toFixed(0),
    (rate(name) / rate("unrecorded")).toFixed(2),
    `${median(rounds[name].map(({ cost }) => cost)).toFixed(1)} µs`,
  ]);
  printTable(["", "per second", "ratio", "server CPU"], rows);
  judge(`target: recorded at least ${TARGET} of unrecorded: ${ratio.toFixed(2)}`, ratio >= TARGET);
}

async function ask({ process, origin, token }: Gateway, client: BenchProcess): Promise<Round> {
  const order: Order = { scenario: "lookup", target: "gateway", origin, token, seconds: SECONDS, perSecond: null };
  const before = process.worked;
  const load = await client.hear<Load>(order, (SECONDS + 60) * 1000);
  if (load.mistakes > 0) throw new Error(`${load.mistakes} answers are wrong; the first: ${load.mistake}`);
  return { ...load, cost: ((process.worked - before) / load.answers) * 1000 };
}
