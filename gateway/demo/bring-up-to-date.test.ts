import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ClientEntry, SourceEntry } from "#gateway/registry/entities.ts";
import { openRegistry } from "#gateway/registry/open-registry.ts";
import type { FillableRegistry } from "#gateway/registry/registry.ts";
import { acceptSource, CLIENT, ENTRIES, keyPair, SOURCE } from "#gateway/registry/test-entries.ts";
import { bringUpToDate, isFilledBy } from "./bring-up-to-date.ts";

let directory: string;
let registry: FillableRegistry;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "demo-"));
  registry = openRegistry(join(directory, "registry.sqlite"), { checkSource: acceptSource });
});
afterEach(async () => {
  await registry.close();
  rmSync(directory, { recursive: true });
});

const moved: SourceEntry = { ...SOURCE, settings: { ...SOURCE.settings, port: 4711 } };
const renewed: ClientEntry = { ...CLIENT, keys: [keyPair({ type: "ed25519", alg: "EdDSA" }).publicKey] };
const update = () => bringUpToDate("demo", registry, { sources: [moved], clients: [renewed] });
const change = (kind: "source" | "client", id: string, entry: unknown) =>
  registry.change({ kind, id, entry, by: "operator", seen: null });

test("a registry is the demo's when it is empty, or was filled by the demo", async () => {
  expect(await isFilledBy("demo", registry)).toBe(true);
  await registry.fillWith(ENTRIES, "demo");
  await change("client", CLIENT.id, { ...CLIENT, perMinute: 1 });
  expect(await isFilledBy("demo", registry)).toBe(true);
  expect(await isFilledBy("seed", registry)).toBe(false);
});

describe("what the demo has filled", () => {
  beforeEach(() => registry.fillWith(ENTRIES, "demo"));

  test("is brought up to date, once", async () => {
    await update();
    expect(registry.source(SOURCE.id)?.settings).toMatchObject({ port: 4711 });
    expect(registry.client(CLIENT.id)?.keys).toEqual(renewed.keys);
    const { length } = await registry.history({ after: 0, limit: 100 });
    await update();
    expect(await registry.history({ after: 0, limit: 100 })).toHaveLength(length);
  });

  test("stays as somebody else has changed it since", async () => {
    await change("client", CLIENT.id, { ...CLIENT, active: false });
    await change("source", SOURCE.id, { ...SOURCE, en: "Another register" });
    await update();
    expect(registry.client(CLIENT.id)).toEqual({ ...CLIENT, active: false });
    expect(registry.source(SOURCE.id)).toEqual({ ...SOURCE, en: "Another register" });
  });

  test("stays away when somebody else has taken it out, and comes when it is new", async () => {
    await change("client", CLIENT.id, null);
    const fresh = { ...CLIENT, id: "new-window" };
    await bringUpToDate("demo", registry, { sources: [], clients: [renewed, fresh] });
    expect(registry.client(CLIENT.id)).toBeNull();
    expect(registry.client("new-window")).toEqual(fresh);
  });
});
