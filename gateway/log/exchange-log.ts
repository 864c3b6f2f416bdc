import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as later } from "node:timers/promises";
import { Fault } from "#gateway/fault.ts";
import { DISK, placeDurably } from "./disk.ts";
import type { ExchangeIndex, IndexedExchange } from "./index/exchange-index.ts";
import { openExchangeIndex, type RunningIndex } from "./index/index-client.ts";
import type { LogEntry } from "./log-entry.ts";
import { openLogKeys } from "./log-keys.ts";
import { lockLog } from "./log-lock.ts";
import { openLogOrigin, type OriginWish } from "./log-origin.ts";
import { LogRefusedError } from "./log-refused.ts";
import { openPseudonymKey } from "./pseudonym.ts";
import { type PublicLog, tilesOf } from "./public-log.ts";
import { type CheckpointListener, Publishing } from "./publishing.ts";
import { receiptOf } from "./receipt-of.ts";
import { SequencerClient } from "./sequencer/sequencer-client.ts";
import type { SequencerOutfit } from "./sequencer/sequencer-messages.ts";
import { tileFilesIn, type TileFiles } from "./tile-files.ts";
import { SubtreeRoots } from "./tlog/subtree-roots.ts";

/** How the log is. */
export type LogState = {
  /** Durable entries, and those under the published checkpoint. */
  readonly size: number;
  readonly published: number;
  /** Since when that checkpoint is published, milliseconds since the epoch. */
  readonly checkpointAt: number | null;
  /** Entries that the index has yet to take over. */
  readonly indexLag: number;
  /** How often since the start the clock was found behind what it had shown before. */
  readonly setBacks: number;
  /** Why nothing can be written; null when it can. */
  readonly failure: string | null;
};

/** Every method rejects with Fault LOG_UNAVAILABLE, and works again as soon as the disk does. */
export type ExchangeLog = {
  /** Resolves when the entry is durable: in the journal and synced to disk. */
  append(entry: LogEntry): Promise<void>;
  /** Whatever was durable when it was asked for. */
  get(id: string): Promise<IndexedExchange | null>;
  /** A proof of the exchange (C2SP tlog-proof) under a checkpoint that holds it; null when there is no such exchange. */
  receipt(id: string): Promise<string | null>;
  readonly index: ExchangeIndex;
  readonly public: PublicLog;
  state(): LogState;
  onCheckpoint(listener: CheckpointListener): void;
  /** Publishes the current checkpoint with more signature lines. */
  cosigned(note: string): Promise<void>;
  /** Resolves when no file of the journal holds anything that is durable now: tiles and index have it. */
  discardJournal(): Promise<void>;
  /** Resolves when a write was synced just now. */
  probe(): Promise<void>;
  close(): Promise<void>;
};

export type ExchangeLogOptions = {
  /** Of the log, and of the gateway's keys. Made when they are not there. */
  readonly directory: string;
  readonly keys: string;
  readonly origin: OriginWish;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  readonly onTrouble: (what: string, detail: string) => void;
  /** For tests: bytes of a file of the journal; milliseconds between two times that tiles are synced; what the writing thread runs. */
  readonly segmentBytes?: number;
  readonly sealEvery?: number;
  readonly threadFile?: URL;
};

const SEGMENT_BYTES = 64 * 1024 * 1024;
const SEAL_EVERY = 10_000;
/** Milliseconds that closing waits for the index. */
const INDEX_FOLLOWS_WITHIN = 5000;

/** Takes the log for this process, and makes it whole. Throws LogRefusedError, ConfigError, or the file system's error. */
export async function openExchangeLog(options: ExchangeLogOptions): Promise<ExchangeLog> {
  const { directory, keys: keyDirectory, segmentBytes = SEGMENT_BYTES, sealEvery = SEAL_EVERY } = options;
  const unlock = lockLog(directory);
  try {
    const keys = openLogKeys(keyDirectory, openLogOrigin(directory, options.origin));
    const pseudonymKey = openPseudonymKey(keyDirectory);
    const vkeys = keys.vkeys.map((vkey) => `${vkey}\n`).join("");
    publishKeys(join(directory, "keys"), vkeys, keyDirectory);
    const outfit = { directory, keys: keys.texts, pseudonymKey, segmentBytes, sealEvery };
    return await TiledLog.start({ ...options, outfit, vkeys, unlock });
  } catch (error) {
    unlock();
    throw error;
  }
}

/** A log keeps its keys: under others, proofs that were given out would be nobody's. Throws LogRefusedError. */
function publishKeys(file: string, vkeys: string, keyDirectory: string): void {
  if (!existsSync(file)) return placeDurably(DISK, file, Buffer.from(vkeys));
  if (readFileSync(file, "utf8") === vkeys) return;
  const message = `${keyDirectory} does not hold the private keys of this log, whose public ones are in ${file}`;
  throw new LogRefusedError("LOG_FOREIGN", `${message}: put log-ed25519.key and log-sm2.key back`);
}

type Parts = ExchangeLogOptions & {
  readonly outfit: SequencerOutfit;
  /** A line each. */
  readonly vkeys: string;
  readonly unlock: () => void;
};

class TiledLog implements ExchangeLog {
  readonly #parts: Parts;
  readonly #files: TileFiles;
  readonly #roots = new SubtreeRoots();
  readonly #sequencer: SequencerClient;
  readonly #publishing: Publishing;
  readonly #index: RunningIndex;
  readonly public: PublicLog;
  #size = 0;
  #setBacks = 0;
  #closing: Promise<void> | null = null;

  private constructor(parts: Parts) {
    const { directory, clock, onTrouble, outfit, vkeys } = parts;
    this.#parts = parts;
    this.#files = tileFilesIn(directory);
    this.#sequencer = new SequencerClient({
      outfit,
      threadFile: parts.threadFile,
      clock,
      onDurable: (size, setBacks) => this.#grown(size, setBacks),
      onStarted: ({ state, torn }) => {
        if (torn !== null) onTrouble("an unfinished write was cut off the log's journal", `${torn.bytes} bytes`);
        this.#grown(state.size, state.setBacks);
        this.#publishing.take(state);
        // The thread before took along what it had been told, without which it would keep the journal.
        this.#sequencer.taken(this.#index.state().taken);
      },
      onTrouble,
    });
    const call = this.#sequencer.call.bind(this.#sequencer);
    this.#publishing = new Publishing({ call, tile: this.#files.tile, clock, onTrouble });
    this.#index = openExchangeIndex({ directory, onTaken: (size) => this.#sequencer.taken(size) });
    this.public = {
      checkpoint: () => this.#checkpoint(),
      keys: () => vkeys,
      tile: tilesOf(directory, () => this.#publishing.current.size),
    };
  }

  /** With a disk that fails just now it starts all the same: appends are refused until it does not. */
  static async start(parts: Parts): Promise<TiledLog> {
    const log = new TiledLog(parts);
    try {
      await log.#sequencer.start();
    } catch (error) {
      if (!(error instanceof Fault)) {
        await log.#end();
        throw error;
      }
      parts.onTrouble("the log cannot be opened yet", error.detail ?? error.code);
    }
    return log;
  }

  get index(): ExchangeIndex {
    return this.#index;
  }

  append(entry: LogEntry): Promise<void> {
    return this.#sequencer.append(entry);
  }

  get(id: string): Promise<IndexedExchange | null> {
    return this.#index.get(id);
  }

  receipt(id: string): Promise<string | null> {
    return receiptOf(id, {
      index: this.#index,
      publishing: this.#publishing,
      files: this.#files,
      roots: this.#roots,
    });
  }

  state(): LogState {
    const { size: published, at } = this.#publishing.current;
    return {
      size: this.#size,
      published,
      checkpointAt: at === 0 ? null : at,
      indexLag: this.#size - this.#index.state().indexed,
      setBacks: this.#setBacks,
      failure: this.#sequencer.failure,
    };
  }

  onCheckpoint(listener: CheckpointListener): void {
    this.#publishing.onCheckpoint(listener);
  }

  async cosigned(note: string): Promise<void> {
    await this.#publishing.cosigned(note);
  }

  async discardJournal(): Promise<void> {
    const { state } = await this.#sequencer.call({ kind: "seal" });
    this.#publishing.take(state);
    await this.#index.settle();
    await this.#sequencer.call({ kind: "drop" });
  }

  async probe(): Promise<void> {
    await this.#sequencer.call({ kind: "probe" });
  }

  close(): Promise<void> {
    this.#closing ??= this.#letIndexFollow()
      .then(() => this.#end())
      .finally(this.#parts.unlock);
    return this.#closing;
  }

  /** What it does not take over now it takes over at the next start, from the journal. */
  async #letIndexFollow(): Promise<void> {
    const settled = this.#index.settle().catch(() => {});
    await Promise.race([settled, later(INDEX_FOLLOWS_WITHIN, undefined, { ref: false })]);
  }

  async #end(): Promise<void> {
    this.#publishing.close();
    await this.#sequencer.close();
    await this.#index.close();
  }

  #checkpoint(): string {
    const { note } = this.#publishing.current;
    if (note === "") throw new Fault("LOG_UNAVAILABLE", "no checkpoint is published yet");
    return note;
  }

  #grown(size: number, setBacks: number): void {
    this.#size = size;
    this.#setBacks = setBacks;
    this.#publishing.grown(size);
    this.#index.durable(size);
  }
}
