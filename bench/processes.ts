import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const READY_WITHIN = 60_000;
const STOP_WITHIN = 20_000;
const ROOT = join(import.meta.dirname, "..");

/** No child outlives this process: those that are still there when it ends are ended with it. */
const children = new Set<ChildProcess>();
process.once("exit", () => children.forEach((child) => child.kill("SIGKILL")));

/** A part of the bench in a process of its own, which ends with this one. */
export class BenchProcess {
  readonly #child: ChildProcess;
  readonly #log: string;
  readonly #name: string;
  /** Process number of what is watched. */
  #worker: number | undefined;

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
    this.#name = script;
    this.#child = spawn(process.execPath, [script, ...args], {
      cwd: ROOT,
      env: { PATH, NODE_OPTIONS, ...environment },
      stdio: ["ignore", output, output, "ipc"],
    });
    closeSync(output);
    const child = this.#child;
    this.#worker = child.pid;
    children.add(child);
    child.once("exit", () => children.delete(child));
  }

  /** Sends a message, or none, and waits for the next one that comes. Throws when the process ends instead, or says nothing `within` milliseconds. */
  async hear<Message>(order: Readonly<Record<string, unknown>> | null, within: number): Promise<Message> {
    const waiting = new AbortController();
    const { signal } = waiting;
    const heard = once(this.#child, "message", { signal });
    const ended = once(this.#child, "exit", { signal }).then(() => "ended" as const);
    const silent = sleep(within, "silent" as const, { signal });
    if (order !== null) this.#child.send(order);
    const outcome = await Promise.race([heard, ended, silent]).finally(() => waiting.abort());
    await Promise.allSettled([heard, ended, silent]);
    if (typeof outcome !== "string") return outcome[0] as Message;
    const why = outcome === "silent" ? `said nothing within ${within / 1000} s` : "ended";
    throw new Error(`${this.#name} ${why}:\n${readFileSync(this.#log, "utf8").slice(-4000)}`);
  }

  /** Where it listens, once it does. It may name another process that does the work. */
  async origin(): Promise<string> {
    const { port, pid } = await this.hear<{ readonly port: number; readonly pid?: number }>(null, READY_WITHIN);
    this.#worker = pid ?? this.#worker;
    return `http://127.0.0.1:${port}`;
  }

  /** Bytes of memory that it has now; NaN where the system does not say. */
  get resident(): number {
    const kilobytes = /^VmRSS:\s*(\d+) kB$/m.exec(this.#read("status"))?.[1];
    return kilobytes === undefined ? Number.NaN : Number(kilobytes) * 1024;
  }

  /** Milliseconds that its main thread has worked so far; NaN where the system does not say. */
  get worked(): number {
    const fields = this.#read(`task/${this.#worker}/stat`)
      .replace(/^.*\) /, "")
      .split(" ");
    const [user, system] = [fields[11], fields[12]].map(Number);
    return ((user ?? Number.NaN) + (system ?? Number.NaN)) * TICK;
  }

  /** Ends it, by force if need be. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "exit");
    const force = setTimeout(() => this.#child.kill("SIGKILL"), STOP_WITHIN);
    this.#child.kill("SIGTERM");
    await ended.finally(() => clearTimeout(force));
  }

  #read(name: string): string {
    const file = `/proc/${this.#worker}/${name}`;
    return existsSync(file) ? readFileSync(file, "utf8") : "";
  }
}

/** Linux counts a process's time in hundredths of a second. */
const TICK = 10;
