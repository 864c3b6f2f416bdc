import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { makeDemo } from "../../certs/issue/demo.ts";
import { VALIDATION_POLICIES } from "../../certs/policy.ts";
import { Refusal } from "../../certs/refusal.ts";
import { readTrustDirectory } from "../../certs/trust/directory.ts";
import { type TrustSnapshot, buildTrustSnapshot } from "../../certs/trust/snapshot.ts";
import { verifyDocument } from "../../certs/verify.ts";

type Outcome = { readonly verdict: string; readonly reasons: readonly string[] };

function verdictOn(bytes: Uint8Array, trust: TrustSnapshot, at: number): Outcome {
  try {
    const report = verifyDocument(bytes, { trust, policy: VALIDATION_POLICIES["gb-t-38540"], at });
    const checks = [...report.checks, ...report.signatures.flatMap((signature) => signature.checks)];
    return { verdict: report.verdict, reasons: checks.flatMap(({ reason }) => reason ?? []) };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { verdict: "REFUSED", reasons: [error.code] };
  }
}

describe("the demo's own files", () => {
  const now = Date.UTC(2026, 10, 21);
  const demo = makeDemo(now);
  const trust = buildTrustSnapshot(demo.trust);
  it.each(demo.files.map((file) => [file.name, file] as const))("%s", (_, file) => {
    const { verdict, reasons } = verdictOn(file.bytes, trust, now);
    expect(verdict).toBe(file.verdict);
    if (file.reason !== null) expect(reasons).toContain(file.reason);
  });
});

// Files that other software wrote, with their answers. They are not part of this repository: they stand beside it where work is done on it.
const samples = join(import.meta.dirname, "../../../shared/samples/ofd");
if (existsSync(samples)) {
  type Answers = { readonly cases: readonly { readonly file: string; readonly verdict: readonly string[] }[] };
  const { cases } = JSON.parse(readFileSync(join(samples, "answers.json"), "utf8")) as Answers;

  describe("files written by other software", () => {
    const trust = buildTrustSnapshot(readTrustDirectory(join(samples, "trust")));
    it.each(cases)("$file: $verdict", ({ file, verdict }) => {
      expect(verdict).toContain(verdictOn(readFileSync(join(samples, file)), trust, Date.now()).verdict);
    });
  });
}
