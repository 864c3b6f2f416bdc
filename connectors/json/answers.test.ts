import { describe, expect, test } from "vitest";
import { readLookupAnswer, readLookupMapping } from "./lookup-mapping.ts";
import { readMatchAnswer, readMatchMapping } from "./match-mapping.ts";
import { codeOf, lookup, match, NOW, NUMBER, RESOURCE } from "./test-questions.ts";

const AROUND = { now: NOW, ours: "ours:1", resource: RESOURCE };
const HERE = { asOf: "2026-03-02T01:02:03.000Z", reference: "ours:1" };
const FIELDS = {
  certificateNumber: "/BDCQZH",
  unitNumber: "/BDCDYH",
  holderName: "/KZ_QLR",
  area: "/KZ_MJ",
  state: { pointer: "/ZT", map: { "1": "current", "2": "cancelled" } },
};
const RECORD = {
  BDCQZH: NUMBER,
  BDCDYH: "440106001001GB00001F00010001",
  KZ_QLR: "张三",
  KZ_MJ: 120.5,
  ZT: 1,
  TEL: "x",
};

const response = (body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}) => ({
  status,
  headers: new Map(Object.entries(headers)),
  body: Buffer.from(typeof body === "string" ? body : JSON.stringify(body)),
});
const lookedUp = (answer: object, ...given: Parameters<typeof response>) =>
  readLookupAnswer(
    readLookupMapping({ fields: FIELDS, ...answer }, "settings.answer", RESOURCE),
    response(...given),
    lookup({ fields: ["holderName", "area", "state", "registeredOn"] }),
    AROUND,
  );

describe("a lookup", () => {
  const found = {
    kind: "found",
    record: { certificateNumber: NUMBER, holderName: "张三", area: "120.5", state: "current", registeredOn: null },
    ...HERE,
  };

  test("gives the asked fields and the keys, nothing else", () => {
    expect(lookedUp({}, RECORD)).toEqual(found);
    expect(lookedUp({ record: "/data/0" }, { data: [RECORD, {}] })).toEqual(found);
    expect(lookedUp({ record: "/data" }, { data: [RECORD] })).toEqual(found);
  });

  test("of an empty list finds nothing; several records are ambiguous", async () => {
    expect(lookedUp({ record: "/data" }, { data: [] })).toEqual({ kind: "not-found", ...HERE });
    expect(await codeOf(() => lookedUp({ record: "/data" }, { data: [RECORD, RECORD] }))).toBe("KEYS_AMBIGUOUS");
  });

  test.each<[string, object, unknown, number]>([
    ["a status", { notFound: { status: 404 } }, "<html>no JSON</html>", 404],
    ["one of some statuses", { notFound: { status: [404, 410, 204] } }, "", 204],
    ["a code", { notFound: { pointer: "/code", equals: "3" } }, { code: 3 }, 200],
    [
      "a code before it is no success",
      { notFound: { pointer: "/code", equals: ["3", "5"] }, success: { pointer: "/code", equals: 0 } },
      { code: "5" },
      200,
    ],
    ["null", { record: "/data", notFound: { pointer: "/data", equals: null } }, { data: null }, 200],
    ["nothing there", { record: "/data", notFound: { pointer: "/data", equals: null } }, {}, 200],
    ["a flag", { notFound: { pointer: "/exists", equals: false } }, { exists: false }, 200],
  ])("finds nothing by %s", (_what, answer, body, status) => {
    expect(lookedUp(answer, body, status)).toEqual({ kind: "not-found", ...HERE });
  });

  const OK = { success: { pointer: "/code", equals: ["0", 200] }, refused: { pointer: "/code", equals: [1, "100"] } };
  test.each<[string, object, unknown, number, string]>([
    ["a success", OK, { code: 200, ...RECORD }, 200, "none"],
    ["a success in a text", OK, { code: "0", ...RECORD }, 201, "none"],
    ["another code", OK, { code: 500 }, 200, "SOURCE_FAILED"],
    ["no code", OK, RECORD, 200, "SOURCE_FAILED"],
    ["a code that is an object", OK, { code: {}, ...RECORD }, 200, "SOURCE_FAILED"],
    ["a code of refusal", OK, { code: 1 }, 200, "SOURCE_REFUSED"],
    ["a status that says nothing", {}, RECORD, 400, "SOURCE_MALFORMED"],
    ["404 that nobody mentioned", {}, {}, 404, "SOURCE_MALFORMED"],
    ["no JSON", {}, "<html></html>", 200, "SOURCE_MALFORMED"],
    ["an empty body", {}, "", 200, "SOURCE_MALFORMED"],
    ["no record", { record: "/data" }, { code: 0 }, 200, "SOURCE_MALFORMED"],
    ["a record that is a text", { record: "/data" }, { data: JSON.stringify(RECORD) }, 200, "SOURCE_MALFORMED"],
    ["a list that holds no record", { record: "/data" }, { data: [1] }, 200, "SOURCE_MALFORMED"],
    ["a state nobody mapped", {}, { ...RECORD, ZT: 9 }, 200, "SOURCE_MALFORMED"],
  ])("of %s", async (_what, answer, body, status, code) => {
    expect(await codeOf(() => lookedUp(answer, body, status))).toBe(code);
  });

  test("tells the source's own code to operators, unless it looks like anything else", () => {
    expect(() => lookedUp(OK, { code: "api-017" })).toThrow("api-017");
    expect(() => lookedUp(OK, { code: "440524188001010014" })).toThrow(/^(?!.*440524)/);
    expect(() => lookedUp(OK, { code: "张三" })).toThrow(/^(?!.*张三)/);
  });

  test("says as of when, and by what name", () => {
    const answer = { record: "/data", asOf: "/at", reference: "/id" };
    expect(lookedUp(answer, { data: RECORD, at: "2026-03-01 08:00:00", id: 4711 })).toMatchObject({
      asOf: "2026-03-01T00:00:00.000Z",
      reference: "4711",
    });
    const headers = { "last-modified": "Sun, 01 Mar 2026 00:00:00 GMT", "x-request-id": "r-1" };
    const byHeader = { asOf: { header: "Last-Modified" }, reference: { header: "X-Request-Id" } };
    expect(lookedUp(byHeader, RECORD, 200, headers)).toMatchObject({
      asOf: "2026-03-01T00:00:00.000Z",
      reference: "r-1",
    });
    expect(lookedUp({ asOf: "now" }, RECORD)).toMatchObject(HERE);
    expect(lookedUp({ reference: "/none" }, RECORD)).toMatchObject(HERE);
  });

  test.each([[undefined], ["yesterday"], [{}], ["2026-02-30 00:00:00"]])("of %j as a time is malformed", async (at) => {
    expect(await codeOf(() => lookedUp({ asOf: "/at" }, { ...RECORD, at }))).toBe("SOURCE_MALFORMED");
  });
});

describe("a match", () => {
  const matched = (answer: object, body: unknown, question = match()) =>
    readMatchAnswer(readMatchMapping(answer, "settings.match.answer", RESOURCE), response(body), question, AROUND);
  const CLAIMS = { holderName: "/result/name", holderCode: "/result/code" };

  test("by flags", () => {
    const answer = { claims: CLAIMS, state: { pointer: "/zt", map: { "1": "current" } } };
    expect(matched(answer, { result: { name: true, code: false }, zt: 1 })).toEqual({
      kind: "found",
      claims: { holderName: "match", holderCode: "mismatch" },
      state: "current",
      ...HERE,
    });
    expect(matched(answer, { result: { name: null } })).toMatchObject({
      claims: { holderName: "no-data", holderCode: "no-data" },
      state: null,
    });
  });

  test("by the source's own words, for all claims at once", () => {
    const all = { pointer: "/code", map: { "0": "match", "1": "match", "6": "mismatch", "4": "no-data" } };
    const answer = { claims: { holderName: all, holderCode: all }, notFound: { pointer: "/code", equals: 5 } };
    expect(matched(answer, { code: 6 })).toMatchObject({ claims: { holderName: "mismatch", holderCode: "mismatch" } });
    expect(matched(answer, { code: "0" })).toMatchObject({ claims: { holderName: "match", holderCode: "match" } });
    expect(matched(answer, { code: 5 })).toEqual({ kind: "not-found", ...HERE });
  });

  test("gives no data for a claim that is not mapped, and nothing for one that is not made", () => {
    const answer = { claims: { holderName: "/name", area: "/area" } };
    expect(matched(answer, { name: true, area: true })).toMatchObject({
      claims: { holderName: "match", holderCode: "no-data" },
    });
    expect(Object.keys((matched(answer, { name: true, area: true }) as { claims: object }).claims)).toEqual([
      "holderName",
      "holderCode",
    ]);
  });

  test.each([["yes"], [1], [{}], [[]], ["match"]])("of %j for a flag is malformed", async (name) => {
    expect(await codeOf(() => matched({ claims: { holderName: "/name" } }, { name }))).toBe("SOURCE_MALFORMED");
  });

  test("sees whose record was compared, where the source repeats the key", async () => {
    const answer = { claims: { holderName: "/name" }, keys: { certificateNumber: "/number" } };
    const written = NUMBER.replace("（", "(").replace("）", ")");
    expect(matched(answer, { name: true, number: written })).toMatchObject({ kind: "found" });
    for (const number of ["粤（2024）广州市不动产权第0001235号", null, ""]) {
      expect(await codeOf(() => matched(answer, { name: true, number }))).toBe("SOURCE_WRONG_RECORD");
    }
  });
});

describe("settings", () => {
  test.each<[string, object, string]>([
    ["no fields", { fields: {} }, "settings.answer.fields"],
    ["an unknown field", { fields: { ...FIELDS, name: "/a" } }, "settings.answer.fields.name"],
    ["a key that is not mapped", { fields: { certificateNumber: "/a" } }, "unitNumber"],
    ["a pointer that is none", { fields: { ...FIELDS, area: "KZ_MJ" } }, "settings.answer.fields.area"],
    ["an empty map", { fields: { ...FIELDS, area: { pointer: "/a", map: "x" } } }, "settings.answer.fields.area.map"],
    ["an unknown form", { fields: { ...FIELDS, area: { pointer: "/a", as: "x" } } }, "settings.answer.fields.area.as"],
    ["not found by refusal", { notFound: { status: 403 } }, "settings.answer.notFound.status"],
    ["not found by success", { notFound: { status: 200 } }, "settings.answer.notFound.status"],
    ["not found by a text", { notFound: { status: "404" } }, "settings.answer.notFound.status"],
    ["half a condition", { notFound: { pointer: "/a" } }, "settings.answer.notFound.equals"],
    ["no success", { success: { pointer: "/a", equals: [] } }, "settings.answer.success.equals"],
    ["success by an object", { success: { pointer: "/a", equals: {} } }, "settings.answer.success.equals"],
    ["a time that is none", { asOf: "today" }, "settings.answer.asOf"],
    ["a header without a name", { reference: { header: "" } }, "settings.answer.reference.header"],
    ["a record that is no pointer", { record: "data" }, "settings.answer.record"],
    ["an unknown member", { found: true }, "settings.answer.found"],
  ])("%s is refused by name", (_what, answer, named) => {
    const read = () => readLookupMapping({ fields: FIELDS, ...answer }, "settings.answer", RESOURCE);
    expect(read).toThrow(expect.objectContaining({ name: "SettingsError" }) as Error);
    expect(read).toThrow(named);
  });

  test("claims are mapped to results", () => {
    const read = (word: string) =>
      readMatchMapping({ claims: { area: { pointer: "/a", map: { "1": word } } } }, "settings.match", RESOURCE);
    expect(read("match").claims.size).toBe(1);
    expect(() => read("MATCH")).toThrow("settings.match.claims.area.map");
  });
});
