import type { LogKeyTexts } from "../log-keys.ts";
import type { LogRefusal } from "../log-refused.ts";
import type { JournalState } from "../journal-recovery.ts";
import type { PackedBatch } from "./batch.ts";

/** What the sequencer's thread is started with. */
export type SequencerOutfit = {
  readonly directory: string;
  readonly keys: LogKeyTexts;
  readonly pseudonymKey: string;
  readonly segmentBytes: number;
  /** Milliseconds between two times that tiles are synced, so that the journal can be let go. */
  readonly sealEvery: number;
};

/** Answered in their order: each `append` by `durable` or `refused`, each call by `answer`. */
export type SequencerRequest =
  | { readonly kind: "append"; readonly batch: PackedBatch }
  | { readonly kind: "taken"; readonly size: number }
  | { readonly kind: "call"; readonly call: number; readonly what: SequencerCall };

/**
 * `publish`, `seal` (all that is durable, and begins a new file of the journal), `probe` (writes), `close`: answered with the state then.
 * `drop`: deletes what the journal is not needed for.
 */
export type SequencerCall =
  | { readonly kind: "publish" | "seal" | "drop" | "probe" | "close" }
  | { readonly kind: "cosigned"; readonly note: string };

export type SequencerState = {
  readonly size: number;
  readonly sealed: number;
  readonly setBacks: number;
  /** The signed note that is published, and its size. */
  readonly note: string;
  readonly published: number;
};

export type SequencerAnswer =
  | { readonly kind: "ready"; readonly state: SequencerState; readonly torn: JournalState["torn"] }
  /** The log is not opened; `code` null when the disk did not let it. */
  | { readonly kind: "closed-out"; readonly code: LogRefusal | null; readonly reason: string }
  /** `room`: the batch's bytes, for another. */
  | { readonly kind: "durable"; readonly size: number; readonly setBacks: number; readonly room: ArrayBuffer }
  | { readonly kind: "refused"; readonly reason: string; readonly room: ArrayBuffer }
  | { readonly kind: "answer"; readonly call: number; readonly state: SequencerState; readonly done: boolean }
  | { readonly kind: "failed"; readonly call: number; readonly reason: string }
  /** Something that nobody asked for just now failed; null when it works again. */
  | { readonly kind: "trouble"; readonly reason: string | null };
