import { writeFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { UploadError } from "../upload.ts";
import { readCsv } from "./csv.ts";
import type { Row } from "./rows.ts";
import type { CsvForm } from "./settings.ts";
import { makeSurroundings } from "./test-scene.ts";
import { csvOf } from "./test-shape.ts";

const UTF_8: CsvForm = { encoding: "utf-8", delimiter: "," };

async function read(content: string | Uint8Array, form: CsvForm = UTF_8): Promise<readonly Row["cells"][]> {
  const file = join(makeSurroundings().dataDirectory, "file.csv");
  writeFileSync(file, content);
  const rows: Row["cells"][] = [];
  await readCsv(
    file,
    form,
    ({ number, cells }) => {
      rows.push(cells);
      expect(number).toBe(rows.length);
    },
    () => {},
  );
  return rows;
}

const refusal = async (work: Promise<unknown>): Promise<UploadError | null> =>
  await work.then(
    () => null,
    (error: unknown) => {
      if (error instanceof UploadError) return error;
      throw error;
    },
  );

describe("rows", () => {
  test.each([
    [
      "one after another",
      "a,b\r\n1,2\r\n",
      [
        ["a", "b"],
        ["1", "2"],
      ],
    ],
    [
      "without a last line end",
      "a,b\n1,2",
      [
        ["a", "b"],
        ["1", "2"],
      ],
    ],
    [
      "line ends mixed",
      "a,b\n1,2\r\n3,4\n",
      [
        ["a", "b"],
        ["1", "2"],
        ["3", "4"],
      ],
    ],
    ["a mark of UTF-8 before", "\ufeffa,b\n", [["a", "b"]]],
    ["quoted: commas, quotation marks, lines", '"a,1","b""2","c\r\nd"\r\n', [["a,1", 'b"2', "c\r\nd"]]],
    ["ragged as they are", "a,b\n1\n1,2,3\n", [["a", "b"], ["1"], ["1", "2", "3"]]],
    ["blank lines as they are", "a\n\nb\n", [["a"], [""], ["b"]]],
    ["nothing", "", []],
  ])("%s", async (_, content, rows) => {
    expect(await read(content)).toEqual(rows);
  });

  test("other delimiters", async () => {
    expect(await read("a,1;b\n", { ...UTF_8, delimiter: ";" })).toEqual([["a,1", "b"]]);
    expect(await read("a,1\tb\n", { ...UTF_8, delimiter: "\t" })).toEqual([["a,1", "b"]]);
  });

  test("whatever was written is read", async () => {
    const cells = fc.string({ unit: fc.constantFrom(...'ab,"\n\r 张，（\t;'), maxLength: 6 });
    const tables = fc.array(fc.array(cells, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(tables, async (table) => {
        expect(await read(csvOf(...table))).toEqual(table);
      }),
      { numRuns: 200 },
    );
  });
});

describe("encodings", () => {
  const gb18030 = Buffer.from("d6a4bac52cd5c520c8fd0a", "hex");

  test("GB 18030 when it was agreed on", async () => {
    expect(await read(gb18030, { ...UTF_8, encoding: "gb18030" })).toEqual([["证号", "张 三"]]);
  });

  test("a byte order mark decides", async () => {
    expect(await read("\ufeff证号\n", { ...UTF_8, encoding: "gb18030" })).toEqual([["证号"]]);
    expect(await read(Buffer.from("\ufeff证号,b\n", "utf16le"))).toEqual([["证号", "b"]]);
  });

  test.each([
    ["GB 18030 taken for UTF-8", gb18030, UTF_8],
    ["UTF-8 that breaks off", Buffer.from("证号,张").subarray(0, -1), UTF_8],
    ["overlong UTF-8", Buffer.from([0x61, 0xc0, 0xaf, 0x0a]), UTF_8],
    ["no GB 18030", Buffer.from([0x61, 0xff, 0xff, 0x0a]), { ...UTF_8, encoding: "gb18030" as const }],
  ])("%s is refused", async (_, content, form) => {
    expect((await refusal(read(content, form)))?.code).toBe("ENCODING_WRONG");
  });

  test("characters that lie across two pieces are whole", async () => {
    const line = "证".repeat(99_999);
    expect(await read(`x${line}\n${line}\n`)).toEqual([[`x${line}`], [line]]);
  });
});

describe("hostile files", () => {
  test.each([
    ["text after a closing quotation mark", 'a,b\n"张三"x,2\n'],
    ["a quotation mark within a value", 'a,b\n张"三,2\n'],
    ["a quotation mark that is never closed", 'a,b\n"张三,2\n3,4\n'],
    ["a value that does not end", `a,b\n${"张".repeat(2_000_000)}`],
    ["a quotation that swallows megabytes", `a,b\n"${"张三,1\n".repeat(300_000)}`],
  ])("%s is CSV_MALFORMED with its row and without its text", async (_, content) => {
    const error = await refusal(read(content));
    expect(error?.code).toBe("CSV_MALFORMED");
    expect(error?.detail).toMatch(/^row 2 /);
    expect(`${error?.message}${error?.detail}`).not.toContain("张");
  });

  test("a row of many cells is a row", async () => {
    const [row] = await read(`${",".repeat(20_000)}\n`);
    expect(row).toHaveLength(20_001);
  });

  test("what the taker of rows throws ends it", async () => {
    const file = join(makeSurroundings().dataDirectory, "file.csv");
    writeFileSync(file, "a\n".repeat(10));
    let rows = 0;
    const work = readCsv(
      file,
      UTF_8,
      () => {
        rows += 1;
        throw new UploadError("HEADER_MISSING", "x");
      },
      () => {},
    );
    expect((await refusal(work))?.code).toBe("HEADER_MISSING");
    expect(rows).toBe(1);
  });
});
