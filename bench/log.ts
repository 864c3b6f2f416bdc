import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compareRecording } from "./log-lookups.ts";
import { compareRates } from "./log-rate.ts";
import { growTree } from "./log-tree.ts";
import { machine, print } from "./print.ts";

/** The exchange log: durable entries through its own interface against a bare file, proofs in a large tree, and lookups with and without it. */
export async function run(): Promise<void> {
  print(`machine: ${machine()}`);
  const directory = mkdtempSync(join(tmpdir(), "tongyan-bench-log-"));
  try {
    await compareRates(join(directory, "rate"));
    growTree(join(directory, "tree"));
    await compareRecording(join(directory, "lookups"));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
