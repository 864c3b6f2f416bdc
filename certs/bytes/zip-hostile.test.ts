import { deflateRawSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import {
  type ArchiveEntry,
  type ArchiveOptions,
  buildArchive,
  bytesOf,
  endRecord,
  extraField,
  fields,
  localRecord,
  unicodePath,
  zip64Field,
} from "../../tests/hostile/archive.ts";
import { credulousRead } from "../../tests/hostile/credulous-zip.ts";
import { refusalOf } from "../../tests/hostile/refusal-of.ts";
import { DEFAULT_LIMITS, type Limits } from "../limits.ts";
import type { RefusalCode } from "../refusal.ts";
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
const junk = Buffer.from("junk");
const named = (name: string | Uint8Array, both: ArchiveEntry["both"] = {}): ArchiveEntry => ({
  name,
  content: TEXT,
  both,
});
const of = (entries: readonly ArchiveEntry[], options?: ArchiveOptions) => (): Uint8Array =>
  buildArchive(entries, options);

/** An entry whose content is the whole local record of another, which the directory lists as well. */
function quotedOverlap(): Uint8Array {
  const inner: ArchiveEntry = { name: "inner.xml", content: TEXT };
  const outer = { name: "outer.bin", content: localRecord(inner) };
  return buildArchive([outer, { ...inner, local: null, central: { offset: 30 + outer.name.length } }]);
}

function twoEnds(): Uint8Array {
  const plain = buildArchive([a]);
  return Buffer.concat([plain, plain.subarray(-22)]);
}

/** The first end record's comment holds the second one: each ends the file as its own comment length tells. */
function endInComment(): Uint8Array {
  const end = { disk: 0, directoryDisk: 0, countOnDisk: 0, count: 0, size: 0, offset: 0, comment: new Uint8Array(0) };
  const other = endRecord({ ...end, commentLength: 22 });
  return buildArchive([a, { ...b, central: { extra: extraField(0xcafe, other) } }]);
}

const descriptorOf = (crc: number, compressed: number, size: number): Uint8Array =>
  fields([4, 0x08074b50], [4, crc], [4, compressed], [4, size]);

const HOSTILE: readonly (readonly [title: string, code: RefusalCode, build: () => Uint8Array])[] = [
  ["1 two entries of one name", "ZIP_DUPLICATE", of([a, { ...a, content: "other" }])],
  ["2 the same name after ./", "ZIP_DUPLICATE", of([a, named("./a.xml")])],
  ["2 the same name after //", "ZIP_DUPLICATE", of([b, named("Doc_0//b.xml")])],
  ["2 the same name after /./", "ZIP_DUPLICATE", of([b, named("Doc_0/./b.xml")])],
  ["2 a name that is both file and folder", "ZIP_DUPLICATE", of([named("Doc_0"), b])],
  ["2 a folder that is a file as well, listed later", "ZIP_DUPLICATE", of([b, named("Doc_0")])],
  ["2 a folder entry beside a file of its name", "ZIP_DUPLICATE", of([named("x"), { name: "x/" }])],
  ["2 a file and folder that differ by case", "ZIP_DUPLICATE", of([named("doc_0"), b])],
  ["3 names that differ by case", "ZIP_DUPLICATE", of([a, named("A.XML")])],
  ["3 names that differ by case beyond ASCII", "ZIP_DUPLICATE", of([named("Äpfel"), named("äpfel")])],
  ["3 names that differ by Unicode composition", "ZIP_DUPLICATE", of([named("\u00e9"), named("e\u0301")])],
  ["4 local name differs", "ZIP_MISMATCH", of([{ ...a, local: { name: "b.xml" } }])],
  ["4 local name is longer", "ZIP_MISMATCH", of([{ ...a, local: { name: "a.xml2" } }])],
  ["5 local size differs", "ZIP_MISMATCH", of([{ ...b, local: { size: 3 } }])],
  ["5 local compressed size differs", "ZIP_MISMATCH", of([{ ...b, local: { compressed: 3 } }])],
  ["5 local CRC differs", "ZIP_MISMATCH", of([{ ...a, local: { crc: 3 } }])],
  ["5 local CRC is zero without a descriptor", "ZIP_MISMATCH", of([{ ...a, local: { crc: 0 } }])],
  ["5 local method differs", "ZIP_MISMATCH", of([{ ...b, local: { method: 0 } }])],
  ["5 local flags differ", "ZIP_MISMATCH", of([{ ...b, local: { flags: 2 } }])],
  ["6 wrong CRC of a stored entry", "ZIP_CRC", of([{ ...a, both: { crc: 1 } }])],
  ["6 wrong CRC of a deflated entry", "ZIP_CRC", of([{ ...b, both: { crc: 1 } }])],
  ["6 wrong CRC of an empty entry", "ZIP_CRC", of([{ name: "empty", both: { crc: 1 } }])],
  [
    "7 five megabytes declared as ten bytes",
    "ZIP_MISMATCH",
    of([{ name: "big", content: Buffer.alloc(5_000_000), method: 8, both: { size: 10 } }]),
  ],
  ["7 one byte declared as none", "ZIP_MISMATCH", of([{ name: "x", content: "x", method: 8, both: { size: 0 } }])],
  ["7 size understated by one", "ZIP_MISMATCH", of([{ ...b, both: { size: bytesOf(TEXT).length - 1 } }])],
  ["7 size overstated by one", "ZIP_MISMATCH", of([{ ...b, both: { size: bytesOf(TEXT).length + 1 } }])],
  ["7 stored size differs from compressed size", "ZIP_MISMATCH", of([{ ...a, both: { size: 4 } }])],
  ["8 an entry quoted in another", "ZIP_OVERLAP", quotedOverlap],
  [
    "8 two names for one local record",
    "ZIP_OVERLAP",
    of([a, { ...named("b.xml"), local: null, central: { offset: 0 } }]),
  ],
  ["8 an entry that runs into the next", "ZIP_OVERLAP", of([{ ...b, both: { compressed: 60 } }, a])],
  ["8 an entry that runs into the directory", "ZIP_OVERLAP", of([{ ...b, both: { compressed: 60 } }])],
  ["8 a local header that runs into the next", "ZIP_OVERLAP", of([{ ...a, local: { extraLength: 60 } }, b])],
  ["9 a thousand to one", "ZIP_BOMB", of([{ name: "bomb", content: Buffer.alloc(2 * 1024 * 1024), method: 8 }])],
  [
    "9 more in all than allowed, by declared sizes",
    "ZIP_BOMB",
    of([
      { name: "x", content: "x", method: 8, both: { size: LIMITS.maxUncompressed - 10, compressed: 100_000 } },
      { name: "y", content: TEXT },
    ]),
  ],
  ["9 a terabyte by zip64", "ZIP_BOMB", of([{ ...b, both: { size: ABSENT, extra: zip64Field(2 ** 40) } }])],
  [
    "10 65 536 empty entries, told as none",
    "ZIP_TOO_MANY",
    of(Array.from({ length: 65_536 }, (_, index) => ({ name: `e${index}` }))),
  ],
  ["10 more entries told than allowed", "ZIP_TOO_MANY", of([a], { end: { count: 1001 } })],
  ["10 fewer entries told than there are", "ZIP_MALFORMED", of([a, b], { end: { count: 1 } })],
  ["10 more entries told than there are", "ZIP_MALFORMED", of([a, b], { end: { count: 3 } })],
  ["10 two different counts", "ZIP_MALFORMED", of([a, b], { end: { countOnDisk: 1 } })],
  ["11 bytes ahead, offsets counting them", "ZIP_EXTRA_BYTES", of([a, b], { prefix: junk })],
  ["11 bytes ahead, offsets not counting them", "ZIP_EXTRA_BYTES", of([a, b], { prefix: junk, skewed: true })],
  ["11 a program ahead of the archive", "ZIP_EXTRA_BYTES", of([a], { prefix: Buffer.from("#!/bin/sh\nexit\n") })],
  ["11 bytes ahead of an empty directory", "ZIP_EXTRA_BYTES", of([], { prefix: junk })],
  ["12 bytes between entries", "ZIP_EXTRA_BYTES", of([a, { ...b, before: junk }])],
  ["12 an entry that the directory leaves out", "ZIP_EXTRA_BYTES", of([a, { ...b, central: null }])],
  ["12 bytes between the last entry and the directory", "ZIP_EXTRA_BYTES", of([a, b], { beforeDirectory: junk })],
  ["12 bytes between directory and end record", "ZIP_EXTRA_BYTES", of([a, b], { afterDirectory: junk })],
  ["12 bytes after the end record", "ZIP_EXTRA_BYTES", of([a, b], { suffix: junk })],
  ["12 many bytes after the end record", "ZIP_EXTRA_BYTES", of([a], { suffix: Buffer.alloc(100_000) })],
  ["12 an archive comment", "ZIP_EXTRA_BYTES", of([a], { end: { comment: junk } })],
  ["12 a comment shorter than told", "ZIP_MALFORMED", of([a], { end: { commentLength: 5 } })],
  ["12 a comment longer than told", "ZIP_EXTRA_BYTES", of([a], { end: { commentLength: 2, comment: junk } })],
  ["12 an entry comment", "ZIP_EXTRA_BYTES", of([{ ...a, central: { comment: junk } }])],
  ["12 two end records", "ZIP_EXTRA_BYTES", twoEnds],
  ["12 an end record that takes the other for its comment", "ZIP_EXTRA_BYTES", endInComment],
  [
    "12 bytes after a deflate stream",
    "ZIP_EXTRA_BYTES",
    of([{ ...b, packed: Buffer.concat([deflateRawSync(TEXT), junk]) }]),
  ],
  ["13 a name that climbs up", "ZIP_NAME", of([named("../a.xml")])],
  ["13 a name that climbs up inside", "ZIP_NAME", of([named("Doc_0/../a.xml")])],
  ["13 a name that climbs up at its end", "ZIP_NAME", of([named("Doc_0/..")])],
  ["13 an absolute name", "ZIP_NAME", of([named("/a.xml")])],
  ["13 a drive letter", "ZIP_NAME", of([named("C:/a.xml")])],
  ["13 a drive letter without slash", "ZIP_NAME", of([named("c:a.xml")])],
  ["13 a backslash", "ZIP_NAME", of([named("Doc_0\\a.xml")])],
  ["13 a network share", "ZIP_NAME", of([named("\\\\host\\a.xml")])],
  ["13 a NUL", "ZIP_NAME", of([named("a.xml\0.png")])],
  ["13 a line feed", "ZIP_NAME", of([named("a\n.xml")])],
  ["13 a DEL", "ZIP_NAME", of([named("a\u007f.xml")])],
  ["13 a C1 control", "ZIP_NAME", of([named("a\u0085.xml")])],
  ["13 a change of direction", "ZIP_NAME", of([named("a\u202elmx.exe")])],
  ["13 an invisible character", "ZIP_NAME", of([named("a\u200b.xml")])],
  ["13 an empty name", "ZIP_NAME", of([named("")])],
  ["13 a dot for a name", "ZIP_NAME", of([named(".")])],
  ["13 a folder of dot", "ZIP_NAME", of([{ name: "./" }])],
  ["13 dots and slashes only", "ZIP_NAME", of([{ name: ".//" }])],
  ["13 a name of 2 000 bytes", "ZIP_NAME", of([named("a".repeat(2000))])],
  ["13 a name of 100 folders", "ZIP_NAME", of([named("a/".repeat(100))])],
  ["13 overlong UTF-8", "ZIP_NAME", of([named(Uint8Array.of(0x61, 0xc0, 0xae), { flags: 0x800 })])],
  ["13 invalid UTF-8", "ZIP_NAME", of([named(Uint8Array.of(0x61, 0xff), { flags: 0x800 })])],
  ["13 neither UTF-8 nor GBK", "ZIP_NAME", of([named(Uint8Array.of(0x61, 0xff, 0xff))])],
  ["14 an encrypted entry", "ZIP_UNSUPPORTED", of([{ ...a, both: { flags: 1 } }])],
  ["14 strong encryption", "ZIP_UNSUPPORTED", of([{ ...a, both: { flags: 0x41 } }])],
  ["14 masked headers", "ZIP_UNSUPPORTED", of([{ ...a, both: { flags: 0x2000 } }])],
  ["14 a patch", "ZIP_UNSUPPORTED", of([{ ...a, both: { flags: 0x20 } }])],
  ["14 encryption told by the local header only", "ZIP_MISMATCH", of([{ ...a, local: { flags: 1 } }])],
  ["14 method Deflate64", "ZIP_UNSUPPORTED", of([{ ...a, method: 9 }])],
  ["14 method AES", "ZIP_UNSUPPORTED", of([{ ...a, method: 99 }])],
  ["14 a descriptor with another CRC", "ZIP_MISMATCH", of([{ ...streamed, descriptor: descriptorOf(1, 2, 3) }, a])],
  ["14 no descriptor where one is told", "ZIP_MISMATCH", of([{ ...streamed, descriptor: new Uint8Array(0) }, a])],
  ["14 a descriptor and no sizes without its flag", "ZIP_MISMATCH", of([{ ...streamed, both: { flags: 0 } }, a])],
  ["14 a descriptor without its flag", "ZIP_EXTRA_BYTES", of([b, { ...a, before: descriptorOf(1, 2, 3) }])],
  ["14 a descriptor and junk", "ZIP_EXTRA_BYTES", of([{ ...streamed, descriptor: Buffer.alloc(40) }, a])],
  ["14 local sizes that contradict the descriptor", "ZIP_MISMATCH", of([{ ...streamed, local: { size: 9 } }])],
  ["14 data that does not inflate", "ZIP_MALFORMED", of([{ ...b, packed: Buffer.from([0xff, 0xff, 0xff]) }])],
  ["14 a deflate stream without an end", "ZIP_MALFORMED", of([{ ...b, packed: deflateRawSync(TEXT).subarray(0, 6) }])],
  ["15 a symbolic link", "ZIP_LINK", of([{ ...a, central: { madeBy: 0x314, external: 0xa1ff0000 } }])],
  ["15 a symbolic link of host MS-DOS", "ZIP_LINK", of([{ ...a, central: { external: 0xa1ff0000 } }])],
  ["15 a device", "ZIP_LINK", of([{ ...a, central: { madeBy: 0x314, external: 0x61ff0000 } }])],
  ["15 a pipe", "ZIP_LINK", of([{ ...a, central: { madeBy: 0x314, external: 0x11ff0000 } }])],
  ["15 a folder posing as a file", "ZIP_LINK", of([{ ...a, central: { madeBy: 0x314, external: 0x41ed0000 } }])],
  ["15 a DOS folder posing as a file", "ZIP_LINK", of([{ ...a, central: { external: 0x10 } }])],
  ["15 a volume label", "ZIP_LINK", of([{ ...a, central: { external: 0x08 } }])],
  [
    "15 a link by the ASi field",
    "ZIP_LINK",
    of([{ ...a, both: { extra: extraField(0x756e, fields([4, 0], [2, 0xa1ff], [4, 4], [4, 0])) } }]),
  ],
  [
    "15 a link by the PKWARE Unix field",
    "ZIP_LINK",
    of([{ ...a, both: { extra: extraField(0x000d, Buffer.alloc(20)) } }]),
  ],
  ["15 a folder with content", "ZIP_MISMATCH", of([{ name: "x/", content: "x" }])],
  ["15 a folder that hides bytes", "ZIP_MISMATCH", of([{ name: "x/", method: 8, packed: junk }])],
  ["16 zip64 sizes that contradict", "ZIP_MISMATCH", of([{ ...a, both: { extra: zip64Field(9, 9) } }])],
  ["16 a zip64 offset that contradicts", "ZIP_MISMATCH", of([{ ...a, central: { extra: zip64Field(14, 14, 7) } }])],
  ["16 a zip64 field that is missing", "ZIP_MALFORMED", of([{ ...b, both: { compressed: ABSENT } }])],
  ["16 a zip64 field of the wrong length", "ZIP_MISMATCH", of([{ ...a, both: { extra: zip64Field(14) } }])],
  [
    "16 two zip64 fields",
    "ZIP_MISMATCH",
    of([{ ...a, both: { extra: Buffer.concat([zip64Field(14, 14), zip64Field(14, 14)]) } }]),
  ],
  ["16 local zip64 size differs", "ZIP_MISMATCH", of([{ ...a, local: { size: ABSENT, extra: zip64Field(9) } }])],
  ["16 zip64 end with another count", "ZIP_MISMATCH", of([a], { zip64: { count: 2 } })],
  ["16 zip64 end with another directory", "ZIP_MISMATCH", of([a], { zip64: { offset: 3 } })],
  ["16 zip64 end elsewhere", "ZIP_MALFORMED", of([a], { zip64: { locatorOffset: 0 } })],
  ["16 zip64 end of another length", "ZIP_EXTRA_BYTES", of([a], { zip64: { recordSize: 40 } })],
  ["16 zip64 end of several disks", "ZIP_UNSUPPORTED", of([a], { zip64: { disks: 2 } })],
  ["16 several disks", "ZIP_UNSUPPORTED", of([a], { end: { disk: 1 } })],
  ["16 a directory on another disk", "ZIP_UNSUPPORTED", of([a], { end: { directoryDisk: 1 } })],
  ["16 an entry on another disk", "ZIP_UNSUPPORTED", of([{ ...a, central: { disk: 1 } }])],
  [
    "a Unicode path that names something else",
    "ZIP_NAME",
    of([{ ...a, both: { extra: unicodePath("a.xml", "b.xml") } }]),
  ],
  [
    "a Unicode path in the local header only",
    "ZIP_NAME",
    of([{ ...a, local: { extra: unicodePath("a.xml", "b.xml") } }]),
  ],
  ["a Unicode path of another name", "ZIP_NAME", of([{ ...a, both: { extra: unicodePath("b.xml", "a.xml") } }])],
  ["a Unicode path cut short", "ZIP_NAME", of([{ ...a, both: { extra: extraField(0x7075, Uint8Array.of(1, 2)) } }])],
  ["an extra field past its end", "ZIP_MALFORMED", of([{ ...a, both: { extra: fields([2, 0xcafe], [2, 9]) } }])],
  ["an extra field of three bytes", "ZIP_MALFORMED", of([{ ...a, both: { extra: Uint8Array.of(0, 0, 0) } }])],
  ["a local header of another signature", "ZIP_MALFORMED", of([a, { ...b, local: { signature: 1 } }])],
  ["a directory header of another signature", "ZIP_MALFORMED", of([{ ...a, central: { signature: 1 } }])],
  ["a directory header past the directory", "ZIP_MALFORMED", of([{ ...a, central: { nameLength: 500 } }])],
  ["an offset past the directory", "ZIP_MALFORMED", of([a, { ...b, central: { offset: 60_000 } }])],
  ["a directory past the end record", "ZIP_MALFORMED", of([a], { end: { size: 60_000 } })],
];

describe("readZip refuses", () => {
  test.each(HOSTILE)("%s: %s", (_, code, build) => {
    expect(refusalOf(() => readAll(build()))).toBe(code);
  });

  test("archives cut short, as such at every length", () => {
    const whole = buildArchive([a, b, streamed]);
    for (let length = 4; length < whole.length; length++)
      expect(refusalOf(() => readZip(whole.subarray(0, length), LIMITS))).toBe("ZIP_MALFORMED");
  });

  test.each([
    ["nothing", ""],
    ["three bytes", "PK\u0003"],
    ["a PDF", "%PDF-1.7\n".padEnd(500)],
    ["an image", "\u0089PNG\r\n\u001a\n"],
    ["text", "OFD ".repeat(100)],
  ])("as no archive at all: %s", (_, text) => {
    expect(refusalOf(() => readZip(Buffer.from(text, "latin1"), LIMITS))).toBe("NOT_OFD");
  });

  test("a file over the size limit before looking at it", () => {
    expect(refusalOf(() => readZip(Buffer.alloc(101), { ...LIMITS, maxBytes: 100 }))).toBe("TOO_LARGE");
  });

  test("a total beyond the limit although every entry is small", () => {
    const entries = Array.from({ length: 20 }, (_, index) => named(`e${index}`));
    const total = 20 * bytesOf(TEXT).length;
    expect(refusalOf(() => readZip(buildArchive(entries), { ...LIMITS, maxUncompressed: total }))).toBe("ACCEPTED");
    expect(refusalOf(() => readZip(buildArchive(entries), { ...LIMITS, maxUncompressed: total - 1 }))).toBe("ZIP_BOMB");
  });

  test("bad content only when it is read", () => {
    const archive = readZip(buildArchive([a, { ...b, both: { crc: 1 } }]), LIMITS);
    expect(Buffer.from(archive.read("a.xml")).toString()).toBe(TEXT);
    expect(refusalOf(() => archive.read("Doc_0/b.xml"))).toBe("ZIP_CRC");
  });

  test("many end records in the tail without taking long", () => {
    const marks = Buffer.from("PK\u0005\u0006".repeat(16_000), "latin1");
    expect(refusalOf(() => readAll(buildArchive([{ name: "marks", content: marks }])))).toBe("ACCEPTED");
  });
});

test("a credulous reader accepts most of these archives: they are spoilt in one place only", () => {
  const accepted = HOSTILE.filter(([, , build]) => {
    try {
      return credulousRead(build()).size > 0;
    } catch {
      return false;
    }
  });
  expect(accepted.length).toBeGreaterThan(HOSTILE.length / 2);
});
