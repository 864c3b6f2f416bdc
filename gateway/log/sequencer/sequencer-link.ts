import { Worker } from "node:worker_threads";
import { Fault } from "#gateway/fault.ts";
import { LogRefusedError } from "../log-refused.ts";
import type { PackedBatch } from "./batch.ts";
import type {
  SequencerAnswer,
  SequencerCall,
  SequencerOutfit,
  SequencerRequest,
  SequencerState,
} from "./sequencer-messages.ts";

/** `done`: see SequencerCall. */
export type SequencerReply = { readonly state: SequencerState; readonly done: boolean };

export type LinkEvents = {
  /** The oldest batch under way is durable. */
  readonly onDurable: (size: number, setBacks: number) => void;
  /** The oldest batch under way is not, and nothing of it is kept. */
  readonly onRefused: (reason: string) => void;
  /** The bytes of a batch are done with; told before what became of it. */
  readonly onRoom: (room: ArrayBuffer) => void;
  /** Something that was not asked for failed; null when it works again. */
  readonly onTrouble: (reason: string | null) => void;
  /** The thread, which was ready, is gone, with all that was under way. */
  readonly onLost: (cause: unknown) => void;
};

export type Started = { readonly link: SequencerLink; readonly state: SequencerState; readonly torn: Torn };
type Torn = Extract<SequencerAnswer, { readonly kind: "ready" }>["torn"];
type Call = { readonly resolve: (reply: SequencerReply) => void; readonly reject: (error: unknown) => void };

export const unavailable = (detail: string, cause?: unknown): Fault => new Fault("LOG_UNAVAILABLE", detail, { cause });

const THREAD = new URL("./sequencer-thread.ts", import.meta.url);
/** What is made for a batch is garbage with it; with more room for that, the bytes that garbage holds stay for seconds. */
export const SEQUENCER_LIMITS = { maxYoungGenerationSizeMb: 6 } as const;

/** One sequencer's thread, from its start to its end. */
export class SequencerLink {
  readonly #worker: Worker;
  readonly #events: LinkEvents;
  readonly #calls = new Map<number, Call>();
  #nextCall = 0;
  #isReady = false;
  #isLost = false;
  /** Resolves when the thread is gone. */
  readonly ended: Promise<unknown>;

  private constructor(worker: Worker, events: LinkEvents) {
    this.#worker = worker;
    this.#events = events;
    this.ended = new Promise((resolve) => worker.once("exit", resolve));
  }

  /** Resolves when the log is whole and its checkpoint published. Rejects with LogRefusedError, or Fault LOG_UNAVAILABLE when the disk fails. */
  static start(outfit: SequencerOutfit, events: LinkEvents, threadFile = THREAD): Promise<Started> {
    const worker = new Worker(threadFile, { workerData: outfit, resourceLimits: SEQUENCER_LIMITS });
    const link = new SequencerLink(worker, events);
    return new Promise((resolve, reject) => {
      const lost = (cause: unknown): void => {
        reject(unavailable("the log's thread ended", cause));
        link.#lose(cause);
      };
      worker.on("message", (answer: SequencerAnswer) => {
        if (answer.kind === "ready") resolve(link.#begin(answer));
        else if (answer.kind === "closed-out") reject(closedOut(answer));
        else link.#receive(answer);
      });
      worker.on("error", lost);
      worker.on("exit", () => lost(new Error("the thread ended")));
    });
  }

  #begin({ state, torn }: Extract<SequencerAnswer, { readonly kind: "ready" }>): Started {
    this.#isReady = true;
    return { link: this, state, torn };
  }

  /** The batch's bytes are the thread's from then on. */
  append(batch: PackedBatch): void {
    this.#worker.postMessage({ kind: "append", batch } satisfies SequencerRequest, [batch.bytes]);
  }

  post(request: SequencerRequest): void {
    this.#worker.postMessage(request);
  }

  /** Rejects with Fault LOG_UNAVAILABLE. */
  ask(what: SequencerCall): Promise<SequencerReply> {
    const call = this.#nextCall++;
    return new Promise((resolve, reject) => {
      if (this.#isLost) return reject(unavailable("the log's thread ended"));
      this.#calls.set(call, { resolve, reject });
      this.post({ kind: "call", call, what });
    });
  }

  #receive(answer: Exclude<SequencerAnswer, { readonly kind: "ready" | "closed-out" }>): void {
    switch (answer.kind) {
      case "durable":
        this.#events.onRoom(answer.room);
        return this.#events.onDurable(answer.size, answer.setBacks);
      case "refused":
        this.#events.onRoom(answer.room);
        return this.#events.onRefused(answer.reason);
      case "trouble":
        return this.#events.onTrouble(answer.reason);
      case "answer":
        return this.#call(answer.call)?.resolve({ state: answer.state, done: answer.done });
      case "failed":
        return this.#call(answer.call)?.reject(unavailable(answer.reason));
    }
  }

  #call(number: number): Call | undefined {
    const call = this.#calls.get(number);
    this.#calls.delete(number);
    return call;
  }

  #lose(cause: unknown): void {
    if (this.#isLost) return;
    this.#isLost = true;
    for (const { reject } of this.#calls.values()) reject(unavailable("the log's thread ended", cause));
    this.#calls.clear();
    if (this.#isReady) this.#events.onLost(cause);
  }
}

const closedOut = ({ code, reason }: Extract<SequencerAnswer, { readonly kind: "closed-out" }>): Error =>
  code === null ? unavailable(reason) : new LogRefusedError(code, reason);
