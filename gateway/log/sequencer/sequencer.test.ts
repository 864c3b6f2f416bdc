import { randomInt } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readCheckpoint } from "../checkpoint-file.ts";
import { readJournal } from "../journal.ts";
import { commit, parseLeaf } from "../leaf.ts";
import { openPseudonyms } from "../pseudonym.ts";
import { TestDisk } from "../test-disk.ts";
import { tileFilesIn } from "../tile-files.ts";
import { decodeBundle } from "../tlog/entry-bundle.ts";
import { leafHash } from "../tlog/hashing.ts";
import { inclusionProof, rootAt, verifyInclusion } from "../tlog/proofs.ts";
import { widthOf } from "../tlog/tiles.ts";
import { readVerifierKey } from "../tlog/verifiers.ts";
import type { Sequencer } from "./sequencer.ts";
import { batchOf, newIds, openSequencer, ORIGIN, PERSON, SUBJECT, TEST_TIME, testKeys } from "./test-sequencer.ts";

let root: string;
beforeEach(() => (root = mkdtempSync(join(tmpdir(), "sequencer-"))));
afterEach(() => rmSync(root, { recursive: true, force: true }));

const log = (): string => join(root, "log");
const journal = (): string => join(log(), "journal");

function append(sequencer: Sequencer, count: number, at = TEST_TIME): string[] {
  const ids = newIds(count);
  sequencer.append(batchOf(ids, at));
  return ids;
}

/** The public log as anybody reads it, checked against its checkpoint: the identifiers of its entries. */
function publicIds(): string[] {
  const verifiers = testKeys(root).vkeys.map((vkey) => readVerifierKey(vkey).verifier);
  const checkpoint = readCheckpoint(log(), { origin: ORIGIN, verifiers });
  const { size = 0, root: expected } = checkpoint ?? {};
  const { tile, bundle } = tileFilesIn(log());
  expect(rootAt(size, tile)).toEqual(expected);
  const leaves: Buffer[] = [];
  for (let n = 0; widthOf(0, n, size) > 0; n++)
    leaves.push(...decodeBundle(bundle(n, widthOf(0, n, size)), widthOf(0, n, size)));
  for (const at of [0, size >> 1, size - 1].filter((index) => index >= 0 && index < size)) {
    const hash = leafHash(leaves[at] ?? Buffer.alloc(0));
    const proof = inclusionProof(at, size, tile);
    expect(verifyInclusion({ index: at, size, leafHash: hash, root: expected ?? hash, proof })).toBe(true);
  }
  return leaves.map((leaf) => parseLeaf(leaf).id);
}

test("entries are in the tree in their order, under a checkpoint signed by both keys", async () => {
  const sequencer = await openSequencer(root);
  expect(publicIds()).toEqual([]);
  const ids = [3, 253, 1, 256, 100].flatMap((count) => append(sequencer, count));
  expect((await sequencer.publish()).size).toBe(613);
  expect(publicIds()).toEqual(ids);
});

test("a leaf commits to request, record and answer, each with its own salt", async () => {
  const sequencer = await openSequencer(root);
  const [id = ""] = append(sequencer, 1);
  const [entry] = [...readJournal(journal(), 0)];
  const leaf = parseLeaf(entry?.leaf ?? Buffer.alloc(0));
  const salts = entry?.salts ?? Buffer.alloc(0);
  expect(salts).toHaveLength(48);
  expect(leaf).toEqual({
    id,
    time: new Date(TEST_TIME).toISOString(),
    request: commit("request", salts.subarray(0, 16), entry?.target ?? ""),
    record: commit("record", salts.subarray(16, 32), entry?.record ?? ""),
    answer: commit("answer", salts.subarray(32), '{"outcome":"FOUND"}'),
  });
  expect(JSON.parse(String(entry?.record))).toMatchObject({ id, item: "不动产转移登记" });
  append(sequencer, 2);
  const all = [...readJournal(journal(), 0)].map(({ salts }) => salts.toString("base64"));
  expect(new Set(all).size).toBe(3);
});

test("of persons and of what was asked about only keyed pseudonyms reach the disk", async () => {
  const sequencer = await openSequencer(root);
  append(sequencer, 300);
  await sequencer.publish();
  await sequencer.seal();
  const pseudonym = openPseudonyms(join(root, "keys"));
  const [entry] = [...readJournal(journal(), 0)];
  expect(entry).toMatchObject({ subject: pseudonym(SUBJECT), persons: [pseudonym(PERSON)] });
  for (const name of readdirSync(log(), { recursive: true, encoding: "utf8" })) {
    const status = statSync(join(log(), name));
    expect(status.mode & 0o077, name).toBe(0);
    if (!status.isFile()) continue;
    const bytes = readFileSync(join(log(), name));
    for (const secret of [PERSON, SUBJECT, "0000001号"]) expect(bytes.includes(secret), name).toBe(false);
  }
});

test("restarted anywhere, it goes on with the same tree", async () => {
  const ids: string[] = [];
  for (let round = 0; round < 12; round++) {
    const sequencer = await openSequencer(root);
    expect(sequencer.size).toBe(ids.length);
    expect(sequencer.torn).toBeNull();
    for (let batch = randomInt(5); batch > 0; batch--) ids.push(...append(sequencer, 1 + randomInt(200)));
    if (round % 3 === 0) sequencer.grow();
    if (round % 3 === 1) await sequencer.publish();
    if (round % 4 === 2) await sequencer.seal();
    if (round % 4 === 3) await sequencer.taken(sequencer.size);
  }
  await openSequencer(root);
  expect(publicIds()).toEqual(ids);
});

test("whenever the power fails, what was acknowledged is in the tree", async () => {
  const acknowledged: string[] = [];
  for (let round = 0; round < 25; round++) {
    const testDisk = new TestDisk();
    const sequencer = await openSequencer(root, testDisk.disk);
    expect(publicIds()).toEqual(acknowledged);
    for (let step = randomInt(8); step > 0; step--) {
      const kind = randomInt(5);
      if (kind < 2) acknowledged.push(...append(sequencer, 1 + randomInt(256)));
      if (kind === 2) await sequencer.publish();
      if (kind === 3) await sequencer.seal();
      if (kind === 4) await sequencer.taken(randomInt(sequencer.size + 1));
    }
    testDisk.losePower(log());
  }
});

test("a partial tile that was sealed after a restart is not written again, and lost", async () => {
  const first = await openSequencer(root);
  append(first, 100);
  await first.publish();
  await first.seal();
  append(first, 200);
  await first.publish();

  const testDisk = new TestDisk();
  const again = await openSequencer(root, testDisk.disk);
  await again.seal();
  append(again, 24);
  await again.publish();
  testDisk.losePower(log());
  expect((await openSequencer(root)).size).toBe(324);
});

test("tiles that were not synced before the journal was let go are found out", async () => {
  const testDisk = new TestDisk();
  const forgetful = { ...testDisk.disk, syncLater: async () => {} };
  const sequencer = await openSequencer(root, forgetful);
  append(sequencer, 256);
  append(sequencer, 256);
  await sequencer.publish();
  sequencer.rotate();
  await sequencer.taken(512);
  await sequencer.seal();
  testDisk.losePower(log());
  await expect(openSequencer(root)).rejects.toThrow("the tiles of 512 entries that are sealed cannot be read");
});

test("the journal is kept until tiles are synced and the index has taken over, and no longer", async () => {
  const sequencer = await openSequencer(root);
  append(sequencer, 200);
  sequencer.rotate();
  await sequencer.publish();
  await sequencer.seal();
  expect([...readJournal(journal(), 0)]).toHaveLength(200);
  await sequencer.taken(199);
  expect([...readJournal(journal(), 0)]).toHaveLength(200);
  await sequencer.taken(200);
  expect(readdirSync(journal())).toEqual([]);
  append(sequencer, 100);
  sequencer.rotate();
  await sequencer.taken(300);
  expect([...readJournal(journal(), 200)]).toHaveLength(100);
  await sequencer.publish();
  await sequencer.seal();
  expect(readdirSync(journal())).toEqual([]);
  expect((await openSequencer(root)).size).toBe(300);
});

test("partial tiles go when the full one is synced, and not before", async () => {
  const sequencer = await openSequencer(root);
  for (let batch = 0; batch < 3; batch++) {
    append(sequencer, 100);
    await sequencer.publish();
  }
  const partials = (): string[] => readdirSync(join(log(), "tile/0")).filter((name) => name.endsWith(".p"));
  expect(partials()).toEqual(["000.p", "001.p"]);
  await sequencer.seal();
  expect(partials()).toEqual(["001.p"]);
  expect(tileFilesIn(log()).tile(0, 0, 100)).toHaveLength(3200);
});

test("a clock that was set back: times never decrease, and it is counted", async () => {
  const sequencer = await openSequencer(root);
  for (const [count, at] of [
    [2, 0],
    [1, 5000],
    [2, -60_000],
    [1, -59_000],
    [1, 4999],
    [1, 5001],
    [1, 4000],
  ] as const)
    append(sequencer, count, TEST_TIME + at);
  expect(sequencer.setBacks).toBe(2);
  const timesNow = (): number[] =>
    [...readJournal(journal(), 0)].map(({ leaf }) => Date.parse(parseLeaf(Buffer.from(leaf)).time) - TEST_TIME);
  expect(timesNow()).toEqual([0, 0, 5000, 5000, 5000, 5000, 5000, 5001, 5001]);

  const again = await openSequencer(root);
  append(again, 1, TEST_TIME - 3_600_000);
  expect(again.setBacks).toBe(1);
  expect(timesNow().at(-1)).toBe(5001);
});

test("the last time is known when the journal is gone", async () => {
  const sequencer = await openSequencer(root);
  append(sequencer, 256, TEST_TIME + 77);
  await sequencer.publish();
  sequencer.rotate();
  await sequencer.taken(256);
  await sequencer.seal();
  const again = await openSequencer(root);
  append(again, 1, TEST_TIME);
  const [entry] = [...readJournal(journal(), 256)];
  expect(parseLeaf(Buffer.from(entry?.leaf ?? "")).time).toBe(new Date(TEST_TIME + 77).toISOString());
});
