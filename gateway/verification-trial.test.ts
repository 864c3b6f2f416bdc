import { createHash } from "node:crypto";
import { once } from "node:events";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makePki } from "#certs/issue/pki.ts";
import { DEFAULT_LIMITS } from "#certs/limits.ts";
import type { Report } from "#certs/report.ts";
import { buildTrustSnapshot } from "#certs/trust/snapshot.ts";
import { Fault } from "./fault.ts";
import { verificationTrial } from "./verification-trial.ts";
import { type Verification, Verifier } from "./workers/verifier.ts";

const { trust: material } = makePki(Date.now());
const { digest } = buildTrustSnapshot(material);
let verifier: Verifier;
beforeAll(async () => {
  const options = { workers: 1, timeBudget: 10_000, limits: DEFAULT_LIMITS, maxWaiting: 4, onTrouble: () => {} };
  verifier = await Verifier.start(options, { digest, material });
});
afterAll(() => verifier.close());

const reported = (report: Report): Verification => ({ kind: "report", report });

/** The real verifier, with its report changed. */
const verifierThat = (change: (report: Report) => Verification) =>
  verificationTrial(async (question) => {
    const verification = await verifier.verify(question);
    return verification.kind === "report" ? change(verification.report) : verification;
  }, Date.now);

test("workers that verify are found to verify, time after time", async () => {
  const attempt = verificationTrial((question) => verifier.verify(question), Date.now);
  await expect(attempt()).resolves.toBeUndefined();
  await expect(attempt()).resolves.toBeUndefined();
});

test("no document is tried twice: its digests may be remembered", async () => {
  const tried: string[] = [];
  const attempt = verificationTrial((question) => {
    tried.push(
      createHash("sha256")
        .update(question.take() ?? "")
        .digest("hex"),
    );
    return verifier.verify(question);
  }, Date.now);
  for (let each = 0; each < 3; each++) await attempt();
  expect(new Set(tried).size).toBe(6);
});

const answering = (report: Report, integrity: Partial<Report["answers"]["integrity"]>): Report => ({
  ...report,
  answers: { ...report.answers, integrity: { ...report.answers.integrity, ...integrity } },
});

test.each<[string, (report: Report) => Verification]>([
  ["takes every document for sealed", (report) => reported(answering(report, { outcome: "passed", code: "OK" }))],
  [
    "takes every document for changed",
    (report) => reported(answering(report, { outcome: "failed", code: "HASH_MISMATCH" })),
  ],
  ["cannot say", (report) => reported(answering(report, { outcome: "unsure" }))],
  ["trusts everybody", (report) => reported({ ...report, verdict: "PASSED" })],
  ["refuses everything", () => ({ kind: "refused", code: "NOT_OFD" as never, detail: "" })],
  ["gives up", () => ({ kind: "abandoned", reason: "BUDGET", detail: "", snapshot: "" })],
])("a verifier that %s is found out", async (_, change) => {
  await expect(verifierThat(change)()).rejects.toThrow(Error);
});

test("one without room says so", async () => {
  const attempt = verificationTrial(() => Promise.reject(new Fault("BUSY")), Date.now);
  await expect(attempt()).rejects.toMatchObject({ code: "BUSY" });
});

test("one that is busy is not waited for", async () => {
  const attempt = verificationTrial(async ({ signal }) => {
    await once(signal ?? new AbortController().signal, "abort");
    throw signal?.reason;
  }, Date.now);
  await expect(attempt()).rejects.toMatchObject({ code: "BUSY" });
});
