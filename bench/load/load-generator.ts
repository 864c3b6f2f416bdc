import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { FromGenerator, ToGenerator } from "./generator-messages.ts";
import type { LoadOrder, LoadProgress, LoadResult } from "./load.ts";

/** Nobody answers, or the process that asks is gone. */
export class LoadError extends Error {
  override readonly name = "LoadError";
}

const SCRIPT = fileURLToPath(import.meta.resolve("./generator-process.ts"));
/** Of the environment; proxies and tokens are none of its business. */
const PASSED_ON = ["PATH", "NODE_OPTIONS", "NODE_EXTRA_CA_CERTS"] as const;
/** MiB. What survives a collection of 16 MiB takes the process that asks 6 to 10 ms, which would stand in the times of those who answer. */
const SMALL_YOUNG_GENERATION = ["--max-semi-space-size=2"];
/** Milliseconds without a word, beside the time that an answer may take. */
const SILENCE = 30_000;
const LAST_WORDS = 4000;

/** A process that asks, so that asking takes nothing from those who answer. One order at a time; `stop` has to be called. */
export class LoadGenerator {
  readonly #child: ChildProcess;
  readonly #kill = (): void => void this.#child.kill("SIGKILL");
  #words = "";

  constructor() {
    const env = Object.fromEntries(PASSED_ON.map((name) => [name, process.env[name]]));
    this.#child = fork(SCRIPT, {
      env,
      execArgv: SMALL_YOUNG_GENERATION,
      serialization: "advanced",
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    this.#child.stderr?.setEncoding("utf8").on("data", (words: string) => {
      this.#words = (this.#words + words).slice(-LAST_WORDS);
    });
    process.once("exit", this.#kill);
  }

  /** Throws LoadError. */
  measure(order: LoadOrder, onProgress: (progress: LoadProgress) => void = () => undefined): Promise<LoadResult> {
    const child = this.#child;
    const silence = SILENCE + order.patienceSeconds * 1000;
    return new Promise((resolve, reject) => {
      const fail = (why: string): void => {
        release();
        reject(new LoadError(why));
      };
      const onMessage = (message: FromGenerator): void => {
        watch.refresh();
        if (message.kind === "progress") return onProgress(message.progress);
        if (message.kind === "failed") return fail(message.why);
        release();
        resolve(message.result);
      };
      const onExit = (): void => fail(`the process that asks has ended: ${this.#words}`);
      const watch = setTimeout(() => {
        fail("the process that asks says nothing any more");
        this.#kill();
      }, silence);
      const release = (): void => {
        clearTimeout(watch);
        child.off("message", onMessage).off("exit", onExit);
      };
      child.on("message", onMessage).on("exit", onExit);
      if (child.connected) this.#tell({ kind: "measure", order });
      else onExit();
    });
  }

  /** New tokens for what is asked from now on, in the middle of an order too. */
  authorize(tokens: LoadOrder["tokens"]): void {
    if (this.#child.connected) this.#tell({ kind: "authorize", tokens });
  }

  async stop(): Promise<void> {
    process.off("exit", this.#kill);
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#kill();
    await ended;
  }

  #tell(message: ToGenerator): void {
    // Who cannot be told has ended, of which "exit" speaks.
    this.#child.send(message, () => undefined);
  }
}
