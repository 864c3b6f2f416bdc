import { mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openSource } from "../registry.ts";
import { SettingsError, type Surroundings } from "../settings.ts";
import { SourceError, type SourceErrorCode } from "../source-error.ts";
import type { Source } from "../source.ts";
import type { Upload } from "../upload.ts";
import { csvUpload, filesOf, lookup, makeSurroundings, match, OPTIONS } from "./test-scene.ts";
import { csvOf, goodRow, HEADER, SETTINGS } from "./test-shape.ts";

const NUMBER_1 = "皖（2024）合肥市不动产权第0000001号";

const opened = (around: Surroundings, settings: Parameters<typeof openSource>[0] = SETTINGS): Source =>
  openSource(settings, around);

async function put(source: Source, upload: Upload) {
  if (source.upload === undefined) throw new Error("the source takes no uploads");
  return await source.upload(upload, OPTIONS);
}

async function tableOf(rows: readonly (readonly string[])[], around = makeSurroundings(), settings = SETTINGS) {
  const source = opened(around, settings);
  await put(source, csvUpload(csvOf(HEADER, ...rows), { asOf: "2026-01-01T00:00:00+08:00" }));
  return source;
}

const codeOf = async (work: Promise<unknown>): Promise<SourceErrorCode | null> =>
  await work.then(
    () => null,
    (error: unknown) => (error instanceof SourceError ? error.code : null),
  );

describe("looking up", () => {
  test("a record by its key, with when it is from and where it stands", async () => {
    const source = await tableOf([goodRow(1), goodRow(2)]);
    const answer = await source.fetch(
      lookup({ certificateNumber: NUMBER_1 }, "holderName", "registeredOn", "state"),
      OPTIONS,
    );
    expect(answer).toEqual({
      kind: "found",
      asOf: "2026-01-01T00:00:00+08:00",
      reference: "table:1:2",
      record: { certificateNumber: NUMBER_1, holderName: "张三1", registeredOn: "2024-01-05", state: "current" },
    });
  });

  test.each(["皖(2024)合肥市不动产权第0000001号", " 皖〔２０２４〕合肥市 不动产权第0000001号"])(
    "the key's writing does not matter: %s",
    async (certificateNumber) => {
      const source = await tableOf([goodRow(1)]);
      expect(await source.fetch(lookup({ certificateNumber }, "area"), OPTIONS)).toMatchObject({
        record: { area: "89.5" },
      });
    },
  );

  test("every set of keys of the resource is one", async () => {
    const source = await tableOf([goodRow(1), goodRow(2)]);
    const byUnit = await source.fetch(lookup({ unitNumber: "340104001001gb00002f00010001" }, "holderName"), OPTIONS);
    expect(byUnit).toMatchObject({ record: { holderName: "张三2" } });
    const both = { holderCode: "11010519491231002X", holderName: "张三 1" };
    expect(await source.fetch(lookup(both, "mortgaged"), OPTIONS)).toMatchObject({ record: { mortgaged: "false" } });
  });

  test("nothing found says from when", async () => {
    const source = await tableOf([goodRow(1)]);
    expect(await source.fetch(lookup({ certificateNumber: "皖(2024)0000009号" }, "area"), OPTIONS)).toEqual({
      kind: "not-found",
      asOf: "2026-01-01T00:00:00+08:00",
      reference: "table:1",
    });
  });

  test("keys of several rows are KEYS_AMBIGUOUS", async () => {
    const [first, second] = [goodRow(1), goodRow(2)];
    const source = await tableOf([first, second.with(1, first[1] ?? "")]);
    expect(await codeOf(source.fetch(lookup({ unitNumber: first[1] ?? "" }, "area"), OPTIONS))).toBe("KEYS_AMBIGUOUS");
    expect(await codeOf(source.fetch(lookup({ certificateNumber: NUMBER_1 }, "area"), OPTIONS))).toBeNull();
  });

  test.each([
    [{ holderName: "张三1" }],
    [{ holderName: "张三1", area: "89.5" }],
    [{}],
    [{ certificateNumber: NUMBER_1, unitNumber: "x" }],
  ])("other fields are no key: %j", async (keys) => {
    const source = await tableOf([goodRow(1)]);
    expect(await codeOf(source.fetch(lookup(keys, "area"), OPTIONS))).toBe("SOURCE_REFUSED");
  });

  test("a blank cell and a column that the table lacks are null; a blank key is nobody's", async () => {
    const { 电话: _, ...columns } = SETTINGS.mapping.columns;
    const settings = { ...SETTINGS, mapping: { ...SETTINGS.mapping, columns } };
    const around = makeSurroundings();
    const source = openSource(settings, around);
    await put(source, csvUpload(csvOf(HEADER, goodRow(1).with(1, " \u3000").with(4, ""))));
    const answer = await source.fetch(lookup({ certificateNumber: NUMBER_1 }, "location", "contactPhone"), OPTIONS);
    expect(answer).toMatchObject({ record: { location: null, contactPhone: null } });
    expect(await source.fetch(lookup({ unitNumber: "" }, "area"), OPTIONS)).toMatchObject({ kind: "not-found" });
  });

  test("hostile keys find nothing", async () => {
    const source = await tableOf([goodRow(1)]);
    for (const certificateNumber of ["' OR 1=1 --", "%", "\0", "\ud800", "x".repeat(100_000)]) {
      const answer = await source.fetch(lookup({ certificateNumber }, "area"), OPTIONS);
      expect(answer.kind).toBe("not-found");
    }
  });
});

describe("matching", () => {
  test("compares inside: a result for each claim, and the state", async () => {
    const source = await tableOf([goodRow(1).with(4, "")]);
    const claims = {
      holderName: "张三 1",
      holderCode: "11010519491231002X",
      area: "89.500",
      registeredOn: "2024/1/6",
      location: "合肥",
    };
    const answer = await source.match?.(match({ certificateNumber: NUMBER_1 }, claims, "state"), OPTIONS);
    expect(answer).toEqual({
      kind: "found",
      asOf: "2026-01-01T00:00:00+08:00",
      reference: "table:1:2",
      claims: {
        holderName: "match",
        holderCode: "match",
        area: "match",
        registeredOn: "mismatch",
        location: "no-data",
      },
      state: "current",
    });
  });

  test("an unknown record is not found, an unknown claim has no data", async () => {
    const source = await tableOf([goodRow(1)]);
    const none = await source.match?.(match({ certificateNumber: "x" }, { area: "1" }), OPTIONS);
    expect(none).toMatchObject({ kind: "not-found" });
    const unknown = await source.match?.(match({ certificateNumber: NUMBER_1 }, { other: "1" }), OPTIONS);
    expect(unknown).toMatchObject({ claims: { other: "no-data" }, state: null });
  });
});

describe("what is in use", () => {
  test("nothing uploaded: unavailable, with the reason", async () => {
    const source = opened(makeSurroundings());
    expect(await codeOf(source.fetch(lookup({ certificateNumber: NUMBER_1 }, "area"), OPTIONS))).toBe(
      "SOURCE_UNAVAILABLE",
    );
    expect(await source.health(OPTIONS)).toEqual({
      status: "unavailable",
      zh: "尚未上传表格。",
      en: "No table was uploaded yet.",
    });
  });

  test("health tells how many and from when", async () => {
    const source = await tableOf([goodRow(1), goodRow(2)]);
    const health = await source.health(OPTIONS);
    expect(health).toMatchObject({ status: "ready", zh: "共 2 条记录，数据时点 2026-01-01T00:00:00+08:00。" });
  });

  test("it is there again after a restart, and what was left behind is gone", async () => {
    const around = makeSurroundings();
    await (await tableOf([goodRow(1)], around)).close();
    const directory = join(around.dataDirectory, around.id);
    const run = "00000000-0000-4000-8000-000000000000";
    writeFileSync(join(directory, `unfinished-${process.pid}-${run}.records`), "x");
    writeFileSync(join(directory, `unfinished-999999999-${run}.upload`), "x");
    writeFileSync(join(directory, "table-0.sqlite"), "older");
    const source = opened(around);
    expect(filesOf(around)).toEqual(["table-1.sqlite"]);
    expect(await source.fetch(lookup({ certificateNumber: NUMBER_1 }, "area"), OPTIONS)).toMatchObject({
      kind: "found",
    });
  });

  test("an upload of a process that is alive is left alone", () => {
    const around = makeSurroundings();
    const directory = join(around.dataDirectory, around.id);
    mkdirSync(directory, { recursive: true });
    const name = `unfinished-${process.ppid}-00000000-0000-4000-8000-000000000000.records`;
    writeFileSync(join(directory, name), "x");
    opened(around);
    expect(filesOf(around)).toEqual([name]);
  });

  test("a new version takes over, another source object on it follows", async () => {
    let now = Date.now();
    const around = makeSurroundings({ clock: () => now });
    const source = await tableOf([goodRow(1)], around);
    const other = opened(around);
    await put(source, csvUpload(csvOf(HEADER, goodRow(1).with(2, "李四"))));
    const asked = lookup({ certificateNumber: NUMBER_1 }, "holderName");
    expect(await source.fetch(asked, OPTIONS)).toMatchObject({
      reference: "table:2:2",
      record: { holderName: "李四" },
    });
    expect(filesOf(around)).toEqual(["table-2.sqlite"]);
    expect(await other.fetch(asked, OPTIONS)).toMatchObject({ record: { holderName: "张三1" } });
    now += 1_000;
    await other.health(OPTIONS);
    expect(await other.fetch(asked, OPTIONS)).toMatchObject({ record: { holderName: "李四" } });
  });

  test("a newer version that cannot be opened leaves the former in use and is told of", async () => {
    const around = makeSurroundings();
    const source = await tableOf([goodRow(1)], around);
    writeFileSync(join(around.dataDirectory, around.id, "table-7.sqlite"), "no database");
    expect(await source.health(OPTIONS)).toMatchObject({ status: "degraded", zh: "已上传的表格无法打开。" });
    expect(await source.fetch(lookup({ certificateNumber: NUMBER_1 }, "area"), OPTIONS)).toMatchObject({
      kind: "found",
    });
  });

  test("a damaged file is unavailable, not a crash", async () => {
    const around = makeSurroundings();
    await (await tableOf([goodRow(1)], around)).close();
    const file = join(around.dataDirectory, around.id, "table-1.sqlite");
    truncateSync(file, 5_000);
    const source = opened(around);
    const code = await codeOf(source.fetch(lookup({ certificateNumber: NUMBER_1 }, "area"), OPTIONS));
    expect(["SOURCE_UNAVAILABLE", "SOURCE_FAILED"]).toContain(code);
  });

  test("another mapping needs another upload; another order, header or bound does not", async () => {
    const around = makeSurroundings();
    await (await tableOf([goodRow(1)], around)).close();
    const { 电话: _, 面积: area, ...columns } = SETTINGS.mapping.columns;
    const asked = lookup({ certificateNumber: NUMBER_1 }, "area");
    const fewer = opened(around, { ...SETTINGS, mapping: { columns: { ...columns, 面积: area } } });
    expect(await codeOf(fewer.fetch(asked, OPTIONS))).toBe("SOURCE_UNAVAILABLE");
    expect(await fewer.health(OPTIONS)).toMatchObject({ zh: expect.stringContaining("重新上传") });
    const renamed = { ...columns, 建筑面积: area, 联系电话: "contactPhone" };
    const other = opened(around, { ...SETTINGS, bounds: { deadlineMs: 50 }, mapping: { columns: renamed } });
    expect(await other.fetch(asked, OPTIONS)).toMatchObject({ kind: "found" });
  });

  test("a closed source is unavailable", async () => {
    const source = await tableOf([goodRow(1)]);
    await source.close();
    expect(await codeOf(source.fetch(lookup({ certificateNumber: NUMBER_1 }, "area"), OPTIONS))).toBe(
      "SOURCE_UNAVAILABLE",
    );
  });

  test("without a module for threads it takes no uploads", () => {
    const { wellFormedModule: _, ...around } = makeSurroundings();
    expect(opened(around).upload).toBeUndefined();
  });

  test.each(["../x", "", ".", "a/b", "a\0b", "x".repeat(200)])(
    "an id that cannot name a directory is refused: %j",
    (id) => {
      expect(() => opened(makeSurroundings({ id }))).toThrow(SettingsError);
    },
  );

  test("a directory that cannot be made leaves the source unavailable", async () => {
    const around = makeSurroundings();
    rmSync(around.dataDirectory, { recursive: true });
    writeFileSync(around.dataDirectory, "a file");
    const source = opened(around);
    expect(await source.health(OPTIONS)).toMatchObject({ status: "unavailable" });
    await expect(put(source, csvUpload(csvOf(HEADER, goodRow(1))))).rejects.toMatchObject({ code: "UPLOAD_FAILED" });
  });
});

test("values of records stand in no other file of the directory", async () => {
  const around = makeSurroundings();
  await tableOf([goodRow(1)], around);
  for (const name of filesOf(around)) {
    const text = readFileSync(join(around.dataDirectory, around.id, name)).toString("utf8");
    expect(text.includes("张三1")).toBe(name.endsWith(".sqlite"));
  }
});
