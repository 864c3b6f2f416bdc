import { parseHash } from "./base64.ts";
import { EMPTY_ROOT } from "./hashing.ts";
import { MalformedError } from "./malformed.ts";

/** A Merkle tree's head as the log states it (C2SP tlog-checkpoint). `root` has 32 bytes. */
export type Checkpoint = { readonly origin: string; readonly size: number; readonly root: Buffer };

/** The note text: three lines, no extension lines. Throws MalformedError when `parseCheckpoint` would not read it back. */
export function formatCheckpoint({ origin, size, root }: Checkpoint): string {
  const text = `${origin}\n${size}\n${root.toString("base64")}\n`;
  parseCheckpoint(text);
  return text;
}

/** Of a note's text, whose signatures are checked elsewhere. Extension lines are refused: nobody could audit them. Throws MalformedError. */
export function parseCheckpoint(text: string): Checkpoint {
  const [origin = "", size = "", root = "", end, ...more] = text.split("\n", 5);
  if (origin === "") throw new MalformedError("CHECKPOINT_ORIGIN", "the checkpoint has no origin line");
  const leaves = parseCount(size);
  if (leaves === null) throw new MalformedError("CHECKPOINT_SIZE", "the checkpoint's size is no canonical number");
  const hash = parseHash(root, "CHECKPOINT_ROOT", "the checkpoint's root");
  if (end !== "" || more.length > 0)
    throw new MalformedError("CHECKPOINT_TRAILING", "more lines after the checkpoint's root");
  if (leaves === 0 && !hash.equals(EMPTY_ROOT))
    throw new MalformedError("CHECKPOINT_ROOT", "the root of no tree without leaves");
  return { origin, size: leaves, root: hash };
}

/** Decimal, no leading zeros, at most 2^53 - 1; null for anything else. */
export function parseCount(text: string): number | null {
  if (!/^(?:0|[1-9][0-9]{0,15})$/.test(text)) return null;
  const count = Number(text);
  return Number.isSafeInteger(count) ? count : null;
}
