import { setTimeout as sleep } from "node:timers/promises";
import { SOURCE_ERRORS, SourceError } from "../source-error.ts";

/** `exchange`: ours, `of`: theirs, `receipt`: what they signed. */
export type OwedReceipt = { readonly exchange: string; readonly of: string; readonly receipt: string };
/** `late`: tried in vain and still being tried; `lost`: given up since the start; `lastLost` in milliseconds, null for never. */
export type CounterReceiptState = { readonly late: number; readonly lost: number; readonly lastLost: number | null };

type Options = {
  readonly send: (owed: OwedReceipt, signal: AbortSignal) => Promise<void>;
  readonly clock: () => number;
  /** Of one attempt, milliseconds. */
  readonly deadline: number;
  /** Before each further attempt, milliseconds. */
  readonly pauses?: readonly number[];
};

const PAUSES = [1_000, 5_000, 30_000, 120_000];
const MOST_OWED = 1_000;
/** So that they never stand in the way of questions. */
const AT_ONCE = 4;

/** Delivers counter-receipts in the background: an answer does not wait for its own, nor is it lost with it. */
export class CounterReceipts {
  readonly #options: Options;
  readonly #closing = new AbortController();
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  #owed = 0;
  #late = 0;
  #lost = 0;
  #lastLost: number | null = null;

  constructor(options: Options) {
    this.#options = options;
  }

  get state(): CounterReceiptState {
    return { late: this.#late, lost: this.#lost, lastLost: this.#lastLost };
  }

  add(owed: OwedReceipt): void {
    if (this.#owed >= MOST_OWED) this.#lose();
    else void this.#deliver(owed);
  }

  /** Gives up what is owed. */
  close(): void {
    this.#closing.abort();
  }

  async #deliver(owed: OwedReceipt): Promise<void> {
    this.#owed += 1;
    const failure = await this.#attempt(owed);
    const delivered = failure === null || (isTransient(failure) && (await this.#tryAgain(owed)));
    if (!delivered) this.#lose();
    this.#owed -= 1;
  }

  /** Whether it was delivered in the end. */
  async #tryAgain(owed: OwedReceipt): Promise<boolean> {
    this.#late += 1;
    try {
      for (const pause of this.#options.pauses ?? PAUSES) {
        await sleep(pause, undefined, { signal: this.#closing.signal, ref: false });
        const failure = await this.#attempt(owed);
        if (failure === null) return true;
        if (!isTransient(failure)) return false;
      }
      return false;
    } catch {
      // Closed while it was waiting for its next attempt.
      return false;
    } finally {
      this.#late -= 1;
    }
  }

  /** Why it failed, null when it did not. */
  async #attempt(owed: OwedReceipt): Promise<unknown> {
    await this.#turn();
    const closing = this.#closing.signal;
    const signal = AbortSignal.any([closing, AbortSignal.timeout(this.#options.deadline)]);
    try {
      closing.throwIfAborted();
      await this.#options.send(owed, signal);
      return null;
    } catch (error) {
      return signal.aborted && !closing.aborted ? new SourceError("SOURCE_TIMEOUT", "no answer") : error;
    } finally {
      this.#pass();
    }
  }

  async #turn(): Promise<void> {
    if (this.#running < AT_ONCE) this.#running += 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** The turn goes on to whoever waits. */
  #pass(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#running -= 1;
    else next();
  }

  #lose(): void {
    this.#lost += 1;
    this.#lastLost = this.#options.clock();
  }
}

const isTransient = (failure: unknown): boolean =>
  failure instanceof SourceError && SOURCE_ERRORS[failure.code].transient;
