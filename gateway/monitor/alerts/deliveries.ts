import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Alert } from "./alert-board.ts";
import type { Delivery } from "./alert-store.ts";
import { WebhookError } from "./webhook-sender.ts";

type Options = {
  /** Throws WebhookError. */
  readonly send: (delivery: Delivery) => Promise<void>;
  /** What was not yet taken before a restart. */
  readonly waiting: readonly Delivery[];
  /** Called whenever what is waiting has changed. */
  readonly onChange: () => void;
  /** A change that was given up. */
  readonly onTrouble: (what: string, detail: string) => void;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** Milliseconds before the second attempt; it doubles. */
  readonly firstPause?: number;
  readonly attempts?: number;
};

/** How sending goes. `problem`: why the last attempt failed, a code; null when it did not. */
export type DeliveryState = {
  readonly waiting: number;
  readonly delivered: number;
  readonly givenUp: number;
  readonly lastDeliveredAt: string | null;
  readonly problem: string | null;
};

const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 300_000;
/** A little over an hour. */
const ATTEMPTS = 20;
const MOST_WAITING = 1000;

/**
 * Sends changes one after the other, in the order in which they happened, each until it is taken or an hour is over: at least once, as one
 * whose answer was lost is sent again. Whoever adds one waits for nothing.
 */
export class Deliveries {
  readonly #options: Options;
  readonly #ended = new AbortController();
  #waiting: Delivery[];
  #running: Promise<void> | null = null;
  #delivered = 0;
  #givenUp = 0;
  #lastDeliveredAt: string | null = null;
  #problem: string | null = null;

  constructor(options: Options) {
    this.#options = options;
    this.#waiting = [...options.waiting];
    this.#start();
  }

  get waiting(): readonly Delivery[] {
    return this.#waiting;
  }

  get state(): DeliveryState {
    return {
      waiting: this.#waiting.length,
      delivered: this.#delivered,
      givenUp: this.#givenUp,
      lastDeliveredAt: this.#lastDeliveredAt,
      problem: this.#problem,
    };
  }

  add(changes: readonly Alert[]): void {
    if (changes.length === 0) return;
    this.#waiting.push(...changes.map((alert) => ({ id: randomUUID(), alert })));
    // The first of them may be under way: it is never what has to go.
    while (this.#waiting.length > MOST_WAITING) this.#giveUp(1, "too many wait");
    this.#options.onChange();
    this.#start();
  }

  /** What is not yet taken stays in `waiting`. */
  async close(): Promise<void> {
    this.#ended.abort();
    await this.#running;
  }

  #start(): void {
    if (this.#waiting.length === 0 || this.#running !== null || this.#ended.signal.aborted) return;
    // Not before this is noted: whoever is told by sending may add more.
    const run = Promise.resolve().then(() => this.#run());
    this.#running = run.finally(() => {
      this.#running = null;
      // One that was added after the last look would wait for the next.
      this.#start();
    });
  }

  async #run(): Promise<void> {
    for (let next = this.#waiting[0]; next !== undefined && !this.#ended.signal.aborted; next = this.#waiting[0]) {
      const outcome = await this.#deliver(next);
      if (outcome === "ended") return;
      if (outcome === "delivered") this.#waiting.shift();
      else this.#giveUp(0, this.#problem ?? "");
      this.#options.onChange();
    }
  }

  async #deliver(delivery: Delivery): Promise<"delivered" | "given-up" | "ended"> {
    const { send, clock, firstPause = FIRST_PAUSE, attempts = ATTEMPTS } = this.#options;
    for (let done = 1; ; done += 1) {
      try {
        await send(delivery);
        this.#delivered += 1;
        this.#lastDeliveredAt = new Date(clock()).toISOString();
        this.#problem = null;
        return "delivered";
      } catch (error) {
        if (this.#ended.signal.aborted) return "ended";
        this.#problem = error instanceof WebhookError ? error.message : "FAILED";
      }
      if (done >= attempts) return "given-up";
      if (!(await this.#pause(Math.min(firstPause * 2 ** (done - 1), LONGEST_PAUSE)))) return "ended";
    }
  }

  /** Whether to go on. */
  async #pause(milliseconds: number): Promise<boolean> {
    const { signal } = this.#ended;
    await sleep(milliseconds, undefined, { signal, ref: false }).catch(() => undefined);
    return !signal.aborted;
  }

  #giveUp(at: number, why: string): void {
    const [lost] = this.#waiting.splice(at, 1);
    this.#givenUp += 1;
    this.#options.onTrouble(`an alert could not be delivered: ${lost?.alert.id} ${lost?.alert.state}`, why);
  }
}
