import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AuditCode } from "./audit/audit-faults.ts";
import { directoryLog, logDirectoryIn } from "./audit/directory-log.ts";
import { type AuditOutcome, auditLog } from "./log-audit.ts";
import { TestLog, TEST_TIME } from "./test-log.ts";
import { writeTestLog } from "./test-log-directory.ts";
import { decodeBundle, encodeBundle } from "./tlog/entry-bundle.ts";
import { MemoryTiles } from "./tlog/memory-tiles.ts";
import { TileTree } from "./tlog/tile-tree.ts";

const SIZE = 600;
const log = new TestLog(SIZE);
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "log-audit-"));
  writeTestLog(log, directory, "public");
});
afterEach(() => rmSync(directory, { recursive: true }));

const audit = (keys = log.keys): Promise<AuditOutcome> =>
  auditLog({ source: directoryLog(directory), keys, index: null, onProgress: () => {} });
async function broken(keys = log.keys): Promise<Extract<AuditOutcome, { holds: false }>> {
  const outcome = await audit(keys);
  if (outcome.holds) throw new Error("the log holds");
  return outcome;
}
const place = (path: string): string => join(directory, path);
function change(path: string, alter: (bytes: Buffer) => Uint8Array): void {
  writeFileSync(place(path), alter(readFileSync(place(path))));
}
const flipped =
  (at: number, bit = 1) =>
  (bytes: Buffer): Buffer =>
    Buffer.from(bytes.map((byte, each) => (each === at ? byte ^ bit : byte)));
function files(below = "tile"): string[] {
  return readdirSync(place(below), { recursive: true })
    .map((name) => join(below, String(name)))
    .filter((path) => statSync(place(path)).isFile());
}

test("a log that is whole", async () => {
  expect(files().sort()).toEqual([
    "tile/0/000",
    "tile/0/001",
    "tile/0/002.p/88",
    "tile/1/000.p/2",
    "tile/entries/000",
    "tile/entries/001",
    "tile/entries/002.p/88",
  ]);
  expect(await audit()).toMatchObject({
    holds: true,
    findings: {
      log: log.origin,
      size: SIZE,
      signatures: [{ algorithm: "Ed25519" }, { algorithm: "SM2" }],
      lastTime: new Date(TEST_TIME + (SIZE - 1) * 1000).toISOString(),
      sameTime: { entries: 0, mostInARow: 1 },
      index: null,
    },
  });
});

test.each([0, 1, 255, 256, 257, 512])("a log of %i", async (size) => {
  const own = new TestLog(size);
  rmSync(directory, { recursive: true });
  writeTestLog(own, directory, "public");
  expect(await audit(own.keys)).toMatchObject({ holds: true, findings: { size } });
});

test("a gateway's data directory stands for its log", () => {
  expect(logDirectoryIn(directory)).toBe(directory);
  mkdirSync(place("log"));
  writeFileSync(place("log/checkpoint"), "");
  expect(logDirectoryIn(directory)).toBe(place("log"));
});

test("one byte changed anywhere is found, in the file where it is", async () => {
  for (const path of files()) {
    const original = readFileSync(place(path));
    const step = Math.max(1, Math.floor(original.length / 23));
    for (let at = 0; at < original.length; at += step) {
      writeFileSync(place(path), flipped(at, 1 << (at & 7))(original));
      const { code, place: where } = await broken();
      expect([path, where.file]).toEqual([path, path]);
      expect(code).toMatch(/^(TILE|BUNDLE|ENTRY)_(CHANGED|MALFORMED)$/);
    }
    writeFileSync(place(path), original);
  }
  expect(await audit()).toMatchObject({ holds: true });
});

describe("where it breaks", () => {
  const last = "tile/entries/002.p/88";
  type Row = [string, () => void, AuditCode, { file?: string | null; entry?: number | null; level?: number | null }];
  const rows: Row[] = [
    ["no checkpoint", () => rmSync(place("checkpoint")), "CHECKPOINT_MISSING", { file: "checkpoint" }],
    ["a checkpoint that is no note", () => writeFileSync(place("checkpoint"), "x"), "CHECKPOINT_MALFORMED", {}],
    [
      "a checkpoint of some megabytes",
      () => writeFileSync(place("checkpoint"), "x".repeat(2 ** 21)),
      "CHECKPOINT_MALFORMED",
      {},
    ],
    [
      "a smaller size in the checkpoint",
      () => change("checkpoint", (bytes) => Buffer.from(bytes.toString().replace("\n600\n", "\n599\n"))),
      "CHECKPOINT_NOT_SIGNED",
      {},
    ],
    [
      "an older checkpoint's lines",
      () => writeFileSync(place("checkpoint"), new TestLog(SIZE).checkpoint()),
      "CHECKPOINT_NOT_SIGNED",
      {},
    ],
    [
      "a bundle gone",
      () => rmSync(place("tile/entries/001")),
      "BUNDLE_MISSING",
      { file: "tile/entries/001", entry: 256 },
    ],
    ["the last bundle gone", () => rmSync(place(last)), "BUNDLE_MISSING", { file: last, entry: 512 }],
    [
      "a bundle cut off",
      () => change("tile/entries/001", (bytes) => bytes.subarray(0, -1)),
      "BUNDLE_MALFORMED",
      { entry: 256 },
    ],
    [
      "a bundle of 16 MB and more",
      () => writeFileSync(place("tile/entries/000"), Buffer.alloc(2 ** 24 + 2 ** 10)),
      "BUNDLE_MALFORMED",
      {},
    ],
    [
      "an entry less",
      () => change(last, (bytes) => encodeBundle(decodeBundle(bytes, 88).slice(1))),
      "BUNDLE_MALFORMED",
      { entry: 512 },
    ],
    [
      "an entry changed",
      () =>
        change("tile/entries/001", (bytes) =>
          encodeBundle(decodeBundle(bytes, 256).with(44, Buffer.from(log.entry(1).leaf))),
        ),
      "ENTRY_CHANGED",
      { file: "tile/entries/001", entry: 300, level: 0 },
    ],
    [
      "an entry of the last bundle changed",
      () => change(last, (bytes) => encodeBundle(decodeBundle(bytes, 88).with(87, Buffer.from("x")))),
      "ENTRY_CHANGED",
      { file: last, entry: 599, level: 0 },
    ],
    [
      "two entries exchanged",
      () => change(last, (bytes) => encodeBundle(decodeBundle(bytes, 88).toReversed())),
      "ENTRY_CHANGED",
      { entry: 512 },
    ],
    ["a tile gone", () => rmSync(place("tile/0/001")), "TILE_MISSING", { file: "tile/0/001", level: 0 }],
    [
      "the highest tile gone",
      () => rmSync(place("tile/1/000.p/2")),
      "TILE_MISSING",
      { file: "tile/1/000.p/2", level: 1 },
    ],
    ["a tile cut off", () => change("tile/0/000", (bytes) => bytes.subarray(0, -32)), "TILE_MALFORMED", { level: 0 }],
    ["a tile too long", () => change("tile/0/000", (bytes) => Buffer.concat([bytes, bytes])), "TILE_MALFORMED", {}],
    [
      "a hash changed at level 0",
      () => change("tile/0/001", flipped(44 * 32)),
      "TILE_CHANGED",
      { file: "tile/0/001", entry: 300, level: 0 },
    ],
    [
      "a hash changed in the last tile",
      () => change("tile/0/002.p/88", flipped(5)),
      "TILE_CHANGED",
      { entry: 512, level: 0 },
    ],
    [
      "a hash changed at level 1",
      () => change("tile/1/000.p/2", flipped(40)),
      "TILE_CHANGED",
      { entry: null, level: 1 },
    ],
  ];

  test.each(rows.map((row) => [row[0], row] as const))("%s", async (_, [, alter, code, where]) => {
    alter();
    expect(await broken()).toMatchObject({ code, place: where });
  });

  test("an entry and its tile changed alike: the level above tells", async () => {
    const forged = TileTree.empty();
    const tiles = new MemoryTiles();
    const changed = log.entry(300).leaf.replace(/"record":".{8}/, '"record":"AAAAAAAA');
    const entries = log.entries.map(({ leaf }) => Buffer.from(leaf)).with(300, Buffer.from(changed));
    for (const entry of entries) forged.append(entry);
    tiles.take(forged);
    for (const path of ["tile/entries/001", "tile/0/001"])
      writeFileSync(place(path), tiles.files.get(path) ?? Buffer.alloc(0));
    expect(await broken()).toMatchObject({
      code: "ENTRIES_CHANGED",
      place: { level: 0, file: "tile/0/001", entry: 256 },
    });
    // And with all levels rewritten, the checkpoint does.
    for (const [path, bytes] of tiles.files) writeFileSync(place(path), bytes);
    expect(await broken()).toMatchObject({ code: "ROOT_DIFFERS", place: { file: "checkpoint" } });
  });
});

describe("a log that was written wrong, and signed", () => {
  /** With these entries in place of those of the same number. */
  function write(changes: Readonly<Record<number, string>>): TestLog["keys"] {
    const own = new TestLog(SIZE);
    rmSync(directory, { recursive: true });
    const tree = TileTree.empty();
    for (const [at, { leaf }] of own.entries.entries()) tree.append(Buffer.from(changes[at] ?? leaf));
    own.tiles.take(tree);
    writeTestLog(own, directory, "public");
    return own.keys;
  }

  test("an entry of another form", async () => {
    expect(await broken(write({ 520: "{}" }))).toMatchObject({ code: "ENTRY_MALFORMED", place: { entry: 520 } });
  });

  test("a time that goes back, by a millisecond", async () => {
    const back = new Date(TEST_TIME + 269_999).toISOString();
    const keys = write({ 271: log.entry(271).leaf.replace(/"time":"[^"]+"/, `"time":"${back}"`) });
    expect(await broken(keys)).toMatchObject({ code: "TIME_BACKWARDS", place: { entry: 271 } });
  });

  test("a clock that was set back stands still in the log: that is told", async () => {
    const still = (at: number): string => log.entry(at).leaf.replace(/:\d\d\.000Z/, ":00.000Z");
    const keys = write({ 1: still(1), 2: still(2), 3: still(3) });
    expect(await audit(keys)).toMatchObject({ holds: true, findings: { sameTime: { entries: 3, mostInARow: 4 } } });
  });
});

describe("while the log grows", () => {
  test("a partial tile that gave way to the full one is read out of it", async () => {
    const grown = TileTree.empty();
    const tiles = new MemoryTiles();
    for (const { leaf } of log.entries) grown.append(Buffer.from(leaf));
    for (let at = SIZE; at < 1024; at++) grown.append(Buffer.from(`later ${at}`));
    tiles.put(grown.takeFull());
    rmSync(place("tile"), { recursive: true });
    tiles.put([{ path: "tile/1/000.p/2", bytes: log.tiles.files.get("tile/1/000.p/2") ?? Buffer.alloc(0) }]);
    for (const [path, bytes] of tiles.files) put(path, bytes);
    expect(await audit()).toMatchObject({ holds: true, findings: { size: SIZE } });
  });

  test("partial ones that were left over have to be the beginnings of what came", async () => {
    const [tile, bundle] = [log.tiles.files.get("tile/0/001"), log.tiles.files.get("tile/entries/001")];
    const entries = decodeBundle(bundle ?? Buffer.alloc(0), 256);
    put("tile/0/001.p/7", (tile ?? Buffer.alloc(0)).subarray(0, 7 * 32));
    put("tile/entries/001.p/7", encodeBundle(entries.slice(0, 7)));
    put("tile/0/001.p/tmp-1", Buffer.from("being written"));
    put("tile/0/002.p/90", Buffer.from("beyond the checkpoint"));
    expect(await audit()).toMatchObject({ holds: true });
    change("tile/0/001.p/7", flipped(40));
    expect(await broken()).toMatchObject({ code: "TILE_LEFT_OVER", place: { file: "tile/0/001.p/7" } });
    change("tile/0/001.p/7", flipped(40));
    change("tile/entries/001.p/7", flipped(99));
    expect(await broken()).toMatchObject({ code: "BUNDLE_LEFT_OVER", place: { file: "tile/entries/001.p/7" } });
  });

  function put(path: string, bytes: Uint8Array): void {
    mkdirSync(dirname(place(path)), { recursive: true });
    writeFileSync(place(path), bytes);
  }
});

test("what cannot be looked at is not called broken", async () => {
  rmSync(place("tile/0/000"));
  mkdirSync(place("tile/0/000"));
  await expect(audit()).rejects.toMatchObject({ name: "LogUnreadError" });
});

test("progress is told bundle by bundle", async () => {
  const told: number[] = [];
  await auditLog({
    source: directoryLog(directory),
    keys: log.keys,
    index: null,
    onProgress: (n) => void told.push(n),
  });
  expect(told).toEqual([256, 512, 600]);
});
