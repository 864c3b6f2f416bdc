import { afterAll, afterEach, describe, expect, test } from "vitest";
import { ask, failure, HOLDER, NUMBER, openTestRegister, patient } from "./test-register.ts";

const register = await openTestRegister();
afterEach(() => register.closeSources());
afterAll(() => register.drop());

describe.skipIf(!register.reachable)("what is wrong with view or rows", () => {
  test("health is ready when the view is there with every column", async () => {
    expect(await register.open().health(patient())).toMatchObject({ status: "ready" });
  });

  test.each([
    ["no such view", { view: "absent" }, "SOURCE_MALFORMED", "42P01"],
    ["no such column", { reference: "absent" }, "SOURCE_MALFORMED", "42703"],
    ["no right to read", { view: "register" }, "SOURCE_REFUSED", "42501"],
    ["no such role", { role: "nobody_at_all" }, "SOURCE_REFUSED", "28000"],
  ])("%s", async (_, settings, code, state) => {
    expect(await failure(ask(register.open(settings), NUMBER))).toMatchObject({
      code,
      detail: expect.stringContaining(state),
    });
    expect(await register.open(settings).health(patient())).toMatchObject({
      status: "unavailable",
      en: expect.stringContaining(state),
    });
  });

  test.each([
    ["a date that is none", "registeredOn", `'${HOLDER}'::text`],
    ["a day that is not in the calendar", "registeredOn", "'2026-02-30'::text"],
    ["a date without end", "registeredOn", "'infinity'::date"],
    ["a number that is none", "area", `'${HOLDER}'::text`],
    ["NaN", "area", "'NaN'::numeric"],
    ["a number with an exponent", "area", "1e40::float8"],
    ["a flag that is none", "mortgaged", `'${HOLDER}'::text`],
  ])("%s does not fit the contract, and is not quoted", async (_, field, value) => {
    await register.run(`
      DROP VIEW IF EXISTS $schema.odd;
      CREATE VIEW $schema.odd AS SELECT number, unit, holder_code, ${value} AS odd FROM $schema.register;
      GRANT SELECT ON $schema.odd TO $role`);
    const columns = { certificateNumber: "number", unitNumber: "unit", holderCode: "holder_code", [field]: "odd" };
    const source = register.open({ view: "odd", columns, asOf: null, reference: null });
    expect((await failure(ask(source, NUMBER, [field]))).code).toBe("SOURCE_MALFORMED");
    expect(await ask(source, NUMBER, [])).toMatchObject({ kind: "found" });
  });

  test.each([
    ["yes and no in letters", "mortgaged", "'Y'::char(1)", "true"],
    ["yes and no in Chinese", "mortgaged", "'否'::text", "false"],
    ["0 and 1", "mortgaged", "0", "false"],
    ["a time where a day is wanted, in China", "registeredOn", "'2026-01-31 16:30:00+00'::timestamptz", "2026-02-01"],
    ["a date in a text", "registeredOn", "'2026/1/9'::text", "2026-01-09"],
    ["a date in Chinese", "registeredOn", "'2026年1月9日'::text", "2026-01-09"],
    ["a float", "area", "86.55::float8", "86.55"],
  ])("%s can be made to fit", async (_, field, value, expected) => {
    await register.run(`
      DROP VIEW IF EXISTS $schema.fitting;
      CREATE VIEW $schema.fitting AS SELECT number, unit, holder_code, ${value} AS odd FROM $schema.register;
      GRANT SELECT ON $schema.fitting TO $role`);
    const columns = { certificateNumber: "number", unitNumber: "unit", holderCode: "holder_code", [field]: "odd" };
    const source = register.open({ view: "fitting", columns, asOf: null, reference: null });
    expect(await ask(source, NUMBER, [field])).toMatchObject({ record: { [field]: expected } });
  });

  test("an answer larger than allowed is cut off, one that fits is not", async () => {
    await register.run(`
      CREATE VIEW $schema.large AS SELECT number, unit, holder_code, state, repeat('${HOLDER}', 100000) AS holder FROM $schema.register;
      GRANT SELECT ON $schema.large TO $role`);
    const columns = {
      certificateNumber: "number",
      unitNumber: "unit",
      holderCode: "holder_code",
      holderName: "holder",
      state: "state",
    };
    const source = register.open({ view: "large", columns, asOf: null, reference: null, bounds: { maxBytes: 4096 } });
    expect((await failure(ask(source, NUMBER, ["holderName"]))).code).toBe("SOURCE_TOO_LARGE");
    expect(await ask(source, NUMBER, ["state"])).toMatchObject({ kind: "found" });
  });
});
