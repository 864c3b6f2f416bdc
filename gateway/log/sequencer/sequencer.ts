import { checkpointFile, type SignedCheckpoint } from "../checkpoint-file.ts";
import type { Disk } from "../disk.ts";
import { JournalWriter } from "../journal-writer.ts";
import type { LogKeys } from "../log-keys.ts";
import type { Pseudonym } from "../pseudonym.ts";
import { formatCheckpoint } from "../tlog/checkpoint.ts";
import { parseNote, signNote } from "../tlog/signed-note.ts";
import type { TileTree } from "../tlog/tile-tree.ts";
import { readVerifierKey } from "../tlog/verifiers.ts";
import { type PackedBatch, unpackBatch } from "./batch.ts";
import { FrameBuffer, journalEntry, saltMaker } from "./frames.ts";
import { LogClock } from "./log-clock.ts";
import { journalDirectory, recoverLog, type Recovered } from "./recovery.ts";
import { type Sealed, writeSealed } from "./sealed.ts";
import { TileWriter } from "./tile-writer.ts";

export type SequencerOptions = {
  /** Of the log. */
  readonly directory: string;
  readonly keys: LogKeys;
  readonly pseudonym: Pseudonym;
  readonly disk: Disk;
  /** A segment of the journal that has grown to this is followed by another. */
  readonly segmentBytes: number;
};

/**
 * The log's one writer: entries in their order, journal first, tree and tiles after. Every method that writes throws the file
 * system's error, and may be called again.
 */
export class Sequencer {
  readonly #options: SequencerOptions;
  readonly #journal: JournalWriter;
  readonly #tiles: TileWriter;
  readonly #tree: TileTree;
  readonly #clock: LogClock;
  readonly #frames = new FrameBuffer();
  readonly #salts = saltMaker();
  /** Durable, and not in the tree yet. */
  #leaves: Uint8Array[] = [];
  #checkpoint: SignedCheckpoint | null;
  #sealed: Sealed;
  #publishing: Promise<unknown> = Promise.resolve();
  #sealing: Promise<void> | null = null;
  #taken = 0;
  readonly torn: Recovered["torn"];

  private constructor(options: SequencerOptions, tiles: TileWriter, recovered: Recovered) {
    const { directory, segmentBytes, disk } = options;
    this.#options = options;
    this.#tiles = tiles;
    this.#tree = recovered.tree;
    this.#checkpoint = recovered.checkpoint;
    this.#sealed = recovered.sealed;
    this.#clock = new LogClock(recovered.lastTime);
    this.torn = recovered.torn;
    const size = recovered.tree.size;
    this.#journal = new JournalWriter({ directory: journalDirectory(directory), size, segmentBytes, disk });
  }

  /** Makes the log whole again after whatever ended the last process, and publishes a checkpoint of what it holds. Throws LogRefusedError. */
  static async open(options: SequencerOptions): Promise<Sequencer> {
    const { directory, keys, disk } = options;
    const tiles = new TileWriter(directory, disk);
    const verifiers = keys.vkeys.map((vkey) => readVerifierKey(vkey).verifier);
    disk.makeDirectory(directory);
    const place = { directory, origin: keys.texts.origin, verifiers, tiles, disk };
    const sequencer = new Sequencer(options, tiles, recoverLog(place));
    if (sequencer.#checkpoint === null) writeSealed(directory, sequencer.#sealed, disk);
    await sequencer.publish();
    return sequencer;
  }

  /** Durable entries. */
  get size(): number {
    return this.#journal.size;
  }

  get sealedSize(): number {
    return this.#sealed.size;
  }

  /** The last checkpoint that was published. */
  get published(): SignedCheckpoint {
    if (this.#checkpoint === null) throw new Error("a log that is open has a checkpoint");
    return this.#checkpoint;
  }

  get setBacks(): number {
    return this.#clock.setBacks;
  }

  /** Makes a batch durable; returns the size of the log then. Refused as a whole when it throws. */
  append(batch: PackedBatch): number {
    // What is acknowledged must not pile up beside a disk that takes no tiles.
    this.#tiles.check();
    const time = this.#clock.timeAt(batch.at);
    const { pseudonym } = this.#options;
    const first = this.#journal.size;
    const entries = unpackBatch(batch).map((entry, at) =>
      journalEntry(entry, { index: first + at, time, salts: this.#salts(), pseudonym }),
    );
    this.#journal.append(this.#frames.write(entries), entries.length);
    for (const { leaf } of entries) this.#leaves.push(leaf);
    return this.#journal.size;
  }

  /** Takes what is durable into the tree. The tiles that became full are written besides. */
  grow(): void {
    for (const leaf of this.#leaves) this.#tree.append(leaf);
    this.#leaves = [];
    this.#tiles.push(this.#tree.takeFull());
  }

  /** Sees whether something could be recorded now. */
  probe(): void {
    this.#tiles.check();
    this.#journal.probe();
  }

  /** The signed checkpoint of all that is durable now; its tiles are there before it is. */
  publish(): Promise<SignedCheckpoint> {
    return this.#inTurn(async () => {
      this.grow();
      const { size } = this.#tree;
      if (this.#checkpoint?.size === size) return this.#checkpoint;
      const [partials, root] = [this.#tree.partials(), this.#tree.root()];
      await this.#tiles.flush();
      await this.#tiles.writePartials(partials);
      const { origin } = this.#options.keys.texts;
      const note = signNote(formatCheckpoint({ origin, size, root }), this.#options.keys.signers);
      return await this.#place({ origin, size, root, note });
    });
  }

  /** Publishes the checkpoint with more signature lines; false when another one has taken its place. Throws MalformedError. */
  cosigned(note: string): Promise<boolean> {
    return this.#inTurn(async () => {
      const { text } = parseNote(note);
      const current = this.published;
      if (text !== parseNote(current.note).text || !note.startsWith(current.note)) return false;
      await this.#place({ ...current, note });
      return true;
    });
  }

  async #place(checkpoint: SignedCheckpoint): Promise<SignedCheckpoint> {
    const { directory, disk } = this.#options;
    await disk.placeDurablyLater(checkpointFile(directory), Buffer.from(checkpoint.note));
    this.#checkpoint = checkpoint;
    return checkpoint;
  }

  /** Entries are taken in meanwhile, but the checkpoint is changed by one at a time. */
  async #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#publishing.then(work);
    this.#publishing = turn.catch(() => {});
    return await turn;
  }

  /** Makes tiles and checkpoint survive a power cut up to the published size, so that the journal is not needed for them. One at a time. */
  seal(): Promise<void> {
    this.#sealing ??= this.#sealNow().finally(() => (this.#sealing = null));
    return this.#sealing;
  }

  async #sealNow(): Promise<void> {
    const checkpoint = this.#checkpoint;
    if (checkpoint === null || checkpoint.size === this.#sealed.size) return;
    const { size, root } = checkpoint;
    const from = this.#sealed.size;
    await this.#tiles.seal(from, size);
    const sealed: Sealed = { size, root: root.toString("base64") };
    writeSealed(this.#options.directory, sealed, this.#options.disk);
    this.#sealed = sealed;
    await this.#tiles.removePartials(from, size);
    await this.drop();
  }

  /** The index has taken over the entries before `size` for good. */
  taken(size: number): Promise<void> {
    this.#taken = Math.max(this.#taken, size);
    return this.drop();
  }

  /** What comes next goes into a new file of the journal. */
  rotate(): void {
    this.#journal.rotate();
  }

  /** Deletes what the journal is not needed for any more. */
  drop(): Promise<void> {
    return this.#journal.drop(Math.min(this.#sealed.size, this.#taken));
  }
}
