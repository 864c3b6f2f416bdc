import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Caller } from "#gateway/clients/caller.ts";
import { Fault } from "#gateway/fault.ts";
import { actsIn } from "#gateway/log/recorded-acts.ts";
import { actIn, actLog, type ActLogInMemory } from "#gateway/log/test-act-log.ts";
import { type Administration, administrationOf } from "./administration.ts";
import { openRegistry } from "./open-registry.ts";
import type { FillableRegistry } from "./registry.ts";
import { announcedIn } from "./registry-acts.ts";
import { acceptSource, CASE, CASE_ID, CLIENT, ENTRIES, GRANT, ITEM, ORGANISATION } from "./test-entries.ts";

const OPERATOR: Caller = {
  id: "operator",
  network: "loopback",
  authentication: "token",
  organisation: { code: ORGANISATION, name: "示例单位", region: "340100" },
  roles: ["operator"],
  perMinute: 600,
};

let directory: string;
let file: string;
let log: ActLogInMemory;
let registry: FillableRegistry;
let administration: Administration;
let isPermitted: boolean;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "registry-acts-"));
  file = join(directory, "registry.sqlite");
  log = actLog();
  const acts = actsIn({ log, clock: Date.now, onTrouble: () => undefined });
  registry = openRegistry(file, { checkSource: acceptSource, announce: announcedIn(acts) });
  isPermitted = true;
  const permit = () => {
    if (!isPermitted) throw new Fault("DENIED");
  };
  administration = administrationOf({ registry, acts, permit });
  await registry.fillWith(ENTRIES, "seed");
});
afterEach(async () => {
  await registry.close();
  rmSync(directory, { recursive: true, force: true });
});

const SUSPENDED = { ...GRANT, suspended: true };
const putGrant = (entry: unknown) => administration.put(OPERATOR, "grant", GRANT.id, { entry, seen: null });
const LATER = { ...CLIENT, perMinute: 7 };
const putClient = () => administration.put(OPERATOR, "client", CLIENT.id, { entry: LATER, seen: null });
const actsSinceFilling = () => log.acts().slice(1);
const lengthOfHistory = async () => (await registry.history({ after: 0, limit: 1000 })).length;

describe("changes of the registry are on record", () => {
  test("its first filling, as one act", async () => {
    expect(log.acts()).toEqual([
      ["fill-registry", "registry", { entries: ENTRIES.length, digest: expect.stringMatching(/^sha256:/), by: "seed" }],
    ]);
    expect(await registry.fillWith(ENTRIES, "seed")).toBe(false);
    expect(log.acts()).toHaveLength(1);
  });

  test("what is put and taken out, under the exchange that the answer names", async () => {
    const put = await putGrant(SUSPENDED);
    const removed = await administration.remove(OPERATOR, "grant", GRANT.id, 2);
    expect(actsSinceFilling()).toEqual([
      [
        "change-entry",
        `grant/${GRANT.id}`,
        { change: "put", version: 2, digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/), by: "operator" },
      ],
      ["change-entry", `grant/${GRANT.id}`, { change: "remove", version: 3, digest: null, by: "operator" }],
    ]);
    expect(log.entries.slice(1).map(({ record }) => record.id)).toEqual([put.exchange, removed.exchange]);
    expect(log.entries.slice(1).map((entry) => actIn(entry).client?.id)).toEqual(["operator", "operator"]);
  });

  test("a case that a department opens", async () => {
    const request = { item: ITEM.code, state: "closed" };
    const { exchange } = await administration.putOwnCase(OPERATOR, CASE.number, { request, seen: null });
    expect(actsSinceFilling()).toMatchObject([["change-entry", `case/${CASE_ID}`, { change: "put", version: 2 }]]);
    expect(log.entries.at(-1)?.record.id).toBe(exchange);
  });

  test("what nobody who calls has changed, as of the service itself", async () => {
    await registry.change({ kind: "grant", id: GRANT.id, entry: SUSPENDED, by: "demo", seen: null });
    expect(actsSinceFilling()).toMatchObject([["change-entry", `grant/${GRANT.id}`, { by: "demo" }]]);
    expect(log.entries.map((entry) => actIn(entry).client)).toEqual([null, null]);
  });

  test("before it takes effect", async () => {
    const seen: unknown[] = [];
    log.before = () => seen.push(registry.client(CLIENT.id)?.perMinute);
    await putClient();
    expect([...seen, registry.client(CLIENT.id)?.perMinute]).toEqual([CLIENT.perMinute, 7]);
  });
});

describe("nothing is on record", () => {
  test("of an entry that is so already", async () => {
    expect(await putGrant(GRANT)).toMatchObject({ kept: { version: 1 }, exchange: null });
    expect(actsSinceFilling()).toEqual([]);
  });

  test.each([
    ["an entry that does not validate", () => putGrant({ ...GRANT, until: GRANT.from }), "ENTRY_INVALID"],
    ["a version nobody has", () => administration.remove(OPERATOR, "grant", GRANT.id, 7), "ENTRY_CHANGED"],
    ["an entry that is not there", () => administration.remove(OPERATOR, "grant", "none", null), "ENTRY_UNKNOWN"],
  ])("of %s", async (_what, change, code) => {
    await expect(change()).rejects.toMatchObject({ code, exchange: undefined });
    expect(actsSinceFilling()).toEqual([]);
  });

  test("of a change that the policies deny", async () => {
    isPermitted = false;
    await expect(putGrant(SUSPENDED)).rejects.toMatchObject({ code: "DENIED" });
    expect(actsSinceFilling()).toEqual([]);
  });
});

describe("when the log cannot be written", () => {
  test("nothing is changed, and it goes on once it can", async () => {
    log.refuses = () => true;
    await expect(putClient()).rejects.toMatchObject({ code: "LOG_UNAVAILABLE" });
    await expect(administration.remove(OPERATOR, "grant", GRANT.id, null)).rejects.toMatchObject({
      code: "LOG_UNAVAILABLE",
    });
    expect(registry.client(CLIENT.id)).toEqual(CLIENT);
    expect(await registry.kept("grant", GRANT.id)).toMatchObject({ version: 1 });
    expect(await lengthOfHistory()).toBe(ENTRIES.length);
    log.refuses = () => false;
    await putClient();
    expect(registry.client(CLIENT.id)).toEqual(LATER);
  });

  test("of changes that belong together none is made, and what was recorded is marked as failed", async () => {
    // The first is under way by itself; the two that wait meanwhile are one transaction.
    const first = administration.put(OPERATOR, "client", CLIENT.id, { entry: { ...CLIENT, perMinute: 3 }, seen: null });
    log.refuses = ({ to }) => to.startsWith("grant/");
    const together = await Promise.allSettled([putClient(), putGrant(SUSPENDED)]);
    await first;
    expect(together.map((each) => each.status)).toEqual(["rejected", "rejected"]);
    expect(registry.client(CLIENT.id)?.perMinute).toBe(3);
    expect(await registry.kept("grant", GRANT.id)).toMatchObject({ version: 1 });
    expect(await lengthOfHistory()).toBe(ENTRIES.length + 1);
    const [, change, failure] = log.entries.slice(1).map((entry) => actIn(entry));
    expect(failure).toMatchObject({ act: "report-failure", to: `exchange/${change?.id}` });
    expect(together[0]).toMatchObject({ reason: { code: "LOG_UNAVAILABLE", exchange: change?.id } });
    expect(together[1]).toMatchObject({ reason: { code: "LOG_UNAVAILABLE", exchange: undefined } });
  });
});

test("a change that cannot be written after all leaves a second entry, and the answer names the first", async () => {
  const other = new DatabaseSync(file);
  other.exec("BEGIN IMMEDIATE");
  const failed: unknown = await putClient().catch((error: unknown) => error);
  other.exec("ROLLBACK");
  other.close();
  const [, change, failure] = log.entries.map((entry) => actIn(entry));
  expect(failed).toMatchObject({ code: "REGISTRY_UNAVAILABLE", exchange: change?.id });
  expect(failure).toMatchObject({
    act: "report-failure",
    to: `exchange/${change?.id}`,
    detail: { act: "change-entry", code: "REGISTRY_UNAVAILABLE" },
  });
  expect(registry.client(CLIENT.id)).toEqual(CLIENT);
});
