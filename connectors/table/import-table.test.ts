import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, test, vi } from "vitest";
import { openSource } from "../registry.ts";
import type { Surroundings } from "../settings.ts";
import type { Source } from "../source.ts";
import { type Upload, UploadError, type UploadProgress, type UploadRead, type UploadReport } from "../upload.ts";
import { importTable } from "./import-table.ts";
import { checkTableSettings } from "./settings.ts";
import { csvUpload, filesOf, lookup, makeSurroundings, NEVER, OPTIONS, pieces, xlsxUpload } from "./test-scene.ts";
import { TableDirectory } from "./table-directory.ts";
import { CERTIFICATES, csvOf, goodRow, HEADER, SETTINGS } from "./test-shape.ts";
import { rowOf, textCell, workbookFile } from "./xlsx/test-workbook.ts";

const numberOf = (row: number) => goodRow(row)[0] ?? "";
const rows = (count: number) => Array.from({ length: count }, (_, index) => goodRow(index + 1));

async function take(
  upload: Upload,
  around: Surroundings = makeSurroundings(),
  more: object = {},
  signal: AbortSignal = NEVER,
): Promise<UploadReport> {
  const { wellFormedModule = "" } = around;
  const settings = checkTableSettings({ ...SETTINGS, ...more }, CERTIFICATES);
  return await importTable(upload, settings, { ...around, wellFormedModule }, signal);
}

const refusalOf = async (work: Promise<unknown>): Promise<string | null> =>
  await work.then(
    () => null,
    (error: unknown) => {
      if (error instanceof UploadError) return error.code;
      throw error;
    },
  );

/** Whose name the source gives for the first record, null when there is none. */
async function holder(source: Source, row = 1): Promise<string | null> {
  const answer = await source.fetch(lookup({ certificateNumber: numberOf(row) }, "holderName"), OPTIONS);
  return answer.kind === "found" ? (answer.record["holderName"] ?? null) : null;
}

describe("what is refused", () => {
  const bad = csvOf(
    HEADER,
    goodRow(1),
    goodRow(2).with(5, "八十九"),
    goodRow(3).with(0, " "),
    goodRow(4).slice(0, 9),
    goodRow(5).with(9, "遗失"),
    goodRow(6).with(6, "2023-02-29"),
    goodRow(7).with(4, `地${"址".repeat(4_000)}`),
    goodRow(8).with(2, "张\u0000三"),
    goodRow(9).with(2, "张\ufffd"),
    goodRow(10),
    goodRow(11).with(0, "皖(2024)合肥市不动产权第 0000010 号"),
    goodRow(12),
  );
  const expected = [
    { row: 3, column: "面积", code: "VALUE_INVALID" },
    { row: 4, column: "不动产权证号", code: "KEY_MISSING" },
    { row: 5, column: null, code: "ROW_RAGGED" },
    { row: 6, column: "状态", code: "VALUE_UNKNOWN" },
    { row: 7, column: "登记日期", code: "VALUE_INVALID" },
    { row: 8, column: "坐落", code: "VALUE_TOO_LONG" },
    { row: 9, column: "权利人", code: "VALUE_CHARACTERS" },
    { row: 10, column: "权利人", code: "VALUE_CHARACTERS" },
    { row: 11, column: "不动产权证号", code: "KEY_DUPLICATE" },
    { row: 12, column: "不动产权证号", code: "KEY_DUPLICATE" },
  ];

  test("each row with its place and reason, none of its values", async () => {
    const report = await take(csvUpload(bad));
    expect(report).toMatchObject({ replaced: false, version: null, rows: 12, accepted: 2, refusedTotal: 10 });
    expect(report.refused).toEqual(expected);
    expect(JSON.stringify(report)).not.toMatch(/张|八十九|遗失|合肥/);
  });

  test("reject: the former records stay", async () => {
    const around = makeSurroundings();
    const source = openSource(SETTINGS, around);
    await take(csvUpload(csvOf(HEADER, goodRow(1))), around);
    const report = await take(csvUpload(csvOf(HEADER, goodRow(1).with(2, "李四"), goodRow(2).with(5, "x"))), around);
    expect(report.replaced).toBe(false);
    await source.health(OPTIONS);
    expect(await holder(source)).toBe("张三1");
    expect(filesOf(around)).toEqual(["table-1.sqlite"]);
  });

  test("skip: the others are taken, and of rows with the same key none", async () => {
    const around = makeSurroundings();
    const report = await take(csvUpload(bad), around, { onRefused: "skip" });
    expect(report).toMatchObject({ replaced: true, version: 1, rows: 12, accepted: 2, refusedTotal: 10 });
    const source = openSource(SETTINGS, around);
    expect([await holder(source, 1), await holder(source, 12)]).toEqual(["张三1", "张三12"]);
    for (const row of [2, 3, 4, 5, 10]) expect(await holder(source, row)).toBeNull();
  });

  test("skip: with no row left nothing is replaced", async () => {
    const report = await take(csvUpload(csvOf(HEADER, goodRow(1).with(5, "x"))), makeSurroundings(), {
      onRefused: "skip",
    });
    expect(report).toMatchObject({ replaced: false, accepted: 0 });
  });

  test("the first hundred are listed, all are counted", async () => {
    const many = csvOf(HEADER, ...rows(250).map((row) => row.with(5, "x")), goodRow(251), goodRow(251));
    const report = await take(csvUpload(many));
    expect(report).toMatchObject({ rows: 252, accepted: 0, refusedTotal: 252 });
    expect(report.refused).toHaveLength(100);
    expect(report.refused.at(-1)).toEqual({ row: 101, column: "面积", code: "VALUE_INVALID" });
  });

  test("of many rows with the same key the report names the first hundred", async () => {
    const report = await take(csvUpload(csvOf(HEADER, goodRow(999), ...rows(300).map((row) => row.with(0, "同一号")))));
    expect(report).toMatchObject({ rows: 301, accepted: 1, refusedTotal: 300 });
    expect(report.refused.map(({ row }) => row)).toEqual(Array.from({ length: 100 }, (_, index) => index + 3));
  });
});

describe("a whole file", () => {
  test.each([
    ["too large", csvUpload(csvOf(HEADER, ...rows(50))), { maxBytes: 2_000 }, "UPLOAD_TOO_LARGE"],
    ["too many rows", csvUpload(csvOf(HEADER, ...rows(50))), { maxRows: 49 }, "ROWS_TOO_MANY"],
    ["no rows", csvUpload(csvOf(HEADER)), {}, "TABLE_EMPTY"],
    [
      "rows of nothing",
      csvUpload(
        csvOf(
          HEADER,
          HEADER.map(() => ""),
          [" "],
        ),
      ),
      {},
      "TABLE_EMPTY",
    ],
    ["nothing at all", csvUpload(""), {}, "HEADER_MISSING"],
    ["times that are none", csvUpload(csvOf(HEADER, goodRow(1)), { asOf: "yesterday" }), {}, "AS_OF_INVALID"],
    ["times ahead", csvUpload(csvOf(HEADER, goodRow(1)), { asOf: "2999-01-01T00:00:00Z" }), {}, "AS_OF_INVALID"],
  ])("%s is refused, nothing stays behind", async (_, upload, more, code) => {
    const around = makeSurroundings();
    expect(await refusalOf(take(upload, around, more))).toBe(code);
    expect(await refusalOf(take(csvUpload(csvOf(HEADER, goodRow(1))), around))).toBeNull();
    expect(filesOf(around)).toEqual(["table-1.sqlite"]);
  });

  test("just as large as allowed is taken", async () => {
    const content = csvOf(HEADER, ...rows(50));
    const limits = { maxBytes: Buffer.byteLength(content), maxRows: 50 };
    expect(await take(csvUpload(content), makeSurroundings(), limits)).toMatchObject({ replaced: true, rows: 50 });
  });

  test("the time of the upload is that of the facts when none is given", async () => {
    const around = makeSurroundings({ clock: () => Date.UTC(2026, 0, 1) });
    expect(await take(csvUpload(csvOf(HEADER, goodRow(1))), around)).toMatchObject({
      asOf: "2026-01-01T00:00:00.000Z",
    });
  });

  test("the sender breaks off: its own error comes back", async () => {
    const around = makeSurroundings();
    const broken = new Error("the body was cut short");
    async function* bytes() {
      yield Buffer.from(csvOf(HEADER, goodRow(1)));
      throw broken;
    }
    await expect(take({ format: "csv", bytes: bytes() }, around)).rejects.toBe(broken);
    const stream = Readable.from(bytes());
    await expect(take({ format: "csv", bytes: stream }, around)).rejects.toBe(broken);
    expect(filesOf(around)).toEqual([]);
  });

  test("a sender who is not read to the end is let go of", async () => {
    const around = makeSurroundings();
    const chunks = () => Readable.from(pieces(csvOf(HEADER, ...rows(500))));
    const [tooLarge, tooEarly, first, second] = [chunks(), chunks(), chunks(), chunks()];
    await refusalOf(take({ format: "csv", bytes: tooLarge }, around, { maxBytes: 2_000 }));
    await refusalOf(take({ format: "csv", bytes: tooEarly, asOf: "x" }, around));
    const taking = take({ format: "csv", bytes: first }, around);
    expect(await refusalOf(take({ format: "csv", bytes: second }, around))).toBe("UPLOAD_UNDERWAY");
    await taking;
    for (const stream of [tooLarge, tooEarly, second]) await vi.waitFor(() => expect(stream.destroyed).toBe(true));
  });

  test("a sender who stops sending can be left", async () => {
    const around = makeSurroundings();
    const caller = new AbortController();
    async function* bytes() {
      yield Buffer.from(csvOf(HEADER, goodRow(1)));
      caller.abort(new Error("enough"));
      await new Promise(() => {});
    }
    await expect(take({ format: "csv", bytes: bytes() }, around, {}, caller.signal)).rejects.toThrow("enough");
    await vi.waitFor(() => expect(filesOf(around)).toEqual([]));
  });

  test("a thread that fails is UPLOAD_FAILED", async () => {
    for (const wellFormedModule of ["file:///nowhere.ts", "data:text/javascript,process.exit(3)"]) {
      const around = makeSurroundings({ wellFormedModule });
      expect(await refusalOf(take(csvUpload(csvOf(HEADER, goodRow(1))), around))).toBe("UPLOAD_FAILED");
      expect(filesOf(around)).toEqual([]);
    }
  });

  test("what the caller's own progress throws ends it", async () => {
    const around = makeSurroundings();
    const onProgress = ({ phase }: UploadProgress) => {
      if (phase === "indexing") throw new Error("the screen is gone");
    };
    expect(await refusalOf(take(csvUpload(csvOf(HEADER, goodRow(1)), { onProgress }), around))).toBe("UPLOAD_FAILED");
    expect(filesOf(around)).toEqual([]);
  });

  test("an objection before use comes back as it is, and the former records stay", async () => {
    const around = makeSurroundings();
    await take(csvUpload(csvOf(HEADER, ...rows(1))), around);
    const objection = new Error("not on record");
    const heard: unknown[] = [];
    const beforeUse = async (read: UploadRead): Promise<void> => {
      heard.push(read.rows, read.accepted, read.sha256.length, filesOf(around).includes("table-2.sqlite"));
      throw objection;
    };
    await expect(take({ ...csvUpload(csvOf(HEADER, ...rows(3))), beforeUse }, around)).rejects.toBe(objection);
    expect(heard).toEqual([3, 3, 64, false]);
    expect(filesOf(around)).toEqual(["table-1.sqlite"]);
  });

  test("nobody is asked about a table that is refused", async () => {
    const beforeUse = async (): Promise<void> => {
      throw new Error("asked");
    };
    const refused = csvOf(HEADER, goodRow(1).with(5, "八十九"));
    expect(await take({ ...csvUpload(refused), beforeUse })).toMatchObject({ replaced: false });
  });

  test("the disk refuses the records", async () => {
    const around = makeSurroundings();
    // A directory stands where the file should be made.
    mkdirSync(new TableDirectory(around.dataDirectory, around.id).unfinished("records"), { recursive: true });
    const upload = csvUpload(csvOf(HEADER, goodRow(1)));
    expect(await refusalOf(take(upload, around))).toBe("UPLOAD_FAILED");
  });
});

describe("formats", () => {
  const asked = lookup({ certificateNumber: numberOf(1) }, "holderName", "area", "registeredOn", "state");
  const wanted = { holderName: "张三1", area: "89.5", registeredOn: "2024-01-05", state: "current" };

  test("a workbook, with a title above the header and a date that is a number", async () => {
    const around = makeSurroundings();
    const cells = goodRow(1).map((text) => textCell(text));
    const row = rowOf(...cells.with(5, "<c><v>89.499999999999986</v></c>").with(6, '<c s="1"><v>45296</v></c>'));
    const file = workbookFile({
      rows: `${rowOf(textCell("合肥市不动产登记"))}${rowOf(...HEADER.map((text) => textCell(text)))}${row}<row/>`,
      styles: '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>',
    });
    const settings = { ...SETTINGS, headerRow: 2, sheet: "Sheet1" };
    const source = openSource(settings, around);
    expect(await source.upload?.(xlsxUpload(file), OPTIONS)).toMatchObject({ replaced: true, rows: 1 });
    expect(await source.fetch(asked, OPTIONS)).toMatchObject({ reference: "table:1:3", record: wanted });
  });

  test("a workbook that has rounded a resident number is refused", async () => {
    const cells = goodRow(1).map((text) => textCell(text));
    const rounded = rowOf(...cells.with(3, "<c><v>1.1010519491231E+17</v></c>"));
    const file = workbookFile({ rows: rowOf(...HEADER.map((text) => textCell(text))) + rounded });
    const report = await take(xlsxUpload(file));
    expect(report.refused).toEqual([{ row: 2, column: "证件号", code: "VALUE_ROUNDED" }]);
  });

  test("a CSV file where a workbook was announced, and the other way round", async () => {
    const csv = csvOf(HEADER, goodRow(1));
    expect(await refusalOf(take(xlsxUpload(Buffer.from(csv))))).toBe("XLSX_MALFORMED");
    const file = workbookFile({ rows: rowOf(textCell("x")) });
    expect(["ENCODING_WRONG", "CSV_MALFORMED", "HEADER_MISSING"]).toContain(await refusalOf(take(csvUpload(file))));
  });
});

describe("while it is under way", () => {
  test("progress tells phases, rows and bytes, and ends with all", async () => {
    const told: UploadProgress[] = [];
    const content = csvOf(HEADER, ...rows(3_000));
    await take(csvUpload(content, { onProgress: (progress) => told.push(progress) }));
    expect(told[0]?.phase).toBe("receiving");
    const bytes = Buffer.byteLength(content);
    expect(told.at(-1)).toMatchObject({ phase: "indexing", rows: 3_000, bytes, totalBytes: bytes });
    expect(told.at(-1)?.rowsPerSecond).toBeGreaterThan(0);
  });

  test("a second upload for the same source is refused, for another it is not", async () => {
    const around = makeSurroundings();
    const content = csvOf(HEADER, ...rows(500));
    const first = take(csvUpload(content), around);
    expect(await refusalOf(take(csvUpload(content), around))).toBe("UPLOAD_UNDERWAY");
    expect(await refusalOf(take(csvUpload(content), { ...around, id: "wuhu" }))).toBeNull();
    expect(await first).toMatchObject({ replaced: true });
    expect(await take(csvUpload(content), around)).toMatchObject({ version: 2 });
  });

  test.each(["receiving", "reading", "indexing"])("it can be given up while %s", async (phase) => {
    const around = makeSurroundings();
    await take(csvUpload(csvOf(HEADER, goodRow(1))), around);
    const caller = new AbortController();
    const onProgress = (progress: UploadProgress) => {
      if (progress.phase === phase) caller.abort(new Error("given up"));
    };
    const upload = csvUpload(csvOf(HEADER, ...rows(20_000)), { onProgress });
    await expect(take(upload, around, {}, caller.signal)).rejects.toThrow("given up");
    expect(filesOf(around)).toEqual(["table-1.sqlite"]);
    expect(await holder(openSource(SETTINGS, around))).toBe("张三1");
  });

  test("a caller who was gone before uploads nothing", async () => {
    const around = makeSurroundings();
    const upload = csvUpload(csvOf(HEADER, goodRow(1)));
    await expect(take(upload, around, {}, AbortSignal.abort())).rejects.toThrow("aborted");
  });

  test("questions are answered meanwhile, from one version or the next and never from both", async () => {
    const around = makeSurroundings();
    const source = openSource(SETTINGS, around);
    const version = (mark: string) => csvOf(HEADER, ...rows(4_000).map((row) => row.with(2, mark)));
    await take(csvUpload(version("甲")), around);
    await source.health(OPTIONS);
    const state = { done: false };
    const uploading = source.upload?.(csvUpload(version("乙")), OPTIONS).finally(() => {
      state.done = true;
    });
    const seen: string[] = [];
    while (!state.done) {
      const [one, other] = await Promise.all([holder(source, 1), holder(source, 4_000)]);
      expect(one).not.toBeNull();
      expect(other).toBe(one);
      if (seen.at(-1) !== one) seen.push(one ?? "");
      await turn();
    }
    expect(await uploading).toMatchObject({ replaced: true, version: 2 });
    expect(await holder(source)).toBe("乙");
    expect(["甲", "甲乙"]).toContain(seen.join(""));
  });
});

test("a process killed while it reads leaves the former table, and the next one cleans up", async () => {
  const around = makeSurroundings();
  await take(csvUpload(csvOf(HEADER, goodRow(1))), around);
  const file = join(around.dataDirectory, "large.csv");
  writeFileSync(file, csvOf(HEADER, ...rows(60_000).map((row) => row.with(2, "李四"))));
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL("test-uploading-process.ts", import.meta.url)), around.dataDirectory, file],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  const ended = once(child, "exit");
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith("reading")) child.kill("SIGKILL");
    expect(line).not.toBe("done");
  }
  expect(await ended).toEqual([null, "SIGKILL"]);
  expect(filesOf(around).some((name) => name.endsWith(".records"))).toBe(true);

  const source = openSource(SETTINGS, around);
  expect(filesOf(around)).toEqual(["table-1.sqlite"]);
  expect(await holder(source)).toBe("张三1");
  expect(await take(csvUpload(readFileSync(file)), around)).toMatchObject({ replaced: true, version: 2, rows: 60_000 });
});
