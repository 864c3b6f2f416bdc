import { randomUUIDv7 } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { ExchangeFilter, ExchangePage, Owner } from "#gateway/log/index/exchange-index.ts";
import { EVERYTHING } from "#gateway/log/index/find-entries.ts";
import { type MayRead, reachOf, within } from "./reach.ts";
import { searching } from "./searching.ts";
import { caller, codeOf, notedActs, WINDOW } from "./test-scene.ts";

const everything: MayRead = () => true;
const nothing: MayRead = () => false;
const own: MayRead = ({ id }, owner) => owner?.client === id;
const colleagues: MayRead = ({ organisation }, owner) => owner?.organisation === organisation?.code;

describe("a caller looks through", () => {
  test.each([
    ["all there is", everything, { client: null, organisation: null }],
    ["its organisation's exchanges", colleagues, { client: null, organisation: "O1" }],
    ["its own", own, { client: "window", organisation: null }],
  ])("%s, as the policies let it", (_, mayRead, reach) => {
    expect(reachOf(WINDOW, mayRead)).toEqual(reach);
  });

  test("nothing, and is told why", async () => {
    expect(await codeOf(() => reachOf(WINDOW, nothing))).toBe("DENIED");
    expect(await codeOf(() => reachOf(caller("anonymous", null), nothing))).toBe("AUTHENTICATION_REQUIRED");
  });

  test("no more than that, whatever it searches for", () => {
    const reach = { client: "window", organisation: null };
    expect(within({ ...EVERYTHING, item: "I" }, reach)).toEqual({ ...EVERYTHING, item: "I", client: "window" });
    expect(within({ ...EVERYTHING, client: "window" }, reach)).toMatchObject({ client: "window" });
    expect(within({ ...EVERYTHING, client: "other" }, reach)).toBeNull();
    expect(within({ ...EVERYTHING, organisation: "O2" }, { client: null, organisation: "O1" })).toBeNull();
  });
});

describe("searching", () => {
  const summary = (client: string | null, index: number): ExchangePage["exchanges"][number] => ({
    index,
    id: randomUUIDv7(),
    time: "2026-11-21T00:00:00.000Z",
    kind: "lookup",
    client,
    organisation: "O1",
    item: null,
    case: null,
    resource: null,
    outcome: null,
    erased: null,
  });
  const parts = (mayRead: MayRead, asked: ExchangeFilter[] = [], done: string[] = []) => ({
    mayRead,
    acts: notedActs(done),
    pseudonymOf: () => "P".repeat(43),
    index: {
      async search({ filter }: { readonly filter: ExchangeFilter }) {
        asked.push(filter);
        return { exchanges: ["window", "secret", null].map((client, at) => summary(client, 9 - at)), next: 3 };
      },
      async exportPage({ before }: { readonly before: number | null }) {
        const line = (client: string | null) => ({
          owner: client === null ? null : ({ client, organisation: null } satisfies Owner),
          line: `{"client":${JSON.stringify(client)}}`,
        });
        if (before === null) return { lines: ["window", "secret"].map(line), next: 4 };
        if (before === 4) return { lines: [], next: 2 };
        return { lines: [line(null)], next: null };
      },
    },
  });
  const query = { filter: EVERYTHING, before: null, limit: 10 };

  test("leaves out what the policies except, though it may look through all", async () => {
    const butSecret: MayRead = (_, owner) => owner?.client !== "secret";
    const { exchanges, next } = await searching(parts(butSecret)).search(WINDOW, query);
    expect([exchanges.map(({ client }) => client), next]).toEqual([["window", null], 3]);
  });

  test("for somebody else's exchanges finds nothing, and does not even look", async () => {
    const asked: ExchangeFilter[] = [];
    const { search } = searching(parts(own, asked));
    const filter = { ...EVERYTHING, client: "other" };
    expect(await search(WINDOW, { ...query, filter })).toEqual({ exchanges: [], next: null });
    expect(asked).toEqual([]);
    await search(WINDOW, query);
    expect(asked).toEqual([{ ...EVERYTHING, client: "window" }]);
  });

  test("for a person is on record first, without saying for whom; not for who may not", async () => {
    const done: string[] = [];
    const asked: ExchangeFilter[] = [];
    const person = { kind: "number", number: "11010519491231002X" } as const;
    await searching(parts(everything, asked, done)).searchPerson(WINDOW, person, query);
    expect(done).toEqual(['recorded read-evidence {"purpose":null}']);
    expect(asked).toEqual([{ ...EVERYTHING, person: "P".repeat(43) }]);
    const denied = searching(parts(nothing, asked, done));
    expect(await codeOf(() => denied.searchPerson(WINDOW, person, query))).toBe("DENIED");
    expect(await codeOf(() => denied.exportExchanges(WINDOW, EVERYTHING))).toBe("DENIED");
    expect([asked.length, done.length]).toEqual([1, 1]);
  });

  test.each([
    ["its own", own],
    ["its organisation's", colleagues],
  ])("for a person is not for who may look through %s only: that would tell what was masked", async (_, mayRead) => {
    const done: string[] = [];
    const asked: ExchangeFilter[] = [];
    const { searchPerson } = searching(parts(mayRead, asked, done));
    for (const person of [
      { kind: "number", number: "11010519491231002X" },
      { kind: "pseudonym", pseudonym: "P".repeat(43) },
    ] as const)
      expect(await codeOf(() => searchPerson(WINDOW, person, query))).toBe("DENIED");
    expect([asked, done]).toEqual([[], []]);
  });

  const linesOf = async (mayRead: MayRead, filter = EVERYTHING) =>
    (await Array.fromAsync(await searching(parts(mayRead)).exportExchanges(WINDOW, filter))).join("");

  test("an export ends with a line that counts what it holds", async () => {
    expect(await linesOf(everything)).toBe(
      '{"client":"window"}\n{"client":"secret"}\n{"client":null}\n{"complete":true,"count":3}\n',
    );
    expect(await linesOf(own)).toBe('{"client":"window"}\n{"complete":true,"count":1}\n');
    expect(await linesOf(own, { ...EVERYTHING, client: "other" })).toBe('{"complete":true,"count":0}\n');
  });

  test("an export fetches no page before the one before it was taken", async () => {
    const calls: unknown[] = [];
    const all = parts(everything);
    const exportPage: typeof all.index.exportPage = async (query) => {
      calls.push(query.before);
      return await all.index.exportPage(query);
    };
    const searches = searching({ ...all, index: { ...all.index, exportPage } });
    const lines = (await searches.exportExchanges(WINDOW, EVERYTHING))[Symbol.asyncIterator]();
    expect(calls).toEqual([]);
    await lines.next();
    expect(calls).toEqual([null]);
    await lines.return?.();
    expect(calls).toEqual([null]);
  });

  test("an export that breaks off has no such line", async () => {
    const broken = parts(everything);
    const lines = await searching({
      ...broken,
      index: {
        ...broken.index,
        async exportPage({ before }) {
          if (before !== null) throw new Error("the disk");
          return await broken.index.exportPage({ before });
        },
      },
    }).exportExchanges(WINDOW, EVERYTHING);
    let seen = "";
    const read = async () => {
      for await (const line of lines) seen += line;
    };
    await expect(read()).rejects.toThrow("the disk");
    expect(seen).toBe('{"client":"window"}\n{"client":"secret"}\n');
  });
});
