import { readFileSync, statSync } from "node:fs";
import { ConfigError } from "#gateway/config.ts";
import { Fault } from "#gateway/fault.ts";
import { readCase } from "../validation/case-entry.ts";
import { readClient } from "../validation/client-entry.ts";
import { readGrant } from "../validation/grant-entry.ts";
import { readItem } from "../validation/item-entry.ts";
import { listOf, members, ownMembers, type Reader } from "../validation/reader.ts";
import { readResource } from "../validation/resource-entry.ts";
import { readSource } from "../validation/source-entry.ts";
import type { Seed } from "./seed.ts";

const MAX_BYTES = 256 * 1024 * 1024;
const MAX_ENTRIES = 1_000_000;

const entries = <Entry>(read: Reader<Entry>, idOf: (entry: Entry) => string): Reader<readonly Entry[]> =>
  listOf(read, { min: 0, max: MAX_ENTRIES }, idOf);

const wholeSeed: Reader<Seed> = members({
  resources: entries(readResource, ({ id }) => id),
  items: entries(readItem, ({ code }) => code),
  sources: entries(readSource, ({ id }) => id),
  clients: entries(readClient, ({ id }) => id),
  grants: entries(readGrant, ({ id }) => id),
  cases: entries(readCase, ({ organisation, number }) => `${organisation}/${number}`),
});

const NOTHING: Seed = { resources: [], items: [], sources: [], clients: [], grants: [], cases: [] };

/** What a seed file says, JSON with the members of Seed; a kind that is missing has no entries. Throws ConfigError that names the member. */
export function readSeed(file: string): Seed {
  try {
    const given = ownMembers(parse(file), "");
    return wholeSeed({ ...NOTHING, ...Object.fromEntries(given) }, "");
  } catch (error) {
    throw error instanceof Fault ? new ConfigError(`TONGYAN_SEED: ${file}: ${error.detail}`) : error;
  }
}

function parse(file: string): unknown {
  const text = readText(file);
  try {
    return JSON.parse(text);
  } catch {
    // What JSON.parse says quotes the file.
    throw new ConfigError(`TONGYAN_SEED: ${file} is no JSON`);
  }
}

function readText(file: string): string {
  try {
    if (statSync(file).size <= MAX_BYTES) return readFileSync(file, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
    throw new ConfigError(`TONGYAN_SEED: ${file} cannot be read (${code})`);
  }
  throw new ConfigError(`TONGYAN_SEED: ${file} is larger than ${MAX_BYTES} bytes`);
}
