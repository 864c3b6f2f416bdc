import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CATALOGUE } from "#gateway/registry/seed/catalogue.ts";
import type { Resource } from "#gateway/registry/entities.ts";
import type { Circumstances } from "../finding.ts";
import { LoadGenerator } from "../load/load-generator.ts";
import { median, print } from "../print.ts";
import type { Measurement } from "../report/bench-run.ts";
import { mergeRounds } from "../rounds.ts";
import { ask, closedLoop, type Round } from "../scene/asking.ts";
import { type Gateway, startGateway } from "../scene/gateway.ts";
import { RESOURCE } from "../scene/questions.ts";
import { fillTable, makeScene } from "../scene/scene.ts";
import type { Curve } from "./curve.ts";

const CATALOGUES = { full: [20, 100, 1_000, 10_000], brief: [20, 1_000] } as const;
const CONNECTIONS = { full: [1, 4, 16, 64, 256, 1_000, 2_000], brief: [1, 16, 256, 1_000] } as const;
const ROUNDS = { full: 3, brief: 2 } as const;
const SECONDS = { full: 4, brief: 2 } as const;
const USUAL_CONNECTIONS = 64;
/** Files that gateway and client have open beside their connections. */
const OTHER_FILES = 200;

type Grown = { readonly catalogue: Curve; readonly connections: Curve; readonly measurements: readonly Measurement[] };

/** What one lookup over HTTP costs by the size of the catalogue, and by how many connections there are. */
export async function growOverHttp({ length, directory }: Circumstances): Promise<Grown> {
  const generator = new LoadGenerator();
  const started: Gateway[] = [];
  try {
    const catalogue = await growCatalogue({ generator, started, length, directory });
    const connections = await growConnections({ generator, started, length, directory });
    return {
      catalogue: curveOf("Catalogue size", "resources", catalogue),
      connections: curveOf("Connections", "connections", connections),
      measurements: [...connections].map(([, rounds]) => mergeRounds(rounds)),
    };
  } finally {
    await Promise.all([...started.map((gateway) => gateway.stop()), generator.stop()]);
  }
}

type Rounds = ReadonlyMap<number, readonly Round[]>;
type Growing = Circumstances & { readonly generator: LoadGenerator; readonly started: Gateway[] };

async function growCatalogue({ generator, started, length, directory }: Growing): Promise<Rounds> {
  const gateways = new Map<number, Gateway>();
  for (const size of CATALOGUES[length]) {
    const gateway = await startWith(size, join(directory, `catalogue-${size}`));
    started.push(gateway);
    gateways.set(size, gateway);
  }
  const asking = { generator, length, connections: USUAL_CONNECTIONS };
  for (const gateway of gateways.values()) await askFor(gateway, asking);
  const rounds = new Map([...gateways].map(([size]) => [size, [] as Round[]]));
  for (let round = 0; round < ROUNDS[length]; round++)
    for (const [size, gateway] of gateways) rounds.get(size)?.push(await askFor(gateway, asking));
  await Promise.all([...gateways.values()].map((gateway) => gateway.stop()));
  return rounds;
}

async function growConnections({ generator, started, length, directory }: Growing): Promise<Rounds> {
  const gateway = await startWith(CATALOGUE.length, join(directory, "connections"));
  started.push(gateway);
  await askFor(gateway, { generator, length, connections: USUAL_CONNECTIONS });
  const possible = CONNECTIONS[length].filter((connections) => connections + OTHER_FILES <= mostFiles());
  if (possible.length < CONNECTIONS[length].length)
    print(`at most ${mostFiles()} files may be open here (ulimit -n): fewer connections than wanted`);
  const rounds = new Map(possible.map((connections) => [connections, [] as Round[]]));
  for (let round = 0; round < ROUNDS[length]; round++)
    for (const [connections, asked] of rounds) asked.push(await askFor(gateway, { generator, length, connections }));
  return rounds;
}

/** That this process and its children may have open; without end where the system does not say. */
function mostFiles(): number {
  const file = "/proc/self/limits";
  const limit = existsSync(file) ? /^Max open files\s+(\d+)/m.exec(readFileSync(file, "utf8"))?.[1] : undefined;
  return limit === undefined ? Number.POSITIVE_INFINITY : Number(limit);
}

/** A gateway whose catalogue has `size` resources, the demo's among them. */
async function startWith(size: number, place: string): Promise<Gateway> {
  mkdirSync(place, { recursive: true });
  const scene = await makeScene(place, { more: moreResources(size - CATALOGUE.length) });
  await (await fillTable(scene)).close();
  return await startGateway(scene, { directory: place });
}

/** Resources like the one that is asked for, each of a name of its own. They have no sources. */
function moreResources(count: number): readonly Resource[] {
  const model = CATALOGUE.find(({ id }) => id === RESOURCE);
  if (model === undefined) throw new Error(`there is no ${RESOURCE}`);
  return Array.from({ length: Math.max(0, count) }, (_, number) => ({
    ...model,
    id: `bench-register-${number}`,
    zh: `${model.zh}${number}`,
    en: `${model.en} ${number}`,
    sources: {},
    licence: null,
  }));
}

type Client = Pick<Growing, "generator" | "length"> & { readonly connections: number };

const askFor = (gateway: Gateway, { generator, length, connections }: Client): Promise<Round> =>
  ask(
    gateway,
    generator,
    closedLoop({
      scenario: "growth",
      title: `lookups over ${connections} connections`,
      inquiry: "lookup",
      subject: "gateway",
      connections,
      seconds: SECONDS[length],
    }),
  );

function curveOf(title: string, size: string, rounds: Rounds): Curve {
  const points = (figure: (asked: readonly Round[]) => number): [number, number][] =>
    [...rounds].map(([x, asked]) => [x, figure(asked)]);
  return {
    title,
    size,
    unit: "ms",
    series: [
      {
        name: "a lookup, CPU of the gateway's main thread",
        points: points((asked) => median(asked.map(({ cost }) => cost)) / 1000),
      },
      {
        name: "a lookup, time from one answer to the next",
        points: points((asked) => 1000 / median(asked.map(({ perSecond }) => perSecond))),
      },
      { name: "a lookup, median wait", points: points((asked) => mergeRounds(asked).latency?.p50 ?? Number.NaN) },
    ],
  };
}
