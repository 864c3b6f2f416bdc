import type { Instant } from "../report/bench-run.ts";
import { Histogram } from "./histogram.ts";

/** More than a chart can show, and little enough to be kept. */
const MOST = 3600;

/** Answers by second. Where there come to be too many seconds, neighbours are laid together: their mean rate, their longer time. */
export class Timeline {
  readonly #times = new Histogram();
  #done: Instant[] = [];
  #step = 1;
  #from = 0;

  /** `second`: with its fraction, since counting began; never less than the one before. */
  add(second: number, milliseconds: number): void {
    this.reach(second);
    this.#times.add(milliseconds);
  }

  /** Closes the seconds before this one, also those in which nothing came. */
  reach(second: number): void {
    while (second >= this.#from + this.#step) this.#close();
  }

  /** Seconds that are over. */
  get instants(): readonly Instant[] {
    return this.#done;
  }

  #close(): void {
    const [answers, p99] = [this.#times.total / this.#step, this.#times.percentile(0.99)];
    this.#done.push({ second: this.#from, answers, p99 });
    this.#times.clear();
    this.#from += this.#step;
    if (this.#done.length >= MOST) this.#halve();
  }

  #halve(): void {
    const [before, step] = [this.#done, this.#step];
    this.#done = before.flatMap(({ second, answers, p99 }, index) => {
      const next = before[index + 1];
      if (index % 2 === 1 || next === undefined) return [];
      return [{ second, answers: (answers + next.answers) / 2, p99: Math.max(p99, next.p99) }];
    });
    this.#step = step * 2;
  }
}
