import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { stallsOf } from "../baselines/clock.ts";
import type { Circumstances, Finding } from "../finding.ts";
import { LoadGenerator } from "../load/load-generator.ts";
import { print } from "../print.ts";
import type { Pace } from "../report/bench-run.ts";
import { ask as askServer, type Round, WARM_UP_ROUNDS } from "../scene/asking.ts";
import { policyCost, tableRate } from "../scene/parts.ts";
import { INQUIRIES, type InquiryName, type Subject } from "../scene/questions.ts";
import { RECORDS } from "../scene/records.ts";
import { fillTable, makeScene, type Scene } from "../scene/scene.ts";
import { bestRate, type Kind, type Paced, type Parts, type RatioOf, report, type Rounds } from "./inquiry-report.ts";
import { type Server, startServers, TITLES } from "./inquiry-servers.ts";

const ROUNDS = { full: 5, brief: 3 } as const;
const PACED_ROUNDS = { full: 3, brief: 1 } as const;
const SECONDS = { full: 3, brief: 2 } as const;
const PACED_SECONDS = { full: 8, brief: 4 } as const;
/** Of a closed loop. Each server's rate is the one with as many as suit it best. */
const CONNECTIONS = [64, 256] as const;
const PACED_CONNECTIONS = 64;

type Servers = ReadonlyMap<Subject, Server>;
type Order = { readonly pace: Pace; readonly connections: number; readonly inquiry?: InquiryName };
/** One round. */
type Ask = (subject: Subject, order: Order) => Promise<Round>;

const inTurn = (connections: number): Order => ({ pace: { kind: "closed" }, connections });

/** Authenticated, authorised, masked and recorded lookups in a table of 100,000 records, against bare servers that answer the same. */
export const runLookup = (circumstances: Circumstances): Promise<Finding<RatioOf<"lookup">>> =>
  measureInquiry("lookup", circumstances);

/** Authenticated, authorised and recorded matches of four claims, as runLookup. */
export const runMatch = (circumstances: Circumstances): Promise<Finding<RatioOf<"match">>> =>
  measureInquiry("match", circumstances);

async function measureInquiry<Name extends Kind>(
  name: Name,
  { directory, length }: Circumstances,
): Promise<Finding<RatioOf<Name>>> {
  const place = join(directory, "gateway");
  mkdirSync(place);
  const scene = await makeScene(place);
  const parts = await measureParts(name, scene);
  const generator = new LoadGenerator();
  const servers = new Map<Subject, Server>();
  try {
    await startServers(name, { scene, directory, servers });
    const ask = askingBy(generator, { name, servers, length });
    const rounds = await takeTurns([...servers.keys()], { ask, length });
    const paced = await askAtHalf({ rounds, ask, length });
    if (name === "lookup") await askSensitive(ask);
    const stalls = await stallsOf(PACED_SECONDS[length]);
    return report(name, { rounds, paced, parts, stalls, seconds: SECONDS[length] });
  } finally {
    await Promise.all([...[...servers.values()].map(({ process }) => process.stop()), generator.stop()]);
  }
}

async function measureParts(name: Kind, scene: Scene): Promise<Parts> {
  const source = await fillTable(scene);
  await tableRate(source);
  const table = await tableRate(source);
  await source.close();
  const { cold, warm } = policyCost(scene, INQUIRIES[name]);
  print(`table: ${RECORDS} records; ${table.toFixed(0)} lookups a second in one process`);
  print(`policy: ${cold.toFixed(0)} µs cold, ${warm.toFixed(1)} µs warm`);
  return { table, cold, warm };
}

function askingBy(
  generator: LoadGenerator,
  {
    name,
    servers,
    length,
  }: { readonly name: Kind; readonly servers: Servers; readonly length: Circumstances["length"] },
): Ask {
  return (subject, { pace, connections, inquiry = name }) => {
    const server = servers.get(subject);
    if (server === undefined) throw new Error(`there is no ${subject}`);
    const seconds = pace.kind === "closed" ? SECONDS[length] : PACED_SECONDS[length];
    const [scenario, title] = [inquiry, TITLES[subject]];
    return askServer(server, generator, { scenario, title, pace, connections, seconds, inquiry, subject });
  };
}

async function takeTurns(
  subjects: readonly Subject[],
  { ask, length }: { readonly ask: Ask; readonly length: Circumstances["length"] },
): Promise<Rounds> {
  const rounds = new Map(subjects.map((subject) => [subject, [] as Round[]]));
  for (let round = -WARM_UP_ROUNDS[length]; round < ROUNDS[length]; round++) {
    for (const connections of CONNECTIONS) {
      for (const [subject, asked] of rounds) {
        const answered = await ask(subject, inTurn(connections));
        if (round >= 0) asked.push(answered);
      }
    }
  }
  return rounds;
}

/** At half of the rate that the gateway had at most. Whoever asks then is not warm from the closed loop: a round of each does not count. */
async function askAtHalf({
  rounds,
  ask,
  length,
}: {
  readonly rounds: Rounds;
  readonly ask: Ask;
  readonly length: Circumstances["length"];
}): Promise<Paced> {
  const pace = { kind: "fixed", perSecond: Math.floor(bestRate(rounds.get("gateway")) / 2) } as const;
  const order = { pace, connections: PACED_CONNECTIONS };
  const paced = { gateway: [] as Round[], "bare Fastify": [] as Round[] };
  for (const subject of ["bare Fastify", "gateway"] as const) await ask(subject, order);
  for (let round = 0; round < PACED_ROUNDS[length]; round++) {
    paced["bare Fastify"].push(await ask("bare Fastify", order));
    paced.gateway.push(await ask("gateway", order));
  }
  return paced;
}

async function askSensitive(ask: Ask): Promise<void> {
  const { perSecond, latency } = await ask("gateway", { ...inTurn(PACED_CONNECTIONS), inquiry: "sensitive-lookup" });
  print(
    `with a sensitive field, of which the provider is notified: ${perSecond.toFixed(0)} per second, p99 ${latency?.p99.toFixed(1)} ms`,
  );
}
