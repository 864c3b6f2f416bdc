import { dirname } from "node:path";
import { type Disk, PRIVATE_FILE, syncDirectory, writeWhole } from "./disk.ts";
import { SEGMENT_HEAD, segmentFile, segmentsIn } from "./journal-segments.ts";

/** The segment that is being written. `offset`: all before it is durable, nothing behind it counts. */
type Open = { readonly descriptor: number; readonly first: number; offset: number };

export type JournalOptions = {
  readonly directory: string;
  /** Entries that are in the journal already, or were: the index of the next one. */
  readonly size: number;
  /** A segment that has grown to this is followed by another. */
  readonly segmentBytes: number;
  readonly disk: Disk;
};

/** As much as a batch takes. Zeros at the journal's end are known for what they are. */
const PROBE = Buffer.alloc(64 * 1024);

/** Appends to the journal. A batch is durable as a whole or refused as a whole. */
export class JournalWriter {
  readonly #options: JournalOptions;
  #size: number;
  #open: Open | null = null;
  #dropping: Promise<void> = Promise.resolve();
  /** Whether a segment was deleted that a power cut may bring back. */
  #isUnsynced = false;

  constructor(options: JournalOptions) {
    this.#options = options;
    this.#size = options.size;
  }

  get size(): number {
    return this.#size;
  }

  /** One write and one fdatasync. Throws the file system's error; nothing of the batch is in the journal then, and the next one may do better. */
  append(frames: Uint8Array, count: number): void {
    this.#open ??= this.#begin();
    this.#write(this.#open, frames);
    this.#makeDurable(this.#open);
    this.#open.offset += frames.length;
    this.#size += count;
    if (this.#open.offset >= this.#options.segmentBytes) this.rotate();
  }

  /** Sees whether a batch could be appended now: zeros are written, synced and taken back. Throws the file system's error. */
  probe(): void {
    this.#open ??= this.#begin();
    this.#write(this.#open, PROBE);
    this.#makeDurable(this.#open);
    this.#takeBack(this.#open);
  }

  /** What comes next goes into a new segment. All of this one is durable, whatever closing it says. */
  rotate(): void {
    const open = this.#open;
    this.#open = null;
    if (open !== null) attempt(() => this.#options.disk.close(open.descriptor));
  }

  /**
   * Deletes the segments whose entries all lie before `size`; the one that is being written stays. Besides other work, for it takes tens of
   * milliseconds, and one after the other: when it resolves, what was deleted before is gone for good too.
   */
  drop(size: number): Promise<void> {
    const dropped = this.#dropping.then(() => this.#dropNow(size));
    this.#dropping = dropped.catch(() => {});
    return dropped;
  }

  async #dropNow(size: number): Promise<void> {
    const { directory, disk } = this.#options;
    const segments = segmentsIn(directory);
    const gone = segments.filter(({ first }, at) => {
      const end = segments[at + 1]?.first ?? this.#size;
      // One that would begin at the journal's end holds nothing, and may be begun anew while it is being deleted.
      return first !== this.#open?.first && first < this.#size && end <= size;
    });
    for (const { file } of gone) {
      this.#isUnsynced = true;
      await disk.removeLater(file);
    }
    if (!this.#isUnsynced) return;
    await disk.syncLater(directory);
    this.#isUnsynced = false;
  }

  /** A segment of this name can only be there when nothing in it is durable: another batch was refused. */
  #begin(): Open {
    const { directory, disk } = this.#options;
    const file = segmentFile(directory, this.#size);
    disk.makeDirectory(directory);
    disk.remove(file);
    const descriptor = disk.open(file, "wx", PRIVATE_FILE);
    try {
      writeWhole(disk, descriptor, SEGMENT_HEAD, 0);
      syncDirectory(disk, directory);
      syncDirectory(disk, dirname(directory));
    } catch (error) {
      disk.close(descriptor);
      throw error;
    }
    return { descriptor, first: this.#size, offset: SEGMENT_HEAD.length };
  }

  /** A full disk leaves a part of the batch behind: it is taken back. */
  #write(open: Open, frames: Uint8Array): void {
    try {
      writeWhole(this.#options.disk, open.descriptor, frames, open.offset);
    } catch (error) {
      this.#takeBack(open);
      throw error;
    }
  }

  #takeBack(open: Open): void {
    try {
      this.#options.disk.truncate(open.descriptor, open.offset);
    } catch {
      this.#abandon(open);
    }
  }

  /** After a failed fdatasync the kernel may have dropped the bytes and call the next one a success: the file is not written to again. */
  #makeDurable(open: Open): void {
    try {
      this.#options.disk.datasync(open.descriptor);
    } catch (error) {
      this.#abandon(open);
      throw error;
    }
  }

  /** The next segment begins at the last durable entry, so what stands behind that in this one counts for nothing, even uncut. */
  #abandon(open: Open): void {
    this.#open = null;
    const { disk } = this.#options;
    attempt(() => disk.truncate(open.descriptor, open.offset));
    attempt(() => disk.close(open.descriptor));
  }
}

function attempt(tidying: () => void): void {
  try {
    tidying();
  } catch {
    // What is durable is so already; of an error that led here, that one is told.
  }
}
