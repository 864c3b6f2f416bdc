/** The log's time: it never goes back. Where the clock was set back, the last time is used again until the clock has caught up. */
export class LogClock {
  #last: number;
  #seen: number;
  #setBacks = 0;
  #text: string;

  /** `last`: time of the last entry, milliseconds since the epoch. */
  constructor(last: number) {
    this.#last = last;
    this.#seen = last;
    this.#text = new Date(last).toISOString();
  }

  /** How often the clock was found to be behind what it had shown before. */
  get setBacks(): number {
    return this.#setBacks;
  }

  /** The time of an entry that is made when the clock shows `now`; ISO 8601 with milliseconds. */
  timeAt(now: number): string {
    if (now < this.#seen) this.#setBacks++;
    this.#seen = now;
    if (now > this.#last) {
      this.#last = now;
      this.#text = new Date(now).toISOString();
    }
    return this.#text;
  }
}
