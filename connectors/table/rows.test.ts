import { describe, expect, test } from "vitest";
import { UploadError } from "../upload.ts";
import { type Cell, RowReader } from "./rows.ts";
import { checkTableSettings } from "./settings.ts";
import { CERTIFICATES, goodRow, HEADER, SETTINGS } from "./test-shape.ts";
import { isWellFormed } from "./test-well-formed.ts";

const reader = (header: readonly Cell[], more: object = {}) =>
  new RowReader(header, checkTableSettings({ ...SETTINGS, ...more }, CERTIFICATES), isWellFormed);

const refusal = (work: () => unknown): string | null => {
  try {
    work();
    return null;
  } catch (error) {
    if (error instanceof UploadError) return `${error.code} ${error.detail}`;
    throw error;
  }
};

describe("header", () => {
  const other = Array.from({ length: 990 }, (_, index) => `列${index}`);

  test.each([
    ["as in the mapping", HEADER],
    ["in another order, with other columns", ["备注", ...HEADER.toReversed(), "", "备注"]],
    ["in full width and with blanks", HEADER.map((name) => ` ${[...name].join("\n")}\u3000`)],
    ["of a thousand columns", [...HEADER, ...other]],
  ])("%s", (_, header) => {
    expect(refusal(() => reader(header))).toBeNull();
  });

  test.each([
    ["a column is missing", HEADER.slice(0, -1), "HEADER_MISSING 状态"],
    ["it is blank", ["", ""], "HEADER_MISSING 不动产权证号"],
    ["a column is there twice", [...HEADER, "权 利 人"], "HEADER_DUPLICATE 权利人"],
    ["a name is no text", HEADER.map(() => ({ rounded: "1" })), "HEADER_MISSING 不动产权证号"],
    ["there are too many", [...HEADER, ...other, "多"], "COLUMNS_TOO_MANY more than 1000"],
  ])("refused: %s", (_, header, code) => {
    expect(refusal(() => reader(header))).toBe(code);
  });

  test("other columns are refused when that is wanted", () => {
    const strict = { otherColumns: "refuse" };
    expect(refusal(() => reader(["备注", ...HEADER], strict))).toBe("HEADER_UNKNOWN column 1");
    expect(refusal(() => reader(["", ...HEADER, " "], strict))).toBeNull();
  });
});

describe("values", () => {
  const check = (position: number, cell: Cell) => {
    const cells: Cell[] = [...goodRow(1)];
    cells[position] = cell;
    const checked = reader(HEADER).check({ number: 2, cells }, "refused");
    if (checked.kind === "refused") return checked.fault.code;
    const fields = checkTableSettings(SETTINGS, CERTIFICATES).columns.map(({ field }) => field);
    return checked.values[fields.toSorted().indexOf(fields[position] ?? "")];
  };

  test.each([
    ["text is kept as it stands", 2, " 张三（父）\u3000", "张三（父）"],
    ["a number keeps its brackets", 0, "皖（2024）第1号", "皖（2024）第1号"],
    ["a decimal has one form", 5, "１,234.50", "1234.5"],
    ["a decimal of a spreadsheet is the one shown", 5, { rounded: "0.3" }, "0.3"],
    ["a day has one form", 6, "2024.1.5", "2024-01-05"],
    ["a day with midnight", 6, "2024-01-05T00:00:00", "2024-01-05"],
    ["a code has capitals", 3, "11010519491231002x", "11010519491231002X"],
    ["a flag has one form", 8, "否", "false"],
    ["a translated value", 9, "注 销", "cancelled"],
    ["blank is null", 4, "\u3000", null],
    ["no cell is null", 4, undefined, null],
  ])("%s", (_, position, cell, kept) => {
    expect(check(position, cell)).toBe(kept);
  });

  test.each([
    ["a code that a spreadsheet has rounded", 3, { rounded: "110105194912310000" }, "VALUE_ROUNDED"],
    ["an error of a formula", 5, { fault: "CELL_ERROR" as const }, "CELL_ERROR"],
    ["a flag that is neither", 8, "也许", "VALUE_INVALID"],
    ["a key of invisible characters", 0, "\u200b\ufeff", "KEY_MISSING"],
    ["a state that the mapping does not know", 9, "constructor", "VALUE_UNKNOWN"],
    ["a decimal with an exponent", 5, "1e3", "VALUE_INVALID"],
    ["a tab is a blank, an escape is not", 2, "张\u001b三", "VALUE_CHARACTERS"],
  ])("refused: %s", (_, position, cell, code) => {
    expect(check(position, cell)).toBe(code);
  });

  test("a flag may have words of its own, also ones that are flags already", () => {
    const { columns, values } = SETTINGS.mapping;
    const settings = {
      mapping: { columns, values: { ...values, mortgaged: { 是: "true", 已押: "true", 否: "false" } } },
    };
    for (const [written, meant] of [
      ["是", "true"],
      ["已押", "true"],
      ["否", "false"],
    ] as const) {
      const cells: Cell[] = [...goodRow(1)];
      cells[8] = written;
      const checked = reader(HEADER, settings).check({ number: 2, cells }, "refused");
      expect(checked.kind === "accepted" && checked.values.includes(meant)).toBe(true);
    }
  });
});
