import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makePki } from "#certs/issue/pki.ts";
import { sealedLicence } from "#certs/issue/sealed-licence.ts";
import { DEFAULT_LIMITS } from "#certs/limits.ts";
import { buildTrustSnapshot } from "#certs/trust/snapshot.ts";
import { type Verification, Verifier } from "#gateway/workers/verifier.ts";

const MEBIBYTE = 1024 * 1024;
const pki = makePki(Date.now());
const trust = { digest: buildTrustSnapshot(pki.trust).digest, material: pki.trust };
let verifier: Verifier;
beforeAll(async () => {
  const options = { workers: 2, timeBudget: 60_000, limits: DEFAULT_LIMITS, maxWaiting: 32 };
  verifier = await Verifier.start({ ...options, onTrouble: () => {} }, trust);
});
afterAll(() => verifier.close());

const withAttachment = (bytes: Uint8Array): Uint8Array =>
  sealedLicence({ pki, content: { attachments: [{ name: "scan.bin", format: "bin", bytes }] } });

/** Packs to a tenth: its length alone makes it no large document. */
function compressible(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 64) bytes.set(randomBytes(5), at);
  return bytes;
}

/** Asks for all at once, in this order, and returns the kinds in the order of finishing. */
async function finishing(asked: readonly (readonly [kind: string, document: Uint8Array])[]): Promise<string[]> {
  const finished: string[] = [];
  await Promise.all(
    asked.map(async ([kind, document]) => {
      const question = { take: () => Uint8Array.from(document), length: document.length } as const;
      const verification: Verification = await verifier.verify({ ...question, policy: "gb-t-38540", at: Date.now() });
      expect(verification).toMatchObject({ kind: "report", report: { verdict: "PASSED" } });
      finished.push(kind);
    }),
  );
  return finished;
}

const small = Array.from({ length: 8 }, (_, index) => ["small", sealedLicence({ pki, serial: index + 1 })] as const);

test.each([
  ["long", () => withAttachment(randomBytes(12 * MEBIBYTE)), (length: number) => length > 12 * MEBIBYTE],
  [
    "short, and unpack to much,",
    () => withAttachment(compressible(16 * MEBIBYTE)),
    (length: number) => length < 2 * MEBIBYTE,
  ],
])("small documents do not wait behind several that are %s with two workers", async (_, make, isSo) => {
  const document = make();
  expect(isSo(document.length)).toBe(true);
  const large = Array.from({ length: 3 }, () => ["large", document] as const);
  const finished = await finishing([...large, ...small]);
  // The first large one may be done before them; the second comes to its turn only after it, and they do not wait for that.
  expect(finished.slice(0, 9).filter((kind) => kind === "small")).toHaveLength(8);
  expect(finished.at(-1)).toBe("large");
});
