import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type ArchiveEntry,
  type ArchiveOptions,
  buildArchive,
  extraField,
  unicodePath,
  zip64Field,
} from "../../tests/hostile/archive.ts";
import { credulousRead } from "../../tests/hostile/credulous-zip.ts";
import { refusalOf } from "../../tests/hostile/refusal-of.ts";
import { DEFAULT_LIMITS, type Limits } from "../limits.ts";
import { Refusal } from "../refusal.ts";
import { readZip } from "./zip.ts";

const LIMITS: Limits = { ...DEFAULT_LIMITS, maxEntries: 1000, maxUncompressed: 16 * 1024 * 1024 };
const ABSENT = 0xffffffff;
const TEXT = "<a>核验</a>";

/** Opens the archive and reads every entry. */
function readAll(bytes: Uint8Array, limits: Limits = LIMITS): Map<string, string> {
  const archive = readZip(bytes, limits);
  return new Map([...archive.entries.keys()].map((name) => [name, Buffer.from(archive.read(name)).toString("latin1")]));
}

const a: ArchiveEntry = { name: "a.xml", content: TEXT };
const b: ArchiveEntry = { name: "Doc_0/b.xml", content: TEXT, method: 8 };
const streamed: ArchiveEntry = { ...b, descriptor: "signed" };
const named = (name: string | Uint8Array, both: ArchiveEntry["both"] = {}): ArchiveEntry => ({
  name,
  content: TEXT,
  both,
});
const of = (entries: readonly ArchiveEntry[], options?: ArchiveOptions) => (): Uint8Array =>
  buildArchive(entries, options);

const GBK_NAME = Buffer.from("d6a4d5d52e786d6c", "hex"); // 证照.xml

describe("readZip opens", () => {
  const GOOD: readonly (readonly [title: string, build: () => Uint8Array, names: readonly string[]])[] = [
    ["stored and deflated entries", of([a, b]), ["a.xml", "Doc_0/b.xml"]],
    ["an empty archive", of([]), []],
    [
      "a directory in another order than the entries",
      of([a, b, named("c")], { order: [2, 0, 1] }),
      ["c", "a.xml", "Doc_0/b.xml"],
    ],
    ["a signed descriptor", of([streamed, a]), ["Doc_0/b.xml", "a.xml"]],
    ["an unsigned descriptor", of([{ ...b, descriptor: "unsigned" }, a]), ["Doc_0/b.xml", "a.xml"]],
    ["a signed 64-bit descriptor", of([{ ...b, descriptor: "signed-64" }]), ["Doc_0/b.xml"]],
    ["an unsigned 64-bit descriptor", of([{ ...b, descriptor: "unsigned-64" }]), ["Doc_0/b.xml"]],
    ["a stored entry with a descriptor", of([{ ...a, descriptor: "signed" }]), ["a.xml"]],
    [
      "a zip64 header with a descriptor",
      of([{ ...b, descriptor: "signed-64", local: { size: ABSENT, compressed: ABSENT, extra: zip64Field(0, 0) } }]),
      ["Doc_0/b.xml"],
    ],
    ["a UTF-8 name with its flag", of([named("印章.xml")]), ["印章.xml"]],
    ["a UTF-8 name without its flag", of([named(Buffer.from("印章.xml"))]), ["印章.xml"]],
    ["an ASCII name with the UTF-8 flag", of([named("a.xml", { flags: 0x800 })]), ["a.xml"]],
    ["a dot folder", of([named("./a.xml")]), ["./a.xml"]],
    ["dots in names", of([named("..a"), named("b.."), named("...")]), ["..a", "b..", "..."]],
    ["folders", of([{ name: "Doc_0/" }, b]), ["Doc_0/", "Doc_0/b.xml"]],
    ["a folder listed after its file", of([b, { name: "Doc_0/" }]), ["Doc_0/b.xml", "Doc_0/"]],
    ["a deflated folder of Java", of([{ name: "Doc_0/", method: 8, descriptor: "signed" }]), ["Doc_0/"]],
    ["a folder with a Unix mode", of([{ name: "d/", central: { madeBy: 0x314, external: 0x41ed0010 } }]), ["d/"]],
    ["a file with a Unix mode", of([{ ...a, central: { madeBy: 0x314, external: 0x81a40000 } }]), ["a.xml"]],
    ["a read-only DOS file", of([{ ...a, central: { external: 0x21 } }]), ["a.xml"]],
    ["effort flags", of([{ ...b, both: { flags: 6 } }]), ["Doc_0/b.xml"]],
    ["a time stamp field", of([{ ...a, both: { extra: extraField(0x5455, Buffer.alloc(5)) } }]), ["a.xml"]],
    ["a Unicode path that agrees", of([{ ...a, both: { extra: unicodePath("a.xml", "a.xml") } }]), ["a.xml"]],
    [
      "a Unicode path that agrees with a GBK name",
      of([named(GBK_NAME, { extra: unicodePath(GBK_NAME, "证照.xml") })]),
      ["证照.xml"],
    ],
    ["an empty deflated file", of([{ name: "empty", method: 8 }]), ["empty"]],
    ["zip64 sizes that agree", of([{ ...a, both: { extra: zip64Field(13, 13) } }]), ["a.xml"]],
    [
      "zip64 sizes in place of 32-bit ones",
      of([{ ...a, both: { size: ABSENT, compressed: ABSENT, extra: zip64Field(13, 13) } }]),
      ["a.xml"],
    ],
    ["a zip64 offset", of([a, { ...named("b"), central: { offset: ABSENT, extra: zip64Field(48) } }]), ["a.xml", "b"]],
    ["a zip64 end record", of([a], { zip64: {} }), ["a.xml"]],
    [
      "a zip64 end record in place of the end record",
      of([a], { zip64: {}, end: { count: 0xffff, countOnDisk: 0xffff, size: ABSENT, offset: ABSENT } }),
      ["a.xml"],
    ],
    [
      "an archive inside, which stays closed",
      of([{ name: "inner.zip", content: buildArchive([a, a]) }]),
      ["inner.zip"],
    ],
    [
      "much zero content within the ratio's threshold",
      of([{ name: "z", content: Buffer.alloc(1024 * 1024), method: 8 }]),
      ["z"],
    ],
  ];

  test.each(GOOD)("%s", (_, build, names) => {
    expect([...readAll(build()).keys()]).toEqual(names);
  });

  test("contents, sizes and folders as written", () => {
    const archive = readZip(buildArchive([a, b, { name: "Doc_0/" }]), LIMITS);
    expect([...archive.entries.values()].map(({ name, size, directory }) => ({ name, size, directory }))).toEqual([
      { name: "a.xml", size: 13, directory: false },
      { name: "Doc_0/b.xml", size: 13, directory: false },
      { name: "Doc_0/", size: 0, directory: true },
    ]);
    for (const name of ["a.xml", "Doc_0/b.xml"]) expect(Buffer.from(archive.read(name)).toString()).toBe(TEXT);
    expect(archive.read("Doc_0/")).toHaveLength(0);
    expect(archive.remarks).toEqual([]);
  });

  test("a GBK name with a remark", () => {
    const archive = readZip(buildArchive([named(GBK_NAME), a]), LIMITS);
    expect([...archive.entries.keys()]).toEqual(["证照.xml", "a.xml"]);
    expect(archive.remarks).toEqual([{ code: "LENIENT_GBK_NAME", detail: "entries: 1" }]);
  });

  test("a GBK name whose second byte is a backslash", () => {
    const archive = readZip(buildArchive([named(Buffer.from("965c2e786d6c", "hex"))]), LIMITS);
    expect([...archive.entries.keys()]).toEqual(["朶.xml"]);
  });

  test("a view inside a larger buffer, and stored entries without a copy", () => {
    const plain = buildArchive([a]);
    const room = new Uint8Array(plain.length + 20);
    room.set(plain, 7);
    const archive = readZip(room.subarray(7, 7 + plain.length), LIMITS);
    const content = archive.read("a.xml");
    expect(content.buffer).toBe(room.buffer);
    expect(content.byteOffset).toBe(7 + 30 + 5);
  });

  test("and throws no refusal for a name that is not there", () => {
    expect(() => readZip(buildArchive([a]), LIMITS).read("b.xml")).toThrow("no entry of this name");
    expect(() => readZip(buildArchive([a]), LIMITS).read("b.xml")).not.toThrow(Refusal);
  });
});

const entryArbitrary: fc.Arbitrary<ArchiveEntry> = fc.record({
  name: fc.constant("x"),
  content: fc.uint8Array({ maxLength: 300 }),
  method: fc.constantFrom(0, 8),
  both: fc.constantFrom({}, { extra: extraField(0x5455, Buffer.alloc(5)) }),
});
const descriptorArbitrary = fc.option(fc.constantFrom("signed" as const, "unsigned" as const), { nil: undefined });

/** Random entries under names that are all different, some in folders, some not ASCII. */
const archiveArbitrary = fc
  .array(fc.tuple(entryArbitrary, descriptorArbitrary, fc.constantFrom("e", "Doc_0/e", "印章/页")), { maxLength: 6 })
  .map((list) =>
    list.map(([entry, descriptor, stem], index): ArchiveEntry => ({
      ...entry,
      name: `${stem}${index}`,
      ...(descriptor === undefined ? {} : { descriptor }),
    })),
  );

const expected = (entries: readonly ArchiveEntry[]): Map<string, string> =>
  new Map(entries.map((entry) => [String(entry.name), Buffer.from(entry.content ?? "").toString("latin1")]));

/** True when a reader takes the spoilt archive for one with other names or contents, or fails in a way of its own. */
function isFooled(
  reader: (bytes: Uint8Array) => Map<string, string>,
  spoilt: Uint8Array,
  truth: Map<string, string>,
): boolean {
  try {
    const read = reader(spoilt);
    return read.size !== truth.size || [...truth].some(([name, content]) => read.get(name) !== content);
  } catch (error) {
    return !(error instanceof Refusal);
  }
}

function flipped(bytes: Uint8Array, at: number, mask: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ mask;
  return copy;
}

describe("properties", () => {
  test("random archives are read as written", () => {
    fc.assert(
      fc.property(
        archiveArbitrary,
        (entries) => void expect(readAll(buildArchive(entries))).toEqual(expected(entries)),
      ),
    );
  });

  const spoilt = fc.tuple(archiveArbitrary, fc.nat(), fc.integer({ min: 1, max: 255 }));
  const holds = (reader: (bytes: Uint8Array) => Map<string, string>, numRuns: number): boolean =>
    !fc.check(
      fc.property(spoilt, ([entries, place, mask]) => {
        const bytes = buildArchive(entries);
        return !isFooled(reader, flipped(bytes, place % bytes.length, mask), expected(entries));
      }),
      { numRuns },
    ).failed;

  test("a flipped byte is refused or changes neither names nor contents", () => {
    expect(holds(readAll, 3000)).toBe(true);
  });

  test("every byte of one archive, by every bit", () => {
    const entries = [a, { ...streamed, both: { extra: extraField(0x5455, Buffer.alloc(5)) } }, named("印章.xml")];
    const bytes = buildArchive(entries);
    const truth = new Map(entries.map((entry) => [String(entry.name), Buffer.from(TEXT).toString("latin1")]));
    expect(readAll(bytes)).toEqual(truth);
    for (let at = 0; at < bytes.length; at++)
      for (let bit = 0; bit < 8; bit++) expect(isFooled(readAll, flipped(bytes, at, 1 << bit), truth)).toBe(false);
  });

  test("random bytes after a signature, and cuts of archives, throw nothing but refusals", () => {
    const noise = fc
      .uint8Array({ maxLength: 200 })
      .map((bytes) => Buffer.concat([Buffer.from("PK\u0003\u0004"), bytes]));
    const cut = fc.tuple(archiveArbitrary, fc.nat(), fc.nat()).map(([entries, from, to]) => {
      const bytes = buildArchive(entries);
      return bytes.subarray(from % bytes.length, to % bytes.length);
    });
    fc.assert(fc.property(fc.oneof(noise, cut), (bytes) => refusalOf(() => readAll(bytes)) !== "ACCEPTED"));
  });

  test("the property above catches a credulous reader", () => {
    expect(holds(credulousRead, 1000)).toBe(false);
  });
});
