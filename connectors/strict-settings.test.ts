import { describe, expect, test } from "vitest";
import { DEFAULT_BOUNDS, readBounds } from "./bounds.ts";
import { SettingsError } from "./settings.ts";
import { readSettings } from "./strict-settings.ts";

const read = (value: unknown) =>
  readSettings(value, "settings", ["name", "count", "on", "kind", "list", "map", "inner"]);

describe("what is there is read as it is", () => {
  const reader = read({
    name: "a",
    count: 3,
    on: false,
    kind: "one",
    list: ["x", "y"],
    map: { constructor: "c", 中: "文" },
    inner: { deep: "d" },
  });

  test("values", () => {
    expect(reader.text("name")).toBe("a");
    expect(reader.integer("count", { min: 1, max: 3 })).toBe(3);
    expect(reader.flag("on")).toBe(false);
    expect(reader.choice("kind", ["one", "two"])).toBe("one");
    expect(reader.texts("list")).toEqual(["x", "y"]);
    expect([...reader.textsByName("map")]).toEqual([
      ["constructor", "c"],
      ["中", "文"],
    ]);
    expect(reader.section("inner", ["deep"]).text("deep")).toBe("d");
  });

  test("absent members are undefined", () => {
    const nothing = read({});
    expect(nothing.optionalText("name")).toBeUndefined();
    expect(nothing.optionalInteger("count", { min: 0, max: 1 })).toBeUndefined();
    expect(nothing.optionalFlag("on")).toBeUndefined();
    expect(nothing.optionalChoice("kind", ["one"])).toBeUndefined();
    expect(nothing.optionalTexts("list")).toBeUndefined();
    expect(nothing.optionalTextsByName("map")).toBeUndefined();
    expect(nothing.optionalSection("inner", ["deep"])).toBeUndefined();
  });
});

describe("what is wrong is named", () => {
  const refused = (work: () => unknown) => {
    try {
      work();
    } catch (error) {
      expect(error).toBeInstanceOf(SettingsError);
      return error instanceof Error ? error.message : "";
    }
    return "accepted";
  };

  test.each([
    [null, "settings must be an object"],
    [[], "settings must be an object"],
    [undefined, "settings is missing"],
    [{ name: "a", other: 1 }, "settings.other is not a setting"],
    [JSON.parse('{ "__proto__": { "name": "a" } }'), "settings.__proto__ is not a setting"],
  ])("object %j", (value, message) => {
    expect(refused(() => read(value))).toBe(message);
  });

  test.each([
    [{}, "settings.name is missing"],
    [{ name: null }, "settings.name must be a text"],
    [{ name: "" }, "settings.name must not be empty"],
    [{ name: "a\n" }, "settings.name must not hold control characters"],
    [{ name: "abc" }, "settings.name must not be longer than 2 characters"],
    [{ name: "B" }, "settings.name does not have the form asked for"],
  ])("text %j", (value, message) => {
    expect(refused(() => read(value).text("name", { longest: 2, pattern: /^[a-z]+$/ }))).toBe(message);
  });

  test.each([{ count: "3" }, { count: 3.5 }, { count: 0 }, { count: 11 }, { count: Number.NaN }])(
    "integer %j",
    (value) => {
      expect(refused(() => read(value).integer("count", { min: 1, max: 10 }))).toContain(
        "settings.count must be a whole number",
      );
    },
  );

  test("other types", () => {
    expect(refused(() => read({ on: 1 }).flag("on"))).toContain("settings.on must be true or false");
    expect(refused(() => read({ on: null }).optionalFlag("on"))).toContain("settings.on");
    expect(refused(() => read({ kind: "toString" }).choice("kind", ["one"]))).toContain("must be one of: one");
    expect(refused(() => read({ list: ["a", "a"] }).texts("list"))).toContain("must not name anything twice");
    expect(refused(() => read({ list: ["a", 1] }).texts("list"))).toBe("settings.list[1] must be a text");
    expect(refused(() => read({ map: { a: 1 } }).textsByName("map"))).toBe("settings.map.a must be a text");
    expect(refused(() => read({ inner: { b: 1 } }).section("inner", ["deep"]))).toBe(
      "settings.inner.b is not a setting",
    );
    expect(refused(() => read({ list: [{}, { z: 1 }] }).sections("list", ["deep"]))).toBe(
      "settings.list[1].z is not a setting",
    );
    expect(refused(() => read({ list: Array.from({ length: 1001 }, String) }).texts("list"))).toContain(
      "more than 1000",
    );
  });

  test("bounds", () => {
    expect(readBounds(undefined)).toEqual(DEFAULT_BOUNDS);
    expect(readBounds({ deadlineMs: 100, retries: 0 })).toEqual({ ...DEFAULT_BOUNDS, deadline: 100, retries: 0 });
    expect(refused(() => readBounds({ deadlineMs: 0 }))).toContain("settings.bounds.deadlineMs");
    expect(refused(() => readBounds({ deadline: 100 }))).toBe("settings.bounds.deadline is not a setting");
    expect(refused(() => readBounds(null))).toContain("settings.bounds must be an object");
  });
});
