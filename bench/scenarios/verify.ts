import { mintDocuments } from "../scene/documents.ts";
import type { Circumstances, Finding } from "../finding.ts";
import { print } from "../print.ts";
import { measureInProcess } from "./verify-in-process.ts";
import { measureMemory } from "./verify-memory.ts";
import { measureOverHttp } from "./verify-over-http.ts";

type Ratio =
  | "verify.recurring-to-native"
  | "verify.cold-to-native"
  | "verify.http-to-in-process"
  | "verify.large-file-memory";

const DOCUMENTS = { full: 14_000, brief: 2400 } as const;

/** Documents that nobody has seen before, of issuers that recur: on one core, in the gateway's own workers, and posted to a gateway. */
export async function run({ length, directory }: Circumstances): Promise<Finding<Ratio>> {
  const start = performance.now();
  const minted = await mintDocuments(DOCUMENTS[length], directory);
  print(`${DOCUMENTS[length]} sealed licences made in ${Math.round((performance.now() - start) / 1000)} s`);
  const alone = await measureInProcess(minted, length);
  const memory = await measureMemory(minted, directory);
  const http = await measureOverHttp(minted, { length, directory });
  return {
    measurements: [...alone.measurements, ...http.measurements],
    ratios: { ...alone.ratios, ...memory.ratios, ...http.ratios },
    charts: [],
  };
}
