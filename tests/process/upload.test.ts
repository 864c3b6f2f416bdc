import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ANHUI_SOURCE } from "#gateway/demo/sources.ts";
import { csvOf, type Row } from "#gateway/demo/records.ts";
import { rowOf, textCell, workbookFile } from "#connectors/table/xlsx/test-workbook.ts";
import { type DemoService, startDemo } from "../exchange/demo-service.ts";
import { PURPOSES } from "../exchange/questions.ts";

const MAIN = fileURLToPath(new URL("../../gateway/main.ts", import.meta.url));
const SOURCE = ANHUI_SOURCE.id;

let demo: DemoService;
beforeAll(async () => {
  demo = await startDemo();
});
afterAll(async () => await demo.close());

type Said = { readonly exit: number | null; readonly out: string; readonly err: string };

/** As somebody runs it, with its output in a pipe. */
async function tongyan(...argv: readonly string[]): Promise<Said> {
  const child = spawn(process.execPath, [MAIN, ...argv, "--url", demo.serving.url], {
    env: { PATH: process.env["PATH"], TONGYAN_DATA: demo.data },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [out, err, [exit]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "exit") as Promise<[number | null]>,
  ]);
  return { exit, out, err };
}

function file(name: string, content: string | Uint8Array): string {
  const path = join(demo.data, name);
  writeFileSync(path, content);
  return path;
}

const numberOf = (serial: number): string => `皖（2026）示例市不动产权第${String(serial).padStart(7, "0")}号`;
const row = (serial: number, changes: Row = {}): Row => ({
  不动产权证号: numberOf(serial),
  不动产单元号: `340000001001GB00001F${String(serial).padStart(8, "0")}`,
  权利人: "示例",
  证件号: "11010519491231002X",
  坐落: "安徽省示例市示例区示例路1号",
  面积: "88.00",
  权利类型: "国有建设用地使用权/房屋所有权",
  登记日期: "2026-03-01",
  联系电话: "13800000000",
  抵押: "否",
  状态: "现势",
  ...changes,
});
const rows = (from: number, count: number): readonly Row[] => Array.from({ length: count }, (_, at) => row(from + at));

async function outcomeFor(serial: number): Promise<unknown> {
  const { body } = await demo.gateway.post("anhui-window", "/v1/lookups", {
    resource: ANHUI_SOURCE.resource,
    region: "340100",
    keys: { certificateNumber: numberOf(serial) },
    fields: ["state"],
    purpose: PURPOSES.anhuiMortgage,
  });
  return body["outcome"];
}

describe("a table handed in on the command line", () => {
  test("is in use, and the log of the service says so without a value of it", async () => {
    expect(await outcomeFor(5_000)).toBe("NOT_FOUND");
    const { exit, out, err } = await tongyan("upload", SOURCE, file("new.csv", csvOf(rows(4_000, 2_000))));
    expect([exit, err]).toEqual([0, ""]);
    expect(out).toMatch(/^✔ 已启用 IN USE \(version \d+\) {2}anhui-real-estate\n/);
    expect(out).toMatch(/接受 accepted +2,000\n/);
    expect(out).not.toMatch(/[\r\u001B]/);
    expect(await outcomeFor(5_000)).toBe("FOUND");
    await expect.poll(() => demo.serving.logged()).toContain('"rows":2000,"refused":0');
    expect(demo.serving.logged()).not.toContain("示例路");
  });

  test("a workbook too, whatever it is called", async () => {
    const header = Object.keys(row(1));
    const lines = [header, ...rows(6_000, 3).map((each) => header.map((name) => each[name] ?? ""))];
    const workbook = workbookFile({ rows: lines.map((cells) => rowOf(...cells.map(textCell))).join("") });
    expect(await tongyan("upload", SOURCE, file("workbook.csv", workbook))).toMatchObject({ exit: 0 });
    expect([await outcomeFor(6_002), await outcomeFor(5_000)]).toEqual(["FOUND", "NOT_FOUND"]);
  });

  test("with rows that do not fit is not, and each is named with its reason", async () => {
    const bad = [
      row(7_000),
      row(7_001, { 面积: "大" }),
      row(7_002, { 状态: "不明" }),
      row(7_003, { 不动产权证号: "" }),
    ];
    const { exit, out } = await tongyan("upload", SOURCE, file("bad.csv", csvOf(bad)));
    expect(exit).toBe(1);
    expect(out).toMatch(/拒绝 refused +3\n/);
    expect(out).toMatch(/第 3 行 row 3 {2}面积 +内容不符合字段类型。The value does not fit the field's type\./);
    expect(out).toMatch(/第 4 行 row 4 {2}状态 +内容不在取值对照表中。/);
    expect(out).toMatch(/第 5 行 row 5 {2}不动产权证号 +缺少必填的查询条件字段。/);
    expect([await outcomeFor(7_000), await outcomeFor(6_002)]).toEqual(["NOT_FOUND", "FOUND"]);
  });
});

describe("what is refused", () => {
  const good = () => file("good.csv", csvOf(rows(8_000, 2)));
  const picture = () => file("picture.csv", Buffer.from("89504e470d0a1a0a0000000d49484452", "hex"));
  const licence = () => join(demo.data, "demo", "realestate-v4.ofd");
  const otherTable = () => file("other.csv", "number,area\r\n1,2\r\n");

  test.each<[string, () => readonly string[], number, string]>([
    ["a picture", () => [SOURCE, picture()], 1, "422 ENCODING_WRONG"],
    ["another kind of package", () => [SOURCE, licence()], 1, "422 XLSX_MALFORMED"],
    ["another table", () => [SOURCE, otherTable()], 1, "422 HEADER_MISSING"],
    ["facts of the future", () => [SOURCE, good(), "--as-of", "2999-01-01T00:00:00Z"], 1, "422 AS_OF_INVALID"],
    ["a source that takes no table", () => ["guangdong-mining", good()], 77, "422 TABLE_INVALID"],
    ["no such source", () => ["nowhere", good()], 77, "404 ENTRY_UNKNOWN"],
    ["a client that may not", () => [SOURCE, good(), "--client", "anhui-window"], 77, "403 "],
  ])("%s", async (_, argv, status, message) => {
    const { exit, out, err } = await tongyan("upload", ...argv());
    expect([exit, out]).toEqual([status, ""]);
    expect(err).toContain(message);
    expect(await outcomeFor(8_000)).toBe("NOT_FOUND");
  });

  test("a key that the gateway does not know", async () => {
    const { d: _, ...publicOnly } = JSON.parse(
      readFileSync(join(demo.data, "demo", "clients", "operator.jwk"), "utf8"),
    );
    writeFileSync(join(demo.data, "operator.jwk"), JSON.stringify(publicOnly));
    expect(await tongyan("upload", SOURCE, good(), "--keys", demo.data)).toMatchObject({ exit: 65, out: "" });
  });
});
