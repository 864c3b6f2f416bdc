import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** A part of the demo in a process of its own, which ends with this one. */
export type DemoProcess = { readonly port: number; readonly stop: () => Promise<void> };

const READY_WITHIN = 60_000;

/**
 * Starts `script` and waits until it says on which port of this machine it listens. What it writes to stderr goes to ours.
 * Throws when it ends before that.
 */
export async function startDemoProcess(
  script: URL,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<DemoProcess> {
  const child = spawn(process.execPath, [fileURLToPath(script), ...args], {
    env: { ...environment, PATH: process.env["PATH"] },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const ended = once(child, "exit");
  const port = await portOf(child, ended);
  return {
    port,
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

async function portOf(child: ChildProcess, ended: Promise<unknown[]>): Promise<number> {
  const told = once(child, "message", { signal: AbortSignal.timeout(READY_WITHIN) }).then(
    ([message]) => message as unknown,
    () => null,
  );
  const first = await Promise.race([told, ended.then(() => null)]);
  if (typeof first === "object" && first !== null && "port" in first && typeof first.port === "number")
    return first.port;
  child.kill("SIGKILL");
  throw new Error("a part of the demo did not start");
}
