import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JWK } from "jose";
import type { Seed } from "#gateway/registry/seed/seed.ts";
import { type Serving, startServing } from "../process/serving.ts";
import { type Gateway, gatewayAt } from "./gateway.ts";

/** A gateway as an operator would set one up: with a registry of its own and no demo. */
export type SeededService = {
  readonly data: string;
  readonly serving: Serving;
  readonly gateway: Gateway;
  readonly close: () => Promise<void>;
};

type Parts = {
  readonly seed: Seed;
  /** Private keys of clients. */
  readonly keys: Readonly<Record<string, JWK>>;
  /** Secrets of sources and clients, by name. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Further variables. */
  readonly environment?: Readonly<Record<string, string>>;
};

export async function startSeeded({ seed, keys, secrets = {}, environment = {} }: Parts): Promise<SeededService> {
  const data = mkdtempSync(join(tmpdir(), "tongyan-"));
  for (const directory of ["trust", "secrets"]) mkdirSync(join(data, directory), { mode: 0o700 });
  for (const [name, text] of Object.entries(secrets)) writeFileSync(join(data, "secrets", name), text, { mode: 0o600 });
  writeFileSync(join(data, "seed.json"), JSON.stringify(seed));
  const serving = await startServing({
    TONGYAN_DATA: data,
    TONGYAN_TRUST: join(data, "trust"),
    TONGYAN_SEED: join(data, "seed.json"),
    TONGYAN_WORKERS: "1",
    ...environment,
  });
  const keyOf = (client: string): JWK => {
    const key = keys[client];
    if (key === undefined) throw new Error(`no key of ${client}`);
    return key;
  };
  return {
    data,
    serving,
    gateway: gatewayAt(serving.url, keyOf),
    async close() {
      await serving.end("SIGTERM");
      rmSync(data, { recursive: true, force: true });
    },
  };
}
