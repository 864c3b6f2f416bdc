import { describe, expect, test } from "vitest";
import { DEFAULT_BOUNDS } from "./bounds.ts";
import { checkedInside, guarded } from "./calling.ts";
import { matchBy } from "./matching.ts";
import type { LookupAnswer, MatchAnswer, MatchQuestion } from "./source.ts";
import {
  AS_OF,
  NOW,
  OPTIONS,
  RESOURCE,
  RIGHT,
  failure,
  found,
  matchQuestion,
  question,
  sourceOf,
} from "./test-calling.ts";

describe.each([
  ["a source elsewhere", guarded],
  ["a source inside the gateway", checkedInside],
])("answers of %s", (_, discipline) => {
  const answering = (answer: unknown, match?: unknown) =>
    discipline(
      sourceOf(
        async () => answer as LookupAnswer,
        match === undefined ? {} : { match: async () => match as MatchAnswer },
      ),
      { resource: RESOURCE, bounds: { ...DEFAULT_BOUNDS, maxBytes: 2_000 }, clock: () => NOW },
    );
  const lookUp = (answer: unknown) => answering(answer).fetch(question(), OPTIONS);
  const code = async (answer: unknown) => (await failure(lookUp(answer))).code;

  test("the asked fields and the keys pass, nothing else", async () => {
    const answer = found(
      { code: "11010519491231002x", name: "张三", born: "1949-12-31", secret: "x" },
      { receipt: "jws", more: "x" },
    );
    expect(await lookUp(answer)).toEqual({
      kind: "found",
      asOf: AS_OF,
      reference: "ref-1",
      receipt: "jws",
      record: { code: "11010519491231002x", name: "张三" },
    });
    expect(await lookUp(found({ code: "11010519491231002X", name: null }))).toMatchObject({ record: { name: null } });
    const none = { kind: "not-found", asOf: AS_OF, reference: "r" };
    expect(await lookUp({ ...none, record: { name: "x" } })).toEqual(none);
  });

  test("another person's record is SOURCE_WRONG_RECORD and quotes nobody", async () => {
    const error = await failure(lookUp(found({ code: "440524188001010014", name: "李四" })));
    expect(error.code).toBe("SOURCE_WRONG_RECORD");
    expect(JSON.stringify([error.message, error.detail])).not.toMatch(/李四|4405|1101/);
    expect(await code(found({ code: null, name: "张三" }))).toBe("SOURCE_WRONG_RECORD");
  });

  test.each([
    ["a key is missing", found({ name: "张三" })],
    ["a field is missing", found({ code: "11010519491231002X" })],
    ["a field is only inherited", found(Object.create({ code: "11010519491231002X", name: "张三" }))],
    ["a value is no text", found({ code: "11010519491231002X", name: 3 })],
    ["there is no record", { kind: "found", asOf: AS_OF, reference: "r" }],
    ["the kind is unknown", { kind: "maybe", asOf: AS_OF, reference: "r" }],
    ["asOf is missing", found({ code: "11010519491231002X", name: null }, { asOf: undefined })],
    ["asOf is a day", found({ code: "11010519491231002X", name: null }, { asOf: "2026-01-09" })],
    ["asOf lies ahead", found({ code: "11010519491231002X", name: null }, { asOf: "2026-01-10T00:10:00Z" })],
    ["the reference is blank", found({ code: "11010519491231002X", name: null }, { reference: "" })],
    ["the reference has a line break", found({ code: "11010519491231002X", name: null }, { reference: "a\nb" })],
    ["the reference is long", found({ code: "11010519491231002X", name: null }, { reference: "r".repeat(129) })],
    ["the receipt is no text", found({ code: "11010519491231002X", name: null }, { receipt: {} })],
  ])("SOURCE_MALFORMED when %s", async (_name, answer) => {
    expect(await code(answer)).toBe("SOURCE_MALFORMED");
  });

  test("a clock a little ahead of ours is fine", async () => {
    const answer = found({ code: "11010519491231002X", name: null }, { asOf: "2026-01-10T00:04:00Z" });
    expect(await lookUp(answer)).toMatchObject({ kind: "found" });
  });

  test("texts larger than allowed are SOURCE_TOO_LARGE", async () => {
    expect(await code(found({ code: "11010519491231002X", name: "x".repeat(2_000) }))).toBe("SOURCE_TOO_LARGE");
    expect(await code(found({ code: "11010519491231002X", name: "x" }, { receipt: "r".repeat(2_001) }))).toBe(
      "SOURCE_TOO_LARGE",
    );
  });

  test("a match gives one result for each claim and the state that was asked for", async () => {
    const answer = {
      kind: "found",
      asOf: AS_OF,
      reference: "r",
      claims: { name: "match", born: "mismatch" },
      state: "current",
    };
    const ask = (answer: unknown, more: Partial<MatchQuestion> = {}) =>
      matchBy(answering(RIGHT, answer), RESOURCE)(matchQuestion(more), OPTIONS);
    expect(await ask(answer)).toEqual({ ...answer, claims: { name: "match" }, state: null });
    expect(await ask(answer, { state: "state" })).toMatchObject({ state: "current" });
    expect((await failure(ask({ ...answer, claims: {} }))).code).toBe("SOURCE_MALFORMED");
    expect((await failure(ask({ ...answer, claims: { name: "yes" } }))).code).toBe("SOURCE_MALFORMED");
    expect((await failure(ask({ ...answer, claims: null }))).code).toBe("SOURCE_MALFORMED");
    expect((await failure(ask({ ...answer, state: 1 }, { state: "state" }))).code).toBe("SOURCE_MALFORMED");
    expect(await ask({ kind: "not-found", asOf: AS_OF, reference: "r" })).toMatchObject({ kind: "not-found" });
  });
});
