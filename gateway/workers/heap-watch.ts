import type { Worker } from "node:worker_threads";

const EVERY = 25;

/**
 * Ends workers whose heap grows over a budget (bytes). V8's own limit is only the last line: a script that allocates
 * faster than its thread can be stopped makes V8 end the whole process there, so that limit lies far above the budget.
 */
export class HeapWatch {
  readonly #timer: NodeJS.Timeout;
  readonly #asked = new Set<Worker>();
  readonly #budget: number;

  constructor(workers: () => readonly Worker[], budget: number) {
    this.#budget = budget;
    this.#timer = setInterval(() => {
      for (const worker of workers()) void this.#look(worker);
    }, EVERY);
    this.#timer.unref();
  }

  /** A worker that is idle answers late, one that has ended not at all: it is asked one question at a time. */
  async #look(worker: Worker): Promise<void> {
    if (this.#asked.has(worker)) return;
    this.#asked.add(worker);
    const used = await worker.getHeapStatistics().then(
      (heap) => heap.used_heap_size,
      () => 0,
    );
    this.#asked.delete(worker);
    if (used > this.#budget) await worker.terminate();
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
