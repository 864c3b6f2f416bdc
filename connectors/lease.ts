import { SingleFlight } from "./single-flight.ts";

/** `until`: milliseconds since the epoch, from which on the value is fetched anew. */
export type Lent<Value> = { readonly value: Value; readonly until: number };

/** Something a service lends for a while, such as a token: kept until it ends, fetched once for all who wait. */
export class Lease<Value> {
  readonly #fetch: (signal: AbortSignal) => Promise<Lent<Value>>;
  readonly #clock: () => number;
  readonly #flight = new SingleFlight<Value>();
  #lent: Lent<Value> | null = null;

  constructor(fetch: (signal: AbortSignal) => Promise<Lent<Value>>, clock: () => number) {
    this.#fetch = fetch;
    this.#clock = clock;
  }

  /** Throws what fetching throws, and the signal's reason when that aborts. */
  async get(signal: AbortSignal): Promise<Value> {
    const lent = this.#lent;
    if (lent !== null && this.#clock() < lent.until) return lent.value;
    return await this.#flight.join("", signal, (controller) => this.#renew(controller.signal));
  }

  /** A value that is no longer accepted; one that has been replaced meanwhile is left alone. */
  drop(value: Value): void {
    if (this.#lent?.value === value) this.#lent = null;
  }

  async #renew(signal: AbortSignal): Promise<Value> {
    const lent = await this.#fetch(signal);
    this.#lent = lent;
    return lent.value;
  }
}
