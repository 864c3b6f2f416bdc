import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { TestDisk } from "../test-disk.ts";
import { TileWriter } from "./tile-writer.ts";

let directory: string;
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), "tile-writer-"))));
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const PATH = "tile/0/000";
const CONTENT = Buffer.alloc(100_000, "tile");
const written = (path = PATH): Buffer => readFileSync(join(directory, path));
const ownBytes = (): Buffer => Buffer.concat([CONTENT]);

test("the memory of a tile is given back once it is written", async () => {
  const writer = new TileWriter(directory, new TestDisk().disk);
  const bytes = ownBytes();
  writer.push([{ path: PATH, bytes }]);
  await writer.flush();
  expect(written()).toEqual(CONTENT);
  expect(bytes.byteLength).toBe(0);
});

test("memory that others share is not", async () => {
  const writer = new TileWriter(directory, new TestDisk().disk);
  const both = Buffer.concat([CONTENT, CONTENT]);
  writer.push([{ path: PATH, bytes: both.subarray(0, CONTENT.length) }]);
  await writer.flush();
  expect(written()).toEqual(CONTENT);
  expect(both.subarray(CONTENT.length)).toEqual(CONTENT);
});

test("a tile that could not be written keeps its bytes until it is", async () => {
  const disk = new TestDisk();
  const writer = new TileWriter(directory, disk.disk);
  disk.failures.set("placeLater", "ENOSPC");
  const bytes = ownBytes();
  writer.push([{ path: PATH, bytes }]);
  await expect(writer.flush()).rejects.toMatchObject({ code: "ENOSPC" });
  expect(bytes).toEqual(CONTENT);
  disk.failures.clear();
  await writer.flush();
  expect(written()).toEqual(CONTENT);
  writer.check();
});

test("of tiles that became full only what was partial before is removed", async () => {
  const disk = new TestDisk();
  const writer = new TileWriter(directory, disk.disk);
  const pathsOf = (names: readonly string[]) => names.flatMap((name) => [`tile/entries/${name}`, `tile/0/${name}`]);
  await writer.writePartials(pathsOf(["001.p/7"]).map((path) => ({ path, bytes: ownBytes() })));
  writer.push(pathsOf(["000", "001", "002"]).map((path) => ({ path, bytes: ownBytes() })));
  await writer.flush();
  await writer.removePartials(0, 3 * 256);
  const removed = disk.calls.filter((call) => call.startsWith("removeLater"));
  expect(removed.map((call) => call.split(`${directory}/`)[1])).toEqual(["tile/entries/001.p", "tile/0/001.p"]);
  expect(readdirSync(join(directory, "tile/0"))).toEqual(["000", "001", "002"]);
});
