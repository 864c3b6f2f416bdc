import { arch, cpus, release, totalmem, type } from "node:os";
import type { Machine } from "./bench-run.ts";

/** This one. */
export const thisMachine = (): Machine => ({
  cpu: cpus()[0]?.model.trim() ?? "unknown",
  cores: cpus().length,
  memoryBytes: totalmem(),
  system: `${type()} ${release()} ${arch()}`,
  node: process.version,
});
