import { join } from "node:path";
import { readCheckpoint } from "#gateway/log/checkpoint-file.ts";
import { type ExchangeLog, type ExchangeLogOptions, openExchangeLog } from "#gateway/log/exchange-log.ts";
import { parseLeaf } from "#gateway/log/leaf.ts";
import { openLogKeys } from "#gateway/log/log-keys.ts";
import { tileFilesIn } from "#gateway/log/tile-files.ts";
import { decodeBundle } from "#gateway/log/tlog/entry-bundle.ts";
import { rootAt } from "#gateway/log/tlog/proofs.ts";
import { TILE_WIDTH, widthOf } from "#gateway/log/tlog/tiles.ts";
import { TileTree } from "#gateway/log/tlog/tile-tree.ts";
import { readVerifierKey } from "#gateway/log/tlog/verifiers.ts";

export const TEST_ORIGIN = "tongyan.example/log/00000001";

/** The log in `root`/log with the keys in `root`/keys. */
export const openTestLog = (root: string, options: Partial<ExchangeLogOptions> = {}): Promise<ExchangeLog> =>
  openExchangeLog({
    directory: join(root, "log"),
    keys: join(root, "keys"),
    origin: { name: TEST_ORIGIN, host: "tongyan.example" },
    clock: Date.now,
    onTrouble: () => {},
    ...options,
  });

/**
 * The identifiers of all published entries, in their order, out of the public files alone. Throws unless leaves and tiles give the
 * root of the checkpoint, and both keys have signed it.
 */
export function publishedIds(root: string): string[] {
  const directory = join(root, "log");
  const verifiers = openLogKeys(join(root, "keys"), TEST_ORIGIN).vkeys.map((vkey) => readVerifierKey(vkey).verifier);
  const checkpoint = readCheckpoint(directory, { origin: TEST_ORIGIN, verifiers });
  if (checkpoint === null) throw new Error("there is no checkpoint");
  const leaves = leavesIn(directory, checkpoint.size);
  const tree = TileTree.empty();
  for (const leaf of leaves) tree.append(leaf);
  for (const found of [tree.root(), rootAt(checkpoint.size, tileFilesIn(directory).tile)])
    if (!found.equals(checkpoint.root)) throw new Error(`the root of ${checkpoint.size} entries is another`);
  return leaves.map((leaf) => parseLeaf(leaf).id);
}

function leavesIn(directory: string, size: number): Buffer[] {
  const { bundle } = tileFilesIn(directory);
  return Array.from({ length: Math.ceil(size / TILE_WIDTH) }, (_, n) => {
    const width = widthOf(0, n, size);
    return decodeBundle(bundle(n, width), width);
  }).flat();
}
