import { setTimeout as later } from "node:timers/promises";
import { Fault } from "#gateway/fault.ts";
import { MAX_RECORD_BYTES } from "../journal-frame.ts";
import type { LogEntry } from "../log-entry.ts";
import { SequencerLink, type SequencerReply, type Started, unavailable } from "./sequencer-link.ts";
import type { SequencerCall, SequencerOutfit } from "./sequencer-messages.ts";
import { type Batch, WaitingBatches } from "./waiting-batches.ts";

export type SequencerClientOptions = {
  readonly outfit: SequencerOutfit;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** Told of every growth, after it was acknowledged. */
  readonly onDurable: (size: number, setBacks: number) => void;
  /** Told of each thread that is ready. */
  readonly onStarted: (started: Pick<Started, "state" | "torn">) => void;
  readonly onTrouble: (what: string, detail: string) => void;
  /** The module that the thread runs; for tests of threads that die. */
  readonly threadFile?: URL | undefined;
};

/** Batches that the thread has at once: while it syncs one, the next lies ready. */
const MAX_UNDER_WAY = 2;
/** Milliseconds between two attempts to start a thread; who calls meanwhile waits for the next. */
const RESTART_AFTER = 250;
/** Bytes of a UTF-16 unit in UTF-8, of a person's pseudonym with its length, and what a record has besides these, at most. */
const UTF8_BYTES = 3;
const PERSON_BYTES = 48;
const BESIDES = 64 * 1024;

/** Hands entries to the sequencer's thread, in batches, and settles them. A thread that is lost is started anew by the next call. */
export class SequencerClient {
  readonly #options: SequencerClientOptions;
  readonly #waiting = new WaitingBatches();
  #underWay: Batch[] = [];
  #link: SequencerLink | null = null;
  #starting: Promise<SequencerLink> | null = null;
  #startedAt = -Infinity;
  /** Resolves when the thread that was lost last is gone: two would write into the same files. */
  #gone: Promise<unknown> = Promise.resolve();
  #isScheduled = false;
  #isClosed = false;
  /** Why the last batch was refused, or no thread is there; and why something besides failed. Null when it worked. */
  #refusal: string | null = null;
  #trouble: string | null = null;

  constructor(options: SequencerClientOptions) {
    this.#options = options;
  }

  /** Why the last thing that was tried failed; null when it worked. */
  get failure(): string | null {
    return this.#refusal ?? this.#trouble;
  }

  /** Resolves when the log is whole. Rejects with LogRefusedError, or Fault LOG_UNAVAILABLE when the disk fails. */
  async start(): Promise<void> {
    await this.#running();
  }

  /** Resolves when the entry is durable. Rejects with Fault LOG_UNAVAILABLE. */
  append(entry: LogEntry): Promise<void> {
    return new Promise((resolve, reject) => {
      const record = JSON.stringify(entry.record);
      if (this.#isClosed) throw unavailable("the log is closed");
      const room = record.length * UTF8_BYTES + entry.persons.length * PERSON_BYTES + BESIDES;
      if (room > MAX_RECORD_BYTES) throw unavailable("the record is too large");
      this.#waiting.add(entry, record, { resolve, reject });
      if (this.#isScheduled) return;
      this.#isScheduled = true;
      // What is appended in this turn of the event loop makes up a batch.
      setImmediate(() => this.#handOver());
    });
  }

  /** Rejects with Fault LOG_UNAVAILABLE. */
  async call(what: SequencerCall): Promise<SequencerReply> {
    if (this.#isClosed) throw unavailable("the log is closed");
    const link = await this.#running();
    return await link.ask(what);
  }

  /** Tells that the index has taken over what is before `size`. */
  taken(size: number): void {
    this.#link?.post({ kind: "taken", size });
  }

  /** Lets what waits become durable, publishes and seals, and ends the thread. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const link = await this.#lastLink();
    if (link === null) return this.#refuseWaiting("the log is closed");
    for (let batch = this.#waiting.take(); batch !== null; batch = this.#waiting.take()) this.#send(batch, link);
    try {
      await link.ask({ kind: "close" });
    } catch (error) {
      this.#options.onTrouble("the log could not be sealed", messageOf(error));
    }
    await link.ended;
  }

  /** A thread that is just starting is waited for: nothing may write to the log once it is closed. */
  async #lastLink(): Promise<SequencerLink | null> {
    try {
      return (await this.#starting) ?? this.#link;
    } catch {
      return null;
    }
  }

  /** Group commit: a batch waits for the one before it to become durable, unless it is full. */
  #handOver(): void {
    this.#isScheduled = false;
    const link = this.#link;
    if (link === null) return this.#handOverLater();
    while (this.#underWay.length === 0 || (this.#underWay.length < MAX_UNDER_WAY && this.#waiting.hasFull)) {
      const batch = this.#waiting.take();
      if (batch === null) return;
      this.#send(batch, link);
    }
  }

  #send(batch: Batch, link: SequencerLink): void {
    this.#underWay.push(batch);
    link.append(batch.packer.finish(this.#options.clock()));
  }

  #handOverLater(): void {
    this.#running().then(
      () => this.#handOver(),
      (error: unknown) => this.#refuseWaiting(messageOf(error)),
    );
  }

  #refuseWaiting(reason: string): void {
    for (let batch = this.#waiting.take(); batch !== null; batch = this.#waiting.take()) refuse(batch, reason);
  }

  async #running(): Promise<SequencerLink> {
    if (this.#link !== null) return this.#link;
    this.#starting ??= this.#start().finally(() => (this.#starting = null));
    return await this.#starting;
  }

  async #start(): Promise<SequencerLink> {
    await later(Math.max(0, this.#startedAt + RESTART_AFTER - performance.now()));
    await this.#gone;
    this.#startedAt = performance.now();
    try {
      const { outfit, threadFile } = this.#options;
      const { link, ...started } = await SequencerLink.start(
        outfit,
        {
          onDurable: (size, setBacks) => this.#durable(size, setBacks),
          onRefused: (reason) => this.#refused(reason),
          onRoom: (room) => this.#waiting.giveBack(room),
          onTrouble: (reason) => this.#troubled(reason),
          onLost: (cause) => this.#lost(messageOf(cause)),
        },
        threadFile,
      );
      this.#link = link;
      [this.#refusal, this.#trouble] = [null, null];
      this.#options.onStarted(started);
      return link;
    } catch (error) {
      this.#refusal = messageOf(error);
      throw error;
    }
  }

  #durable(size: number, setBacks: number): void {
    const batch = this.#underWay.shift();
    this.#refusal = null;
    this.#handOver();
    for (const { resolve } of batch?.entries ?? []) resolve();
    this.#options.onDurable(size, setBacks);
  }

  #refused(reason: string): void {
    const batch = this.#underWay.shift();
    this.#handOver();
    this.#note(reason);
    if (batch !== undefined) refuse(batch, reason);
  }

  #note(reason: string): void {
    if (reason !== this.#refusal) this.#options.onTrouble("the log cannot be written to", reason);
    this.#refusal = reason;
  }

  #troubled(reason: string | null): void {
    if (reason !== null) this.#options.onTrouble("the log's tiles or checkpoint cannot be written", reason);
    this.#trouble = reason;
  }

  /** What was under way may be in the log or not: it was not acknowledged. */
  #lost(reason: string): void {
    if (this.#link !== null) this.#gone = this.#link.ended;
    this.#link = null;
    if (!this.#isClosed) this.#note(reason);
    const lost = this.#underWay;
    this.#underWay = [];
    for (const batch of lost) refuse(batch, reason);
    if (this.#waiting.isEmpty) return;
    if (this.#isClosed) this.#refuseWaiting(reason);
    else this.#handOverLater();
  }
}

function refuse({ entries }: Batch, reason: string): void {
  const fault = unavailable(reason);
  for (const { reject } of entries) reject(fault);
}

function messageOf(error: unknown): string {
  if (error instanceof Fault) return error.detail ?? error.code;
  return error instanceof Error ? error.message : "unknown error";
}
