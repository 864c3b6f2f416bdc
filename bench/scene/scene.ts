import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { JWK } from "jose";
import { makePki, type TrustFiles } from "#certs/issue/pki.ts";
import { openSource } from "#connectors/registry.ts";
import type { Source } from "#connectors/source.ts";
import { ensureClientKeys } from "#gateway/clients/client-key-files.ts";
import type { Resource, SourceEntry } from "#gateway/registry/entities.ts";
import { demoSeed } from "#gateway/registry/seed/demo-seed.ts";
import type { Seed } from "#gateway/registry/seed/seed.ts";
import { CATALOGUE } from "#gateway/registry/seed/catalogue.ts";
import { isWellFormed } from "#gateway/registry/well-formed.ts";
import { type BenchRecord, recordOf, RECORDS } from "./records.ts";
import { CLIENT, RESOURCE } from "./questions.ts";

/** What a gateway is started with. */
export type Scene = {
  readonly environment: Readonly<Record<string, string>>;
  readonly seed: Seed;
  /** Of the client that asks, private. */
  readonly key: JWK;
};

/** As many requests a minute as can be registered. */
const UNBOUNDED = 1_000_000;
const FIELDS = Object.keys(recordOf(0)) as readonly (keyof BenchRecord)[];

const SOURCE: SourceEntry = {
  id: "bench-table",
  resource: RESOURCE,
  zh: "测速用登记簿（上传表格）",
  en: "A register for the bench (an uploaded table)",
  settings: { kind: "table", mapping: { columns: Object.fromEntries(FIELDS.map((field) => [field, field])) } },
};

/** `trust`: material to verify documents with. `more`: resources beside the demo's. */
export type Setting = { readonly trust?: TrustFiles; readonly more?: readonly Resource[] };

/** Writes trust material, seed and keys to `directory`. The seed is the demo's: catalogue, items, clients, live grants, open cases. */
export async function makeScene(directory: string, { trust, more = [] }: Setting = {}): Promise<Scene> {
  const now = Date.now();
  const within = (...names: string[]): string => join(directory, ...names);
  mkdirSync(within("trust"), { recursive: true });
  for (const { name, bytes } of trust ?? makePki(now).trust) writeFileSync(within("trust", name), bytes);
  const keys = await ensureClientKeys(within("clients"), [CLIENT]);
  const seed = seedWith(keys[CLIENT], { now, more });
  writeFileSync(within("seed.json"), JSON.stringify(seed));
  return {
    environment: {
      TONGYAN_DATA: within("data"),
      TONGYAN_TRUST: within("trust"),
      TONGYAN_SEED: within("seed.json"),
      TONGYAN_PORT: "0",
    },
    seed,
    key: JSON.parse(readFileSync(within("clients", `${CLIENT}.jwk`), "utf8")),
  };
}

function seedWith(key: JWK, { now, more }: { readonly now: number; readonly more: readonly Resource[] }): Seed {
  const seed = demoSeed({
    now,
    credentials: { [CLIENT]: { keys: [key] } },
    issuers: {},
    sources: [SOURCE],
    routes: { [RESOURCE]: { "340000": SOURCE.id } },
  });
  const resources = [...seed.resources, ...more];
  return {
    ...seed,
    resources,
    clients: seed.clients.map((client) => Object.assign({}, client, { perMinute: UNBOUNDED })),
  };
}

/** The table's source over the records, as the gateway will find it in its data directory. */
export async function fillTable({ environment }: Scene): Promise<Source> {
  const resource = CATALOGUE.find(({ id }) => id === RESOURCE);
  if (resource === undefined) throw new Error(`there is no ${RESOURCE}`);
  const source = openSource(SOURCE.settings, {
    id: SOURCE.id,
    resource,
    dataDirectory: join(environment["TONGYAN_DATA"] ?? "", "sources"),
    secret: () => "",
    isWellFormed,
    wellFormedModule: import.meta.resolve("#gateway/registry/well-formed.ts"),
    clock: Date.now,
    identity: { sign: async () => "" },
  });
  const report = await source.upload?.({ format: "csv", bytes: csv() }, { signal: AbortSignal.timeout(600_000) });
  if (report?.accepted === RECORDS) return source;
  throw new Error(`the table took ${report?.accepted ?? 0} of ${RECORDS} records`);
}

/** No value of these records has to be quoted. */
async function* csv(): AsyncGenerator<Uint8Array> {
  yield Buffer.from(`${FIELDS.join(",")}\r\n`);
  for (let from = 0; from < RECORDS; from += 1000) {
    const rows = Array.from({ length: Math.min(1000, RECORDS - from) }, (_, index) => {
      const record = recordOf(from + index);
      return `${FIELDS.map((field) => record[field]).join(",")}\r\n`;
    });
    yield Buffer.from(rows.join(""));
  }
}
