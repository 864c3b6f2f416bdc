import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openRegistry } from "#gateway/registry/open-registry.ts";
import { acceptSource, CLIENT } from "#gateway/registry/test-entries.ts";
import { childrenOf, KNOWS_PROCESSES } from "./child-processes.ts";
import { type Serving, startServing } from "./serving.ts";

/** Bits of a file's mode for anybody but its owner. */
const FOR_OTHERS = 0o077;

let data: string;
let serving: Serving | null;
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), "tongyan-"));
  serving = null;
});
afterEach(async () => {
  await serving?.end("SIGTERM");
  rmSync(data, { recursive: true, force: true });
});

const openedUp = (): string[] =>
  readdirSync(data, { recursive: true, encoding: "utf8" }).filter(
    (name) => (statSync(join(data, name)).mode & FOR_OTHERS) !== 0,
  );

describe.skipIf(!KNOWS_PROCESSES)("the demo", () => {
  test("writes for its own user only: records, tables of persons, the registry", async () => {
    serving = await startServing({ TONGYAN_DATA: data });
    expect((await fetch(`${serving.url}/health/ready`)).status).toBe(200);
    const names = readdirSync(data, { recursive: true, encoding: "utf8" });
    for (const name of ["log/index.sqlite", "registry.sqlite"]) expect(names).toContain(name);
    expect(names.filter((name) => /^sources\/.+\.sqlite$/.test(name))).not.toEqual([]);
    expect(openedUp()).toEqual([]);
  });

  test("ends with its reason when one of its parts cannot start", async () => {
    mkdirSync(join(data, "demo-shache"));
    writeFileSync(join(data, "demo-shache", "registry.sqlite"), "no database");
    await expect(startServing({ TONGYAN_DATA: data })).rejects.toThrow(/serve ended with 1: .*did not start/s);
  });

  test("has no business in a registry that began as something else", async () => {
    const file = join(data, "registry.sqlite");
    const registry = openRegistry(file, { checkSource: acceptSource });
    const operator = { ...CLIENT, id: "operator", roles: ["operator"], active: false };
    await registry.fillWith([{ kind: "client", entry: operator }], "seed");
    await registry.close();

    serving = await startServing({ TONGYAN_DATA: data });
    expect(childrenOf(serving.pid)).toEqual([]);
    expect(serving.logged()).toContain("its regions are not started");
    await serving.end("SIGTERM");
    serving = null;
    const after = openRegistry(file, { checkSource: acceptSource });
    expect(await after.history({ after: 0, limit: 10 })).toHaveLength(1);
    expect(after.client("operator")).toEqual(operator);
    await after.close();
  });
});
