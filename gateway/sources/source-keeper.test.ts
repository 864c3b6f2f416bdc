import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import type { LookupQuestion } from "#connectors/source.ts";
import { REGISTER } from "#gateway/exchange/inquiry-scene.ts";
import type { SourceEntry } from "#gateway/registry/entities.ts";
import type { Change } from "#gateway/registry/registry.ts";
import { SourceKeeper } from "./source-keeper.ts";

const open: (() => unknown)[] = [];
afterEach(async () => void (await Promise.all(open.splice(0).map((close) => close()))));

/** A department's service that answers when it is told to. */
async function startService() {
  const waiting: ServerResponse[] = [];
  const server = createServer((_request, response) => void waiting.push(response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.push(() => server.close());
  return { port: (server.address() as AddressInfo).port, waiting };
}

const entryAt = (port: number): SourceEntry => ({
  id: "service",
  resource: REGISTER.id,
  zh: "",
  en: "",
  settings: {
    kind: "http-json",
    baseUrl: `http://127.0.0.1:${port}`,
    allowNetworks: ["127.0.0.1/32"],
    request: { method: "GET", path: "/", query: { number: "{keys.number}" } },
    answer: { record: "", fields: { number: "/number", state: "/state" }, asOf: "now" },
  },
});

function keeperOf(first: SourceEntry | null) {
  let entry = first;
  const listeners: ((change: Change) => void)[] = [];
  const troubles: string[] = [];
  const keeper = new SourceKeeper({
    registry: {
      resource: (id) => (id === REGISTER.id ? REGISTER : null),
      source: (id) => (id === entry?.id ? entry : null),
      sources: () => (entry === null ? [] : [entry]),
      onChange: (listener) => void listeners.push(listener),
    },
    surroundings: {
      dataDirectory: "/nowhere",
      secret: () => "",
      isWellFormed: () => true,
      clock: Date.now,
      identity: { sign: async () => "" },
    },
    onTrouble: (source) => void troubles.push(source),
  });
  open.push(() => keeper.close());
  const change = (next: SourceEntry | null): void => {
    entry = next;
    const made: Change = { sequence: 1, at: "", by: "", kind: "source", id: "service", version: 2, entry: next };
    for (const listener of listeners) listener(made);
  };
  return { keeper, change, troubles };
}

const QUESTION: LookupQuestion = {
  resource: REGISTER.id,
  region: "340000",
  keys: { number: "1" },
  fields: ["state"],
  purpose: { organisation: "o", official: "l", itemCode: "i", itemName: "n", caseNumber: "c" },
  exchange: "e",
};
const options = () => ({ signal: AbortSignal.timeout(10_000) });
const answer = (response: ServerResponse | undefined, state: string): void =>
  void response?.setHeader("content-type", "application/json").end(JSON.stringify({ number: "1", state }));

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
}

test("a call under way is answered by the source it was begun with, the next one by the new one", async () => {
  const [before, after] = [await startService(), await startService()];
  const { keeper, change } = keeperOf(entryAt(before.port));
  const first = keeper.lookup("service", QUESTION, options());
  await until(() => before.waiting.length === 1);
  change(entryAt(after.port));
  const second = keeper.lookup("service", { ...QUESTION, exchange: "e2" }, options());
  await until(() => after.waiting.length === 1);
  answer(before.waiting[0], "old");
  answer(after.waiting[0], "new");
  expect(await first).toMatchObject({ kind: "found", record: { state: "old" } });
  expect(await second).toMatchObject({ kind: "found", record: { state: "new" } });
});

test("a source that is gone or cannot be opened is unavailable, and says so", async () => {
  const { keeper, change, troubles } = keeperOf(null);
  await expect(keeper.lookup("service", QUESTION, options())).rejects.toMatchObject({ code: "SOURCE_UNAVAILABLE" });
  change({ ...entryAt(1), settings: { kind: "http-json", baseUrl: "ftp://127.0.0.1" } });
  await expect(keeper.lookup("service", QUESTION, options())).rejects.toMatchObject({ code: "SOURCE_UNAVAILABLE" });
  expect(troubles).toEqual(["service"]);
  expect(await keeper.healthOfAll(AbortSignal.timeout(1000))).toMatchObject({ service: { status: "unavailable" } });
});
