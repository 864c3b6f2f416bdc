import { performance } from "node:perf_hooks";
import { Histogram } from "./histogram.ts";
import { mistakeIn } from "./judge-answer.ts";
import type { LoadOrder, LoadProgress, LoadRequest, LoadResult } from "./load.ts";
import { Timeline } from "./timeline.ts";

/** `since`: from when its time counts: when it was due, or sent if that was a little earlier. As performance.now(). */
export type Asked = {
  readonly serial: number;
  readonly request: LoadRequest;
  readonly due: number;
  readonly since: number;
};

type Window = { readonly begin: number; readonly end: number };

const REFUSED = 429;
/** Unanswered ones in a row, by connection, after which nobody is there any more. */
const HOPELESS = 10;
const AT_LEAST = 100;

/** Of milliseconds; to the microsecond, as a sum of fractions is never quite a whole second. */
const roundSeconds = (milliseconds: number): number => Math.round(milliseconds * 1000) / 1e6;

/** What comes back, judged and counted. Times as performance.now(). */
export class Recording {
  readonly #order: LoadOrder;
  readonly #window: Window;
  readonly #times = new Histogram();
  readonly #timeline = new Timeline();
  readonly #faults = { wrong: 0, refused: 0, failed: 0, unsent: 0 };
  #worked = performance.eventLoopUtilization();
  #first: string | null = null;
  #answers = 0;
  #bytes = 0;
  #last = 0;
  #lostInARow = 0;

  /** `window`: the time that is counted; under a fixed rate what was due in it, in a closed loop what came in it. */
  constructor(order: LoadOrder, window: Window) {
    this.#order = order;
    this.#window = window;
  }

  get answers(): number {
    return this.#answers;
  }

  /** Why it is of no use to go on; null: it is not. */
  get despair(): string | null {
    if (this.#lostInARow < Math.max(AT_LEAST, this.#order.connections * HOPELESS)) return null;
    return `${this.#lostInARow} requests in a row were not answered; ${this.#first}`;
  }

  /** The warm-up is over. */
  begin(): void {
    this.#worked = performance.eventLoopUtilization();
  }

  answered(asked: Asked, status: number, body: string, now: number): void {
    this.#lostInARow = 0;
    if (status === REFUSED && asked.request.expect.status !== REFUSED) {
      this.#faults.refused += 1;
      return;
    }
    const mistake = mistakeIn(asked.request.expect, status, body);
    if (mistake !== null) this.#blame("wrong", asked, mistake);
    else if (this.#isCounted(asked, now)) this.#count(asked, body, now);
  }

  /** Nothing came. It belongs to the times as what one would have waited for in vain: to leave it out would flatter. */
  lost(asked: Asked, why: string, now: number): void {
    this.#lostInARow += 1;
    this.#blame("failed", asked, why);
    const patience = this.#order.patienceSeconds * 1000;
    if (this.#isCounted(asked, now)) this.#times.add(Math.max(patience, now - asked.since));
  }

  /** Was due at `due`, and no connection had become free by the end. Its time so far is the least that it would have taken. */
  unsent(due: number): void {
    if (due < this.#window.begin) return;
    this.#faults.unsent += 1;
    this.#times.add(this.#window.end - due);
  }

  progress(now: number): LoadProgress {
    const seconds = (now - this.#window.begin) / 1000;
    if (now < this.#window.end) this.#timeline.reach(seconds);
    const { answers: perSecond, p99 } = this.#timeline.instants.at(-1) ?? { answers: 0, p99: 0 };
    const { wrong, refused, failed } = this.#faults;
    return { seconds, answers: this.#answers, perSecond, p99, faults: wrong + refused + failed };
  }

  result(): LoadResult {
    const { scenario, subject, pace, connections } = this.#order;
    const { begin, end } = this.#window;
    // Under a fixed rate the last ones may come after the end.
    const seconds = roundSeconds((Number.isFinite(end) ? Math.max(end, this.#last) : this.#last) - begin);
    this.#timeline.reach(seconds);
    return {
      scenario,
      subject,
      pace,
      connections,
      seconds,
      answers: this.#answers,
      perSecond: this.#answers === 0 ? 0 : this.#answers / seconds,
      latency: this.#times.latency(),
      timeline: this.#timeline.instants,
      outcomes: { ...this.#faults, first: this.#first },
      busy: performance.eventLoopUtilization(this.#worked).utilization,
      bytes: this.#answers === 0 ? 0 : this.#bytes / this.#answers,
    };
  }

  #isCounted({ due }: Asked, now: number): boolean {
    const { length, pace } = this.#order;
    if ("answers" in length && this.#answers >= length.answers) return false;
    const at = pace.kind === "fixed" ? due : now;
    return at >= this.#window.begin && at < this.#window.end;
  }

  #count({ since }: Asked, body: string, now: number): void {
    this.#answers += 1;
    this.#bytes += Buffer.byteLength(body);
    this.#last = now;
    this.#times.add(now - since);
    this.#timeline.add((now - this.#window.begin) / 1000, now - since);
  }

  #blame(kind: "wrong" | "failed", { serial, request }: Asked, what: string): void {
    this.#faults[kind] += 1;
    const [path] = request.path.split("?");
    this.#first ??= `${request.method} ${path}, request ${serial}: ${what}`;
  }
}
