import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import type { Change } from "./registry.ts";
import {
  CASE,
  CASE_ID,
  CLIENT,
  ENTRIES,
  GRANT,
  ITEM,
  ORGANISATION,
  OTHER_ORGANISATION,
  RESOURCE,
  SOURCE,
} from "./test-entries.ts";
import { everythingIn, put, refusal, RegistryScene } from "./test-registry.ts";

const scene = new RegistryScene();
const { open, openFilled } = scene;

describe("reading", () => {
  test("an empty registry has nothing", async () => {
    const registry = open();
    expect([registry.resource("a"), registry.item("a"), registry.client("a"), registry.source("a")]).toEqual(
      Array.from({ length: 4 }, () => null),
    );
    expect([registry.resources(), registry.items(), registry.sources()]).toEqual([[], [], []]);
    expect(registry.grants(ORGANISATION, "mining-licence")).toEqual([]);
    expect(await registry.case(ORGANISATION, "BJ-2026-0001")).toBeNull();
    expect(await registry.kept("resource", "a")).toBeNull();
    expect(await everythingIn(registry)).toEqual([]);
  });

  test("what was put is there, and again after re-opening", async () => {
    await (await openFilled()).close();
    const registry = open();
    expect(registry.resource("mining-licence")).toEqual(RESOURCE);
    expect(registry.resources()).toEqual([RESOURCE]);
    expect(registry.item("MNR-1161-10")).toEqual(ITEM);
    expect(registry.items()).toEqual([ITEM]);
    expect(registry.client("anhui-window")).toEqual(CLIENT);
    expect(registry.source("anhui-mining")).toEqual(SOURCE);
    expect(registry.sources()).toEqual([SOURCE]);
    expect(registry.grants(ORGANISATION, "mining-licence")).toEqual([GRANT]);
    expect(await registry.case(ORGANISATION, "BJ-2026-0001")).toEqual(CASE);
    expect(await registry.kept("case", CASE_ID)).toEqual({
      entry: CASE,
      version: 1,
      changedAt: "2026-06-01T00:00:00.000Z",
    });
  });

  test("names of objects' own members find nothing", async () => {
    const registry = await openFilled();
    for (const name of ["constructor", "__proto__", "toString", ""]) {
      expect(registry.resource(name)).toBeNull();
      expect(registry.client(name)).toBeNull();
      expect(registry.grants(name, name)).toEqual([]);
      expect(await registry.case(name, name)).toBeNull();
    }
  });

  test("grants are found by organisation and resource together", async () => {
    const registry = await openFilled();
    await put(registry, "grant", "second", { ...GRANT, id: "second", suspended: true });
    await put(registry, "grant", "others", { ...GRANT, id: "others", organisation: OTHER_ORGANISATION });
    expect(registry.grants(ORGANISATION, "mining-licence").map(({ id }) => id)).toEqual(["anhui-mining", "second"]);
    expect(registry.grants(OTHER_ORGANISATION, "mining-licence").map(({ id }) => id)).toEqual(["others"]);
    expect(registry.grants(ORGANISATION, "identity-card")).toEqual([]);
  });

  test("a case of another organisation is not found under one's own, whatever its number is", async () => {
    const registry = await openFilled();
    expect(await registry.case(OTHER_ORGANISATION, "BJ-2026-0001")).toBeNull();
    expect(await registry.case("", CASE_ID)).toBeNull();
    expect(await registry.case(ORGANISATION, "BJ-2026-0001/")).toBeNull();
  });

  test("the same objects as long as nothing changes, frozen through and through", async () => {
    const registry = await openFilled();
    const before = { resource: registry.resource("mining-licence"), resources: registry.resources() };
    const grants = registry.grants(ORGANISATION, "mining-licence");
    await put(registry, "client", "anhui-window", { ...CLIENT, active: false });
    expect(registry.resource("mining-licence")).toBe(before.resource);
    expect(registry.resources()).toBe(before.resources);
    expect(registry.grants(ORGANISATION, "mining-licence")).toBe(grants);
    expect([before.resource, before.resource?.fields, before.resources, grants].every(Object.isFrozen)).toBe(true);
    await put(registry, "resource", "mining-licence", { ...RESOURCE, en: "Mining licences" });
    expect(registry.resource("mining-licence")).not.toBe(before.resource);
    expect(before.resource?.en).toBe("Mining licence");
  });

  test("lists by id, page by page", async () => {
    const registry = await openFilled();
    for (const number of ["B-3", "B-1", "B-2"]) {
      await put(registry, "case", `${ORGANISATION}/${number}`, { ...CASE, number });
      const id = number.toLowerCase();
      await put(registry, "client", id, { ...CLIENT, id });
    }
    const ids = async (kind: "client" | "case", after: string | null, limit: number): Promise<string[]> =>
      (await registry.list(kind, { after, limit })).map(({ entry }) => ("id" in entry ? entry.id : entry.number));
    expect(await ids("client", null, 2)).toEqual(["anhui-window", "b-1"]);
    expect(await ids("client", "b-1", 2)).toEqual(["b-2", "b-3"]);
    expect(await ids("client", "b-3", 2)).toEqual([]);
    expect(await ids("case", null, 3)).toEqual(["B-1", "B-2", "B-3"]);
    expect(await ids("case", `${ORGANISATION}/B-3`, 3)).toEqual(["BJ-2026-0001"]);
  });
});

describe("changing", () => {
  test("counts versions, remembers by whom and when, and tells the listeners", async () => {
    const registry = await openFilled();
    const told: Change[] = [];
    registry.onChange((change) => told.push(change));
    scene.now += 1000;
    const kept = await registry.change({
      kind: "grant",
      id: "anhui-mining",
      entry: { ...GRANT, suspended: true },
      by: "second-operator",
      seen: 1,
    });
    expect(kept).toEqual({
      entry: { ...GRANT, suspended: true },
      version: 2,
      changedAt: "2026-06-01T00:00:01.000Z",
    });
    expect(await registry.kept("grant", "anhui-mining")).toBe(kept);
    const [last] = await registry.history({ after: ENTRIES.length, limit: 10 });
    expect(last).toEqual({
      sequence: ENTRIES.length + 1,
      at: "2026-06-01T00:00:01.000Z",
      by: "second-operator",
      kind: "grant",
      id: "anhui-mining",
      version: 2,
      entry: { ...GRANT, suspended: true },
    });
    expect(told).toEqual([last]);
  });

  test("the generation grows with everything but cases, and not with a change that changes nothing", async () => {
    const registry = await openFilled();
    const start = registry.generation();
    await put(registry, "case", CASE_ID, { ...CASE, state: "closed" });
    expect(registry.generation()).toBe(start);
    expect(await put(registry, "client", "anhui-window", CLIENT)).toMatchObject({ version: 1 });
    expect(registry.generation()).toBe(start);
    expect(await everythingIn(registry)).toHaveLength(ENTRIES.length + 1);
    await put(registry, "client", "anhui-window", { ...CLIENT, active: false });
    expect(registry.generation()).toBeGreaterThan(start);
  });

  test("a case is changed for the next who asks", async () => {
    const registry = await openFilled();
    expect(await registry.case(ORGANISATION, "BJ-2026-0001")).toMatchObject({ state: "open" });
    await put(registry, "case", CASE_ID, { ...CASE, state: "closed" });
    expect(await registry.case(ORGANISATION, "BJ-2026-0001")).toMatchObject({ state: "closed" });
    await put(registry, "case", CASE_ID, null);
    expect(await registry.case(ORGANISATION, "BJ-2026-0001")).toBeNull();
    expect(await registry.kept("case", CASE_ID)).toBeNull();
  });

  test("what was taken out is gone, its count of changes goes on", async () => {
    const registry = await openFilled();
    expect(await put(registry, "client", "anhui-window", null, 1)).toBeNull();
    expect(registry.client("anhui-window")).toBeNull();
    expect(await registry.list("client", { after: null, limit: 10 })).toEqual([]);
    await expect(put(registry, "client", "anhui-window", null)).rejects.toMatchObject(refusal("ENTRY_UNKNOWN"));
    expect(await put(registry, "client", "anhui-window", CLIENT)).toMatchObject({ version: 3 });
    expect((await everythingIn(registry)).at(-2)).toMatchObject({ version: 2, entry: null });
  });

  test.each([
    [0, "ENTRY_CHANGED"],
    [2, "ENTRY_CHANGED"],
    [-1, "ENTRY_CHANGED"],
    [1.5, "ENTRY_CHANGED"],
    [1, null],
    [null, null],
  ])("seen %j of a first version: %s", async (seen, code) => {
    const registry = await openFilled();
    const changing = put(registry, "client", "anhui-window", { ...CLIENT, perMinute: 1 }, seen);
    if (code === null) await expect(changing).resolves.toMatchObject({ version: 2 });
    else await expect(changing).rejects.toMatchObject(refusal(code));
  });

  test("seen 0 asks that there be none", async () => {
    const registry = await openFilled();
    await expect(put(registry, "client", "fresh", { ...CLIENT, id: "fresh" }, 1)).rejects.toMatchObject(
      refusal("ENTRY_CHANGED"),
    );
    expect(await put(registry, "client", "fresh", { ...CLIENT, id: "fresh" }, 0)).toMatchObject({ version: 1 });
    await put(registry, "client", "fresh", null);
    await expect(put(registry, "client", "fresh", { ...CLIENT, id: "fresh" }, 1)).rejects.toMatchObject(
      refusal("ENTRY_CHANGED"),
    );
    expect(await put(registry, "client", "fresh", { ...CLIENT, id: "fresh" }, 0)).toMatchObject({ version: 3 });
  });

  test("of two who saw the same version one loses", async () => {
    const registry = await openFilled();
    const both = await Promise.allSettled([
      put(registry, "client", "anhui-window", { ...CLIENT, perMinute: 1 }, 1),
      put(registry, "client", "anhui-window", { ...CLIENT, perMinute: 2 }, 1),
    ]);
    expect(both).toMatchObject([
      { status: "fulfilled", value: { version: 2 } },
      { status: "rejected", reason: { code: "ENTRY_CHANGED" } },
    ]);
    expect(registry.client("anhui-window")).toMatchObject({ perMinute: 1 });
  });

  test("of what is written together each sees those before it", async () => {
    const registry = await openFilled();
    const alone = put(registry, "case", CASE_ID, { ...CASE, state: "closed" });
    const together = await Promise.allSettled([
      put(registry, "client", "fresh", { ...CLIENT, id: "fresh" }, 0),
      put(registry, "client", "fresh", { ...CLIENT, id: "fresh", perMinute: 1 }, 1),
      put(registry, "client", "fresh", { ...CLIENT, id: "fresh", perMinute: 2 }, 1),
      put(registry, "client", "fresh", null, 2),
      put(registry, "client", "fresh", null),
    ]);
    await alone;
    expect(together).toMatchObject([
      { status: "fulfilled", value: { version: 1 } },
      { status: "fulfilled", value: { version: 2 } },
      { status: "rejected", reason: { code: "ENTRY_CHANGED" } },
      { status: "fulfilled", value: null },
      { status: "rejected", reason: { code: "ENTRY_UNKNOWN" } },
    ]);
  });

  test("a refused change leaves nothing behind, the ones beside it take effect", async () => {
    const registry = await openFilled();
    const generation = registry.generation();
    const each = await Promise.allSettled([
      put(registry, "grant", "first", { ...GRANT, id: "first" }),
      put(registry, "grant", "wrong", { ...GRANT, id: "wrong", resource: "nothing" }),
      put(registry, "grant", "last", { ...GRANT, id: "last" }),
    ]);
    expect(each.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(registry.grants(ORGANISATION, "mining-licence").map(({ id }) => id)).toEqual([
      "anhui-mining",
      "first",
      "last",
    ]);
    expect(registry.generation()).toBeGreaterThan(generation);
    const sequences = (await everythingIn(registry)).map(({ sequence }) => sequence);
    expect(sequences).toEqual(Array.from({ length: ENTRIES.length + 2 }, (_, index) => index + 1));
  });

  test("five hundred changes at once all take effect, in order", async () => {
    const registry = await openFilled();
    const numbers = Array.from({ length: 500 }, (_, index) => `N-${index}`);
    await Promise.all(numbers.map((number) => put(registry, "case", `${ORGANISATION}/${number}`, { ...CASE, number })));
    for (const number of numbers) expect(await registry.case(ORGANISATION, number)).toMatchObject({ number });
    const ids = (await everythingIn(registry)).slice(ENTRIES.length).map(({ id }) => id);
    expect(ids).toEqual(numbers.map((number) => `${ORGANISATION}/${number}`));
  });

  test("a listener that fails stops neither the change nor the other listeners", async () => {
    const troubles: string[] = [];
    const onTrouble = (what: string, detail: string): unknown => troubles.push(`${what}: ${detail}`);
    const registry = open({ onTrouble });
    const told: string[] = [];
    registry.onChange(() => {
      throw new Error("no room");
    });
    registry.onChange(({ id }) => told.push(id));
    await put(registry, "client", "anhui-window", CLIENT);
    expect(told).toEqual(["anhui-window"]);
    expect(troubles).toEqual(["a listener of the registry failed: no room"]);
  });
});

describe("filling", () => {
  test("whole or not at all, and only what has never held anything", async () => {
    const registry = open();
    const broken = [...ENTRIES, { kind: "case", entry: { ...CASE, number: "B-2", item: "none" } } as const];
    await expect(registry.fillWith(broken, "operator")).rejects.toMatchObject(
      refusal("ENTRY_INVALID", `case ${ORGANISATION}/B-2: item: names an item that does not exist`),
    );
    expect([registry.resources(), await everythingIn(registry)]).toEqual([[], []]);
    expect(await registry.fillWith(ENTRIES, "operator")).toBe(true);
    expect(await registry.fillWith(ENTRIES, "operator")).toBe(false);
    expect(await everythingIn(registry)).toHaveLength(ENTRIES.length);
  });

  test.each([
    [
      "a wrong entry",
      [{ kind: "grant", entry: { ...GRANT, until: GRANT.from } }],
      "entry 1 (grant): until: must be after from",
    ],
    ["one id twice", [ENTRIES[3], ENTRIES[3]], "client anhui-window: is there twice"],
    ["a name of nothing", [ENTRIES[2]], "item MNR-1161-10: uses.mining-licence: names a resource that does not exist"],
    ["a source of nothing", [ENTRIES[1]], "source anhui-mining: resource: names a resource that does not exist"],
  ])("%s is refused", async (_, entries, detail) => {
    const registry = open();
    const asked = entries.flatMap((entry) => (entry === undefined ? [] : [entry])) as typeof ENTRIES;
    await expect(registry.fillWith(asked, "operator")).rejects.toMatchObject(refusal("ENTRY_INVALID", detail));
  });

  test("not again after everything was taken out", async () => {
    const registry = open();
    await registry.fillWith([{ kind: "client", entry: CLIENT }], "operator");
    await put(registry, "client", "anhui-window", null);
    expect(await registry.fillWith(ENTRIES, "operator")).toBe(false);
    await registry.close();
    expect(await open().fillWith(ENTRIES, "operator")).toBe(false);
  });
});

describe("a file that is not as it was written stops the start", () => {
  /** Changes the file behind the registry's back. */
  async function tamper(sql: string, ...values: readonly string[]): Promise<void> {
    await (await openFilled()).close();
    const database = new DatabaseSync(scene.file);
    database.prepare(sql).run(...values);
    database.close();
  }

  const entryOf = (kind: string, entry: unknown) =>
    ["UPDATE entries SET entry = ? WHERE kind = ?", JSON.stringify(entry), kind] as const;

  test.each([
    ["an unknown member", ...entryOf("grant", { ...GRANT, extra: 1 }), /grant anhui-mining.*extra: is not a member/],
    [
      "a wrong value",
      ...entryOf("client", { ...CLIENT, roles: ["admin"] }),
      /client anhui-window.*roles\.0: must be one of/,
    ],
    ["another id", ...entryOf("item", { ...ITEM, code: "X" }), /item MNR-1161-10.*code: must be the one/],
    [
      "a name of nothing",
      ...entryOf("item", { ...ITEM, uses: { x1: ["a"] } }),
      /item MNR-1161-10: uses\.x1: names a resource/,
    ],
    [
      "settings of another kind",
      ...entryOf("source", { ...SOURCE, settings: { kind: "table" } }),
      /source anhui-mining: settings: columns/,
    ],
    [
      "no JSON",
      "UPDATE entries SET entry = ? WHERE kind = 'resource'",
      "{",
      undefined,
      /resource mining-licence.*no JSON/,
    ],
    [
      "a version below one",
      "UPDATE entries SET version = 0 WHERE kind = 'client'",
      undefined,
      undefined,
      /client anhui-window.*version/,
    ],
    [
      "a missing row",
      "DELETE FROM entries WHERE kind = 'source'",
      undefined,
      undefined,
      /resource mining-licence: sources\.340000/,
    ],
    ["a newer layout", "PRAGMA user_version = 2", undefined, undefined, /newer program/],
  ] as const)("%s", async (_, sql, first, second, message) => {
    await tamper(sql, ...[first, second].filter((value) => value !== undefined));
    expect(() => open()).toThrow(
      expect.objectContaining({ name: "RegistryError", message: expect.stringMatching(message) }),
    );
  });

  test("a case that does not validate is not answered, the others are", async () => {
    await tamper("UPDATE entries SET entry = ? WHERE kind = 'case'", JSON.stringify({ ...CASE, state: "both" }));
    const registry = open();
    await expect(registry.case(ORGANISATION, "BJ-2026-0001")).rejects.toMatchObject(refusal("REGISTRY_UNAVAILABLE"));
    await put(registry, "case", `${ORGANISATION}/B-2`, { ...CASE, number: "B-2" });
    expect(await registry.case(ORGANISATION, "B-2")).toMatchObject({ number: "B-2" });
  });

  test("something else in the file's place", () => {
    scene.file = scene.directory;
    expect(() => open()).toThrow(expect.objectContaining({ name: "RegistryError" }));
  });
});
