import { randomInt } from "node:crypto";
import { DISK } from "#gateway/log/disk.ts";
import { TileWriter } from "#gateway/log/sequencer/tile-writer.ts";
import { remembering, tileFilesIn } from "#gateway/log/tile-files.ts";
import { leafHash } from "#gateway/log/tlog/hashing.ts";
import { inclusionProof, verifyInclusion } from "#gateway/log/tlog/proofs.ts";
import { TileTree } from "#gateway/log/tlog/tile-tree.ts";
import { judge, median, print, printTable } from "./print.ts";

const ENTRIES = 10_000_000;
const STEP = 1_000_000;
const BATCH = 256;
const PROOFS = 5000;
/** Milliseconds of a proof, its tiles read from the disk anew. */
const TARGET = 1;
/** Resident memory in the second half against that in the first. */
const GROWTH = 1.2;

const leafOf = (index: number): Buffer => Buffer.from(`synthetic entry ${index}`);
const megabytes = (bytes: number): number => Math.round(bytes / 1024 / 1024);

/** A tree of ten million synthetic leaves grows on the disk; then proofs out of its tiles are timed and verified. */
export function growTree(directory: string): void {
  const tiles = new TileWriter(directory, DISK);
  const { tile } = tileFilesIn(directory);
  // Without entry bundles: the entries are none.
  const tree = TileTree.restore(0, tile);
  const rows: string[][] = [];
  const resident: number[] = [];
  for (let size = STEP; size <= ENTRIES; size += STEP) {
    const start = performance.now();
    grow(tree, size, tiles);
    tiles.writePartialsNow(tree.partials());
    const perEntry = ((performance.now() - start) / STEP) * 1000;
    resident.push(process.memoryUsage().rss);
    const { middle, slowest } = timeProofs(tree, tile, PROOFS / 10);
    rows.push([
      `${size / STEP} million`,
      `${perEntry.toFixed(2)} µs`,
      `${megabytes(resident.at(-1) ?? 0)} MB`,
      `${middle.toFixed(3)} ms`,
      `${slowest.toFixed(3)} ms`,
    ]);
  }
  print("\na tree of synthetic leaves, its tiles on the disk; every proof verified\n");
  printTable(["entries", "growing, each", "memory", "inclusion proof", "slowest of 100"], rows);
  const { middle } = timeProofs(tree, tile, PROOFS);
  judge(
    `target: an inclusion proof at ${ENTRIES} entries under ${TARGET} ms: ${middle.toFixed(3)}, median of ${PROOFS}`,
    middle < TARGET,
  );
  const half = resident.length / 2;
  const growth = median(resident.slice(half)) / median(resident.slice(0, half));
  judge(
    `target: memory flat while growing, ${GROWTH} in the second half against the first at most: ${growth.toFixed(2)}`,
    growth <= GROWTH,
  );
}

function grow(tree: TileTree, size: number, tiles: TileWriter): void {
  while (tree.size < size) {
    const until = Math.min(size, tree.size + BATCH);
    while (tree.size < until) tree.append(leafOf(tree.size));
    tiles.write(tree.takeFull());
  }
}

/** Milliseconds; `slowest`: 99 of 100 take less. Throws when a proof does not hold, or a wrong one does. */
function timeProofs(tree: TileTree, read: ReturnType<typeof tileFilesIn>["tile"], count: number) {
  const root = tree.root();
  const times: number[] = [];
  for (let proof = 0; proof < count; proof++) {
    const index = randomInt(tree.size);
    const start = performance.now();
    const hashes = inclusionProof(index, tree.size, remembering(read));
    times.push(performance.now() - start);
    const claim = { index, size: tree.size, proof: hashes, root };
    const isProven = verifyInclusion({ ...claim, leafHash: leafHash(leafOf(index)) });
    const isFooled = verifyInclusion({ ...claim, leafHash: leafHash(leafOf(index + 1)) });
    if (!isProven || isFooled) throw new Error(`the proof of entry ${index} is worth nothing`);
  }
  return { middle: median(times), slowest: times.toSorted((a, b) => a - b)[Math.floor(count * 0.99)] ?? Number.NaN };
}
