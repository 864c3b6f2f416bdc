import { randomInt } from "node:crypto";
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { DISK } from "#gateway/log/disk.ts";
import { SEQUENCER_LIMITS } from "#gateway/log/sequencer/sequencer-link.ts";
import { TileWriter } from "#gateway/log/sequencer/tile-writer.ts";
import { remembering, tileFilesIn } from "#gateway/log/tile-files.ts";
import { leafHash } from "#gateway/log/tlog/hashing.ts";
import { inclusionProof, verifyInclusion } from "#gateway/log/tlog/proofs.ts";
import { SubtreeRoots } from "#gateway/log/tlog/subtree-roots.ts";
import type { TileReader } from "#gateway/log/tlog/tiles.ts";
import { TileTree } from "#gateway/log/tlog/tile-tree.ts";
import type { Finding } from "../finding.ts";
import { median, print, printTable } from "../print.ts";
import type { Chart } from "../report/bench-run.ts";

const ENTRIES = 10_000_000;
const BATCH = 256;
const PROOFS = 5000;

const leafOf = (index: number): Buffer => Buffer.from(`synthetic entry ${index}`);
const megabytes = (bytes: number): number => Math.round(bytes / 1024 / 1024);

/** Entries at which the tree is looked at. */
export const LOG_SIZES = {
  full: [1_000, 10_000, 100_000, 1_000_000, 2_000_000, 4_000_000, 6_000_000, 8_000_000, ENTRIES],
  brief: [1_000, 10_000, 100_000, 500_000, 1_000_000, 1_500_000, 2_000_000],
} as const;

/** Of the tree with `size` entries. `growing`: microseconds for each entry since the size before; `resident` in bytes. */
type Look = {
  readonly size: number;
  readonly growing: number;
  readonly resident: number;
  readonly proof: ReturnType<typeof timeProofs>;
};
type Ratio = "log.proof-milliseconds" | "log.memory-growth";

/** A tree of synthetic leaves grows on the disk; then proofs out of its tiles are timed and verified. */
export async function measureTree(sizes: readonly number[], directory: string): Promise<Finding<Ratio>> {
  const looks = await growTree({ sizes, directory });
  print("\na tree of synthetic leaves, its tiles on the disk; every proof verified\n");
  printTable(
    ["entries", "growing, each", "memory", "inclusion proof", "slowest of 100"],
    looks.map(({ size, growing, resident, proof }) => [
      String(size),
      `${growing.toFixed(2)} µs`,
      `${megabytes(resident)} MB`,
      `${proof.middle.toFixed(3)} ms`,
      `${proof.slowest.toFixed(3)} ms`,
    ]),
  );
  const last = looks.at(-1);
  if (last === undefined || last.size < ENTRIES) print(`brief: ${last?.size} entries in place of ${ENTRIES}`);
  return {
    measurements: [],
    ratios: {
      "log.proof-milliseconds": {
        title: `an inclusion proof in a log of ${last?.size.toLocaleString("en")} entries, ms`,
        value: last?.proof.middle ?? Number.NaN,
      },
      "log.memory-growth": { title: "memory of a growing tree, second half against first", value: memoryGrowth(looks) },
    },
    charts: [chartOf(looks)],
  };
}

const chartOf = (looks: readonly Look[]): Chart => ({
  title: "Log size: cost of one entry and of one proof",
  x: { label: "entries", scale: "logarithmic" },
  y: { label: "ms", scale: "logarithmic" },
  series: [
    { name: "inclusion proof, median", points: looks.map(({ size, proof }) => [size, proof.middle]) },
    { name: "inclusion proof, 99 of 100", points: looks.map(({ size, proof }) => [size, proof.slowest]) },
    { name: "appending one entry", points: looks.map(({ size, growing }) => [size, growing / 1000]) },
  ],
});

/** Of what it takes once a million entries are there, or the half of all: before, the process itself is most of it. */
function memoryGrowth(looks: readonly Look[]): number {
  const end = looks.at(-1)?.size ?? 0;
  const grown = looks.filter(({ size }) => size >= end / 10);
  const half = (isLater: boolean): number =>
    median(grown.filter(({ size }) => size > end / 2 === isLater).map(({ resident }) => resident));
  return half(true) / half(false);
}

export type Growing = { readonly sizes: readonly number[]; readonly directory: string };

/** In a thread with the sequencer's limits, to which the tree belongs. */
export async function growTree(growing: Growing): Promise<readonly Look[]> {
  const thread = new URL("./log-tree-thread.ts", import.meta.url);
  const worker = new Worker(thread, { workerData: growing, resourceLimits: SEQUENCER_LIMITS });
  const [looks] = await once(worker, "message");
  return looks;
}

/** What log-tree-thread.ts does. */
export function growHere({ sizes, directory }: Growing): readonly Look[] {
  const tiles = new TileWriter(directory, DISK);
  const { tile } = tileFilesIn(directory);
  // Without entry bundles: the entries are none.
  const tree = TileTree.restore(0, tile);
  const roots = new SubtreeRoots();
  return sizes.map((size) => {
    const [before, start] = [tree.size, performance.now()];
    grow(tree, size, tiles);
    tiles.writePartialsNow(tree.partials());
    const growing = ((performance.now() - start) / (size - before)) * 1000;
    globalThis.gc?.(); // what is counted is what the tree needs, not what nobody collected yet
    const resident = process.memoryUsage().rss;
    const proofs = { tree, read: tile, roots };
    if (before === 0) timeProofs(proofs, PROOFS / 10); // the compiler warms up
    return { size, growing, resident, proof: timeProofs(proofs, size === sizes.at(-1) ? PROOFS : PROOFS / 10) };
  });
}

function grow(tree: TileTree, size: number, tiles: TileWriter): void {
  while (tree.size < size) {
    const until = Math.min(size, tree.size + BATCH);
    while (tree.size < until) tree.append(leafOf(tree.size));
    tiles.write(tree.takeFull());
  }
}

type Proofs = { readonly tree: TileTree; readonly read: TileReader; readonly roots: SubtreeRoots };

/** Milliseconds, as a receipt takes them: tiles read from the disk anew, roots of subtrees kept; `slowest`: 99 of 100 take less. Throws when a proof does not hold, or a wrong one does. */
function timeProofs({ tree, read, roots }: Proofs, count: number) {
  const root = tree.root();
  const times: number[] = [];
  for (let proof = 0; proof < count; proof++) {
    const index = randomInt(tree.size);
    const start = performance.now();
    const hashes = inclusionProof(index, tree.size, remembering(read), roots);
    times.push(performance.now() - start);
    const claim = { index, size: tree.size, proof: hashes, root };
    const isProven = verifyInclusion({ ...claim, leafHash: leafHash(leafOf(index)) });
    const isFooled = verifyInclusion({ ...claim, leafHash: leafHash(leafOf(index + 1)) });
    if (!isProven || isFooled) throw new Error(`the proof of entry ${index} is worth nothing`);
  }
  return { middle: median(times), slowest: times.toSorted((a, b) => a - b)[Math.floor(count * 0.99)] ?? Number.NaN };
}
