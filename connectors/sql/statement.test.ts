import { expect, test } from "vitest";
import { checkSqlSettings } from "./settings.ts";
import { statementsOf } from "./statement.ts";
import { resource } from "./test-resource.ts";

const settings = checkSqlSettings(
  {
    kind: "sql",
    connection: "db",
    view: "share.V",
    columns: {
      certificateNumber: "bdcqzh",
      unitNumber: "bdcdyh",
      holderCode: "zjh",
      holderName: "qlr",
      registeredOn: "djrq",
      mortgaged: "sfdy",
    },
    asOf: "gxsj",
    reference: "ywh",
  },
  resource,
);

test("the statement names what is asked for and nothing else, and holds no value", () => {
  const { text, keys, fields } = statementsOf(settings)(["unitNumber", "holderCode"], ["registeredOn", "mortgaged"]);
  expect(text).toBe(
    `SELECT current_setting('transaction_read_only'), ` +
      `to_char("gxsj"::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), "ywh"::text, ` +
      `"zjh"::text, "sfdy"::text, "djrq"::text, "bdcdyh"::text ` +
      `FROM "share"."V" WHERE "zjh"::text = ANY ($1::text[]) AND "bdcdyh"::text = ANY ($2::text[]) LIMIT 2`,
  );
  expect(keys).toEqual(["holderCode", "unitNumber"]);
  expect(fields).toEqual(["holderCode", "mortgaged", "registeredOn", "unitNumber"]);
});

test("the same question in another order is the same statement", () => {
  const statements = statementsOf(settings);
  const one = statements(["unitNumber", "holderCode"], ["registeredOn", "mortgaged"]);
  expect(statements(["holderCode", "unitNumber"], ["mortgaged", "registeredOn"])).toBe(one);
  expect(one.name).toMatch(/^tongyan_[0-9a-f]{32}$/);
});

test("a field without a column is left out; a key without one cannot be asked for", () => {
  const statements = statementsOf(settings);
  expect(statements(["certificateNumber"], ["location", "holderName"]).fields).toEqual([
    "certificateNumber",
    "holderName",
  ]);
  expect(() => statements(["location"], ["holderName"])).toThrow("SOURCE_MALFORMED");
  expect(() => statements(["constructor"], ["holderName"])).toThrow("SOURCE_MALFORMED");
});

test("however many questions callers think of, only so many are kept prepared", () => {
  const wide = { ...settings, columns: new Map(Object.keys(resource.fields).map((field) => [field, field])) };
  const statements = statementsOf(wide);
  const others = Object.keys(resource.fields).filter((field) => field !== "certificateNumber");
  const subsets = Array.from({ length: 400 }, (_, bits) => others.filter((_, index) => (bits >> index) & 1));
  const names = subsets.map((fields) => statements(["certificateNumber"], fields).name);
  expect(new Set(names.filter((name) => name !== undefined)).size).toBe(100);
  expect(statements(["certificateNumber"], []).name).toBe(names[0]);
  expect(statements(["certificateNumber"], subsets[399] ?? []).text).toContain('"state"::text');
});
