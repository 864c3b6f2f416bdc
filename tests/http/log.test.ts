import { randomUUIDv7 } from "node:crypto";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ExchangeLog } from "#gateway/log/exchange-log.ts";
import { parseLeaf } from "#gateway/log/leaf.ts";
import { parseCheckpoint } from "#gateway/log/tlog/checkpoint.ts";
import { decodeBundle } from "#gateway/log/tlog/entry-bundle.ts";
import { inclusionProof, rootAt, verifyInclusion } from "#gateway/log/tlog/proofs.ts";
import { leafHash } from "#gateway/log/tlog/hashing.ts";
import { openNote } from "#gateway/log/tlog/signed-note.ts";
import { tilePath } from "#gateway/log/tlog/tiles.ts";
import { readVerifierKey } from "#gateway/log/tlog/verifiers.ts";
import { openTestLog } from "../log/log-directory.ts";
import { sampleEntry, sampleRecord } from "../log/sample-record.ts";
import { openSocket, rawAnswer } from "./raw-request.ts";
import { startTestService, type TestService } from "./service.ts";

const SIZE = 600;
let root: string;
let log: ExchangeLog;
let service: TestService;
let ids: string[];

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "public-log-"));
  log = await openTestLog(root);
  const records = Array.from({ length: SIZE }, sampleRecord);
  ids = records.map(({ id }) => id);
  for (const part of [records.slice(0, 300), records.slice(300)]) {
    await Promise.all(part.map((record) => log.append(sampleEntry(record))));
    await log.receipt(part.at(-1)?.id ?? "");
  }
  service = await startTestService({ publicLog: log.public });
});
afterAll(async () => {
  await service.close();
  await log.close();
  rmSync(root, { recursive: true, force: true });
});

const get = (path: string): Promise<Response> => fetch(`${service.url}/log/${path}`);
const bytesOf = async (path: string): Promise<Buffer> => Buffer.from(await (await get(path)).arrayBuffer());

test("a stranger reads the log, and can prove each entry of it", async () => {
  const keys = (await (await get("keys")).text())
    .trimEnd()
    .split("\n")
    .map((line) => readVerifierKey(line).verifier);
  const { text, verified } = openNote(await (await get("checkpoint")).text(), keys);
  expect(verified).toHaveLength(2);
  const { size, root: signed } = parseCheckpoint(text);
  expect(size).toBe(SIZE);
  const tiles = new Map<string, Buffer>();
  for (const path of ["tile/0/000", "tile/0/001", "tile/0/002.p/88", "tile/1/000.p/2"])
    tiles.set(path, await bytesOf(path));
  const read = (level: number, n: number, width: number): Buffer =>
    tiles.get(tilePath(level, n, width)) ?? Buffer.alloc(0);
  expect(rootAt(size, read)).toEqual(signed);
  const bundles = await Promise.all(["tile/entries/000", "entries/001", "entries/002.p/88"].map(bytesOf));
  const entries = bundles.flatMap((bundle, n) => decodeBundle(bundle, n === 2 ? 88 : 256));
  expect(entries.map((entry) => parseLeaf(entry).id)).toEqual(ids);
  for (const [index, entry] of entries.entries()) {
    const proof = inclusionProof(index, size, read);
    expect(verifyInclusion({ index, size, leafHash: leafHash(entry), root: signed, proof })).toBe(true);
  }
});

test("tiles may be kept for ever, the checkpoint may not", async () => {
  for (const path of ["tile/0/000", "tile/0/002.p/88", "tile/entries/000", "entries/000"]) {
    const { status, headers } = await get(path);
    expect(status).toBe(200);
    expect(headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    expect(headers.get("content-type")).toBe("application/octet-stream");
  }
  const { headers } = await get("checkpoint");
  expect(headers.get("cache-control")).toBe("no-cache");
  expect(headers.get("content-type")).toBe("text/plain; charset=utf-8");
});

test("a partial tile of an earlier checkpoint keeps its address when the full one is there", async () => {
  const full = await bytesOf("tile/0/001");
  expect(await bytesOf("tile/0/001.p/44")).toEqual(full.subarray(0, 44 * 32));
  await log.discardJournal();
  expect(await bytesOf("tile/0/001.p/44")).toEqual(full.subarray(0, 44 * 32));
  const bundle = await bytesOf("entries/001.p/44");
  expect(decodeBundle(bundle, 44)).toEqual(decodeBundle(await bytesOf("entries/001"), 256).slice(0, 44));
});

describe("what the log does not have, or is nobody's business, is not there", () => {
  const paths = [
    "",
    "origin",
    "sealed",
    "lock.sqlite",
    "index.sqlite",
    "journal",
    "journal/0000000000000000.journal",
    "tile",
    "tile/",
    "tile/0",
    "tile/0/",
    "tile/0/003",
    "tile/0/002.p/90",
    "tile/0/002",
    "tile/0/000.p/0",
    "tile/0/000.p/256",
    "tile/0/000.p/01",
    "tile/0/0",
    "tile/0/0000",
    "tile/0/x000/000",
    "tile/1/000",
    "tile/2/000.p/1",
    "tile/7/000.p/1",
    "tile/00/000",
    "tile/-1/000",
    "tile/0/000.part",
    "tile/0/000/",
    "tile//0/000",
    "tile/entries/000.p",
    "tile/0/../../index.sqlite",
    "tile/0/..%2f..%2findex.sqlite",
    "tile/..%2findex.sqlite",
    "tile/%2e%2e/index.sqlite",
    "tile/0/000%00",
    "tile/0/000%0a",
    "tile/%2fetc%2fpasswd",
    "tile/0/000%5c..",
    "tile/0/x999/x999/x999/x999/x999/999",
    "tile/0/x999/x999/x999/x999/x999/x999/999",
    `tile/0/${"x999/".repeat(200)}999`,
    `entries/${"9".repeat(2000)}`,
    "entries/../0/000",
    "entries/..%2f0%2f000",
    "entries/1/000",
    `exchanges/${randomUUIDv7()}`,
  ];
  test.each(paths)("/log/%s", async (path) => {
    const asked = [`GET /log/${path} HTTP/1.1`, "host: x", "connection: close", "", ""];
    const { status, code, text } = await rawAnswer(openSocket(service.port, ...asked));
    expect([status, code]).toEqual([404, "NOT_FOUND"]);
    expect(text).not.toContain("immutable");
  });
});

test("a link or file that somebody put among the tiles is not served", async () => {
  symlinkSync(join(root, "keys", "log-ed25519.key"), join(root, "log", "tile", "0", "003"));
  writeFileSync(join(root, "log", "tile", "0", "note"), "mine");
  expect((await get("tile/0/003")).status).toBe(404);
  expect((await get("tile/0/note")).status).toBe(404);
});

test("the log is only read", async () => {
  for (const path of ["checkpoint", "tile/0/000", "entries/000"]) {
    const response = await fetch(`${service.url}/log/${path}`, { method: "POST", body: "x" });
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe("GET");
  }
  expect((await get("tile/0/000?x=1")).status).toBe(400);
});
