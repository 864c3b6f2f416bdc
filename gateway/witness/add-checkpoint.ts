import { MalformedError } from "#gateway/log/tlog/malformed.ts";
import { readBase64 } from "#gateway/log/tlog/base64.ts";
import { type Checkpoint, parseCheckpoint, parseCount } from "#gateway/log/tlog/checkpoint.ts";
import { EMPTY_ROOT, HASH_BYTES } from "#gateway/log/tlog/hashing.ts";
import { verifyConsistency } from "#gateway/log/tlog/proofs.ts";
import { MAX_NOTE, parseNote } from "#gateway/log/tlog/signed-note.ts";

/** A request of C2SP tlog-witness, of which nothing is checked but its form. `note`: the checkpoint as it came, `text` without its signatures. */
export type AddCheckpoint = {
  readonly old: number;
  readonly proof: readonly Buffer[];
  readonly note: string;
  readonly text: string;
  readonly checkpoint: Checkpoint;
};

/** What a witness remembers of a log: the latest checkpoint that it cosigned. */
export type Seen = { readonly size: number; readonly root: Buffer };

/** Every refusal of a witness (C2SP tlog-witness, add-checkpoint). */
export const REFUSALS = {
  REQUEST_MALFORMED: { status: 400, en: "The request is not of the form of C2SP tlog-witness" },
  OLD_SIZE_BEYOND: { status: 400, en: "The old size is larger than the checkpoint's" },
  SIGNATURE_REFUSED: { status: 403, en: "No key that this witness trusts for the log signed the checkpoint" },
  LOG_UNKNOWN: { status: 404, en: "This witness does not follow the log" },
  OLD_SIZE_DIFFERS: { status: 409, en: "The latest checkpoint that was cosigned has another size" },
  ROOT_DIFFERS: { status: 409, en: "Another tree of this size was cosigned: the log shows two histories" },
  PROOF_REFUSED: { status: 422, en: "The proof does not lead from what was cosigned to this checkpoint" },
} as const satisfies Record<string, { readonly status: number; readonly en: string }>;
export type RefusalCode = keyof typeof REFUSALS;

const MAX_PROOF = 63;
/** The old size, 63 hashes, and a note of signatures after quantum computers (some 5 kB each); characters, which are no more than bytes. */
export const MAX_BODY = MAX_NOTE + 4096;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Throws MalformedError. */
export function parseAddCheckpoint(body: Uint8Array): AddCheckpoint {
  const request = decode(body);
  const end = request.indexOf("\n\n");
  if (end === -1) throw malformed("no empty line before the checkpoint");
  const [first = "", ...lines] = request.slice(0, end).split("\n", MAX_PROOF + 2);
  if (lines.length > MAX_PROOF) throw malformed(`more than ${MAX_PROOF} hashes in the proof`);
  const note = request.slice(end + 2);
  const { text } = parseNote(note);
  return { old: parseOld(first), proof: lines.map(parseHash), note, text, checkpoint: parseHead(text) };
}

function decode(body: Uint8Array): string {
  try {
    return utf8.decode(body);
  } catch {
    throw malformed("no UTF-8");
  }
}

function parseOld(line: string): number {
  const old = line.startsWith("old ") ? parseCount(line.slice(4)) : null;
  if (old === null) throw malformed("the first line is not old <size>");
  return old;
}

function parseHash(line: string): Buffer {
  const hash = readBase64(line);
  if (hash?.length !== HASH_BYTES) throw malformed("a line of the proof is no hash in base64");
  return hash;
}

/** The first three lines. Extension lines say nothing to a witness, but it signs them along. */
function parseHead(text: string): Checkpoint {
  const lines = text.slice(0, -1).split("\n");
  if (lines.includes("")) throw malformed("the checkpoint has an empty line");
  return parseCheckpoint(`${lines.slice(0, 3).join("\n")}\n`);
}

const malformed = (message: string): MalformedError => new MalformedError("NOTE_MALFORMED", message);

/**
 * Whether a checkpoint, whose signature holds, follows on what this witness cosigned before (null when nothing). Null: it does. `old` being
 * a prefix of the log is no proof of anything but by the hashes: what counts is `seen`.
 */
export function refusalOf(
  { old, proof, checkpoint }: Pick<AddCheckpoint, "old" | "proof" | "checkpoint">,
  seen: Seen | null,
): Extract<RefusalCode, "OLD_SIZE_BEYOND" | "OLD_SIZE_DIFFERS" | "ROOT_DIFFERS" | "PROOF_REFUSED"> | null {
  const { size: from, root: fromRoot } = seen ?? NOTHING_SEEN;
  const { size: to, root: toRoot } = checkpoint;
  if (old > to) return "OLD_SIZE_BEYOND";
  if (old !== from) return "OLD_SIZE_DIFFERS";
  if (from === to && !fromRoot.equals(toRoot)) return "ROOT_DIFFERS";
  return verifyConsistency({ from, fromRoot, to, toRoot, proof }) ? null : "PROOF_REFUSED";
}

const NOTHING_SEEN: Seen = { size: 0, root: EMPTY_ROOT };
