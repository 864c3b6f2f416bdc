import { VALIDATION_POLICIES } from "#certs/policy.ts";
import { DEFAULT_LIMITS } from "#certs/limits.ts";
import { readTrustDirectory } from "#certs/trust/directory.ts";
import { buildTrustSnapshot } from "#certs/trust/snapshot.ts";
import { Verifier } from "#gateway/workers/verifier.ts";
import { type Documents, DocumentShelf } from "../scene/documents.ts";

/** What this process is started with, as JSON. */
export type VerifierOutfit = {
  readonly workers: number;
  readonly trust: string;
  readonly documents: readonly Documents[];
};
/** `underWay`: documents that wait or are at work at the same time. */
export type VerifierOrder = { readonly first: number; readonly count: number; readonly underWay: number };
export type VerifierRound = { readonly seconds: number };

/** Run by verify-over-http.ts in a process of its own: the gateway's workers fed from memory, without HTTP, policies or log. */
const { workers, trust, documents } = JSON.parse(process.argv[2] ?? "") as VerifierOutfit;
const TIME_BUDGET = 10_000;
const policy = VALIDATION_POLICIES["gb-t-38540"].id;
const shelf = new DocumentShelf(documents);
const material = readTrustDirectory(trust);
const verifier = await Verifier.start(
  {
    workers,
    timeBudget: TIME_BUDGET,
    limits: DEFAULT_LIMITS,
    maxWaiting: 512,
    onTrouble: (what, detail) => process.stderr.write(`${what}: ${detail}\n`),
  },
  { digest: buildTrustSnapshot(material).digest, material },
);

process.on("message", async ({ first, count, underWay }: VerifierOrder) => {
  const start = performance.now();
  const numbers = Array.from({ length: count }, (_, index) => first + index).values();
  const feed = async (): Promise<void> => {
    for (const number of numbers) await verify(number);
  };
  await Promise.all(Array.from({ length: underWay }, feed));
  process.send?.({ seconds: (performance.now() - start) / 1000 } satisfies VerifierRound);
});
process.once("disconnect", () => process.exit());
process.send?.({ ready: true });

/** Ends the process when a verdict is wrong. */
async function verify(number: number): Promise<void> {
  const { bytes, verdict } = shelf.at(number);
  const take = (): Uint8Array<ArrayBuffer> => Uint8Array.from(bytes);
  const answer = await verifier.verify({ take, length: bytes.length, policy, at: Date.now() });
  const found = answer.kind === "report" ? answer.report.verdict : answer.kind;
  if (found !== verdict) throw new Error(`a verdict is wrong: ${found} in place of ${verdict}`);
}
