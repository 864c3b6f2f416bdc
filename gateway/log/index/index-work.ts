import { setImmediate as others } from "node:timers/promises";
import type { IndexState } from "./exchange-index.ts";
import { ANSWERS, type OpenIndex } from "./index-answers.ts";
import type { IndexAnswer, IndexCall, IndexCallName, IndexCalls, IndexOutfit } from "./index-messages.ts";
import { IndexStore } from "./index-store.ts";
import { JournalIntake } from "./journal-intake.ts";

/** Milliseconds between two attempts to go on after a failure, and from an entry's arrival to its being durable. */
const TRY_AGAIN = 1000;
const MAKE_DURABLE = 2000;

/** What the index's thread does: takes entries over from the journal, and answers in between. */
export class IndexWork {
  readonly #outfit: IndexOutfit;
  readonly #post: (answer: IndexAnswer) => void;
  /** Calls that have to see more than is taken over yet. */
  #waiting: IndexCall[] = [];
  #durable = 0;
  #open: OpenIndex | null = null;
  #isTaking = false;
  #problem: string | null = null;
  #again: NodeJS.Timeout | undefined;
  #settling: NodeJS.Timeout | undefined;
  #told = "";
  #isClosed = false;

  constructor(outfit: IndexOutfit, post: (answer: IndexAnswer) => void) {
    this.#outfit = outfit;
    this.#post = post;
  }

  durable(size: number): void {
    this.#durable = Math.max(this.#durable, size);
    void this.#takeOver();
  }

  /** A reading of one exchange does not wait for others to be taken over when it is there already. */
  call(call: IndexCall): void {
    this.durable(call.size);
    const isThere = this.#open !== null && this.#open.store.next >= call.size;
    if (isThere || isReading(call)) void this.#answer(call);
    else this.#waiting.push(call);
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#again);
    clearTimeout(this.#settling);
    try {
      this.#open?.intake.makeDurable();
    } catch {
      // The journal is kept until the index says that it is durable.
    }
    this.#abandon();
  }

  async #takeOver(): Promise<void> {
    if (this.#isTaking) return;
    this.#isTaking = true;
    try {
      while (this.#opened().intake.step(this.#durable)) {
        this.#answerWaiting();
        this.#tell();
        await others();
      }
      this.#problem = null;
      this.#answerWaiting();
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#isTaking = false;
      this.#makeDurableSoon();
      this.#tell();
    }
  }

  #opened(): OpenIndex {
    if (this.#open !== null) return this.#open;
    if (this.#isClosed) throw new Error("the index is closed");
    const store = new IndexStore(this.#outfit.file);
    this.#open = { store, intake: new JournalIntake(this.#outfit.journal, store) };
    return this.#open;
  }

  /** The file is closed, which rolls back, and opened anew the next time. */
  #fail(error: unknown): void {
    this.#problem = messageOf(error);
    this.#abandon();
    for (const call of this.#waiting.splice(0)) this.#refuse(call, this.#problem);
    if (this.#isClosed) return;
    clearTimeout(this.#again);
    this.#again = setTimeout(() => void this.#takeOver(), TRY_AGAIN);
  }

  #abandon(): void {
    const failed = this.#open;
    this.#open = null;
    try {
      failed?.intake.close();
      failed?.store.close();
    } catch {
      // The connection is given up either way; what it held is still in the journal.
    }
  }

  #makeDurableSoon(): void {
    if (this.#isClosed) return;
    this.#settling ??= setTimeout(() => {
      this.#settling = undefined;
      try {
        this.#open?.intake.makeDurable();
      } catch (error) {
        this.#fail(error);
      }
      this.#tell();
    }, MAKE_DURABLE);
  }

  #answerWaiting(): void {
    const next = this.#open?.store.next ?? 0;
    const ready = this.#waiting.filter(({ size }) => size <= next);
    this.#waiting = this.#waiting.filter(({ size }) => size > next);
    for (const call of ready) void this.#answer(call);
  }

  async #answer(call: IndexCall): Promise<void> {
    try {
      const open = this.#opened();
      const answer = await answerOf(open, call);
      if (answer === null && isReading(call) && open.store.next < call.size) return this.#wait(call);
      // Whoever waits for what was made durable is told of that first.
      this.#tell();
      this.#post({ kind: "answer", call: call.call, answer });
    } catch (error) {
      this.#refuse(call, messageOf(error));
      if (this.#open !== null) this.#fail(error);
    }
  }

  /** It may be among those that are not taken over yet. */
  #wait(call: IndexCall): void {
    if (this.#problem === null) this.#waiting.push(call);
    else this.#refuse(call, this.#problem);
  }

  #refuse({ call }: IndexCall, reason: string): void {
    this.#post({ kind: "failed", call, reason });
  }

  #tell(): void {
    const open = this.#open;
    const [indexed, taken] = [open?.store.next ?? 0, open?.intake.taken ?? 0];
    const state: IndexState = { indexed, taken, problem: this.#problem, missing: open?.store.gaps ?? [] };
    const text = JSON.stringify(state);
    if (text === this.#told) return;
    this.#told = text;
    this.#post({ kind: "state", state });
  }
}

const isReading = ({ name }: IndexCall): boolean => name === "get" || name === "opening";

const answerOf = <Name extends IndexCallName>(open: OpenIndex, { name, asked }: IndexCall<Name>) =>
  (
    ANSWERS[name] as (
      open: OpenIndex,
      asked: unknown,
    ) => IndexCalls[Name]["answer"] | Promise<IndexCalls[Name]["answer"]>
  )(open, asked);

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : "unknown");
