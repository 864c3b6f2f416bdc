import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../gateway/main.ts", import.meta.url));

export type Witnessing = {
  readonly url: string;
  readonly vkey: string;
  readonly logged: () => string;
  /** At once, without waiting for what comes of it. */
  readonly kill: () => void;
  /** Sends the signal and resolves to how the process ended: a code, or a signal's name. */
  readonly end: (signal: NodeJS.Signals) => Promise<number | string | null>;
};
export type Ended = { readonly exit: number | null; readonly stdout: string; readonly stderr: string };

/** `tongyan witness` as a process of its own: as it runs, or how it ended when it did not come to that. */
export async function startWitness(argv: readonly string[]): Promise<Witnessing | Ended> {
  const child = spawn(process.execPath, [MAIN, "witness", ...argv], {
    env: { PATH: process.env["PATH"] },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output.stderr += chunk.toString()));
  const ended = once(child, "close") as Promise<[number | null, NodeJS.Signals | null]>;
  const isEnded = ended.then(() => true);
  const address = (): readonly string[] | null => /^(http:\S+) (\S+)\n/m.exec(output.stdout);
  while (address() === null) {
    const hasEnded = await Promise.race([once(child.stdout, "data").then(() => false), isEnded]);
    if (hasEnded) return { exit: (await ended)[0], ...output };
  }
  const [, url = "", vkey = ""] = address() ?? [];
  return {
    url,
    vkey,
    logged: () => output.stderr,
    kill: () => void child.kill("SIGKILL"),
    async end(signal) {
      child.kill(signal);
      const [code, by] = await ended;
      return code ?? by;
    },
  };
}

/** Throws when it ended. */
export async function runningWitness(argv: readonly string[]): Promise<Witnessing> {
  const started = await startWitness(argv);
  if ("url" in started) return started;
  throw new Error(`witness ended with ${started.exit}: ${started.stderr}`);
}

/** Throws when it runs. */
export async function endedWitness(argv: readonly string[]): Promise<Ended> {
  const started = await startWitness(argv);
  if (!("url" in started)) return started;
  await started.end("SIGKILL");
  throw new Error("the witness runs");
}
