import { spawnSync } from "node:child_process";

/** Whether a program is on this machine: whether `name` with `argument`, which asks for its version, ends well. */
export const isInstalled = (name: string, argument: string): boolean =>
  spawnSync(name, [argument], { timeout: 10_000 }).status === 0;
