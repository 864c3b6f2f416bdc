import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { leaksBelow, leaksIn } from "./leak-search.ts";

const SECRETS = { name: "欧阳示例", code: "11010519491231002X" };
const NAME = Buffer.from(SECRETS.name);
const CODE = Buffer.from(SECRETS.code);

describe("a secret is found", () => {
  test.each<readonly [string, string | Uint8Array]>([
    ["as it is", `"holder":"${SECRETS.name}"`],
    ["as a number with a small x", "11010519491231002x"],
    ["in UTF-16", Buffer.concat([Buffer.from([0]), Buffer.from(SECRETS.name, "utf16le")])],
    ["in UTF-16 the other way", Buffer.from(`a${SECRETS.name}`, "utf16le").swap16()],
    ["in JSON escapes in capitals", "\\u6B27\\u9633\\u793A\\u4F8B"],
    ["in JSON escapes", "\\u6b27\\u9633\\u793a\\u4f8b"],
    ["in a query", `?name=${encodeURIComponent(SECRETS.name)}`],
    ["in a query in small letters", encodeURIComponent(SECRETS.name).toLowerCase()],
    ["in hex", NAME.toString("hex")],
    ["in hex in capitals", `X'${CODE.toString("hex").toUpperCase()}'`],
    ...[0, 1, 2, 3, 4, 5].flatMap((before) =>
      (["base64", "base64url"] as const).map(
        (alphabet) =>
          [
            `in ${alphabet} behind ${before} other bytes`,
            Buffer.concat([Buffer.alloc(before, 0xfb), NAME, Buffer.from("?>")]).toString(alphabet),
          ] as const,
      ),
    ),
  ])("%s", (_where, content) => {
    expect(leaksIn("somewhere", content, SECRETS)).not.toEqual([]);
  });
});

test.each([
  "欧***",
  "110105********002X",
  "示例",
  "欧阳",
  "11010519491231",
  Buffer.from("欧***").toString("base64"),
  encodeURIComponent("示例"),
])("what is masked, or but a part, is none: %s", (text) => {
  expect(leaksIn("somewhere", text, SECRETS)).toEqual([]);
});

describe("below a directory", () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "leaks-"));
    mkdirSync(join(directory, "sources"));
    writeFileSync(join(directory, "sources", "table"), SECRETS.name);
    writeFileSync(join(directory, "clean.log"), "欧***");
  });
  afterAll(() => rmSync(directory, { recursive: true }));
  const found = () =>
    leaksBelow(directory, SECRETS, (path) => path.startsWith("sources/")).map(({ where, what }) => `${where}: ${what}`);

  test("nothing is found but what is there, and not in what is excepted", () => {
    expect(found()).toEqual([]);
    expect(leaksBelow(directory, SECRETS)).toEqual([{ where: "sources/table", what: "name" }]);
  });

  test("a line of a log", () => {
    writeFileSync(join(directory, "service.log"), `{"msg":"asked for ${SECRETS.code.toLowerCase()}"}`);
    expect(found()).toEqual(["service.log: code"]);
    rmSync(join(directory, "service.log"));
  });

  test("a row of a database, still in its write-ahead log, and one over several pages", () => {
    const database = new DatabaseSync(join(directory, "log.sqlite"));
    database.exec("PRAGMA journal_mode = WAL; CREATE TABLE t (a TEXT)");
    database.prepare("INSERT INTO t VALUES (?)").run(`{"record":"${SECRETS.name}"}`);
    expect(found()).toEqual(expect.arrayContaining(["log.sqlite-wal: name", "rows of log.sqlite: name"]));
    database.prepare("DELETE FROM t").run();
    database.exec("PRAGMA wal_checkpoint(TRUNCATE); VACUUM; PRAGMA wal_checkpoint(TRUNCATE)");
    expect(found()).toEqual([]);
    // Every distance from the page's end, so that some row is cut within the name.
    const insert = database.prepare("INSERT INTO t VALUES (?)");
    for (let at = 4060; at < 4100; at++) insert.run("x".repeat(at) + SECRETS.name + "y".repeat(4096));
    expect(found()).toContain("rows of log.sqlite: name");
    database.close();
  });
});
