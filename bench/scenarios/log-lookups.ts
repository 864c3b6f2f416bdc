import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Circumstances, Finding } from "../finding.ts";
import { LoadGenerator } from "../load/load-generator.ts";
import { median, print, printTable } from "../print.ts";
import { mergeRounds } from "../rounds.ts";
import { ask, type Asking, closedLoop, type Round, WARM_UP_ROUNDS } from "../scene/asking.ts";
import { type Gateway, startGateway } from "../scene/gateway.ts";
import { fillTable, makeScene } from "../scene/scene.ts";

const ROUNDS = { full: 5, brief: 3 } as const;
const SECONDS = { full: 4, brief: 2 } as const;
const CONNECTIONS = 64;

const SCRIPTS = { unrecorded: "bench/scene/unrecorded.ts", recorded: "gateway/main.ts" } as const;
type Name = keyof typeof SCRIPTS;
const NAMES = ["unrecorded", "recorded"] as const satisfies readonly Name[];
type Rounds = { readonly [Each in Name]: readonly Round[] };

/** Lookups through the whole gateway with its log, and with nothing in the log's place, by turns in one run; every answer checked. */
export async function compareRecording({
  length,
  directory,
}: Circumstances): Promise<Finding<"log.recorded-to-unrecorded">> {
  const generator = new LoadGenerator();
  const gateways = new Map<Name, Gateway>();
  try {
    for (const name of NAMES) gateways.set(name, await start(name, directory));
    const rounds: { readonly [Each in Name]: Round[] } = { unrecorded: [], recorded: [] };
    for (let round = -WARM_UP_ROUNDS[length]; round < ROUNDS[length]; round++) {
      for (const [name, gateway] of gateways) {
        const asked = await ask(gateway, generator, askingOf(name, SECONDS[length]));
        if (round >= 0) rounds[name].push(asked);
      }
    }
    return report(rounds, length);
  } finally {
    await Promise.all([...[...gateways.values()].map((gateway) => gateway.stop()), generator.stop()]);
  }
}

async function start(name: Name, directory: string): Promise<Gateway> {
  const place = join(directory, name);
  mkdirSync(place, { recursive: true });
  const scene = await makeScene(place);
  await (await fillTable(scene)).close();
  return await startGateway(scene, { directory: place, script: SCRIPTS[name] });
}

const askingOf = (name: Name, seconds: number): Asking =>
  closedLoop({
    scenario: "log",
    title: `lookups over HTTP, ${name}`,
    inquiry: "lookup",
    subject: "gateway",
    connections: CONNECTIONS,
    seconds,
  });

function report(rounds: Rounds, length: Circumstances["length"]): Finding<"log.recorded-to-unrecorded"> {
  const rate = (name: Name): number => median(rounds[name].map(({ perSecond }) => perSecond));
  const value = rate("recorded") / rate("unrecorded");
  print(
    `\nlookups over HTTP, ${ROUNDS[length]} rounds of ${SECONDS[length]} s each by turns, medians; every answer checked\n`,
  );
  const rows = NAMES.map((name) => [
    name,
    rate(name).toFixed(0),
    (rate(name) / rate("unrecorded")).toFixed(2),
    `${median(rounds[name].map(({ cost }) => cost)).toFixed(1)} µs`,
  ]);
  printTable(["", "per second", "ratio", "server CPU"], rows);
  return {
    measurements: NAMES.map((name) => mergeRounds(rounds[name])),
    ratios: { "log.recorded-to-unrecorded": { title: "lookups recorded, against lookups with no log", value } },
    charts: [],
  };
}
