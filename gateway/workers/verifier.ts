import { fileURLToPath } from "node:url";
import { Piscina } from "piscina";
import type { Limits } from "#certs/limits.ts";
import type { PolicyId } from "#certs/policy.ts";
import type { RefusalCode } from "#certs/refusal.ts";
import type { Report } from "#certs/report.ts";
import type { TrustMaterial } from "#certs/trust/snapshot.ts";
import { Fault } from "#gateway/fault.ts";
import { Admission } from "./admission.ts";
import { HeapWatch } from "./heap-watch.ts";
import { laneOf } from "./lane.ts";
import type { VerificationTask, WorkerAnswer, WorkerOutfit, WorkerTask } from "./verification-task.ts";

/** Trust material and the digest of the snapshot that it makes. */
export type Trust = { readonly digest: string; readonly material: TrustMaterial };

/**
 * `take` gives the document in memory of its own, null when it cannot be had again. `signal` gives up waiting for a worker, not work that has
 * begun. `length` (bytes) decides who waits for whom; a document without it counts as small. `sha256` when it is known already.
 */
export type VerificationQuestion = {
  readonly take: () => Uint8Array<ArrayBuffer> | null;
  readonly length?: number;
  readonly sha256?: string;
  readonly policy: PolicyId;
  readonly at: number;
  readonly signal?: AbortSignal;
};

/** `abandoned`: no verdict was reached, within the budget or at all. */
export type Verification =
  | { readonly kind: "report"; readonly report: Report }
  | { readonly kind: "refused"; readonly code: RefusalCode; readonly detail: string }
  | {
      readonly kind: "abandoned";
      readonly reason: "BUDGET" | "CHECK_ERROR";
      readonly detail: string;
      /** Digest of the trust snapshot that was in use. */
      readonly snapshot: string;
    };

export type VerifierOptions = {
  readonly workers: number;
  /** Milliseconds for one document in one worker. */
  readonly timeBudget: number;
  readonly limits: Limits;
  /** Documents that may wait for a worker. */
  readonly maxWaiting: number;
  /** Heap of one worker, watched while it works. Inflated pages lie outside the heap, bounded by `limits`. */
  readonly heapMebibytes?: number;
  /** Told of each worker that was lost and of each exception in one. */
  readonly onTrouble: (what: string, detail: string) => void;
  /** The module that workers run; for tests of workers that fail. */
  readonly workerFile?: URL;
};

export type VerifierState = {
  readonly workers: number;
  readonly busy: number;
  readonly waiting: number;
  readonly full: boolean;
  /** Milliseconds since the epoch; null when none was lost. */
  readonly lastLost: number | null;
};

const DEFAULT_HEAP_MEBIBYTES = 1024;
/** Of V8's young generation in a worker: what a document leaves behind is dropped soon, and V8's own 48 MB would stay resident in each. */
const YOUNG_MEBIBYTES = 16;
const ATTEMPTS = 2;
const READY_WITHIN = 30_000;
const MEBIBYTE = 1024 * 1024;

/** Verifies documents in worker threads: one at a time in each, with a budget; a hostile one ends its worker, not the service. */
export class Verifier {
  readonly #options: VerifierOptions;
  readonly #admission: Admission;
  #crew: Crew;
  #lastLost: number | null = null;

  private constructor(options: VerifierOptions, crew: Crew) {
    this.#options = options;
    this.#crew = crew;
    this.#admission = new Admission({
      places: options.workers,
      maxWaiting: options.maxWaiting,
      maxWait: ATTEMPTS * 2 * options.timeBudget,
    });
  }

  /** Resolves when a worker is ready with `trust`. */
  static async start(options: VerifierOptions, trust: Trust): Promise<Verifier> {
    return new Verifier(options, await startCrew(options, trust));
  }

  /** Never throws because of a document: Fault BUSY, or the signal's reason. */
  async verify(question: VerificationQuestion): Promise<Verification> {
    const { length, take, signal } = question;
    const lane = length === undefined ? "small" : laneOf(length, take);
    const leave = await this.#admission.enter(lane, signal);
    try {
      return await this.#attempt(question);
    } finally {
      leave();
    }
  }

  /** Changes over to workers with other trust material; those at work finish with the old. Throws when the new do not start. */
  async use(trust: Trust): Promise<void> {
    const former = this.#crew;
    this.#crew = await startCrew(this.#options, trust);
    await Promise.allSettled(former.running);
    former.watch.close();
    await former.pool.destroy();
  }

  get state(): VerifierState {
    return {
      workers: this.#options.workers,
      busy: this.#admission.inside,
      waiting: this.#admission.waiting,
      full: this.#admission.full,
      lastLost: this.#lastLost,
    };
  }

  async close(): Promise<void> {
    this.#crew.watch.close();
    await this.#crew.pool.destroy();
  }

  /** A worker that dies or runs over time is replaced, and the document tried once more where it can still be had. */
  async #attempt({ take, ...question }: VerificationQuestion): Promise<Verification> {
    let lost = "";
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const bytes = take();
      if (bytes === null) break;
      const crew = this.#crew;
      const outcome = await runIn(crew, taskOf(bytes, question), this.#options.timeBudget);
      if (outcome.kind === "answered") return this.#verification(outcome.answer, crew.digest);
      lost = outcome.why;
      this.#lastLost = Date.now();
      this.#options.onTrouble("a worker was lost", lost);
    }
    return { kind: "abandoned", reason: "BUDGET", detail: lost, snapshot: this.#crew.digest };
  }

  #verification(answer: WorkerAnswer, snapshot: string): Verification {
    switch (answer.kind) {
      case "report":
        return { kind: "report", report: JSON.parse(answer.text) as Report };
      case "refused":
        return answer;
      case "over-budget":
        return { kind: "abandoned", reason: "BUDGET", detail: answer.detail, snapshot };
      case "error":
        this.#options.onTrouble("an exception in verification", answer.trace);
        return { kind: "abandoned", reason: "CHECK_ERROR", detail: "an exception in verification", snapshot };
      case "ready":
        throw new Fault("INTERNAL", "a worker took a document for a ping");
    }
  }
}

const taskOf = (
  bytes: Uint8Array<ArrayBuffer>,
  { policy, at, sha256 }: Omit<VerificationQuestion, "take">,
): VerificationTask => ({ kind: "verify", bytes, policy, at, ...(sha256 !== undefined && { sha256 }) });

type Pool = Piscina<WorkerTask, WorkerAnswer>;
type Crew = {
  readonly pool: Pool;
  readonly watch: HeapWatch;
  readonly digest: string;
  /** What its workers are at. Piscina's own close() ends workers that still work when others are idle. */
  readonly running: Set<Promise<Outcome>>;
};

async function startCrew(options: VerifierOptions, trust: Trust): Promise<Crew> {
  const outfit: WorkerOutfit = { material: trust.material, limits: options.limits };
  const heap = options.heapMebibytes ?? DEFAULT_HEAP_MEBIBYTES;
  const workerFile = options.workerFile ?? new URL("./verification-worker.ts", import.meta.url);
  const pool: Pool = new Piscina({
    filename: fileURLToPath(workerFile),
    minThreads: options.workers,
    maxThreads: options.workers,
    resourceLimits: { maxOldGenerationSizeMb: 2 * heap, maxYoungGenerationSizeMb: YOUNG_MEBIBYTES },
    workerData: outfit,
    recordTiming: false,
    // Else a worker without a task stops its event loop, and with it the tables of keys that recur, which are built between two documents.
    atomics: "disabled",
  });
  pool.on("error", (error: unknown) => options.onTrouble("a worker failed", nameOf(error)));
  const outcome = await runWithin(pool, { kind: "ping" }, READY_WITHIN);
  if (outcome.kind === "answered") {
    const running = new Set<Promise<Outcome>>();
    const watch = new HeapWatch(() => (running.size === 0 ? [] : pool.threads), heap * MEBIBYTE);
    return { pool, watch, digest: trust.digest, running };
  }
  await pool.destroy();
  throw new Error(`no worker became ready: ${outcome.why}`);
}

type Outcome =
  | { readonly kind: "answered"; readonly answer: WorkerAnswer }
  | { readonly kind: "lost"; readonly why: string };

async function runIn({ pool, running }: Crew, task: WorkerTask, budget: number): Promise<Outcome> {
  const outcome = runWithin(pool, task, budget);
  running.add(outcome);
  try {
    return await outcome;
  } finally {
    running.delete(outcome);
  }
}

/** Runs at most `budget` milliseconds, then ends the worker. */
async function runWithin(pool: Pool, task: WorkerTask, budget: number): Promise<Outcome> {
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), budget);
  try {
    const transferList = task.kind === "verify" ? [task.bytes.buffer] : [];
    // Piscina derives the list's type from an overload of postMessage that @types/node no longer has last.
    const options = { signal: deadline.signal, transferList: transferList as never };
    return { kind: "answered", answer: await pool.run(task, options) };
  } catch (error) {
    return { kind: "lost", why: deadline.signal.aborted ? `over ${budget} ms` : nameOf(error) };
  } finally {
    clearTimeout(timer);
  }
}

/** The error's code or name; never its message, which may quote a document. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown error";
  if ("code" in error && typeof error.code === "string") return error.code;
  return error.name === "Error" ? "the worker ended" : error.name; // by itself, or by the heap watch
}
