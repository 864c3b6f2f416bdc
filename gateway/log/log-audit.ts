import { AUDIT_FAULTS, type AuditCode, type AuditPlace, LogBreak } from "./audit/audit-faults.ts";
import { bundlesOf, EntryCheck, type ReadBundle, type SameTime } from "./audit/check-entries.ts";
import { TileCheck } from "./audit/check-tiles.ts";
import type { IndexCheck, IndexFindings } from "./audit/check-index.ts";
import type { LogSource } from "./audit/log-source.ts";
import { isReceiptFault } from "./receipts/receipt-faults.ts";
import { checkLogSignatures, type ProvenSignature } from "./receipts/receipt-signatures.ts";
import { type Checkpoint, parseCheckpoint } from "./tlog/checkpoint.ts";
import { MalformedError } from "./tlog/malformed.ts";
import { parseNote } from "./tlog/signed-note.ts";
import { TILE_WIDTH } from "./tlog/tiles.ts";
import { TileTree } from "./tlog/tile-tree.ts";
import type { PinnedKey } from "./tlog/verifiers.ts";

export type AuditQuestion = {
  readonly source: LogSource;
  readonly keys: readonly PinnedKey[];
  /** Null where the log's private half is not at hand. */
  readonly index: IndexCheck | null;
  /** Told after every bundle. */
  readonly onProgress: (entries: number, size: number) => void;
};

export type AuditFindings = {
  readonly log: string;
  readonly size: number;
  /** Base64. */
  readonly root: string;
  readonly signatures: readonly ProvenSignature[];
  /** ISO 8601; null for a log without entries. */
  readonly lastTime: string | null;
  /** Entries that share the time of the one before them. */
  readonly sameTime: SameTime;
  readonly index: IndexFindings | null;
};

export type AuditOutcome =
  | { readonly holds: true; readonly findings: AuditFindings }
  | { readonly holds: false; readonly code: AuditCode; readonly place: AuditPlace; readonly detail: string };

type Head = { readonly checkpoint: Checkpoint; readonly signatures: readonly ProvenSignature[] };

/**
 * Checks a whole log: signatures of its checkpoint, every entry, every tile of every level against what the entries make, the root, and
 * the index against the entries. One bundle is in memory at a time. Rejects with LogUnreadError when the log cannot be looked at.
 */
export async function auditLog(question: AuditQuestion): Promise<AuditOutcome> {
  try {
    const head = await readHead(question);
    return { holds: true, findings: await walk(question, head) };
  } catch (error) {
    if (!(error instanceof LogBreak)) throw error;
    return { holds: false, code: error.code, place: error.place, detail: error.message };
  }
}

async function readHead({ source, keys }: AuditQuestion): Promise<Head> {
  const bytes = await source.checkpoint();
  const file = "checkpoint";
  if (bytes === null) throw new LogBreak("CHECKPOINT_MISSING", { file }, "not there");
  const { note, checkpoint } = readNote(bytes);
  const signatures = checkLogSignatures({ note, checkpoint }, keys, () => null);
  if (!isReceiptFault(signatures)) return { checkpoint, signatures };
  throw new LogBreak("CHECKPOINT_NOT_SIGNED", { file }, `${signatures.code} ${signatures.detail}`.trim());
}

function readNote(bytes: Buffer): Pick<Parameters<typeof checkLogSignatures>[0], "note" | "checkpoint"> {
  try {
    const note = parseNote(bytes.toString());
    return { note, checkpoint: parseCheckpoint(note.text) };
  } catch (error) {
    if (error instanceof MalformedError)
      throw new LogBreak("CHECKPOINT_MALFORMED", { file: "checkpoint" }, error.message);
    throw error;
  }
}

async function walk({ source, index, onProgress }: AuditQuestion, head: Head): Promise<AuditFindings> {
  const { checkpoint, signatures } = head;
  const tiles = new TileCheck(source, checkpoint);
  const tree = TileTree.restore(0, () => Buffer.alloc(0));
  const entries = new EntryCheck();
  let rest: ReadBundle | null = null;
  const confirm = ({ n, first, entries: bytes }: ReadBundle): void => {
    const leaves = bytes.map((entry, at) => entries.read(entry, first + at, n));
    index?.check(leaves, first);
  };
  for await (const bundle of bundlesOf(source, checkpoint.size)) {
    for (const entry of bundle.entries) tree.append(entry);
    for (const tile of tree.takeFull()) await tiles.check(tile);
    // What an entry says counts once its tile has confirmed it; a partial one does so at the end.
    if (bundle.entries.length === TILE_WIDTH) confirm(bundle);
    else rest = bundle;
    onProgress(tree.size, checkpoint.size);
  }
  for (const tile of tree.partials()) await tiles.check(tile);
  if (!tree.root().equals(checkpoint.root))
    throw new LogBreak("ROOT_DIFFERS", { file: "checkpoint" }, `of ${checkpoint.size} entries`);
  if (rest !== null) confirm(rest);
  return {
    log: checkpoint.origin,
    size: checkpoint.size,
    root: checkpoint.root.toString("base64"),
    signatures,
    lastTime: entries.last,
    sameTime: entries.sameTime,
    index: index?.findings(checkpoint.size) ?? null,
  };
}

/** What a code says, for people. */
export const auditSentence = (code: AuditCode): { readonly zh: string; readonly en: string } => AUDIT_FAULTS[code];
