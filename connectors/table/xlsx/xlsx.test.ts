import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { UploadError } from "../../upload.ts";
import type { Row } from "../rows.ts";
import { makeSurroundings } from "../test-scene.ts";
import {
  partsOf,
  rowOf,
  sheetOf,
  type TestPart,
  type TestWorkbook,
  textCell,
  workbookFile,
  workbookOf,
  zipOf,
} from "./test-workbook.ts";
import { readXlsx } from "./xlsx.ts";

async function readFile(file: Uint8Array, sheet: string | null = null): Promise<readonly Row[]> {
  const directory = makeSurroundings().dataDirectory;
  const path = join(directory, "book.xlsx");
  writeFileSync(path, file);
  const rows: Row[] = [];
  await readXlsx(
    path,
    { sheet, texts: join(directory, "texts") },
    (row) => rows.push(row),
    () => {},
  );
  return rows;
}

const read = (book: TestWorkbook, sheet: string | null = null) => readFile(workbookFile(book), sheet);
const cellsOf = async (book: TestWorkbook) => (await read(book)).map(({ cells }) => cells);

const refusal = async (work: Promise<unknown>): Promise<string | null> =>
  await work.then(
    () => null,
    (error: unknown) => {
      if (error instanceof UploadError) return error.code;
      throw error;
    },
  );

const DATES =
  '<numFmts><numFmt numFmtId="170" formatCode="yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;"/><numFmt numFmtId="171" formatCode="[Red]0.00&quot;days&quot;"/></numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="170"/><xf numFmtId="171"/><xf numFmtId="31"/></cellXfs>';

describe("cells", () => {
  test("of every type", async () => {
    const rows = [
      rowOf(
        '<c t="s"><v>1</v></c>',
        textCell("内联 & <b>"),
        '<c t="str"><f>A1&amp;"x"</f><v>公式</v></c>',
        "<c><f>1+1</f><v>2</v></c>",
        '<c t="b"><v>1</v></c>',
        '<c t="e"><v>#REF!</v></c>',
        '<c t="d"><v>2024-01-05</v></c>',
        "<c><f>NOW()</f></c>",
        '<c t="s"><v>0</v></c>',
      ),
    ].join("");
    const sharedStrings = "<si><t/></si><si><r><t>共</t></r><r><t>享</t></r><rPh><t>gòng</t></rPh></si>";
    expect(await cellsOf({ rows, sharedStrings })).toEqual([
      ["共享", "内联 & <b>", "公式", "2", "true", { fault: "CELL_ERROR" }, "2024-01-05", undefined, ""],
    ]);
  });

  test("numbers are dates where their style shows dates", async () => {
    const cells = [0, 1, 2, 3, 4].map((style) => `<c s="${style}"><v>45296</v></c>`);
    expect(await cellsOf({ rows: rowOf(...cells), styles: DATES })).toEqual([
      ["45296", "2024-01-05", "2024-01-05", "45296", "2024-01-05"],
    ]);
    const workbook = workbookOf('<sheet name="Sheet1" r:id="rId1"/>', '<workbookPr date1904="1"/>');
    expect(await cellsOf({ rows: rowOf('<c s="1"><v>43834</v></c>'), styles: DATES, workbook })).toEqual([
      ["2024-01-05"],
    ]);
  });

  test("stand where they say", async () => {
    const rows = '<row r="2"><c r="B2"><v>1</v></c><c r="AA2"><v>2</v></c></row><row/><row r="9"><c r="A9"/></row>';
    const [first, second, third] = await read({ rows });
    expect(first?.number).toBe(2);
    expect([first?.cells[1], first?.cells[26], first?.cells.length]).toEqual(["1", "2", 27]);
    expect(second).toEqual({ number: 3, cells: [] });
    expect(third?.number).toBe(9);
  });

  test("prefixes of names do not matter", async () => {
    const sheet = sheetOf(rowOf(textCell("前缀"))).replaceAll(/<(\/?)(?=[a-z])/g, "<$1x:");
    const parts = partsOf({ rows: "" }).map((part) =>
      part.name.endsWith("sheet1.xml") ? { name: part.name, content: sheet } : part,
    );
    expect((await readFile(zipOf(parts))).map(({ cells }) => cells)).toEqual([["前缀"]]);
  });
});

describe("sheets", () => {
  const second: TestPart = { name: "xl/worksheets/sheet2.xml", content: sheetOf(rowOf(textCell("第二"))) };
  const workbook = workbookOf('<sheet name="隐藏" state="veryHidden" r:id="rId1"/><sheet name="数据" r:id="rId4"/>');

  test("the first one that is visible, or the one that is named", async () => {
    const book = { rows: rowOf(textCell("第一")), workbook, more: [second] };
    expect((await read(book)).map(({ cells }) => cells)).toEqual([["第二"]]);
    expect((await read(book, "隐藏")).map(({ cells }) => cells)).toEqual([["第一"]]);
    expect(await refusal(read(book, "没有"))).toBe("SHEET_UNKNOWN");
  });

  test("no strings and no styles are no fault", async () => {
    const withoutThem = (content: TestPart["content"]) =>
      String(content).replaceAll(/<Relationship [^>]*(?:sharedStrings|styles)\.xml"\/>/g, "");
    const parts = partsOf({ rows: rowOf("<c><v>1</v></c>") })
      .filter(({ name }) => !/sharedStrings|styles/.test(name))
      .map(({ name, content }) => ({ name, content: withoutThem(content) }));
    expect((await readFile(zipOf(parts))).map(({ cells }) => cells)).toEqual([["1"]]);
  });
});

describe("hostile workbooks", () => {
  const good: TestWorkbook = { rows: rowOf(textCell("好")) };
  const changed = (name: string, change: (part: TestPart) => TestPart) =>
    zipOf(partsOf(good).map((part) => (part.name === name ? change(part) : part)));
  const SHEET_PART = "xl/worksheets/sheet1.xml";
  const withSheet = (content: string | Uint8Array) => changed(SHEET_PART, (part) => ({ ...part, content }));
  const lying = (lies: TestPart["lies"]) => changed(SHEET_PART, (part) => ({ ...part, lies: lies ?? {} }));

  test("a good one passes", async () => {
    expect(await refusal(read(good))).toBeNull();
    expect(await refusal(readFile(lying({})))).toBeNull();
  });

  test.each<[string, () => Uint8Array, string]>([
    ["nothing", () => new Uint8Array(), "XLSX_MALFORMED"],
    ["no archive", () => Buffer.from("证号,张三\n"), "XLSX_MALFORMED"],
    ["half an archive", () => workbookFile(good).subarray(0, 300), "XLSX_MALFORMED"],
    ["a compound file", () => Buffer.from("d0cf11e0a1b11ae100000000", "hex"), "XLSX_ENCRYPTED"],
    ["an encrypted part", () => lying({ flags: 1 }), "XLSX_ENCRYPTED"],
    ["another way of packing", () => lying({ method: 12 }), "XLSX_MALFORMED"],
    ["a part larger than it says", () => lying({ size: 10 }), "XLSX_MALFORMED"],
    ["a part smaller than it says", () => lying({ size: 10_000 }), "XLSX_MALFORMED"],
    ["another check sum", () => lying({ crc: 1 }), "XLSX_MALFORMED"],
    ["a part of 4 GiB", () => lying({ size: 0xffff_fffe }), "XLSX_LIMIT"],
    ["a part that unpacks to a thousand times its size", () => withSheet(sheetOf(" ".repeat(8_000_000))), "XLSX_LIMIT"],
    [
      "the same part twice",
      () => zipOf([...partsOf(good), { name: "XL/Workbook.xml", content: "" }]),
      "XLSX_MALFORMED",
    ],
    ["a name that leads outside", () => zipOf([...partsOf(good), { name: "../x", content: "" }]), "XLSX_MALFORMED"],
    ["a VBA project", () => zipOf([...partsOf(good), { name: "xl/vbaProject.bin", content: "" }]), "XLSX_MACROS"],
    [
      "a macro-enabled type",
      () =>
        workbookFile({
          ...good,
          contentTypes: '<Override ContentType="application/vnd.ms-excel.sheet.macroEnabled.main+xml"/>',
        }),
      "XLSX_MACROS",
    ],
    ["no workbook", () => workbookFile({ ...good, without: "xl/workbook.xml" }), "XLSX_MALFORMED"],
    ["no sheet", () => workbookFile({ ...good, without: SHEET_PART }), "XLSX_MALFORMED"],
    [
      "no shared strings where they are named",
      () => workbookFile({ ...good, without: "xl/sharedStrings.xml" }),
      "XLSX_MALFORMED",
    ],
    [
      "a relation that is not there",
      () => workbookFile({ ...good, workbook: workbookOf('<sheet name="a" r:id="rId9"/>') }),
      "XLSX_MALFORMED",
    ],
    [
      "a DOCTYPE",
      () => withSheet(`<!DOCTYPE x [<!ENTITY a "${"b".repeat(100)}">]>${sheetOf(rowOf(textCell("x")))}`),
      "XLSX_MALFORMED",
    ],
    ["an entity of its own", () => withSheet(sheetOf(rowOf(textCell("x")).replace("x", "&lol;"))), "XLSX_MALFORMED"],
    ["XML that breaks off", () => withSheet(sheetOf(rowOf(textCell("x"))).slice(0, -20)), "XLSX_MALFORMED"],
    ["XML that is not UTF-8", () => withSheet(Buffer.from(sheetOf(rowOf(textCell("é"))), "latin1")), "XLSX_MALFORMED"],
    ["XML nested deeply", () => withSheet(sheetOf("<a>".repeat(100) + "</a>".repeat(100))), "XLSX_MALFORMED"],
    ["a cell of megabytes", () => withSheet(sheetOf(rowOf(textCell(noise(5_000_000))))), "XLSX_LIMIT"],
    ["an attribute of megabytes", () => withSheet(sheetOf(`<row a="${noise(5_000_000)}"/>`)), "XLSX_LIMIT"],
    ["a comment of megabytes", () => withSheet(sheetOf(`<!--${noise(5_000_000)}-->`)), "XLSX_LIMIT"],
    ["rows out of order", () => withSheet(sheetOf('<row r="2"/><row r="1"/>')), "XLSX_MALFORMED"],
    ["a row beyond the last", () => withSheet(sheetOf('<row r="1048577"/>')), "XLSX_MALFORMED"],
    ["a row that is no number", () => withSheet(sheetOf('<row r="1.5"/>')), "XLSX_MALFORMED"],
    ["a cell of another row", () => withSheet(sheetOf('<row r="1"><c r="A2"/></row>')), "XLSX_MALFORMED"],
    ["the same cell twice", () => withSheet(sheetOf('<row r="1"><c r="A1"/><c r="A1"/></row>')), "XLSX_MALFORMED"],
    ["a column beyond the last", () => withSheet(sheetOf('<row r="1"><c r="XFE1"/></row>')), "XLSX_MALFORMED"],
    [
      "20,000 columns",
      () => withSheet(sheetOf(rowOf(...Array.from({ length: 20_000 }, () => "<c/>")))),
      "XLSX_MALFORMED",
    ],
    ["a shared string that is not there", () => withSheet(sheetOf(rowOf('<c t="s"><v>0</v></c>'))), "XLSX_MALFORMED"],
    [
      "a shared string with a strange number",
      () => withSheet(sheetOf(rowOf('<c t="s"><v>-1</v></c>'))),
      "XLSX_MALFORMED",
    ],
    ["a cell of an unknown type", () => withSheet(sheetOf(rowOf('<c t="zz"><v>1</v></c>'))), "XLSX_MALFORMED"],
  ])("%s", async (_, file, code) => {
    expect(await refusal(readFile(file()))).toBe(code);
  });

  test("the widest sheet there is, and the last cell of all", async () => {
    const last = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>';
    const [row] = await readFile(withSheet(sheetOf(last)));
    expect(row?.cells.length).toBe(16_384);
  });

  test("a cell as large as Excel allows", async () => {
    const text = "长".repeat(32_767);
    expect(await readFile(withSheet(sheetOf(rowOf(textCell(text)))))).toMatchObject([{ cells: [text] }]);
  });

  test("flipped bytes are refused or make no difference, and never more", async () => {
    const file = Buffer.from(
      workbookFile({ rows: rowOf(textCell("一"), '<c t="s"><v>0</v></c>'), sharedStrings: "<si><t>二</t></si>" }),
    );
    const right = JSON.stringify(await readFile(file));
    for (let at = 0; at < file.length; at += 3) {
      const flipped = Buffer.from(file);
      flipped[at] = (flipped[at] ?? 0) ^ 0x10;
      const outcome = await readFile(flipped).then(
        (rows) => JSON.stringify(rows),
        (error: unknown) => (error instanceof UploadError ? right : `byte ${at}: ${String(error)}`),
      );
      expect(outcome).toBe(right);
    }
  });
});

/** Text that does not pack well. */
function noise(length: number): string {
  let state = 1;
  let text = "";
  while (text.length < length) {
    state = (state * 48_271) % 2_147_483_647;
    text += state.toString(36);
  }
  return text;
}
