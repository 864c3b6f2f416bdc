import { randomBytes } from "node:crypto";
import { makePki } from "#certs/issue/pki.ts";
import { sealedLicence } from "#certs/issue/sealed-licence.ts";
import { newMemory } from "#certs/memory.ts";
import { VALIDATION_POLICIES } from "#certs/policy.ts";
import { buildTrustSnapshot } from "#certs/trust/snapshot.ts";
import type { Circumstances } from "../finding.ts";
import { median } from "../print.ts";
import { verifyAndBuild } from "../scene/verified.ts";
import type { Curve } from "./curve.ts";

const KILOBYTE = 1000;
/** Bytes of the attachment, which does not compress. A sealed licence without one has 5 to 9 KB. */
const ATTACHED = {
  full: [0, 40 * KILOBYTE, 490 * KILOBYTE, 5_000 * KILOBYTE, 50_000 * KILOBYTE],
  brief: [0, 40 * KILOBYTE, 490 * KILOBYTE, 5_000 * KILOBYTE],
} as const;
const ROUNDS = 7;
const WARM_UPS = 50;
const policy = VALIDATION_POLICIES["gb-t-38540"];

/** Milliseconds to verify one document by its size, one core, recurring issuers, no document twice. */
export async function growDocuments({ length }: Circumstances): Promise<Curve> {
  const pki = makePki(Date.now());
  const question = { trust: buildTrustSnapshot(pki.trust), policy, at: Date.now(), memory: newMemory() };
  const verify = (bytes: Uint8Array): number => {
    const start = performance.now();
    const report = verifyAndBuild(bytes, question);
    if (report.verdict !== "PASSED") throw new Error(`a verdict is wrong: ${report.summary.en}`);
    return performance.now() - start;
  };
  for (let serial = 1; serial <= WARM_UPS; serial++) verify(sealedLicence({ pki, serial }));
  const costs = ATTACHED[length].map((attached) => ({ attached, sizes: [] as number[], taken: [] as number[] }));
  for (let round = 1; round <= ROUNDS; round++) {
    for (const { attached, sizes, taken } of costs) {
      const bytes = sealedOf(pki, { attached, serial: round });
      sizes.push(bytes.length);
      taken.push(verify(bytes));
    }
  }
  const points = costs.map(({ sizes, taken }): [number, number] => [median(sizes), median(taken)]);
  return {
    title: "Document size",
    size: "bytes",
    unit: "ms",
    series: [
      { name: "verifying one document", points },
      { name: "for each megabyte of it", points: points.map(([bytes, cost]) => [bytes, (cost / bytes) * 1e6]) },
    ],
  };
}

/** Without an attachment also without the seal's own file, so that it is as small as a sealed licence can be. */
function sealedOf(
  pki: ReturnType<typeof makePki>,
  { attached, serial }: { readonly attached: number; readonly serial: number },
): Uint8Array {
  if (attached === 0) return sealedLicence({ pki, serial: 1000 + serial, sealing: { sealFile: null } });
  const attachments = [{ name: "attached.bin", format: "bin", bytes: randomBytes(attached) }];
  return sealedLicence({ pki, serial: 1000 + serial, content: { attachments } });
}
