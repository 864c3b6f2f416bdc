import { Fault } from "#gateway/fault.ts";

type Waiting = { readonly admit: () => void };

/** Lets `places` in at a time and `maxWaiting` wait, each for at most `maxWait` milliseconds; turns the rest away as BUSY. */
export class Admission {
  readonly #places: number;
  readonly #maxWaiting: number;
  readonly #maxWait: number;
  readonly #waiting = new Set<Waiting>();
  #inside = 0;

  constructor(bounds: { readonly places: number; readonly maxWaiting: number; readonly maxWait: number }) {
    this.#places = bounds.places;
    this.#maxWaiting = bounds.maxWaiting;
    this.#maxWait = bounds.maxWait;
  }

  get inside(): number {
    return this.#inside;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  get full(): boolean {
    return this.#waiting.size >= this.#maxWaiting;
  }

  /** Resolves to what must be called, once, on leaving. Throws Fault BUSY, or the signal's reason. */
  async enter(signal?: AbortSignal): Promise<() => void> {
    signal?.throwIfAborted();
    if (this.#inside < this.#places) this.#inside += 1;
    else await this.#waitForPlace(signal);
    return () => this.#leave();
  }

  #waitForPlace(signal: AbortSignal | undefined): Promise<void> {
    if (this.full) throw new Fault("BUSY");
    return new Promise((resolve, reject) => {
      const settle = (end: () => void): void => {
        this.#waiting.delete(waiting);
        clearTimeout(timer);
        signal?.removeEventListener("abort", giveUp);
        end();
      };
      const waiting = { admit: () => settle(resolve) };
      const giveUp = (): void => settle(() => reject(signal?.reason));
      const timer = setTimeout(() => settle(() => reject(new Fault("BUSY"))), this.#maxWait);
      signal?.addEventListener("abort", giveUp);
      this.#waiting.add(waiting);
    });
  }

  /** The place goes straight to whoever waited longest. */
  #leave(): void {
    const next = this.#waiting.values().next().value;
    if (next === undefined) this.#inside -= 1;
    else next.admit();
  }
}
