import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { Fault } from "#gateway/fault.ts";
import type { ExchangeIndex, IndexState } from "./exchange-index.ts";
import type { IndexAnswer, IndexCallName, IndexCalls, IndexOutfit, IndexRequest } from "./index-messages.ts";

export type IndexOptions = {
  /** Of the log: holds `journal/` and `index.sqlite`. */
  readonly directory: string;
  /** Entries up to this size are durably in the index: the journal is not needed for them. */
  readonly onTaken: (size: number) => void;
};

export type RunningIndex = ExchangeIndex & {
  /** Entries up to this size are durable in the journal. Costs next to nothing; to be called at the start too. */
  durable(size: number): void;
  close(): Promise<void>;
};

/** Starts the index's thread. Never throws: what keeps it from its work is in its state. */
export function openExchangeIndex({ directory, onTaken }: IndexOptions): RunningIndex {
  const thread = new IndexThread(
    { file: join(directory, "index.sqlite"), journal: join(directory, "journal") },
    onTaken,
  );
  return {
    get: (id) => thread.ask("get", { id }),
    opening: (id) => thread.ask("opening", { id }),
    search: (query) => thread.ask("search", query),
    exportPage: (query) => thread.ask("exportPage", query),
    trail: (query) => thread.ask("trail", query),
    curiosities: (since, bounds) => thread.ask("curiosities", { since, bounds }),
    erase: (id, erasure) => thread.ask("erase", { id, erasure }),
    aboutPerson: (person, notAfter) => thread.ask("aboutPerson", { person, notAfter }),
    erasePerson: (person, before, erasure) => thread.ask("erasePerson", { person, before, erasure }),
    dueForRetention: (bounds) => thread.ask("due", bounds),
    retain: (bounds) => thread.ask("retain", bounds),
    settle: async () => void (await thread.ask("settle", null)),
    probe: async () => void (await thread.ask("probe", null)),
    state: () => thread.state,
    durable: (size) => thread.durable(size),
    close: () => thread.close(),
  };
}

type Call = { readonly resolve: (answer: never) => void; readonly reject: (error: Fault) => void };

/** The thread is told of new entries at most every so many milliseconds: what it takes over at once costs less. */
const NUDGE = 200;

/** Entries pass through: with more room for garbage, what was read of the journal stays for seconds. */
const LIMITS = { maxYoungGenerationSizeMb: 12 } as const;

class IndexThread {
  readonly #outfit: IndexOutfit;
  readonly #onTaken: (size: number) => void;
  readonly #calls = new Map<number, Call>();
  #nextCall = 0;
  #worker: Worker | null = null;
  #durable = 0;
  #nudge: NodeJS.Timeout | null = null;
  #isClosed = false;
  state: IndexState = { indexed: 0, taken: 0, problem: null, missing: [] };

  constructor(outfit: IndexOutfit, onTaken: (size: number) => void) {
    this.#outfit = outfit;
    this.#onTaken = onTaken;
  }

  durable(size: number): void {
    this.#durable = size;
    this.#nudge ??= setTimeout(() => {
      this.#nudge = null;
      this.#post({ kind: "durable", size: this.#durable });
    }, NUDGE).unref();
  }

  ask<Name extends IndexCallName>(name: Name, asked: IndexCalls[Name]["asked"]): Promise<IndexCalls[Name]["answer"]> {
    if (this.#isClosed) return Promise.reject(new Fault("LOG_UNAVAILABLE", "the index is closed"));
    const call = this.#nextCall++;
    return new Promise((resolve, reject) => {
      this.#calls.set(call, { resolve, reject });
      this.#post({ kind: "call", call, size: this.#durable, name, asked } as IndexRequest);
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#nudge !== null) clearTimeout(this.#nudge);
    const worker = this.#worker;
    if (worker === null) return;
    const gone = new Promise((resolve) => worker.once("exit", resolve));
    worker.postMessage({ kind: "close" } satisfies IndexRequest);
    await gone;
  }

  #post(request: IndexRequest): void {
    if (this.#isClosed) return;
    this.#worker ??= this.#start();
    this.#worker.postMessage(request);
  }

  #start(): Worker {
    const worker = new Worker(new URL("./index-thread.ts", import.meta.url), {
      workerData: this.#outfit,
      resourceLimits: LIMITS,
    });
    worker.on("message", (answer: IndexAnswer) => this.#receive(answer));
    worker.on("error", (error) => this.#lost(worker, error));
    worker.on("exit", () => this.#lost(worker, new Error("the index's thread ended")));
    return worker;
  }

  #receive(answer: IndexAnswer): void {
    if (answer.kind === "state") {
      const { taken } = this.state;
      this.state = answer.state;
      if (answer.state.taken > taken) this.#onTaken(answer.state.taken);
      return;
    }
    const call = this.#calls.get(answer.call);
    this.#calls.delete(answer.call);
    if (answer.kind === "answer") call?.resolve(answer.answer as never);
    else call?.reject(new Fault("LOG_UNAVAILABLE", undefined, { cause: new Error(answer.reason) }));
  }

  /** The next call starts a new thread. */
  #lost(worker: Worker, cause: unknown): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    this.state = { ...this.state, problem: cause instanceof Error ? cause.message : "the index's thread was lost" };
    const lost = [...this.#calls.values()];
    this.#calls.clear();
    for (const call of lost) call.reject(new Fault("LOG_UNAVAILABLE", undefined, { cause }));
  }
}
