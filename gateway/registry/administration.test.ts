import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Caller } from "#gateway/clients/caller.ts";
import { Fault } from "#gateway/fault.ts";
import { actsIn } from "#gateway/log/recorded-acts.ts";
import { actLog } from "#gateway/log/test-act-log.ts";
import { type Administration, administrationOf } from "./administration.ts";
import type { ClientEntry, EntryKind, Role } from "./entities.ts";
import { openRegistry } from "./open-registry.ts";
import type { FillableRegistry } from "./registry.ts";
import {
  acceptSource,
  CASE,
  CASE_ID,
  CLIENT,
  ENTRIES,
  GRANT,
  ITEM,
  keyPair,
  ORGANISATION,
  OTHER_ORGANISATION,
  RESOURCE,
} from "./test-entries.ts";

const caller = (id: string, role: Role, code: string | null): Caller => ({
  id,
  network: "remote",
  authentication: "token",
  organisation: code === null ? null : { code, name: "示例单位", region: "340100" },
  roles: [role],
  perMinute: 600,
});
const operator = caller("operator", "operator", "11340000MB0E01057U");
const window = caller("anhui-window", "department", ORGANISATION);
const otherWindow = caller("guangdong-window", "department", OTHER_ORGANISATION);
const auditor = caller("auditor", "auditor", "11340000MB0E01065N");

/** As the policies have it. */
const ALLOWED = { "read-catalogue": null, administer: "operator", "register-case": "department" } as const;

let directory: string;
let registry: FillableRegistry;
let administration: Administration;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "registry-"));
  registry = openRegistry(join(directory, "registry.sqlite"), { checkSource: acceptSource });
  await registry.fillWith(ENTRIES, "seed");
  administration = administrationOf({
    registry,
    acts: actsIn({ log: actLog(), clock: Date.now, onTrouble: () => undefined }),
    permit: ({ roles }, action) => {
      const role = ALLOWED[action];
      if (role !== null && !roles.includes(role)) throw new Fault("DENIED");
    },
  });
});
afterEach(async () => {
  await registry.close();
  rmSync(directory, { recursive: true, force: true });
});

const DENIED = { code: "DENIED" };
const page = { after: null, limit: 10 };
const PRIVATE_KINDS = ["client", "grant", "case", "source"] as const;

describe("who may do what", () => {
  test("resources and items are read by all whom the policies let read the catalogue", async () => {
    expect(await administration.get(auditor, "resource", RESOURCE.id)).toMatchObject({ entry: RESOURCE, version: 1 });
    expect(await administration.list(window, "item", page)).toMatchObject({ entries: [{ entry: ITEM }], next: null });
  });

  test.each(PRIVATE_KINDS)("%s entries are read by operators only", async (kind) => {
    const { entries } = await administration.list(operator, kind, page);
    expect(entries).toHaveLength(1);
    for (const other of [window, auditor]) {
      await expect(administration.list(other, kind, page)).rejects.toMatchObject(DENIED);
      await expect(administration.get(other, kind, "anhui-window")).rejects.toMatchObject(DENIED);
    }
  });

  test.each<EntryKind>(["resource", "item", ...PRIVATE_KINDS])(
    "%s entries are changed by operators only",
    async (kind) => {
      for (const other of [window, auditor]) {
        await expect(administration.put(other, kind, "x", { entry: CLIENT, seen: null })).rejects.toMatchObject(DENIED);
        await expect(administration.remove(other, kind, "x", null)).rejects.toMatchObject(DENIED);
      }
      expect(await registry.history({ after: 0, limit: 100 })).toHaveLength(ENTRIES.length);
    },
  );

  test("the history is for operators", async () => {
    expect(await administration.history(operator, page)).toMatchObject({ next: null });
    await expect(administration.history(window, page)).rejects.toMatchObject(DENIED);
  });

  test("cases are registered by departments", async () => {
    const put = { request: { item: ITEM.code, state: "open" }, seen: null };
    await expect(administration.putOwnCase(operator, "B-1", put)).rejects.toMatchObject(DENIED);
    await expect(administration.ownCase(auditor, CASE.number)).rejects.toMatchObject(DENIED);
  });
});

describe("operators", () => {
  test("put and take out, in their own name", async () => {
    const suspended = { ...GRANT, suspended: true };
    expect(await administration.put(operator, "grant", GRANT.id, { entry: suspended, seen: 1 })).toMatchObject({
      kept: { entry: suspended, version: 2 },
    });
    await administration.remove(operator, "grant", GRANT.id, 2);
    const { changes } = await administration.history(operator, { after: ENTRIES.length, limit: 10 });
    expect(changes.map(({ by, version, entry }) => [by, version, entry])).toEqual([
      ["operator", 2, suspended],
      ["operator", 3, null],
    ]);
  });

  test("get the faults of the registry", async () => {
    const put = (entry: unknown, seen: number | null = null) =>
      administration.put(operator, "grant", GRANT.id, { entry, seen });
    await expect(put({ ...GRANT, until: GRANT.from })).rejects.toMatchObject({ code: "ENTRY_INVALID" });
    await expect(put(GRANT, 7)).rejects.toMatchObject({ code: "ENTRY_CHANGED" });
    await expect(administration.get(operator, "grant", "none")).rejects.toMatchObject({ code: "ENTRY_UNKNOWN" });
    await expect(administration.remove(operator, "grant", "none", null)).rejects.toMatchObject({
      code: "ENTRY_UNKNOWN",
    });
  });

  test.each([null, undefined, [], "x", 1])("putting %j takes nothing out", async (entry) => {
    await expect(administration.put(operator, "grant", GRANT.id, { entry, seen: null })).rejects.toMatchObject({
      code: "ENTRY_INVALID",
    });
    expect(await registry.kept("grant", GRANT.id)).toMatchObject({ version: 1 });
  });

  test("register the cases of any organisation", async () => {
    const number = "B-1";
    const entry = { ...CASE, number, organisation: OTHER_ORGANISATION };
    await administration.put(operator, "case", `${OTHER_ORGANISATION}/${number}`, { entry, seen: 0 });
    expect(await registry.case(OTHER_ORGANISATION, number)).toEqual(entry);
  });

  describe("and their own entry", () => {
    const own: ClientEntry = {
      ...CLIENT,
      id: "operator",
      roles: ["operator"],
      organisation: { ...CLIENT.organisation },
    };
    const self: Caller = { ...operator, organisation: own.organisation };
    const put = (changes: Partial<ClientEntry>) =>
      administration.put(self, "client", own.id, { entry: { ...own, ...changes }, seen: null });
    beforeEach(async () => {
      await registry.change({ kind: "client", id: own.id, entry: own, by: "another", seen: null });
    });

    test.each<Partial<ClientEntry>>([
      { roles: ["auditor"] },
      { roles: ["operator", "provider"] },
      { roles: ["department"] },
      { active: false },
      { organisation: { ...own.organisation, code: OTHER_ORGANISATION } },
    ])("do not become %j", async (changes) => {
      await expect(put(changes)).rejects.toMatchObject(DENIED);
      expect(registry.client(own.id)).toEqual(own);
      const byAnother = administration.put(operator, "client", "second", {
        entry: { ...own, ...changes, id: "second" },
        seen: 0,
      });
      expect(await byAnother).toMatchObject({ kept: { version: 1 } });
    });

    test("may renew their keys, and stay", async () => {
      expect(await put({ keys: [keyPair({ type: "ed25519", alg: "EdDSA" }).publicKey], perMinute: 60 })).toMatchObject({
        kept: { entry: { perMinute: 60 } },
      });
      await expect(administration.remove(self, "client", own.id, null)).rejects.toMatchObject(DENIED);
      await expect(put({ perMinute: 0 })).rejects.toMatchObject({ code: "ENTRY_INVALID" });
      expect(registry.client(own.id)?.perMinute).toBe(60);
    });
  });

  test("turn pages, of any size they ask for within bounds", async () => {
    for (const id of ["c-1", "c-2", "c-3"])
      await administration.put(operator, "client", id, { entry: { ...CLIENT, id }, seen: 0 });
    const ids: string[] = [];
    let after: string | null = null;
    do {
      const { entries, next }: Awaited<ReturnType<typeof administration.list<"client">>> = await administration.list(
        operator,
        "client",
        { after, limit: 3 },
      );
      ids.push(...entries.map(({ entry }) => entry.id));
      after = next;
    } while (after !== null);
    expect(ids).toEqual(["anhui-window", "c-1", "c-2", "c-3"]);
    expect((await administration.list(operator, "client", { after: null, limit: 4 })).next).toBeNull();
    for (const limit of [0, -1, 0.5]) {
      const { entries } = await administration.list(operator, "client", { after: null, limit });
      expect(entries).toHaveLength(1);
    }
    const first = await administration.history(operator, { after: null, limit: 2 });
    expect(first).toMatchObject({ changes: [{ sequence: 1 }, { sequence: 2 }], next: "2" });
    const rest = await administration.history(operator, { after: 2, limit: 1_000_000 });
    expect(rest.changes).toHaveLength(ENTRIES.length + 1);
    expect(rest.next).toBeNull();
  });
});

describe("departments", () => {
  const put = (by: Caller, number: string, request: unknown, seen: number | null = null) =>
    administration.putOwnCase(by, number, { request, seen });

  test("open and close cases of their own", async () => {
    expect(await put(window, "B-1", { item: ITEM.code, state: "open" }, 0)).toMatchObject({
      kept: { entry: { number: "B-1", organisation: ORGANISATION, item: ITEM.code, state: "open" }, version: 1 },
    });
    expect(await put(window, "B-1", { item: ITEM.code, state: "closed" }, 1)).toMatchObject({ kept: { version: 2 } });
    expect(await administration.ownCase(window, "B-1")).toMatchObject({ entry: { state: "closed" }, version: 2 });
    const { changes } = await administration.history(operator, { after: ENTRIES.length, limit: 10 });
    expect(changes.map(({ by }) => by)).toEqual(["anhui-window", "anhui-window"]);
  });

  test("the same number of two organisations is two cases", async () => {
    await put(otherWindow, CASE.number, { item: ITEM.code, state: "closed" }, 0);
    expect(await registry.case(ORGANISATION, CASE.number)).toEqual(CASE);
    expect(await administration.ownCase(otherWindow, CASE.number)).toMatchObject({ entry: { state: "closed" } });
    await expect(administration.ownCase(otherWindow, "B-9")).rejects.toMatchObject({ code: "ENTRY_UNKNOWN" });
  });

  test.each([
    [{ item: ITEM.code, state: "open", organisation: ORGANISATION }, "organisation: is not a member of this entry"],
    [{ item: ITEM.code, state: "open", number: CASE.number }, "number: is not a member of this entry"],
    [{ item: ITEM.code }, "state: is missing"],
    [{ item: "none", state: "open" }, "item: names an item that does not exist"],
    [null, "must be an object"],
  ])("%j is refused", async (request, detail) => {
    await expect(put(otherWindow, "B-1", request)).rejects.toMatchObject({ code: "ENTRY_INVALID", detail });
    expect(await registry.case(OTHER_ORGANISATION, "B-1")).toBeNull();
  });

  test.each([
    CASE_ID,
    "../x",
    "11010519491231002X",
    "１１０１０５１９４９１２３１００２Ｘ",
    "",
    `${OTHER_ORGANISATION}/B-1`,
  ])("number %j is refused", async (number) => {
    await expect(put(window, number, { item: ITEM.code, state: "open" })).rejects.toMatchObject({
      code: "ENTRY_INVALID",
    });
  });

  test("nobody without an organisation has cases", async () => {
    const stray = caller("stray", "department", null);
    await expect(put(stray, "B-1", { item: ITEM.code, state: "open" })).rejects.toMatchObject(DENIED);
    await expect(administration.ownCase(stray, CASE.number)).rejects.toMatchObject(DENIED);
  });
});
