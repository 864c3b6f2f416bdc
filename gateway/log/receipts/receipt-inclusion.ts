import { type ReceiptCode, type ReceiptFault, receiptFault } from "./receipt-faults.ts";
import type { ReadReceipt } from "./receipt-form.ts";
import { leafHash } from "../tlog/hashing.ts";
import { verifyInclusion } from "../tlog/proofs.ts";

/** Whether the entry is in the checkpoint's tree at its index; if not, what was most likely changed. */
export function checkInclusion(receipt: ReadReceipt, opening: "fits or erased" | "differs"): ReceiptFault | null {
  const { index, proof, checkpoint } = receipt;
  const { size } = checkpoint;
  if (leadsToRoot(receipt, index, size)) return null;
  if (index >= size) return receiptFault("INDEX_OUTSIDE", `${index} of ${size}`);
  const right = pathLength(index, size);
  const lengths = `${proof.length} in place of ${right}`;
  if (proof.length < right) return receiptFault("PROOF_TOO_SHORT", lengths);
  if (proof.length > right) return receiptFault("PROOF_TOO_LONG", lengths);
  if (opening === "differs") return receiptFault("LEAF_CHANGED");
  const place = placesNear(index, size).find((other) => leadsToRoot(receipt, other, size));
  return place === undefined
    ? receiptFault("PROOF_HASH_WRONG")
    : receiptFault("INDEX_MOVED", `the proof is of ${place}, not of ${index}`);
}

/**
 * What was changed in a checkpoint that none of its signatures fits: the size when the proof leads to the root in a tree of another size,
 * the root when it leads there in none; null when it is all as the tree has it.
 */
export function changedInCheckpoint(receipt: ReadReceipt): ReceiptCode | null {
  const { index, checkpoint } = receipt;
  if (leadsToRoot(receipt, index, checkpoint.size)) return null;
  const isSize = shapesOf(index).some((size) => leadsToRoot(receipt, index, size));
  return isSize ? "CHECKPOINT_SIZE_CHANGED" : "CHECKPOINT_ROOT_CHANGED";
}

function leadsToRoot({ leafText, proof, checkpoint }: ReadReceipt, index: number, size: number): boolean {
  return verifyInclusion({ leafHash: leafHash(Buffer.from(leafText)), index, size, proof, root: checkpoint.root });
}

/** Hashes of the inclusion proof of this entry. */
function pathLength(index: number, size: number): number {
  let [place, last, length] = [index, size - 1, 0];
  for (; last > 0; [place, last] = [Math.floor(place / 2), Math.floor(last / 2)])
    if (place % 2 === 1 || place !== last) length++;
  return length;
}

/** The smallest tree of every shape of path that this index can have. */
function shapesOf(index: number): number[] {
  const sizes = [index + 1];
  for (let power = 1; power <= Number.MAX_SAFE_INTEGER; power *= 2)
    if (Math.floor(index / power) % 2 === 0) sizes.push(Math.floor(index / power) * power + power + 1);
  return sizes.filter(Number.isSafeInteger);
}

/** How far an index may have been moved for us to tell where it was. */
const NEAR = 1024;

/** The indexes nearby, and those that differ in one bit. */
function placesNear(index: number, size: number): number[] {
  const places = Array.from({ length: 2 * NEAR + 1 }, (_, at) => index - NEAR + at);
  for (let power = 1; power < size; power *= 2)
    places.push(Math.floor(index / power) % 2 === 0 ? index + power : index - power);
  return places.filter((place) => place >= 0 && place < size && place !== index);
}
