import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AuditCode } from "./audit/audit-faults.ts";
import { IndexCheck } from "./audit/check-index.ts";
import { directoryLog } from "./audit/directory-log.ts";
import { IndexStore } from "./index/index-store.ts";
import { type AuditOutcome, auditLog } from "./log-audit.ts";
import { TestLog, testContent } from "./test-log.ts";
import { writeTestIndex, writeTestLog } from "./test-log-directory.ts";

const SIZE = 300;
const log = new TestLog(SIZE);
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "index-audit-"));
  writeTestLog(log, directory);
});
afterEach(() => rmSync(directory, { recursive: true }));

async function audit(of = log): Promise<AuditOutcome> {
  const index = IndexCheck.open(directory);
  try {
    return await auditLog({ source: directoryLog(directory), keys: of.keys, index, onProgress: () => {} });
  } finally {
    index?.close();
  }
}
function sql(text: string): void {
  const database = new DatabaseSync(join(directory, "index.sqlite"));
  database.exec(text);
  database.close();
}
const ERASE = (entry: number, basis = "retention"): string => `
  UPDATE content SET salts = zeroblob(48), request = zeroblob(length(request)), record = zeroblob(length(record)) WHERE entry = ${entry};
  UPDATE entries SET case_number = zeroblob(length(case_number)), subject = zeroblob(length(subject)),
    persons = zeroblob(length(persons)) WHERE entry = ${entry};
  INSERT INTO erasures VALUES (${entry}, 0, '${basis}');`;

test("an index that fits", async () => {
  expect(await audit()).toMatchObject({
    holds: true,
    findings: { index: { checked: SIZE, erased: 0, lost: 0, behind: 0 } },
  });
});

test("what was erased, and is recorded as such", async () => {
  sql(ERASE(7) + ERASE(299));
  expect(await audit()).toMatchObject({ holds: true, findings: { index: { checked: SIZE, erased: 2 } } });
});

test("an index that has still to take over the last entries", async () => {
  rmSync(join(directory, "index.sqlite"));
  writeTestIndex(log, directory, 270);
  expect(await audit()).toMatchObject({ holds: true, findings: { index: { checked: 270, behind: 30 } } });
});

test("content that was lost with an earlier index", async () => {
  sql("DELETE FROM entries WHERE entry < 10; DELETE FROM content WHERE entry < 10; INSERT INTO gaps VALUES (0, 10);");
  expect(await audit()).toMatchObject({ holds: true, findings: { index: { checked: 290, lost: 10 } } });
});

test("none beside a copy of the public half; none beside a journal is a loss", async () => {
  rmSync(join(directory, "index.sqlite"));
  expect(() => IndexCheck.open(directory)).toThrow(expect.objectContaining({ code: "INDEX_MISSING" }));
  rmSync(join(directory, "journal"), { recursive: true });
  expect(await audit()).toMatchObject({ holds: true, findings: { index: null } });
});

describe("an index that does not fit", () => {
  const other = Buffer.from(log.entry(8).record).toString("hex");
  test.each<[string, string, AuditCode]>([
    ["a row gone", "DELETE FROM entries WHERE entry = 7", "INDEX_MISSING"],
    ["the content gone", "DELETE FROM content WHERE entry = 7", "INDEX_RECORD_CHANGED"],
    ["another id", "UPDATE entries SET id = x'019a0000000070008000000000000099' WHERE entry = 7", "INDEX_DIFFERS"],
    ["another time", "UPDATE entries SET time = time + 1 WHERE entry = 7", "INDEX_DIFFERS"],
    ["another client", "UPDATE entries SET client = 'other' WHERE entry = 7", "INDEX_DIFFERS"],
    ["another outcome", "UPDATE entries SET outcome = 'DENIED' WHERE entry = 7", "INDEX_DIFFERS"],
    ["another kind", "UPDATE entries SET kind = 'act' WHERE entry = 7", "INDEX_DIFFERS"],
    ["no case", "UPDATE entries SET case_number = x'' WHERE entry = 7", "INDEX_DIFFERS"],
    [
      "a salt changed",
      "UPDATE content SET salts = CAST(x'00' || substr(salts, 2) AS BLOB) WHERE entry = 7",
      "INDEX_RECORD_CHANGED",
    ],
    ["the record of another", `UPDATE content SET record = x'${other}' WHERE entry = 7`, "INDEX_RECORD_CHANGED"],
    [
      "a longer record",
      "UPDATE content SET record = CAST(record || x'20' AS BLOB) WHERE entry = 7",
      "INDEX_RECORD_CHANGED",
    ],
    [
      "the request changed",
      "UPDATE content SET request = CAST(x'00' || request AS BLOB) WHERE entry = 7",
      "INDEX_RECORD_CHANGED",
    ],
    [
      "salts blanked, and no word of an erasure",
      "UPDATE content SET salts = zeroblob(48) WHERE entry = 7",
      "INDEX_RECORD_CHANGED",
    ],
    [
      "erased, and the record still there",
      `${ERASE(7)} UPDATE content SET record = x'${other}' WHERE entry = 7`,
      "INDEX_DIFFERS",
    ],
    [
      "erased, and the case still there",
      `${ERASE(7)} UPDATE entries SET case_number = x'01' WHERE entry = 7`,
      "INDEX_DIFFERS",
    ],
    ["erased in words only", "INSERT INTO erasures VALUES (7, 0, 'x')", "INDEX_DIFFERS"],
  ])("%s", async (_, change, code) => {
    sql(change);
    expect(await audit()).toMatchObject({ holds: false, code, place: { file: "index.sqlite", entry: 7 } });
  });

  test("content that is blank, though nothing says that it was erased, is called by its name", async () => {
    sql("UPDATE content SET salts = zeroblob(48) WHERE entry = 7");
    expect(await audit()).toMatchObject({ detail: expect.stringContaining("nothing says that it was erased") });
  });

  test("an id changed wherever it stands: in its row, or in what leads there", async () => {
    const file = join(directory, "index.sqlite");
    const bytes = readFileSync(file);
    const id = Buffer.from(log.entry(7).id.replaceAll("-", ""), "hex");
    const places: number[] = [];
    for (let at = bytes.indexOf(id); at >= 0; at = bytes.indexOf(id, at + 1)) places.push(at);
    expect(places).toHaveLength(2);
    for (const at of places) {
      const changed = Buffer.from(bytes);
      changed[at + 15] = (changed[at + 15] ?? 0) ^ 0x80;
      writeFileSync(file, changed);
      expect(await audit()).toMatchObject({ holds: false, code: "INDEX_DIFFERS", place: { entry: 7 } });
    }
  });

  test("a table gone", async () => {
    sql("DROP TABLE content");
    await expect(async () => audit()).rejects.toMatchObject({ name: "LogBreak", code: "INDEX_UNREADABLE" });
  });

  test("one byte changed in any record", async () => {
    const file = join(directory, "index.sqlite");
    const bytes = readFileSync(file);
    for (const at of [3, 150, 299]) {
      const start = bytes.indexOf(log.entry(at).record);
      expect(start).toBeGreaterThan(0);
      for (const offset of [0, 20, log.entry(at).record.length - 1]) {
        const changed = Buffer.from(bytes);
        changed[start + offset] = (changed[start + offset] ?? 0) ^ 1;
        writeFileSync(file, changed);
        expect(await audit()).toMatchObject({ holds: false, code: "INDEX_RECORD_CHANGED", place: { entry: at } });
      }
    }
  });

  test("a file that is no database", async () => {
    writeFileSync(join(directory, "index.sqlite"), Buffer.alloc(8192, 0x5a));
    expect(() => IndexCheck.open(directory)).toThrow(expect.objectContaining({ code: "INDEX_UNREADABLE" }));
  });

  test("an entry that was changed is the log's fault, not the index's", async () => {
    const file = join(directory, "tile/entries/000");
    const bytes = readFileSync(file);
    bytes[bytes.indexOf('"time":"2025') + 8] = 0x31;
    writeFileSync(file, bytes);
    expect(await audit()).toMatchObject({ holds: false, code: "ENTRY_CHANGED" });
  });
});

describe("a closed segment", () => {
  const SEGMENT = 8192;
  const large = new TestLog(SEGMENT + 5, log.origin, (at) => testContent(at));

  beforeEach(() => {
    rmSync(directory, { recursive: true });
    writeTestLog(large, directory);
  });

  test("is searched by the terms of its entries", async () => {
    expect(await audit(large)).toMatchObject({ holds: true, findings: { index: { checked: SEGMENT + 5 } } });
  });

  test("and by no others", async () => {
    const [place, slots] = firstTerms();
    slots[3] = (slots[3] ?? 0) ^ 1;
    sql(`UPDATE terms SET slots = x'${slots.toString("hex")}' WHERE place = ${place}`);
    expect(await audit(large)).toMatchObject({ holds: false, code: "INDEX_DIFFERS", place: { entry: null } });
  });

  test("nor by fewer", async () => {
    sql(`DELETE FROM terms WHERE place = ${firstTerms()[0]}`);
    expect(await audit(large)).toMatchObject({ holds: false, code: "INDEX_DIFFERS" });
  });

  function firstTerms(): [number, Buffer] {
    const store = new IndexStore(join(directory, "index.sqlite"));
    const row = store.statement("SELECT place, slots FROM terms LIMIT 1").get();
    store.close();
    return [Number(row?.["place"]), Buffer.from(row?.["slots"] as Uint8Array)];
  }
});
