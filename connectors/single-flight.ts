import { abortable } from "./abortable.ts";

type Flight<Answer> = { readonly answer: Promise<Answer>; readonly controller: AbortController; callers: number };

/** Equal questions that are asked at the same time are asked once. */
export class SingleFlight<Answer> {
  readonly #flights = new Map<string, Flight<Answer>>();

  /**
   * Joins the flight with this key, or starts one. A caller's own signal ends only the caller's wait, with the signal's reason;
   * the flight itself is aborted when the last caller has gone.
   */
  async join(
    key: string,
    signal: AbortSignal,
    start: (controller: AbortController) => Promise<Answer>,
  ): Promise<Answer> {
    signal.throwIfAborted();
    const flight = this.#flights.get(key) ?? this.#take(key, start);
    flight.callers += 1;
    return await abortable(flight.answer, signal, () => {
      flight.callers -= 1;
      if (flight.callers > 0) return;
      this.#forget(key, flight);
      flight.controller.abort(signal.reason);
    });
  }

  /** Ends all that is under way. */
  abort(reason: Error): void {
    for (const { controller } of this.#flights.values()) controller.abort(reason);
  }

  #take(key: string, start: (controller: AbortController) => Promise<Answer>): Flight<Answer> {
    const controller = new AbortController();
    const flight = { answer: start(controller), controller, callers: 0 };
    this.#flights.set(key, flight);
    const landed = () => this.#forget(key, flight);
    flight.answer.then(landed, landed);
    return flight;
  }

  #forget(key: string, flight: Flight<Answer>): void {
    if (this.#flights.get(key) === flight) this.#flights.delete(key);
  }
}
