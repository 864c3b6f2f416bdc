import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import * as fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Fault } from "#gateway/fault.ts";
import type { EntryKind } from "./entities.ts";
import { openRegistry } from "./open-registry.ts";
import type { ChangeRequest, FillableRegistry } from "./registry.ts";
import {
  acceptSource,
  CASE,
  CASE_ID,
  CLIENT,
  ENTRIES,
  GRANT,
  ITEM,
  ORGANISATION,
  RESOURCE,
  SOURCE,
} from "./test-entries.ts";
import { heldBy, replayed, wholeHistory } from "./test-replay.ts";

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "registry-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const open = (name = "registry.sqlite"): FillableRegistry =>
  openRegistry(join(directory, name), { checkSource: acceptSource });

async function expectHistoryToFit(registry: FillableRegistry): Promise<void> {
  const history = await wholeHistory(registry);
  expect(await heldBy(registry)).toEqual(replayed(history));
  expect(history.map(({ sequence }) => sequence)).toEqual(history.map((_, index) => index + 1));
  const versions = new Map<string, number>();
  for (const { kind, id, version } of history) {
    expect(version).toBe((versions.get(`${kind} ${id}`) ?? 0) + 1);
    versions.set(`${kind} ${id}`, version);
  }
}

/** Changes of all kinds, lawful ones and others. */
const anyRequest = (): fc.Arbitrary<Omit<ChangeRequest<EntryKind>, "by">> => {
  const ids = ["one", "two", "three"];
  const seen = fc.constantFrom(null, null, null, 0, 1, 2);
  const request = <Entry>(kind: EntryKind, id: string, entry: fc.Arbitrary<Entry>) =>
    fc.record({ kind: fc.constant(kind), id: fc.constant(id), entry, seen });
  return fc.oneof(
    ...ids.flatMap((id) => [
      request("client", id, fc.constantFrom(null, { ...CLIENT, id }, { ...CLIENT, id, active: false })),
      request("grant", id, fc.constantFrom(null, { ...GRANT, id }, { ...GRANT, id, items: ["none"] })),
      request(
        "case",
        `${ORGANISATION}/${id}`,
        fc.constantFrom(null, { ...CASE, number: id }, { ...CASE, number: id, state: "closed" }),
      ),
    ]),
    request("case", CASE_ID, fc.constantFrom(null, CASE, { ...CASE, state: "closed" })),
    request("grant", GRANT.id, fc.constantFrom(null, GRANT)),
    request("item", ITEM.code, fc.constantFrom(null, ITEM, { ...ITEM, uses: {} })),
    request("resource", RESOURCE.id, fc.constantFrom(null, RESOURCE, { ...RESOURCE, sources: {} })),
    request("source", SOURCE.id, fc.constantFrom(null, SOURCE, { ...SOURCE, en: "Others" })),
  );
};

test("whatever is asked for, the history says what there is, and re-opening finds the same", async () => {
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyRequest(), { minLength: 10, maxLength: 60 }),
      fc.boolean(),
      async (requests, together) => {
        const name = `${(runs += 1)}.sqlite`;
        const registry = open(name);
        await registry.fillWith(ENTRIES, "seed");
        const asked = requests.map((request) => () => registry.change({ ...request, by: "somebody" }));
        if (together) await Promise.allSettled(asked.map((ask) => ask()));
        else for (const ask of asked) await ask().catch(expectFault);
        await expectHistoryToFit(registry);
        const before = await heldBy(registry);
        await registry.close();
        const again = open(name);
        expect(await heldBy(again)).toEqual(before);
        await again.close();
      },
    ),
    { numRuns: 25 },
  );
});

function expectFault(error: unknown): void {
  expect(error).toBeInstanceOf(Fault);
  expect(["ENTRY_INVALID", "ENTRY_UNKNOWN", "ENTRY_CHANGED"]).toContain((error as Fault).code);
}

/** Starts a process that changes the registry without end; kills it when it has acknowledged `enough` changes. */
async function killWhileChanging(enough: number): Promise<readonly string[]> {
  const program = fileURLToPath(new URL("../../tests/registry/changing-process.ts", import.meta.url));
  const child = spawn(process.execPath, [program, join(directory, "registry.sqlite")], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  const acknowledged: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    if (acknowledged.push(line) === enough) child.kill("SIGKILL");
  }
  await ended;
  // The last line may have been cut off by the kill.
  return acknowledged.slice(0, -1);
}

test("kill -9: every acknowledged change is there, and the history fits the entries", async () => {
  for (const enough of [2, 30, 200, 75]) {
    const acknowledged = await killWhileChanging(enough);
    expect(acknowledged.length).toBeGreaterThanOrEqual(enough - 1);
    const registry = open();
    const history = new Set((await wholeHistory(registry)).map(({ kind, id, version }) => `${kind} ${id} ${version}`));
    for (const change of acknowledged) expect(history).toContain(change);
    await expectHistoryToFit(registry);
    await registry.close();
  }
});
