import { join } from "node:path";
import { type SignedCheckpoint, readCheckpoint } from "../checkpoint-file.ts";
import type { Disk } from "../disk.ts";
import { JournalDamageError } from "../journal.ts";
import { leafIn } from "../journal-frame.ts";
import { examineJournal, type JournalState, settleEnd } from "../journal-recovery.ts";
import { parseLeaf } from "../leaf.ts";
import { LogRefusedError } from "../log-refused.ts";
import { tileFilesIn, type TileFiles } from "../tile-files.ts";
import { EMPTY_ROOT } from "../tlog/hashing.ts";
import { MalformedError } from "../tlog/malformed.ts";
import { rootAt } from "../tlog/proofs.ts";
import type { Verifier } from "../tlog/signed-note.ts";
import { decodeBundle } from "../tlog/entry-bundle.ts";
import { TILE_WIDTH } from "../tlog/tiles.ts";
import { TileTree } from "../tlog/tile-tree.ts";
import { readSealed, type Sealed } from "./sealed.ts";
import type { TileWriter } from "./tile-writer.ts";

/** A log as it was found, made whole again. */
export type Recovered = {
  readonly tree: TileTree;
  readonly sealed: Sealed;
  /** Null when the log is new. */
  readonly checkpoint: SignedCheckpoint | null;
  /** Time of the last entry, milliseconds since the epoch; 0 without entries. */
  readonly lastTime: number;
  /** What was cut off the journal's end. */
  readonly torn: JournalState["torn"];
};

export type LogPlace = {
  readonly directory: string;
  readonly origin: string;
  readonly verifiers: readonly Verifier[];
  readonly tiles: TileWriter;
  readonly disk: Disk;
};

const NEW: Sealed = { size: 0, root: EMPTY_ROOT.toString("base64") };

export const journalDirectory = (directory: string): string => join(directory, "journal");

/**
 * The tree out of sealed tiles and the journal; tiles that the journal still holds are written anew, a torn tail is cut, the rest synced. The tree has
 * to agree with the last checkpoint. Throws LogRefusedError, which names the place, or the file system's error; nothing was changed then
 * but tiles that can be rebuilt.
 */
export function recoverLog(place: LogPlace): Recovered {
  const sealed = readSealed(place.directory) ?? NEW;
  const checkpoint = readCheckpoint(place.directory, place);
  const files = tileFilesIn(place.directory);
  const tree = sealedTree(sealed, files, place);
  place.tiles.begin(sealed.size);
  if (checkpoint !== null && checkpoint.size <= sealed.size) checkSealedRoot(checkpoint, files, place);
  const { state, last } = replay(tree, checkpoint, place);
  checkEnds(tree, { sealed, checkpoint, state }, place);
  settleEnd(journalDirectory(place.directory), state.torn, place.disk);
  const lastLeaf = last ?? lastSealedLeaf(tree.size, files);
  return { tree, sealed, checkpoint, lastTime: lastLeaf === null ? 0 : timeOf(lastLeaf), torn: state.torn };
}

const damaged = (message: string, cause?: unknown): LogRefusedError =>
  new LogRefusedError("LOG_DAMAGED", message, cause);

const lookFor = ({ directory }: LogPlace): string => `tongyan log verify ${directory} names the place`;

function sealedTree({ size, root }: Sealed, { tile, bundle }: TileFiles, place: LogPlace): TileTree {
  if (size === 0) return TileTree.empty();
  try {
    const tree = TileTree.restore(size, tile, bundle);
    if (tree.root().toString("base64") === root) return tree;
  } catch (error) {
    throw damaged(`the tiles of ${size} entries that are sealed cannot be read: ${whatOf(error)}`, error);
  }
  throw damaged(`the tiles of ${size} entries do not have the root that they are sealed with; ${lookFor(place)}`);
}

function checkSealedRoot({ size, root }: SignedCheckpoint, { tile }: TileFiles, place: LogPlace): void {
  try {
    if (rootAt(size, tile).equals(root)) return;
  } catch (error) {
    throw damaged(`the tiles of ${size} entries cannot be read: ${whatOf(error)}`, error);
  }
  throw damaged(`the tiles do not have the root of the checkpoint of ${size} entries; ${lookFor(place)}`);
}

const whatOf = (error: unknown): string => (error instanceof Error ? error.message : "unknown error");

/** Adds to the tree what the journal holds beyond it. */
function replay(tree: TileTree, checkpoint: SignedCheckpoint | null, place: LogPlace) {
  let last: Buffer | null = null;
  const state = examining(place, (bytes, frame) => {
    if (frame.index < tree.size) return;
    if (frame.index > tree.size)
      throw damaged(`${journalDirectory(place.directory)}: the entries from ${tree.size} on are missing`);
    last = leafIn(bytes, frame);
    tree.append(last);
    place.tiles.write(tree.takeFull());
    if (tree.size === checkpoint?.size) meetCheckpoint(tree, checkpoint, place);
  });
  return { state, last: last as Buffer | null };
}

function examining({ directory }: LogPlace, visit: Parameters<typeof examineJournal>[1]): JournalState {
  try {
    return examineJournal(journalDirectory(directory), visit);
  } catch (error) {
    throw error instanceof JournalDamageError ? damaged(`the journal is damaged: ${error.message}`, error) : error;
  }
}

function meetCheckpoint(tree: TileTree, { size, root }: SignedCheckpoint, place: LogPlace): void {
  if (!tree.root().equals(root))
    throw damaged(`the journal's entries up to ${size} do not have the root of the checkpoint; ${lookFor(place)}`);
  place.tiles.writePartialsNow(tree.partials());
}

type Ends = Pick<Recovered, "sealed" | "checkpoint"> & { readonly state: JournalState };

/** Nothing that was durable may be missing at the end. */
function checkEnds(tree: TileTree, { sealed, checkpoint, state }: Ends, { directory }: LogPlace): void {
  const journal = journalDirectory(directory);
  if (checkpoint !== null && tree.size < checkpoint.size)
    throw damaged(`${journal} ends after ${tree.size} entries; the checkpoint has ${checkpoint.size}`);
  if (checkpoint === null && tree.size > 0)
    throw damaged(`${directory}: the checkpoint is missing, and there are ${tree.size} entries`);
  if (state.size !== null && state.size < sealed.size)
    throw damaged(`${journal} ends after ${state.size} entries; ${sealed.size} are sealed`);
}

function lastSealedLeaf(size: number, { bundle }: TileFiles): Buffer | null {
  if (size === 0) return null;
  const n = Math.floor((size - 1) / TILE_WIDTH);
  const width = size - n * TILE_WIDTH;
  return decodeBundle(bundle(n, width), width).at(-1) ?? null;
}

function timeOf(leaf: Buffer): number {
  try {
    return Date.parse(parseLeaf(leaf).time);
  } catch (error) {
    throw error instanceof MalformedError ? damaged(`the last entry is none of this log: ${error.message}`) : error;
  }
}
