import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { JWK } from "jose";
import { openSource } from "#connectors/registry.ts";
import type { Surroundings } from "#connectors/settings.ts";
import type { Source } from "#connectors/source.ts";
import { ensureClientKeys } from "#gateway/clients/client-key-files.ts";
import type { GatewayKey } from "#gateway/clients/gateway-key.ts";
import { openGatewayKey } from "#gateway/clients/gateway-key.ts";
import { writePrivateFile } from "#gateway/clients/private-file.ts";
import type { SourceEntry } from "#gateway/registry/entities.ts";
import type { FillableRegistry } from "#gateway/registry/registry.ts";
import { CATALOGUE } from "#gateway/registry/seed/catalogue.ts";
import { type DemoClient, demoSeed } from "#gateway/registry/seed/demo-seed.ts";
import { type Seed, seedRegistry } from "#gateway/registry/seed/seed.ts";
import { isWellFormed } from "#gateway/registry/well-formed.ts";
import { bringUpToDate, isFilledBy } from "./bring-up-to-date.ts";
import type { DemoProfile } from "./demo-profile.ts";
import { type DemoProcess, startDemoProcess } from "./child-process.ts";
import { type DemoRequest, demoRequests, writeRequests } from "./requests.ts";
import { csvOf, type DemoRecords, demoRecords, type Row } from "./records.ts";
import { ANHUI_SOURCE, guangdongSource, PEER_CLIENT, SHACHE_ISSUER, SHACHE_TABLE, shacheSource } from "./sources.ts";

const DEMO = "demo";
const CLIENTS: readonly DemoClient[] = [
  "anhui-window",
  "guangdong-window",
  "shache-window",
  "operator",
  "auditor",
  "anhui-approver",
  "load-tester",
];
const API_KEY = "guangdong-api-key";

type Parts = {
  readonly dataDirectory: string;
  readonly demo: DemoProfile;
  readonly registry: FillableRegistry;
  readonly key: GatewayKey;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
};

/** The three regions of the demo, running. */
export type DemoRegions = { readonly requests: readonly DemoRequest[]; readonly stop: () => Promise<void> };

/**
 * Starts what the demo asks: Anhui's table here, Guangdong's JSON service and Shache's own gateway each in a process of its own.
 * The registry is filled at the first start, and told at each where the processes listen. Null, and nothing is touched, when the registry
 * began as anything else: the demo's clients have no business there.
 */
export async function startRegions(parts: Parts): Promise<DemoRegions | null> {
  if (!(await isFilledBy(DEMO, parts.registry))) return null;
  const records = demoRecords(parts.demo, parts.clock());
  const processes = await startProcesses(parts, records);
  const stop = async (): Promise<void> => void (await Promise.all(Object.values(processes).map((each) => each.stop())));
  try {
    return { requests: await fillRegions(parts, records, processes), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

type Processes = { readonly guangdong: DemoProcess; readonly shache: DemoProcess };

/** Both or none: one that is left alone would keep this process from ending. */
async function startProcesses(parts: Parts, records: DemoRecords): Promise<Processes> {
  const started = await Promise.allSettled([
    startGuangdong(parts, records.guangdong),
    startShache(parts, records.shache),
  ]);
  const [guangdong, shache] = started;
  if (guangdong.status === "fulfilled" && shache.status === "fulfilled")
    return { guangdong: guangdong.value, shache: shache.value };
  for (const each of started) if (each.status === "fulfilled") await each.value.stop();
  throw started.find((each) => each.status === "rejected")?.reason;
}

async function fillRegions(
  { dataDirectory, demo, registry, key, clock }: Parts,
  records: DemoRecords,
  { guangdong, shache }: Processes,
): Promise<readonly DemoRequest[]> {
  const sources = [ANHUI_SOURCE, guangdongSource(guangdong.port), shacheSource(shache.port, shacheKeys(dataDirectory))];
  const seed = seedOf(await demoKeys(dataDirectory), sources, clock());
  if (!(await seedRegistry(registry, seed, DEMO))) await bringUpToDate(DEMO, registry, seed);
  await fillTable(ANHUI_SOURCE, join(dataDirectory, "sources"), records.anhui, {
    key,
    clock,
    directory: demo.directory,
  });
  const requests = demoRequests(records);
  writeRequests(join(demo.directory, "requests"), requests);
  return requests;
}

/** Each authority of the demo issues one kind of licence. */
const ISSUERS = {
  "real-estate-certificate": ["11340000MB0E00011X"],
  "mining-licence": ["11440000MB0E0002XC"],
  "surveyor-card": ["11653125MB0E00038F"],
} as const;

type DemoKeys = { readonly [Client in DemoClient]: { readonly keys: readonly JWK[] } };

/** Made anew with the demo's own folder, and told to the registry each time. */
async function demoKeys(dataDirectory: string): Promise<DemoKeys> {
  const keys = await ensureClientKeys(join(dataDirectory, DEMO, "clients"), CLIENTS);
  return Object.fromEntries(CLIENTS.map((id) => [id, { keys: [keys[id]] }])) as unknown as DemoKeys;
}

const seedOf = (credentials: DemoKeys, sources: readonly SourceEntry[], now: number): Seed =>
  demoSeed({
    now,
    credentials,
    issuers: ISSUERS,
    sources,
    routes: {
      "real-estate-certificate": { "340000": "anhui-real-estate" },
      "mining-licence": { "440000": "guangdong-mining" },
      "surveyor-card": { "653125": "shache-survey" },
    },
  });

async function startGuangdong({ dataDirectory }: Parts, records: readonly Row[]): Promise<DemoProcess> {
  const apiKey = randomBytes(24).toString("base64url");
  writePrivateFile(join(dataDirectory, "secrets", API_KEY), apiKey);
  const directory = join(dataDirectory, DEMO, "guangdong");
  mkdirSync(directory, { recursive: true });
  const file = join(directory, "mining-licences.json");
  writeFileSync(file, JSON.stringify(records, null, 2));
  return await startDemoProcess(new URL("./guangdong-service.ts", import.meta.url), [file], { API_KEY: apiKey });
}

const shacheDirectory = (dataDirectory: string): string => join(dataDirectory, "demo-shache");
const shacheKeys = (dataDirectory: string): readonly JWK[] =>
  openGatewayKey(join(shacheDirectory(dataDirectory), "keys")).jwks().keys;

/** A second Tongyan, with a registry, a log and keys of its own. */
async function startShache({ dataDirectory, demo, key, clock }: Parts, records: readonly Row[]): Promise<DemoProcess> {
  const directory = shacheDirectory(dataDirectory);
  const seed = join(directory, "seed.json");
  mkdirSync(directory, { recursive: true });
  writeFileSync(seed, JSON.stringify(shacheSeed(key, clock())));
  const own = openGatewayKey(join(directory, "keys"));
  await fillTable(SHACHE_TABLE, join(directory, "sources"), records, { key: own, clock, directory: demo.directory });
  return await startDemoProcess(new URL("../main.ts", import.meta.url), ["serve"], {
    TONGYAN_PORT: "0",
    TONGYAN_DATA: directory,
    TONGYAN_TRUST: demo.trustDirectory,
    TONGYAN_ISSUER: SHACHE_ISSUER,
    TONGYAN_SEED: seed,
    TONGYAN_WORKERS: "1",
    TONGYAN_LOG_LEVEL: "warn",
  });
}

/** What Shache knows: its cards, the catalogue, and this gateway, which may ask for its departments. */
function shacheSeed(key: GatewayKey, now: number): Seed {
  const whole = demoSeed({
    now,
    credentials: {},
    issuers: {},
    sources: [SHACHE_TABLE],
    routes: { [SHACHE_TABLE.resource]: { "653125": SHACHE_TABLE.id } },
  });
  const organisation = { code: "11340000MB0E01057U", name: "示例省数据资源管理局", region: "340000" };
  const peer = {
    id: PEER_CLIENT,
    organisation,
    roles: ["peer"],
    active: true,
    keys: key.jwks().keys,
    hmac: null,
  } as const;
  return { ...whole, clients: [{ ...peer, certificates: [], perMinute: 100_000 }], cases: [] };
}

type Filling = {
  readonly key: GatewayKey;
  readonly clock: () => number;
  /** Of the demo's files: made anew with them. */
  readonly directory: string;
};

/** Uploads a table as its provider would, once for each making of the demo: what somebody uploads after that stays. */
async function fillTable(
  entry: SourceEntry,
  dataDirectory: string,
  rows: readonly Row[],
  filling: Filling,
): Promise<void> {
  const table = Buffer.from(csvOf(rows));
  const filled = join(filling.directory, `${entry.id}.csv`);
  const source = openTableOf(entry, dataDirectory, filling);
  try {
    const { status } = await source.health({ signal: AbortSignal.timeout(10_000) });
    if (status === "ready" && existsSync(filled)) return;
    await upload(source, table, entry.id);
    writeFileSync(filled, table);
  } finally {
    await source.close();
  }
}

function openTableOf(entry: SourceEntry, dataDirectory: string, { key, clock }: Filling): Source {
  const resource = CATALOGUE.find(({ id }) => id === entry.resource);
  if (resource === undefined) throw new Error(`no resource ${entry.resource}`);
  const around: Surroundings = {
    id: entry.id,
    resource,
    dataDirectory,
    secret: () => "",
    isWellFormed,
    wellFormedModule: new URL("../registry/well-formed.ts", import.meta.url).href,
    clock,
    identity: key.identity,
  };
  return openSource(entry.settings, around);
}

async function upload(source: Source, table: Buffer, id: string): Promise<void> {
  const bytes = (async function* () {
    yield table;
  })();
  const report = await source.upload?.({ format: "csv", bytes }, { signal: AbortSignal.timeout(60_000) });
  if (report?.replaced === true) return;
  throw new Error(`the demo's table ${id} was refused: ${JSON.stringify(report?.refused.slice(0, 3))}`);
}
