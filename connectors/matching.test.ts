import { describe, expect, test } from "vitest";
import { matchBy } from "./matching.ts";
import type { LookupQuestion } from "./source.ts";
import { AS_OF, OPTIONS, RESOURCE, found, matchQuestion, sourceOf } from "./test-calling.ts";

describe("matching by a source that does not compare", () => {
  const asked: LookupQuestion[] = [];
  const record = { code: "11010519491231002X", name: "张 三", born: "19491231", state: "current" };
  const source = sourceOf(async (question) => {
    asked.push(question);
    return found(record);
  });
  const ask = matchBy(source, RESOURCE);

  test("its fields are fetched and compared here", async () => {
    const claims = { name: "张三", born: "1950-12-31" };
    expect(await ask(matchQuestion({ claims, state: "state" }), OPTIONS)).toEqual({
      kind: "found",
      asOf: AS_OF,
      reference: "ref-1",
      claims: { name: "match", born: "mismatch" },
      state: "current",
    });
    expect(asked.at(-1)?.fields).toEqual(["name", "born", "state"]);
    expect(asked.at(-1)).not.toHaveProperty("claims");
  });

  test("no record is no match", async () => {
    const none = sourceOf(async () => ({ kind: "not-found", asOf: AS_OF, reference: "r" }));
    expect(await matchBy(none, RESOURCE)(matchQuestion(), OPTIONS)).toMatchObject({ kind: "not-found" });
  });
});
