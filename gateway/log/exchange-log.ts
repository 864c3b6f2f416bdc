import { setImmediate } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { Fault } from "#gateway/fault.ts";
import type { Row, WriterAnswer, WriterRequest } from "./exchange-log-writer.ts";
import type { ExchangeRecord } from "./exchange-record.ts";

/** Every method throws Fault LOG_UNAVAILABLE, and works again as soon as the disk does. */
export type ExchangeLog = {
  /** Resolves when the record is durable: committed and synced to disk. */
  append(record: ExchangeRecord): Promise<void>;
  get(id: string): Promise<ExchangeRecord | null>;
  /** Resolves when a write was committed just now. */
  probe(): Promise<void>;
  close(): Promise<void>;
};

type Waiting = { readonly row: Row; readonly resolve: () => void; readonly reject: (error: unknown) => void };
type Call = { readonly resolve: (record: string | null) => void; readonly reject: (error: unknown) => void };
type Question = WriterRequest extends infer Each ? (Each extends WriterRequest ? Omit<Each, "call"> : never) : never;

const MAX_BATCH = 256;

/** `file` is made when it is not there. The database lives in a thread of its own (exchange-log-writer.ts). */
export function openExchangeLog(file: string): ExchangeLog {
  return new SqliteExchangeLog(file);
}

class SqliteExchangeLog implements ExchangeLog {
  readonly #file: string;
  readonly #calls = new Map<number, Call>();
  #nextCall = 0;
  #writer: Worker | null = null;
  #queue: Waiting[] = [];
  #committing = false;
  #closed = false;

  constructor(file: string) {
    this.#file = file;
  }

  append(record: ExchangeRecord): Promise<void> {
    const row = { id: record.id, receivedAt: record.receivedAt, record: JSON.stringify(record) };
    return new Promise((resolve, reject) => {
      this.#queue.push({ row, resolve, reject });
      void this.#commit();
    });
  }

  async get(id: string): Promise<ExchangeRecord | null> {
    const record = await this.#ask({ kind: "get", id });
    return record === null ? null : (JSON.parse(record) as ExchangeRecord);
  }

  async probe(): Promise<void> {
    await this.#ask({ kind: "probe" });
  }

  async close(): Promise<void> {
    this.#closed = true;
    const writer = this.#writer;
    if (writer === null) return;
    const gone = new Promise((resolve) => writer.once("exit", resolve));
    writer.postMessage("close");
    await gone;
  }

  /** Group commit: what has arrived in this turn makes up a batch, and what arrives while it is synced the next. */
  async #commit(): Promise<void> {
    if (this.#committing) return;
    this.#committing = true;
    await setImmediate();
    while (this.#queue.length > 0) {
      const batch = this.#queue.splice(0, MAX_BATCH);
      await this.#ask({ kind: "append", rows: batch.map((waiting) => waiting.row) }).then(
        () => batch.forEach((waiting) => waiting.resolve()),
        (error: unknown) => batch.forEach((waiting) => waiting.reject(error)),
      );
    }
    this.#committing = false;
  }

  #ask(question: Question): Promise<string | null> {
    if (this.#closed) return Promise.reject(new Fault("LOG_UNAVAILABLE", "the log is closed"));
    const call = this.#nextCall++;
    return new Promise((resolve, reject) => {
      this.#calls.set(call, { resolve, reject });
      this.#writer ??= this.#startWriter();
      this.#writer.postMessage({ ...question, call });
    });
  }

  #startWriter(): Worker {
    const writer = new Worker(new URL("./exchange-log-writer.ts", import.meta.url), { workerData: this.#file });
    writer.on("message", (answer: WriterAnswer) => this.#settle(answer));
    writer.on("error", (error) => this.#writerLost(writer, error));
    writer.on("exit", () => this.#writerLost(writer, new Error("the writer's thread ended")));
    return writer;
  }

  #settle(answer: WriterAnswer): void {
    const call = this.#calls.get(answer.call);
    this.#calls.delete(answer.call);
    if (answer.ok) call?.resolve(answer.record);
    else call?.reject(new Fault("LOG_UNAVAILABLE", answer.reason));
  }

  /** The next call starts a new thread. */
  #writerLost(writer: Worker, cause: unknown): void {
    if (this.#writer !== writer) return;
    this.#writer = null;
    const lost = [...this.#calls.values()];
    this.#calls.clear();
    for (const call of lost) call.reject(new Fault("LOG_UNAVAILABLE", "the writer was lost", { cause }));
  }
}
