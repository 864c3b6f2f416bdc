import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";

const READY_WITHIN = 60_000;
const ROOT = join(import.meta.dirname, "..");

/** A part of the bench in a process of its own, which ends with this one. */
export class BenchProcess {
  readonly #child: ChildProcess;
  readonly #log: string;

  /** `script` and `args` as for node, from the project's root. What it writes goes to the file `log`. */
  constructor(
    script: string,
    args: readonly string[],
    log: string,
    environment: Readonly<Record<string, string>> = {},
  ) {
    const { PATH = "", NODE_OPTIONS = "" } = process.env;
    const output = openSync(log, "a");
    this.#log = log;
    this.#child = spawn(process.execPath, [script, ...args], {
      cwd: ROOT,
      env: { PATH, NODE_OPTIONS, ...environment },
      stdio: ["ignore", output, output, "ipc"],
    });
  }

  /** Sends a message, or none, and waits for the next one that comes. Throws when the process ends instead. */
  async hear<Message>(order: Readonly<Record<string, unknown>> | null, within: number): Promise<Message> {
    const waiting = new AbortController();
    const signal = AbortSignal.any([waiting.signal, AbortSignal.timeout(within)]);
    const heard = once(this.#child, "message", { signal });
    const ended = once(this.#child, "exit", { signal }).then(() => [null]);
    if (order !== null) this.#child.send(order);
    const [message] = await Promise.race([heard, ended]).finally(() => waiting.abort());
    await Promise.allSettled([heard, ended]);
    if (message !== null) return message as Message;
    throw new Error(`a process of the bench ended:\n${readFileSync(this.#log, "utf8").slice(-4000)}`);
  }

  /** Where it listens, once it does. */
  async origin(): Promise<string> {
    const { port } = await this.hear<{ readonly port: number }>(null, READY_WITHIN);
    return `http://127.0.0.1:${port}`;
  }

  /** Bytes of memory that it has now; NaN where the system does not say. */
  get resident(): number {
    const kilobytes = /^VmRSS:\s*(\d+) kB$/m.exec(this.#read("status"))?.[1];
    return kilobytes === undefined ? Number.NaN : Number(kilobytes) * 1024;
  }

  /** Milliseconds that its main thread has worked so far; NaN where the system does not say. */
  get worked(): number {
    const fields = this.#read(`task/${this.#child.pid}/stat`)
      .replace(/^.*\) /, "")
      .split(" ");
    const [user, system] = [fields[11], fields[12]].map(Number);
    return ((user ?? Number.NaN) + (system ?? Number.NaN)) * TICK;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    await ended;
  }

  #read(name: string): string {
    const file = `/proc/${this.#child.pid}/${name}`;
    return existsSync(file) ? readFileSync(file, "utf8") : "";
  }
}

/** Linux counts a process's time in hundredths of a second. */
const TICK = 10;
