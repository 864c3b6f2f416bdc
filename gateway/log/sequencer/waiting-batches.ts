import type { LogEntry } from "../log-entry.ts";
import { BatchPacker } from "./batch.ts";

/** How an entry is told that it is durable, or that it is not. */
export type Settle = { readonly resolve: () => void; readonly reject: (error: unknown) => void };

/** A batch as it fills. */
export type Batch = {
  readonly packer: BatchPacker;
  readonly entries: Settle[];
};

/** Entries of one batch, and so of one fdatasync. */
export const MAX_BATCH = 256;
/** Bytes of one batch; a single entry may have more. */
const MAX_BYTES = 8_000_000;
/** Rooms that are kept for batches to come, and bytes of one at most. */
const MOST_ROOMS = 4;
const LARGEST_ROOM = 2_000_000;

/** Entries that wait to be handed over, in batches. */
export class WaitingBatches {
  readonly #full: Batch[] = [];
  #last: Batch | null = null;
  /** Of batches that are done with: memory that comes and goes with each batch costs more than to fill it. */
  readonly #rooms: ArrayBuffer[] = [];

  add(entry: LogEntry, record: string, settle: Settle): void {
    const batch = (this.#last ??= { packer: new BatchPacker(this.#rooms.pop()), entries: [] });
    batch.packer.add(entry, record);
    batch.entries.push(settle);
    if (batch.entries.length < MAX_BATCH && batch.packer.length < MAX_BYTES) return;
    this.#full.push(batch);
    this.#last = null;
  }

  /** The bytes of a batch that was taken, when nobody needs them any more. */
  giveBack(room: ArrayBuffer): void {
    if (this.#rooms.length < MOST_ROOMS && room.byteLength <= LARGEST_ROOM) this.#rooms.push(room);
  }

  get isEmpty(): boolean {
    return !this.hasFull && (this.#last === null || this.#last.entries.length === 0);
  }

  /** Whether there is a batch that nothing can be added to. */
  get hasFull(): boolean {
    return this.#full.length > 0;
  }

  /** The first batch, full or not; null when nothing waits. */
  take(): Batch | null {
    const full = this.#full.shift();
    if (full !== undefined) return full;
    const batch = this.#last;
    if (batch === null || batch.entries.length === 0) return null;
    this.#last = null;
    return batch;
  }
}
