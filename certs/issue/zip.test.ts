import { expect, test } from "vitest";
import { readZip } from "../bytes/zip.ts";
import { DEFAULT_LIMITS } from "../limits.ts";
import { writeZip, zipOf } from "./zip.ts";

const text = (value: string): Buffer => Buffer.from(value, "utf8");

test("a strict reader reads back names and bytes, stored and deflated", () => {
  const entries = [
    { name: "OFD.xml", bytes: text("<OFD/>".repeat(100)) },
    { name: "Doc_0/图章.png", bytes: text("stored"), method: "store" as const },
    { name: "Doc_0/empty", bytes: text("") },
  ];
  const archive = readZip(writeZip(entries), DEFAULT_LIMITS);
  expect([...archive.entries.keys()]).toEqual(entries.map((entry) => entry.name));
  for (const { name, bytes } of entries) expect(Buffer.from(archive.read(name))).toEqual(bytes);
  expect(archive.remarks).toEqual([]);
});

test("the same entries give the same bytes", () => {
  const entries = new Map([["a", text("one")]]);
  expect(zipOf(entries)).toEqual(zipOf(entries));
  expect(zipOf(entries)).not.toEqual(zipOf(new Map([["a", text("two")]])));
});

test("an archive without entries is its end record", () => {
  expect(writeZip([])).toHaveLength(22);
});

test("two entries of one name are written as asked, and refused by the reader", () => {
  const twice = writeZip([
    { name: "a", bytes: text("one") },
    { name: "a", bytes: text("two") },
  ]);
  expect(() => readZip(twice, DEFAULT_LIMITS)).toThrow("ZIP_DUPLICATE");
});
