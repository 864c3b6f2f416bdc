import { Fault } from "#gateway/fault.ts";
import type { ExchangeIndex } from "./index/exchange-index.ts";
import type { Publishing } from "./publishing.ts";
import { makeReceipt } from "./receipt.ts";
import { remembering, type TileFiles } from "./tile-files.ts";
import { decodeBundle } from "./tlog/entry-bundle.ts";
import { inclusionProof } from "./tlog/proofs.ts";
import type { SubtreeRoots } from "./tlog/subtree-roots.ts";
import { TILE_WIDTH, widthOf } from "./tlog/tiles.ts";

type Parts = {
  readonly index: Pick<ExchangeIndex, "opening">;
  readonly publishing: Pick<Publishing, "covering">;
  readonly files: TileFiles;
  readonly roots: SubtreeRoots;
};

/** A proof of the exchange under a checkpoint that holds it; null when there is no such exchange. Throws Fault LOG_UNAVAILABLE. */
export async function receiptOf(id: string, { index, publishing, files, roots }: Parts): Promise<string | null> {
  const found = await index.opening(id);
  if (found === null) return null;
  const { note, size } = await publishing.covering(found.index);
  try {
    const proof = inclusionProof(found.index, size, remembering(files.tile), roots);
    return makeReceipt({ ...found, leaf: leafAt(found.index, size, files), proof, checkpoint: note });
  } catch (cause) {
    throw new Fault("LOG_UNAVAILABLE", "the log's tiles cannot be read", { cause });
  }
}

/** The entry's text, as it stands in the tree of this size. */
function leafAt(index: number, size: number, { bundle }: TileFiles): string {
  const n = Math.floor(index / TILE_WIDTH);
  const width = widthOf(0, n, size);
  const leaf = decodeBundle(bundle(n, width), width)[index % TILE_WIDTH];
  if (leaf === undefined) throw new RangeError(`no entry ${index}`);
  return leaf.toString();
}
