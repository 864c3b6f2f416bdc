import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compareRates } from "./log-rate.ts";
import { growTree } from "./log-tree.ts";
import { machine, print } from "./print.ts";

/** The exchange log: durable entries through its own interface against a bare file, and proofs in a large tree. */
export async function run(): Promise<void> {
  print(`machine: ${machine()}`);
  const directory = mkdtempSync(join(tmpdir(), "tongyan-bench-log-"));
  try {
    await compareRates(join(directory, "rate"));
    growTree(join(directory, "tree"));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
