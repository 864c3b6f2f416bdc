import { expect, test, vi } from "vitest";
import { makePki } from "#certs/issue/pki.ts";
import { sealedLicence } from "#certs/issue/sealed-licence.ts";
import { DEFAULT_LIMITS } from "#certs/limits.ts";
import { buildTrustSnapshot } from "#certs/trust/snapshot.ts";
import { Verifier } from "#gateway/workers/verifier.ts";

const pki = makePki(Date.now());
const trust = { digest: buildTrustSnapshot(pki.trust).digest, material: pki.trust };
const workerFile = new URL("./counting-worker.ts", import.meta.url);

/** Tables in the worker, after one more document. */
async function tablesAfter(verifier: Verifier, serial: number): Promise<number> {
  const bytes = Uint8Array.from(sealedLicence({ pki, serial }));
  const answer = await verifier.verify({ take: () => bytes, policy: "gb-t-38540", at: Date.now() });
  if (answer.kind !== "report") throw new Error(answer.kind);
  return (answer.report as unknown as { readonly built: number }).built;
}

test("a worker builds the tables of keys that recur between two documents", async () => {
  const options = { workers: 1, timeBudget: 60_000, limits: DEFAULT_LIMITS, maxWaiting: 8, workerFile };
  const verifier = await Verifier.start({ ...options, onTrouble: () => {} }, trust);
  try {
    expect(await tablesAfter(verifier, 1)).toBe(0);
    let serial = 2;
    await vi.waitFor(async () => expect(await tablesAfter(verifier, serial++)).toBeGreaterThan(0), { timeout: 20_000 });
  } finally {
    await verifier.close();
  }
});
