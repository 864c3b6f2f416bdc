import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { ChangeRow } from "./registry-database.ts";
import type { WriterAnswer } from "./writer-worker.ts";

type Call = { readonly resolve: () => void; readonly reject: (cause: Error) => void };

/** The thread that writes the registry's file. One call at a time. */
export class WriterThread {
  readonly #file: string;
  #worker: Worker | null = null;
  #call: Call | null = null;

  constructor(file: string) {
    this.#file = file;
  }

  /** Resolves when all rows are durable. Rejects when it is not known that they are: then all are there, or none. */
  write(last: number, rows: readonly ChangeRow[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#call = { resolve, reject };
      this.#worker ??= this.#start();
      this.#worker.postMessage({ last, rows });
    });
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    if (worker === null) return;
    const ended = once(worker, "exit");
    worker.postMessage("close");
    await ended;
  }

  #start(): Worker {
    const worker = new Worker(new URL("./writer-worker.ts", import.meta.url), { workerData: this.#file });
    worker.on("message", (answer: WriterAnswer) => this.#settle(answer));
    worker.on("error", (error) => this.#lost(worker, error));
    worker.on("exit", () => this.#lost(worker, new Error("the writer's thread ended")));
    return worker;
  }

  #settle(answer: WriterAnswer): void {
    const call = this.#call;
    this.#call = null;
    if (answer.ok) call?.resolve();
    else call?.reject(new Error(answer.reason));
  }

  /** The next call starts a new thread. */
  #lost(worker: Worker, cause: unknown): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    const call = this.#call;
    this.#call = null;
    call?.reject(new Error("the registry's writer was lost", { cause }));
  }
}
