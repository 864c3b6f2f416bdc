import { expect, test } from "vitest";
import { checkSourceSettings } from "../registry.ts";
import { DEFAULT_BOUNDS } from "../bounds.ts";
import { SettingsError } from "../settings.ts";
import { checkTableSettings } from "./settings.ts";
import { CERTIFICATES, SETTINGS } from "./test-shape.ts";

const columns = SETTINGS.mapping.columns;

test("what is left out has its default", () => {
  const settings = checkTableSettings(SETTINGS, CERTIFICATES);
  expect(settings).toMatchObject({
    onRefused: "reject",
    otherColumns: "ignore",
    headerRow: 1,
    sheet: null,
    csv: { encoding: "utf-8", delimiter: "," },
    bounds: DEFAULT_BOUNDS,
    keySets: [["certificateNumber"], ["unitNumber"], ["holderName", "holderCode"]],
  });
  expect(settings.columns).toHaveLength(10);
});

test("only keys that are wholly there are keys", () => {
  const few = { 证号: "unitNumber", 姓名: "holderName" };
  expect(checkTableSettings({ kind: "table", mapping: { columns: few } }, CERTIFICATES).keySets).toEqual([
    ["unitNumber"],
  ]);
});

test.each([
  [{ ...SETTINGS, kind: "sql" }, "settings.kind"],
  [{ ...SETTINGS, colour: 1 }, "settings.colour is not a setting"],
  [{ kind: "table" }, "settings.mapping is missing"],
  [{ kind: "table", mapping: { columns: {} } }, "settings.mapping.columns must not be empty"],
  [{ kind: "table", mapping: { columns, more: 1 } }, "settings.mapping.more is not a setting"],
  [{ kind: "table", mapping: { columns: { 证号: "unknown" } } }, "settings.mapping.columns names unknown"],
  [{ kind: "table", mapping: { columns: { 证号: "toString" } } }, "settings.mapping.columns names toString"],
  [{ kind: "table", mapping: { columns: { 证号: "unitNumber", 号: "unitNumber" } } }, "the same field twice"],
  [
    { kind: "table", mapping: { columns: { "证号(甲)": "unitNumber", "证 号（甲）": "area" } } },
    "the same header twice",
  ],
  [{ kind: "table", mapping: { columns: { 姓名: "holderName" } } }, "all fields of one of the keys"],
  [{ kind: "table", mapping: { columns: { "\u200b": "unitNumber" } } }, "blank header"],
  [
    { kind: "table", mapping: { columns, values: { other: { a: "b" } } } },
    "settings.mapping.values.other is not a setting",
  ],
  [
    { kind: "table", mapping: { columns, values: { state: { a: 1 } } } },
    "settings.mapping.values.state.a must be a text",
  ],
  [{ ...SETTINGS, onRefused: "ignore" }, "settings.onRefused"],
  [{ ...SETTINGS, csv: { encoding: "latin1" } }, "settings.csv.encoding"],
  [{ ...SETTINGS, csv: { delimiter: "," } }, "settings.csv.delimiter"],
  [{ ...SETTINGS, headerRow: 0 }, "settings.headerRow"],
  [{ ...SETTINGS, maxRows: 0.5 }, "settings.maxRows"],
  [{ ...SETTINGS, bounds: { deadlineMs: "1" } }, "settings.bounds.deadlineMs"],
])("refused: %j", (settings, message) => {
  const check = () => checkTableSettings(settings, CERTIFICATES);
  expect(check).toThrow(SettingsError);
  expect(check).toThrow(message);
});

test("the registry checks by kind and knows no other", () => {
  expect(() => checkSourceSettings(SETTINGS, CERTIFICATES)).not.toThrow();
  expect(() => checkSourceSettings({ ...SETTINGS, colour: 1 }, CERTIFICATES)).toThrow("settings.colour");
  expect(() => checkSourceSettings({ kind: "carrier-pigeon" }, CERTIFICATES)).toThrow(
    "settings.kind must be one of: table",
  );
  expect(() => checkSourceSettings({ kind: "constructor" }, CERTIFICATES)).toThrow(SettingsError);
});
