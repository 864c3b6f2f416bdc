import { Fault } from "#gateway/fault.ts";
import type { Draft } from "./registry-draft.ts";
import { unavailable } from "./registry-reading.ts";

/** One transaction takes at most so many changes. */
const MAX_TOGETHER = 256;

type Prepare<Result> = (draft: Draft) => Result;

type Waiting = {
  /** Puts its changes into the draft; what it returns is called when they are durable. */
  readonly prepare: (draft: Draft) => () => void;
  readonly fail: (fault: Fault) => void;
};

export type ChangeQueueOptions = {
  /** A draft on top of all that is durable. */
  readonly draft: () => Draft;
  /** Resolves when the draft's changes are durable and have taken effect. */
  readonly commit: (draft: Draft) => Promise<void>;
};

/** Carries changes out in the order they came, those that wait meanwhile together in one transaction. */
export class ChangeQueue {
  readonly #options: ChangeQueueOptions;
  readonly #waiting: Waiting[] = [];
  #running: Promise<void> | null = null;
  #isClosed = false;

  constructor(options: ChangeQueueOptions) {
    this.#options = options;
  }

  /** Rejects with what `prepare` throws, or with Fault REGISTRY_UNAVAILABLE. */
  submit<Result>(prepare: Prepare<Result>): Promise<Result> {
    if (this.#isClosed) return Promise.reject(new Fault("REGISTRY_UNAVAILABLE", "the registry is closed"));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ prepare: (draft) => prepared(draft, prepare, resolve, reject), fail: reject });
      this.#running ??= this.#run();
    });
  }

  /** Resolves when all that was submitted has been settled. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) await this.#carryOut(this.#waiting.splice(0, MAX_TOGETHER));
    this.#running = null;
  }

  async #carryOut(batch: readonly Waiting[]): Promise<void> {
    try {
      const draft = this.#options.draft();
      const settle = batch.map(({ prepare }) => prepare(draft));
      if (draft.changes.length > 0) await this.#options.commit(draft);
      for (const each of settle) each();
    } catch (error) {
      const fault = error instanceof Fault ? error : unavailable(error);
      for (const { fail } of batch) fail(fault);
    }
  }
}

/** A change that is refused is settled at once: what the others come to does not matter to it. */
function prepared<Result>(
  draft: Draft,
  prepare: Prepare<Result>,
  resolve: (result: Result) => void,
  reject: (error: unknown) => void,
): () => void {
  try {
    const result = prepare(draft);
    return () => resolve(result);
  } catch (error) {
    reject(error);
    return () => undefined;
  }
}
