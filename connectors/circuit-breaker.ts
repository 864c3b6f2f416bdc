import { SourceError } from "./source-error.ts";

export type BreakerState =
  | { readonly kind: "closed"; readonly failures: number }
  /** Nobody may call; `until` in milliseconds since the epoch. */
  | { readonly kind: "open"; readonly until: number }
  /** One call may find out whether the source is back. */
  | { readonly kind: "half-open" };

/** What becomes of one call that was let through. Exactly one of them is to be called. */
export type Permit = {
  readonly succeeded: () => void;
  readonly failed: () => void;
  /** Given up by the caller before anything could be learnt. */
  readonly abandoned: () => void;
};

type BreakerOptions = {
  /** Failures in a row that open it. */
  readonly failures: number;
  /** Milliseconds that it stays open. */
  readonly pause: number;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
};

/** While a probe is under way others are told to come again after this long (ms). */
const PROBE_WAIT = 1_000;

/** Leaves a failing source alone: closed, open for a pause after failures in a row, then half open for one probe. */
export class CircuitBreaker {
  readonly #options: BreakerOptions;
  #failures = 0;
  #openUntil: number | null = null;
  #probing = false;
  /** Grows whenever it opens or closes: calls that began before have nothing to say any more. */
  #era = 0;

  constructor(options: BreakerOptions) {
    this.#options = options;
  }

  get state(): BreakerState {
    if (this.#openUntil === null) return { kind: "closed", failures: this.#failures };
    return this.#options.clock() < this.#openUntil ? { kind: "open", until: this.#openUntil } : { kind: "half-open" };
  }

  /** Throws SourceError SOURCE_SUSPENDED with the time after which to try again. */
  enter(): Permit {
    const { state } = this;
    if (state.kind === "open") throw suspended(state.until - this.#options.clock());
    if (state.kind === "half-open") {
      if (this.#probing) throw suspended(PROBE_WAIT);
      this.#probing = true;
    }
    const era = this.#era;
    const settle = (outcome: () => void) => () => {
      if (era === this.#era) outcome();
    };
    return {
      succeeded: settle(() => this.#close()),
      failed: settle(() => this.#fail()),
      abandoned: settle(() => {
        this.#probing = false;
      }),
    };
  }

  #close(): void {
    this.#failures = 0;
    if (this.#openUntil === null) return;
    this.#openUntil = null;
    this.#probing = false;
    this.#era += 1;
  }

  #fail(): void {
    this.#failures += 1;
    if (this.#openUntil === null && this.#failures < this.#options.failures) return;
    this.#openUntil = this.#options.clock() + this.#options.pause;
    this.#probing = false;
    this.#era += 1;
  }
}

function suspended(wait: number): SourceError {
  return new SourceError("SOURCE_SUSPENDED", "left alone after repeated failures", {
    retryAfter: Math.max(1, Math.ceil(wait)),
  });
}
