import type { Cosigner } from "#gateway/log/tlog/cosignature.ts";
import { MalformedError } from "#gateway/log/tlog/malformed.ts";
import { formatSignature, openNote, type Verifier } from "#gateway/log/tlog/signed-note.ts";
import { type AddCheckpoint, parseAddCheckpoint, type RefusalCode, refusalOf } from "./add-checkpoint.ts";
import type { FollowedLogs } from "./followed-logs.ts";
import type { Remembered, WitnessMemory } from "./witness-memory.ts";

/** What came of a request. `signatures`: lines of the witness's cosignature; `size`: of the latest checkpoint cosigned. Once the log's signature was checked, the request's note holds no others. */
export type WitnessAnswer =
  | { readonly kind: "cosigned"; readonly request: AddCheckpoint; readonly signatures: string }
  | { readonly kind: "malformed"; readonly detail: string }
  | { readonly kind: "refused"; readonly code: RefusalCode; readonly request: AddCheckpoint; readonly size: number };

export type FollowedLog = {
  readonly origin: string;
  readonly size: number;
  /** Checkpoints of the log that contradict what was cosigned. */
  readonly conflicts: number;
};

type Parts = {
  readonly key: Cosigner;
  readonly logs: FollowedLogs;
  readonly memory: WitnessMemory;
  /** Milliseconds. */
  readonly clock: () => number;
};

/** Signs that it has seen a log grow, and never two histories of it (C2SP tlog-witness). */
export class Witness {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** As on disk. */
  logs(): readonly FollowedLog[] {
    const { logs, memory } = this.#parts;
    return [...logs.keys()].map((origin) => ({
      origin,
      size: memory.latest(origin)?.size ?? 0,
      conflicts: memory.conflicts(origin),
    }));
  }

  /** Signs only what its memory holds durably before. Throws what the memory does, and then has signed nothing. */
  add(body: Uint8Array): WitnessAnswer {
    try {
      return this.#judge(parseAddCheckpoint(body));
    } catch (error) {
      if (error instanceof MalformedError) return { kind: "malformed", detail: error.message };
      throw error;
    }
  }

  #judge(request: AddCheckpoint): WitnessAnswer {
    const { logs, memory, key } = this.#parts;
    const { origin } = request.checkpoint;
    const trusted = logs.get(origin);
    if (trusted === undefined) return { kind: "refused", code: "LOG_UNKNOWN", request, size: 0 };
    const note = attested(request.note, trusted);
    if (note === null) return { kind: "refused", code: "SIGNATURE_REFUSED", request, size: 0 };
    const { refusal, latest } = memory.step(origin, (before) => this.#next({ ...request, note }, before));
    if (refusal === null) {
      const signatures = formatSignature(key.cosign(request.text, latest.seconds));
      return { kind: "cosigned", request, signatures };
    }
    if (refusal === "ROOT_DIFFERS") memory.keepConflict(origin, { seen: latest.note, other: note });
    return { kind: "refused", code: refusal, request: { ...request, note }, size: latest.size };
  }

  /** The time never goes back: who signs a larger tree later says so. */
  #next(request: AddCheckpoint, before: Remembered | null) {
    const refusal = refusalOf(request, before);
    const { size, root } = request.checkpoint;
    const now = Math.floor(this.#parts.clock() / 1000);
    const seconds = Math.max(now, before?.seconds ?? 0);
    const keep = refusal === null ? { size, root, note: request.note, seconds } : null;
    return { keep, result: { refusal, latest: keep ?? before ?? NOTHING } };
  }
}

const NOTHING = { size: 0, note: "", seconds: 0 };

/** The checkpoint with the lines of its log alone, whatever others were added to it; null when there is none that holds. */
function attested(note: string, trusted: readonly Verifier[]): string | null {
  try {
    const { text, verified } = openNote(note, trusted);
    return `${text}\n${verified.map(formatSignature).join("")}`;
  } catch (error) {
    if (error instanceof MalformedError) return null;
    throw error;
  }
}
