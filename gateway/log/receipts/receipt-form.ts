import { type Leaf, parseLeaf } from "../leaf.ts";
import { type Opening, readReceiptExtra } from "../receipt.ts";
import { MALFORMED_RECEIPTS, type ReceiptFault, receiptFault } from "./receipt-faults.ts";
import { type Checkpoint, parseCheckpoint } from "../tlog/checkpoint.ts";
import { MalformedError } from "../tlog/malformed.ts";
import { type Note, parseNote } from "../tlog/signed-note.ts";
import { MAX_PROOF, parseTlogProof } from "../tlog/tlog-proof.ts";

/** A receipt that is well-formed; nothing of it is proven yet. */
export type ReadReceipt = {
  readonly index: number;
  readonly proof: readonly Buffer[];
  readonly note: Note;
  readonly checkpoint: Checkpoint;
  readonly leafText: string;
  readonly leaf: Leaf;
  readonly opening: Opening | null;
};

/** Bytes of a receipt at most. */
export const MAX_RECEIPT = MAX_PROOF;
const LAST_LINE = /\n— [^\n]+\n$/;

/** What the file says, or why it says nothing. */
export function readReceipt(bytes: Uint8Array): ReadReceipt | ReceiptFault {
  if (bytes.length > MAX_RECEIPT) return receiptFault("TOO_LARGE", `${bytes.length} bytes`);
  const text = readText(bytes);
  return text === null ? receiptFault("NOT_TEXT") : parseReceipt(text);
}

/** Null unless it is UTF-8. */
export function readText(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

function parseReceipt(text: string): ReadReceipt | ReceiptFault {
  try {
    const { extra, index, proof, checkpoint } = parseTlogProof(text);
    if (extra === null) return receiptFault("EXTRA_MISSING");
    const opened = readReceiptExtra(extra);
    if (opened === null) return receiptFault("EXTRA_MALFORMED");
    if (/\n— /.test(text) && !LAST_LINE.test(text)) return receiptFault("TRAILING_BYTES");
    const note = parseNote(checkpoint);
    const { leaf, opening } = opened;
    return {
      index,
      proof,
      note,
      checkpoint: parseCheckpoint(note.text),
      leafText: leaf,
      leaf: parseLeaf(Buffer.from(leaf)),
      opening,
    };
  } catch (error) {
    if (error instanceof MalformedError) return receiptFault(MALFORMED_RECEIPTS[error.code], error.message);
    throw error;
  }
}
