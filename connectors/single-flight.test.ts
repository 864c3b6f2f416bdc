import { describe, expect, test } from "vitest";
import { matchBy } from "./matching.ts";
import type { LookupAnswer, LookupQuestion, MatchAnswer } from "./source.ts";
import {
  AS_OF,
  OPTIONS,
  RESOURCE,
  RIGHT,
  failure,
  found,
  guard,
  hanging,
  matchQuestion,
  question,
} from "./test-calling.ts";

describe("one flight for equal questions", () => {
  const counted = () => {
    const flights: { question: LookupQuestion; signal: AbortSignal; land: (answer: LookupAnswer) => void }[] = [];
    const guardedSource = guard((question, { signal }) => {
      const { promise, resolve } = Promise.withResolvers<LookupAnswer>();
      flights.push({ question, signal, land: resolve });
      return promise;
    });
    return { flights, ...guardedSource };
  };

  test("equal but for the exchange and the order of names: asked once", async () => {
    const { flights, source } = counted();
    const one = source.fetch(question({ fields: ["name", "born"] }), OPTIONS);
    const other = source.fetch(question({ fields: ["born", "name"], exchange: "e-2" }), OPTIONS);
    expect(flights).toHaveLength(1);
    const answer = found({ code: "11010519491231002X", name: "张三", born: "1949-12-31" });
    flights[0]?.land(answer);
    expect(await one).toEqual(answer);
    expect(await other).toEqual(answer);
    void source.fetch(question({ fields: ["name", "born"] }), OPTIONS).catch(() => {});
    expect(flights).toHaveLength(2);
  });

  test.each([
    ["region", { region: "440100" }],
    ["keys", { keys: { code: "440524188001010014" } }],
    ["fields", { fields: ["name", "born"] }],
    ["organisation", { purpose: { ...question().purpose, organisation: "other" } }],
    ["official", { purpose: { ...question().purpose, official: "other" } }],
    ["item", { purpose: { ...question().purpose, itemCode: "other" } }],
    ["case", { purpose: { ...question().purpose, caseNumber: "other" } }],
    ["text that moves between members", { purpose: { ...question().purpose, itemCode: 'i","n' } }],
  ])("another %s is another question", async (_, more) => {
    const { flights, source } = counted();
    void source.fetch(question(), OPTIONS).catch(() => {});
    void source.fetch(question(more), OPTIONS).catch(() => {});
    expect(flights).toHaveLength(2);
    await source.close();
  });

  test("a caller who leaves does not end the flight of the others", async () => {
    const { flights, source } = counted();
    const caller = new AbortController();
    const leaving = source.fetch(question(), { signal: caller.signal });
    const staying = source.fetch(question(), OPTIONS);
    caller.abort(new Error("gone home"));
    await expect(leaving).rejects.toThrow("gone home");
    expect(flights[0]?.signal.aborted).toBe(false);
    flights[0]?.land(RIGHT);
    expect(await staying).toMatchObject({ kind: "found" });
  });

  test("when all have left the flight is ended, and the next question flies anew", async () => {
    const { flights, source } = counted();
    const callers = [new AbortController(), new AbortController()];
    const answers = callers.map(({ signal }) => source.fetch(question(), { signal }));
    for (const caller of callers) caller.abort();
    for (const answer of answers) await expect(answer).rejects.toThrow("aborted");
    expect(flights[0]?.signal.aborted).toBe(true);
    const next = source.fetch(question(), OPTIONS);
    expect(flights).toHaveLength(2);
    flights[0]?.land(found({ code: "11010519491231002X", name: "too late" }));
    flights[1]?.land(RIGHT);
    expect(await next).toMatchObject({ record: { name: "张三" } });
  });

  test("a caller who was gone before asks nothing", async () => {
    const { flights, source } = counted();
    await expect(source.fetch(question(), { signal: AbortSignal.abort() })).rejects.toThrow("aborted");
    expect(flights).toHaveLength(0);
  });

  test("matches are joined by their claims", async () => {
    let asked = 0;
    const answer: MatchAnswer = { kind: "found", asOf: AS_OF, reference: "r", claims: { name: "match" }, state: null };
    const { source } = guard(
      hanging,
      {},
      {
        match: async () => {
          asked += 1;
          return answer;
        },
      },
    );
    const ask = matchBy(source, RESOURCE);
    const other = matchQuestion({ claims: { name: "李四" } });
    await Promise.all([
      ask(matchQuestion(), OPTIONS),
      ask(matchQuestion({ exchange: "e-2" }), OPTIONS),
      ask(other, OPTIONS),
    ]);
    expect(asked).toBe(2);
  });

  test("closing ends what is under way", async () => {
    const { source } = counted();
    const answer = source.fetch(question(), OPTIONS);
    await source.close();
    expect((await failure(answer)).code).toBe("SOURCE_UNAVAILABLE");
  });
});
