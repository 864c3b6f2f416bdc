import { setTimeout as later } from "node:timers/promises";
import { Fault } from "#gateway/fault.ts";
import type { SequencerReply } from "./sequencer/sequencer-link.ts";
import type { SequencerCall, SequencerState } from "./sequencer/sequencer-messages.ts";
import { remembering } from "./tile-files.ts";
import { consistencyProof } from "./tlog/proofs.ts";
import { parseNote } from "./tlog/signed-note.ts";
import type { TileReader } from "./tlog/tiles.ts";

/** A signed checkpoint that is published. `at`: since when, milliseconds since the epoch. */
export type Published = { readonly note: string; readonly size: number; readonly at: number };

/**
 * Told of each checkpoint. `proofFrom`: the consistency proof from a smaller size to it, base64. While what it returns is pending, no other
 * checkpoint takes this one's place, for some seconds at most, so that signatures for it still find it.
 */
export type CheckpointListener = (note: string, proofFrom: (size: number) => Promise<string[]>) => Promise<void> | void;

type Parts = {
  readonly call: (what: SequencerCall) => Promise<SequencerReply>;
  readonly tile: TileReader;
  readonly clock: () => number;
  readonly onTrouble: (what: string, detail: string) => void;
};

/** Milliseconds between two checkpoints of a log that grows, and between two that somebody waits for. */
const EVERY = 1000;
const AT_MOST_EVERY = 50;
/** Milliseconds for which a checkpoint stays for those who sign it too. */
const STAYS_FOR = 5000;

/** Which checkpoint is published, and when the next one is. */
export class Publishing {
  readonly #parts: Parts;
  readonly #timer: NodeJS.Timeout;
  readonly #listeners: CheckpointListener[] = [];
  #current: Published = { note: "", size: 0, at: 0 };
  /** The last one that others signed too. */
  #cosigned: Published | null = null;
  /** Durable entries. */
  #size = 0;
  #publishing: Promise<void> | null = null;
  /** Why the last attempt to publish failed: told once. */
  #problem: string | null = null;
  /** Until when the current one stays, milliseconds of the monotonic clock. */
  #staysUntil = -Infinity;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#timer = setInterval(() => this.#publishWhenDue(), EVERY).unref();
  }

  get current(): Published {
    return this.#current;
  }

  grown(size: number): void {
    this.#size = size;
  }

  /** What a sequencer says is published. */
  take({ note, published: size }: SequencerState): void {
    if (note === this.#current.note) return;
    const isNew = size !== this.#current.size || this.#current.note === "";
    this.#current = { note, size, at: this.#parts.clock() };
    if (isNew) this.#announce(this.#current);
  }

  /** A checkpoint with the entry in its tree, cosigned if there is such a one. Throws Fault LOG_UNAVAILABLE. */
  async covering(index: number): Promise<Published> {
    // As when an index was put beside an older copy of its log: no checkpoint will ever hold that.
    if (index >= this.#size) throw new Fault("LOG_UNAVAILABLE", `the index knows entry ${index}, the log does not`);
    if (this.#cosigned !== null && this.#cosigned.size > index) return this.#cosigned;
    while (this.#current.size <= index) await this.#publish();
    return this.#current;
  }

  onCheckpoint(listener: CheckpointListener): void {
    this.#listeners.push(listener);
    if (this.#current.note !== "") void this.#tell(listener, this.#current);
  }

  /** Publishes the current checkpoint with more signature lines. One that has another by now is kept for receipts. */
  async cosigned(note: string): Promise<void> {
    const { text } = parseNote(note);
    const { state } = await this.#parts.call({ kind: "cosigned", note });
    const size = Number(text.split("\n", 2)[1]);
    this.#cosigned = { note, size, at: this.#parts.clock() };
    this.take(state);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #publishWhenDue(): void {
    if (this.#size === this.#current.size || performance.now() < this.#staysUntil) return;
    this.#publish().then(
      () => (this.#problem = null),
      (error: unknown) => this.#report(error instanceof Error ? error.message : "unknown error"),
    );
  }

  #report(problem: string): void {
    if (problem !== this.#problem) this.#parts.onTrouble("no checkpoint could be published", problem);
    this.#problem = problem;
  }

  /** All who ask at the same time get the same one. */
  #publish(): Promise<void> {
    this.#publishing ??= this.#publishNow().finally(() => (this.#publishing = null));
    return this.#publishing;
  }

  async #publishNow(): Promise<void> {
    const wait = this.#current.at + AT_MOST_EVERY - this.#parts.clock();
    if (wait > 0 && wait <= AT_MOST_EVERY) await later(wait);
    const { state } = await this.#parts.call({ kind: "publish" });
    this.take(state);
  }

  #announce(checkpoint: Published): void {
    if (this.#listeners.length === 0) return;
    const until = performance.now() + STAYS_FOR;
    this.#staysUntil = until;
    void this.#tellAll(checkpoint, until);
  }

  async #tellAll(checkpoint: Published, until: number): Promise<void> {
    await Promise.all(this.#listeners.map((listener) => this.#tell(listener, checkpoint)));
    if (this.#staysUntil === until) this.#staysUntil = -Infinity;
  }

  async #tell(listener: CheckpointListener, { note, size }: Published): Promise<void> {
    const proofFrom = async (from: number): Promise<string[]> =>
      consistencyProof(from, size, remembering(this.#parts.tile)).map((hash) => hash.toString("base64"));
    try {
      await listener(note, proofFrom);
    } catch (error) {
      this.#parts.onTrouble("a checkpoint was not taken up", error instanceof Error ? error.message : "unknown");
    }
  }
}
