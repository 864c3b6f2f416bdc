import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openRegistry } from "./open-registry.ts";
import type { Change, FillableRegistry } from "./registry.ts";
import { acceptSource, CASE, CASE_ID, CLIENT, ENTRIES, ORGANISATION } from "./test-entries.ts";
import { heldBy, replayed, wholeHistory } from "./test-replay.ts";

let directory: string;
let file: string;
const opened: FillableRegistry[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "registry-"));
  file = join(directory, "held", "registry.sqlite");
});
afterEach(async () => {
  for (const registry of opened.splice(0)) await registry.close();
  rmSync(directory, { recursive: true, force: true });
});

function open(): FillableRegistry {
  const registry = openRegistry(file, { checkSource: acceptSource });
  opened.push(registry);
  return registry;
}

async function openFilled(): Promise<FillableRegistry> {
  const registry = open();
  await registry.fillWith(ENTRIES, "operator");
  return registry;
}

const setRate = (registry: FillableRegistry, perMinute: number) =>
  registry.change({ kind: "client", id: "anhui-window", entry: { ...CLIENT, perMinute }, by: "operator", seen: null });
const setState = (registry: FillableRegistry, state: "open" | "closed") =>
  registry.change({ kind: "case", id: CASE_ID, entry: { ...CASE, state }, by: "operator", seen: null });

const UNAVAILABLE = { name: "Fault", code: "REGISTRY_UNAVAILABLE" };

/** Everything that exchanges need is answered as before. */
async function expectReading(registry: FillableRegistry): Promise<void> {
  expect(registry.client("anhui-window")).toEqual(CLIENT);
  expect(registry.resources()).toHaveLength(1);
  expect(registry.grants(ORGANISATION, "mining-licence")).toHaveLength(1);
  expect(await registry.case(ORGANISATION, "BJ-2026-0001")).toEqual(CASE);
}

async function expectChanging(registry: FillableRegistry): Promise<void> {
  const { version = 0 } = (await registry.kept("client", "anhui-window")) ?? {};
  await setRate(registry, 7);
  expect(await registry.kept("client", "anhui-window")).toMatchObject({
    entry: { perMinute: 7 },
    version: version + 1,
  });
  await setState(registry, "closed");
  expect(await registry.case(ORGANISATION, "BJ-2026-0001")).toMatchObject({ state: "closed" });
  expect(await heldBy(registry)).toEqual(replayed(await wholeHistory(registry)));
}

describe("a change that cannot be written is refused, reading goes on, and it recovers without a restart", () => {
  test("the file is locked by somebody else", async () => {
    const registry = await openFilled();
    const other = new DatabaseSync(file);
    other.exec("BEGIN IMMEDIATE");
    await expect(setRate(registry, 1)).rejects.toMatchObject(UNAVAILABLE);
    await expectReading(registry);
    other.exec("ROLLBACK");
    other.close();
    await expectChanging(registry);
  });

  test("the disk is full, in the midst of what belongs together", async () => {
    const registry = await openFilled();
    const other = new DatabaseSync(file);
    other.exec(`CREATE TRIGGER full BEFORE INSERT ON entries WHEN NEW.kind = 'client'
      BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END`);
    const both = await Promise.allSettled([setState(registry, "closed"), setRate(registry, 1), setRate(registry, 2)]);
    expect(both.map(({ status }) => status)).toContain("rejected");
    expect(registry.client("anhui-window")).toEqual(CLIENT);
    await setState(registry, "open");
    await expectReading(registry);
    expect(await heldBy(registry)).toEqual(replayed(await wholeHistory(registry)));
    other.exec("DROP TRIGGER full");
    other.close();
    await expectChanging(registry);
  });

  test("the file has gone: it is not made anew, and used again when it is back", async () => {
    await (await openFilled()).close();
    const registry = open();
    renameSync(join(directory, "held"), join(directory, "away"));
    await expect(setRate(registry, 1)).rejects.toMatchObject(UNAVAILABLE);
    mkdirSync(join(directory, "held"));
    await expect(setRate(registry, 1)).rejects.toMatchObject(UNAVAILABLE);
    await expectReading(registry);
    expect(existsSync(file)).toBe(false);
    rmSync(join(directory, "held"), { recursive: true });
    renameSync(join(directory, "away"), join(directory, "held"));
    await expectChanging(registry);
  });
});

describe("somebody else writes to the same file", () => {
  test("the first change is refused, what the other did is taken over and told", async () => {
    const first = await openFilled();
    const second = open();
    const told: Change[] = [];
    second.onChange((change) => told.push(change));
    expect(await second.case(ORGANISATION, "BJ-2026-0001")).toEqual(CASE);
    const before = { generation: second.generation(), resources: second.resources() };
    await setRate(first, 11);
    await setState(first, "closed");

    await expect(setRate(second, 12)).rejects.toMatchObject(UNAVAILABLE);
    expect(await setRate(second, 12)).toMatchObject({ version: 3 });
    expect(second.generation()).toBeGreaterThan(before.generation);
    expect(second.resources()).toBe(before.resources);
    expect(await second.case(ORGANISATION, "BJ-2026-0001")).toMatchObject({ state: "closed" });
    expect(told.map(({ kind, version }) => `${kind} ${version}`)).toEqual(["client 2", "case 2", "client 3"]);
    expect(await heldBy(second)).toEqual(replayed(await wholeHistory(second)));
  });

  test("an entry that does not validate is not taken over", async () => {
    const registry = await openFilled();
    const other = new DatabaseSync(file);
    other.exec("UPDATE entries SET entry = '{}', version = 2 WHERE kind = 'client'");
    other.exec("INSERT INTO history VALUES (99, 'x', 'client', 'anhui-window', 2, 'now', '{}')");
    other.close();
    await expect(setRate(registry, 1)).rejects.toMatchObject(UNAVAILABLE);
    await expect(setRate(registry, 1)).rejects.toMatchObject(UNAVAILABLE);
    expect(registry.client("anhui-window")).toEqual(CLIENT);
  });

  test("an older copy in the file's place is not taken over", async () => {
    const registry = await openFilled();
    await registry.close();
    const copy = join(directory, "copy");
    cpSync(join(directory, "held"), copy, { recursive: true });
    const second = open();
    await setRate(second, 1);
    await setState(second, "closed");
    await second.close();
    const third = open();
    rmSync(join(directory, "held"), { recursive: true });
    renameSync(copy, join(directory, "held"));
    await expect(setRate(third, 2)).rejects.toMatchObject(UNAVAILABLE);
    await expect(setRate(third, 2)).rejects.toMatchObject(UNAVAILABLE);
    expect(third.client("anhui-window")).toMatchObject({ perMinute: 1 });
    expect(await third.case(ORGANISATION, "BJ-2026-0001")).toMatchObject({ state: "closed" });
  });
});

test("a repaired copy with later changes in the file's place is taken over", async () => {
  await (await openFilled()).close();
  const registry = open();
  const repaired = join(directory, "repaired");
  cpSync(join(directory, "held"), repaired, { recursive: true });
  const repairing = openRegistry(join(repaired, "registry.sqlite"), { checkSource: acceptSource });
  await setState(repairing, "closed");
  await repairing.close();
  rmSync(join(directory, "held"), { recursive: true });
  renameSync(repaired, join(directory, "held"));
  await expect(setRate(registry, 1)).rejects.toMatchObject(UNAVAILABLE);
  expect(await setRate(registry, 1)).toMatchObject({ version: 2 });
  expect(await registry.case(ORGANISATION, "BJ-2026-0001")).toMatchObject({ state: "closed" });
});

test("closing waits for what was asked for, and then accepts nothing", async () => {
  const registry = await openFilled();
  const asked = [setRate(registry, 1), setRate(registry, 2), setRate(registry, 3)];
  await registry.close();
  expect(await Promise.all(asked)).toMatchObject([{ version: 2 }, { version: 3 }, { version: 4 }]);
  await expect(setRate(registry, 4)).rejects.toMatchObject(UNAVAILABLE);
  await expect(registry.history({ after: 0, limit: 1 })).rejects.toMatchObject(UNAVAILABLE);
  await registry.close();
  expect(open().client("anhui-window")).toMatchObject({ perMinute: 3 });
});
