import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../gateway/main.ts", import.meta.url));

export type Serving = {
  readonly url: string;
  readonly pid: number;
  /** What it has printed until now. */
  readonly printed: () => string;
  readonly logged: () => string;
  /** Sends the signal and resolves to how the process ended: a code, or a signal's name. */
  readonly end: (signal: NodeJS.Signals) => Promise<number | string | null>;
};

type Environment = Readonly<Record<string, string>>;

/** `tongyan serve` as a process of its own, on a free port. Rejects when it ends before it is ready. */
export async function startServing(environment: Environment): Promise<Serving> {
  const child = spawn(process.execPath, [MAIN, "serve"], {
    env: { PATH: process.env["PATH"], TONGYAN_PORT: "0", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output.stderr += chunk.toString()));
  const ended = once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
  return {
    url: await urlFrom(child, output, ended),
    pid: child.pid ?? 0,
    printed: () => output.stdout,
    logged: () => output.stderr,
    async end(signal) {
      child.kill(signal);
      const [code, by] = await ended;
      return code ?? by;
    },
  };
}

async function urlFrom(
  child: ChildProcess,
  output: { stdout: string; stderr: string },
  ended: Promise<unknown>,
): Promise<string> {
  const url = (): string | undefined => /ready at (http:\/\/\S+)/.exec(output.stdout)?.[1];
  while (url() === undefined && child.exitCode === null) {
    if (child.stdout !== null) await Promise.race([once(child.stdout, "data"), ended]);
  }
  const found = url();
  if (found === undefined) throw new Error(`serve ended with ${child.exitCode}: ${output.stderr}`);
  return found;
}
