import { Fault } from "#gateway/fault.ts";
import type { Lane } from "./lane.ts";

type Waiting = { readonly admit: () => void };

const other = (lane: Lane): Lane => (lane === "small" ? "large" : "small");

/**
 * Lets `places` in at a time and `maxWaiting` wait, each for at most `maxWait` milliseconds; turns the rest away as BUSY. Large documents take
 * all places but one, and half of the room to wait in; where both kinds wait for a place they take turns: a small one is never behind more
 * than one large one, and no large one waits for ever.
 */
export class Admission {
  readonly #places: number;
  readonly #most: Readonly<Record<Lane, number>>;
  readonly #mostWaiting: Readonly<Record<Lane, number>>;
  readonly #maxWait: number;
  readonly #inside: Record<Lane, number> = { small: 0, large: 0 };
  readonly #waiting: Readonly<Record<Lane, Set<Waiting>>> = { small: new Set(), large: new Set() };
  #turn: Lane = "small";

  constructor(bounds: { readonly places: number; readonly maxWaiting: number; readonly maxWait: number }) {
    const { places, maxWaiting, maxWait } = bounds;
    this.#places = places;
    this.#most = { small: places, large: Math.max(1, places - 1) };
    this.#mostWaiting = { small: maxWaiting, large: Math.ceil(maxWaiting / 2) };
    this.#maxWait = maxWait;
  }

  get inside(): number {
    return this.#inside.small + this.#inside.large;
  }

  get waiting(): number {
    return this.#waiting.small.size + this.#waiting.large.size;
  }

  /** Whether nobody else may wait, of either kind. */
  get full(): boolean {
    return this.waiting >= this.#mostWaiting.small;
  }

  /** Resolves to what must be called, once, on leaving. Throws Fault BUSY, or the signal's reason. */
  async enter(lane: Lane, signal?: AbortSignal): Promise<() => void> {
    signal?.throwIfAborted();
    if (this.#hasPlace(lane)) this.#take(lane);
    else await this.#waitForPlace(lane, signal);
    return () => this.#leave(lane);
  }

  #hasPlace(lane: Lane): boolean {
    return this.inside < this.#places && this.#inside[lane] < this.#most[lane];
  }

  #take(lane: Lane): void {
    this.#inside[lane] += 1;
    this.#turn = other(lane);
  }

  #waitForPlace(lane: Lane, signal: AbortSignal | undefined): Promise<void> {
    const waitingHere = this.#waiting[lane];
    if (this.full || waitingHere.size >= this.#mostWaiting[lane]) throw new Fault("BUSY");
    return new Promise((resolve, reject) => {
      const settle = (end: () => void): void => {
        waitingHere.delete(waiting);
        clearTimeout(timer);
        signal?.removeEventListener("abort", giveUp);
        end();
      };
      const waiting = { admit: () => settle(resolve) };
      const giveUp = (): void => settle(() => reject(signal?.reason));
      const timer = setTimeout(() => settle(() => reject(new Fault("BUSY"))), this.#maxWait);
      signal?.addEventListener("abort", giveUp);
      waitingHere.add(waiting);
    });
  }

  /** The place goes straight to whoever waited longest in the lane whose turn it is. */
  #leave(lane: Lane): void {
    this.#inside[lane] -= 1;
    const next = [this.#turn, other(this.#turn)].find((each) => this.#waiting[each].size > 0 && this.#hasPlace(each));
    if (next === undefined) return;
    this.#take(next);
    this.#waiting[next].values().next().value?.admit();
  }
}
