import { afterAll, afterEach, describe, expect, test } from "vitest";
import { NOW, question } from "./test-resource.ts";
import { ask, CODE, failure, HOLDER, NUMBER, openTestRegister, patient, UNIT } from "./test-register.ts";

const register = await openTestRegister();
afterEach(() => register.closeSources());
afterAll(() => register.drop());

describe.skipIf(!register.reachable)("a view in PostgreSQL", () => {
  test("answers with the asked fields and the keys, exactly as they are held", async () => {
    const fields = ["holderName", "area", "registeredOn", "contactPhone", "mortgaged", "state", "location"];
    expect(await ask(register.open(), NUMBER, fields)).toEqual({
      kind: "found",
      asOf: "2026-03-01T00:00:00.000Z",
      reference: "9007199254740993",
      record: {
        certificateNumber: "皖（2026）合肥市不动产权第0001234号",
        holderName: HOLDER,
        area: "12345678901234567.8900",
        registeredOn: "1999-12-31",
        contactPhone: "13800138000",
        mortgaged: "true",
        state: "1",
        location: null,
      },
    });
  });

  test("null and empty text state nothing; without times and names of its own, the moment and the exchange stand in", async () => {
    const fields = ["holderName", "area", "registeredOn", "contactPhone"];
    expect(await ask(register.open(), "皖（2026）合肥市不动产权第0000002号", fields)).toMatchObject({
      asOf: new Date(NOW).toISOString(),
      reference: "hefei-sql:0195-exchange",
      record: { holderName: null, area: null, registeredOn: null, contactPhone: null },
    });
  });

  test("a key set of several fields, padded columns and another x", async () => {
    const answer = await register.open().fetch(question({ unitNumber: UNIT, holderCode: CODE }, ["area"]), patient());
    expect(answer).toMatchObject({ kind: "found", record: { unitNumber: UNIT, holderCode: "11010519491231002x" } });
    const other = question({ unitNumber: UNIT, holderCode: "440524188001010014" }, ["area"]);
    expect(await register.open().fetch(other, patient())).toMatchObject({ kind: "not-found" });
  });

  test("no row is not found, two are ambiguous", async () => {
    expect(await ask(register.open(), "no such")).toEqual({
      kind: "not-found",
      asOf: new Date(NOW).toISOString(),
      reference: "hefei-sql:0195-exchange",
    });
    expect((await failure(ask(register.open(), "twice"))).code).toBe("KEYS_AMBIGUOUS");
  });

  test("only the asked columns are read: a role that may read no others is enough", async () => {
    const role = await register.makeRole();
    await register.run(`GRANT SELECT (number, state, changed, entry) ON $schema."V" TO ${role}`);
    expect(await ask(register.open({ role }), NUMBER, ["state"])).toMatchObject({ kind: "found" });
    expect((await failure(ask(register.open({ role }), NUMBER, ["holderName"]))).code).toBe("SOURCE_REFUSED");
  });

  test("names of schema, view and columns are literal: capitals, keywords and Chinese", async () => {
    await register.run(`
      CREATE VIEW $schema."选择" AS SELECT number AS "Number", unit AS "select", holder_code AS "证件号", state AS "user" FROM $schema.register;
      GRANT SELECT ON $schema."选择" TO $role`);
    const columns = { certificateNumber: "Number", unitNumber: "select", holderCode: "证件号", state: "user" };
    expect(await ask(register.open({ view: "选择", columns, asOf: null, reference: null }), NUMBER)).toMatchObject({
      kind: "found",
    });
  });
});

describe.skipIf(!register.reachable)("hostile keys", () => {
  test.each([
    "' OR '1'='1",
    "'; DROP SCHEMA public CASCADE; --",
    '" OR 1=1 --',
    "{}",
    '{"皖（2026）合肥市不动产权第0001234号"}',
    `x","皖（2026）合肥市不动产权第0001234号`,
    "NULL",
    "$1",
    "\\",
    "%",
    "_".repeat(200),
    "\0",
    `${NUMBER}\0`,
    "\ud800",
    "",
  ])("%j is a key like any other, and fits no row", async (key) => {
    const source = register.open();
    expect(await ask(source, key)).toMatchObject({ kind: "not-found" });
    expect(await ask(source, NUMBER)).toMatchObject({ kind: "found" });
  });

  test("a key with every sign that means something to SQL finds the row that has them", async () => {
    expect(await ask(register.open(), `it's "q" \\ {a,b}`)).toMatchObject({ kind: "found", reference: "5" });
  });
});
