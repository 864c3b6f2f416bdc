import { join } from "node:path";
import type { Circumstances, Finding } from "../finding.ts";
import { compareRecording } from "./log-lookups.ts";
import { compareRates } from "./log-rate.ts";
import { LOG_SIZES, measureTree } from "./log-tree.ts";

type Ratio =
  | "log.to-bare-append"
  | "log.entries-per-second"
  | "log.proof-milliseconds"
  | "log.memory-growth"
  | "log.recorded-to-unrecorded";

/** The exchange log: durable entries through its own interface against a bare file, proofs in a large tree, and lookups with and without it. */
export async function run({ length, directory }: Circumstances): Promise<Finding<Ratio>> {
  // First, while this process has nothing else in its memory.
  const tree = await measureTree(LOG_SIZES[length], join(directory, "tree"));
  const rate = await compareRates({ length, directory: join(directory, "rate") });
  const lookups = await compareRecording({ length, directory: join(directory, "lookups") });
  return {
    measurements: [...rate.measurements, ...lookups.measurements],
    ratios: { ...rate.ratios, ...tree.ratios, ...lookups.ratios },
    charts: tree.charts,
  };
}
