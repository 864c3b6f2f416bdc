import { mkdtempSync, readFileSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { checkpointFile } from "../checkpoint-file.ts";
import { readJournal } from "../journal.ts";
import { segmentsIn } from "../journal-segments.ts";
import { parseLeaf } from "../leaf.ts";
import type { Disk } from "../disk.ts";
import { TestDisk } from "../test-disk.ts";
import type { Sequencer } from "./sequencer.ts";
import { batchOf, newIds, openSequencer } from "./test-sequencer.ts";

type Writable<Shape> = { -readonly [Name in keyof Shape]: Shape[Name] };

let root: string;
let testDisk: TestDisk;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "sequencer-faults-"));
  testDisk = new TestDisk();
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const log = (...names: string[]): string => join(root, "log", ...names);

function append(sequencer: Sequencer, count: number): string[] {
  const ids = newIds(count);
  sequencer.append(batchOf(ids));
  return ids;
}

const idsInJournal = (): string[] =>
  [...readJournal(log("journal"), 0)].map(({ leaf }) => parseLeaf(Buffer.from(leaf)).id);

test("a full disk refuses whole batches; with room again it goes on, and nothing that was refused is in the log", async () => {
  const sequencer = await openSequencer(root, testDisk.disk, 1_000_000);
  const ids = append(sequencer, 10);
  for (const room of [0, 3000, 50_000]) {
    testDisk.room = room;
    expect(() => append(sequencer, 256)).toThrow("ENOSPC");
    expect(sequencer.size).toBe(10);
  }
  testDisk.room = Number.POSITIVE_INFINITY;
  ids.push(...append(sequencer, 256));
  expect((await sequencer.publish()).size).toBe(266);
  expect(idsInJournal()).toEqual(ids);
  expect((await openSequencer(root)).size).toBe(266);
});

test("while a tile cannot be written, nothing more is acknowledged", async () => {
  const sequencer = await openSequencer(root, testDisk.disk, 1_000_000);
  const ids = append(sequencer, 256);
  testDisk.failures.set("placeLater", "EIO");
  sequencer.grow();
  await expect(sequencer.publish()).rejects.toThrow("EIO");
  expect(() => append(sequencer, 1)).toThrow("EIO");
  expect(() => sequencer.probe()).toThrow("EIO");
  expect(sequencer.size).toBe(256);
  testDisk.failures.clear();
  await turn();
  // The first one that is refused has it tried again.
  expect(() => append(sequencer, 1)).toThrow("EIO");
  await turn();
  ids.push(...append(sequencer, 1));
  expect((await sequencer.publish()).size).toBe(257);
  expect(idsInJournal()).toEqual(ids);
});

test("a checkpoint that cannot be written leaves the last one, and the next attempt publishes", async () => {
  const sequencer = await openSequencer(root, testDisk.disk);
  append(sequencer, 10);
  const before = readFileSync(checkpointFile(log()), "utf8");
  for (const operation of ["placeLater", "placeDurablyLater", "rename", "sync", "write"] as const) {
    testDisk.failures.set(operation, "EIO");
    await expect(sequencer.publish(), operation).rejects.toThrow("EIO");
    expect(readFileSync(checkpointFile(log()), "utf8")).toBe(before);
    testDisk.failures.clear();
  }
  expect((await sequencer.publish()).size).toBe(10);
  expect((await openSequencer(root)).published.size).toBe(10);
});

test("tiles that cannot be synced keep the journal", async () => {
  const sequencer = await openSequencer(root, testDisk.disk);
  append(sequencer, 300);
  sequencer.rotate();
  await sequencer.publish();
  await sequencer.taken(300);
  testDisk.failures.set("syncLater", "EIO");
  await expect(sequencer.seal()).rejects.toThrow("EIO");
  expect(idsInJournal()).toHaveLength(300);
  testDisk.failures.clear();
  await sequencer.seal();
  expect(segmentsIn(log("journal"))).toEqual([]);
});

test("entries become durable while a file of the journal is being deleted", async () => {
  const deleting = Promise.withResolvers<void>();
  const disk = {
    ...testDisk.disk,
    async removeLater(path: string) {
      await deleting.promise;
      await testDisk.disk.removeLater(path);
    },
  };
  const sequencer = await openSequencer(root, disk);
  append(sequencer, 256);
  sequencer.rotate();
  await sequencer.publish();
  await sequencer.seal();
  const taken = sequencer.taken(256);
  append(sequencer, 10);
  expect(idsInJournal()).toHaveLength(266);
  deleting.resolve();
  await taken;
  expect(segmentsIn(log("journal")).map(({ first }) => first)).toEqual([256]);
});

test("more signature lines are published with the checkpoint that they are for, and with no other", async () => {
  const sequencer = await openSequencer(root);
  append(sequencer, 10);
  const { note } = await sequencer.publish();
  const witnessed = `${note}— witness.example ${Buffer.alloc(76, 1).toString("base64")}\n`;
  expect(await sequencer.cosigned(witnessed)).toBe(true);
  expect(readFileSync(checkpointFile(log()), "utf8")).toBe(witnessed);
  expect((await openSequencer(root)).published.note).toBe(witnessed);
  append(sequencer, 1);
  const next = await sequencer.publish();
  expect(await sequencer.cosigned(witnessed)).toBe(false);
  await expect(sequencer.cosigned("no note")).rejects.toThrow("no blank line");
  expect(sequencer.published).toEqual(next);
});

const refusal = (message: RegExp): unknown =>
  expect.objectContaining({ name: "LogRefusedError", code: "LOG_DAMAGED", message: expect.stringMatching(message) });

/** A log of 300 sealed entries and 40 that only the journal holds, all under the checkpoint. */
async function sealedAndMore(): Promise<void> {
  const sequencer = await openSequencer(root);
  append(sequencer, 300);
  sequencer.rotate();
  await sequencer.publish();
  await sequencer.taken(300);
  await sequencer.seal();
  append(sequencer, 40);
  await sequencer.publish();
}

/** Opens the log with each of the file's bytes flipped in turn, every `step`-th. */
async function flipEach(file: string, step: number, check: (at: number) => Promise<unknown>): Promise<void> {
  const bytes = readFileSync(file);
  for (let at = 0; at < bytes.length; at += step) {
    const flipped = Buffer.from(bytes);
    flipped[at] = (flipped[at] ?? 0) ^ 0x04;
    writeFileSync(file, flipped);
    await check(at);
  }
  writeFileSync(file, bytes);
  expect((await openSequencer(root)).size).toBe(340);
}

test("flipped bytes in the journal, the seal or the checkpoint: the log is not opened, and the message names the file", async () => {
  await sealedAndMore();
  const [segment] = segmentsIn(log("journal"));
  const files = [
    [segment?.file ?? "", 23],
    [log("sealed"), 1],
    [log("checkpoint"), 1],
  ] as const;
  for (const [file, step] of files)
    await flipEach(file, step, (at) =>
      expect(openSequencer(root), `byte ${at} of ${file}`).rejects.toEqual(refusal(/\.journal: |sealed|checkpoint/)),
    );
});

test("flipped bytes in the tiles at the tree's edge are found out too", async () => {
  await sealedAndMore();
  for (const name of ["tile/0/001.p/44", "tile/1/000.p/1", "tile/entries/001.p/44"])
    await flipEach(log(name), 7, (at) =>
      expect(openSequencer(root), `byte ${at} of ${name}`).rejects.toEqual(
        refusal(/^the tiles of 300 entries .*sealed/),
      ),
    );
});

test("tiles that the journal can still make are made anew, whatever became of them", async () => {
  await sealedAndMore();
  const tile = log("tile/0/001.p/84");
  const good = readFileSync(tile);
  await flipEach(tile, 500, async () => {
    expect((await openSequencer(root)).size).toBe(340);
    expect(readFileSync(tile)).toEqual(good);
  });
});

test("a file that is missing", async () => {
  await sealedAndMore();
  const [segment] = segmentsIn(log("journal"));
  const missing = [
    [segment?.file ?? "", "ends after 300 entries; the checkpoint has 340"],
    [log("checkpoint"), "the checkpoint is missing"],
    [log("sealed"), "the entries from 0 on are missing"],
    [log("tile/1/000.p/1"), "the tiles of 300 entries that are sealed cannot be read"],
  ] as const;
  for (const [file, message] of missing) {
    const bytes = readFileSync(file);
    unlinkSync(file);
    await expect(openSequencer(root), file).rejects.toThrow(message);
    writeFileSync(file, bytes);
  }
  expect((await openSequencer(root)).size).toBe(340);
});

test("an older checkpoint of the same log is no reason to refuse, a newer one is", async () => {
  const sequencer = await openSequencer(root);
  append(sequencer, 10);
  const { note: older } = await sequencer.publish();
  append(sequencer, 10);
  const { note: newer } = await sequencer.publish();
  writeFileSync(checkpointFile(log()), older);
  expect((await openSequencer(root)).published.size).toBe(20);

  await sequencer.seal();
  writeFileSync(checkpointFile(log()), older);
  expect((await openSequencer(root)).published.size).toBe(20);

  for (const [count, message] of [
    [15, "ends after 15 entries; the checkpoint has 20"],
    [25, "do not have the root of the checkpoint"],
  ] as const) {
    rmSync(log(), { recursive: true });
    append(await openSequencer(root), count);
    writeFileSync(checkpointFile(log()), newer);
    await expect(openSequencer(root)).rejects.toThrow(message);
  }
});

test("what a killed process wrote and did not sync is synced before it is published", async () => {
  // As when the process is killed between write and fdatasync: the kernel has the bytes, the disk does not.
  const killed = await openSequencer(root, { ...testDisk.disk, datasync: () => {} }, 1_000_000);
  const ids = append(killed, 20);
  const sequencer = await openSequencer(root, testDisk.disk, 1_000_000);
  expect(sequencer.published.size).toBe(20);
  ids.push(...append(sequencer, 5));
  testDisk.losePower(log());
  expect((await openSequencer(root)).size).toBe(25);
  expect(idsInJournal()).toEqual(ids);
});

test("a file of the journal that cannot be closed in good order has lost nothing", async () => {
  const { disk } = testDisk;
  const failing: Writable<Disk> = { ...disk };
  const sequencer = await openSequencer(root, failing, 1);
  failing.datasync = (descriptor) => {
    disk.datasync(descriptor);
    failing.close = () => {
      failing.close = disk.close;
      throw new Error("EIO");
    };
  };
  const ids = append(sequencer, 2);
  ids.push(...append(sequencer, 3));
  expect((await sequencer.publish()).size).toBe(5);
  expect(idsInJournal()).toEqual(ids);
  expect((await openSequencer(root)).size).toBe(5);
});
