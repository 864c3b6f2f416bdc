import { rewrite } from "#certs/issue/ofd.ts";
import { type DemoPki, makePki } from "#certs/issue/pki.ts";
import { sealedEntries } from "#certs/issue/sealed-licence.ts";
import { zipOf } from "#certs/issue/zip.ts";
import type { Report } from "#certs/report.ts";
import { Fault } from "./fault.ts";
import type { Verification, VerificationQuestion } from "./workers/verifier.ts";

type Verify = (question: VerificationQuestion) => Promise<Verification>;
type Document = Uint8Array<ArrayBuffer>;
type Samples = { readonly genuine: Document; readonly changed: Document };
/** Of an authority that nobody trusts; `serial` makes each document a new one. */
type Forger = { readonly pki: DemoPki; serial: number };

/** Seven digits of the licence's number; a worker has long forgotten the first when it comes again. */
const MOST_SERIALS = 10_000_000;
const PAGE = "Doc_0/Pages/Page_0/Content.xml";
/** Milliseconds: whoever asks how the service is does not stand in line behind its work. */
const PATIENCE = 1_000;

/**
 * Has two licences verified as any other is, in a worker and by the trust in use: one sealed by an authority that was made just for this, and
 * the same with another name on its page. Only whoever computes digests and SM2 signatures rightly tells them apart, and neither may pass, as
 * nobody trusts that authority. Both are new each time: of a document seen before a worker may remember the digests. Throws when the answer is
 * another; Fault BUSY when there was no room.
 */
export function verificationTrial(verify: Verify, clock: () => number): () => Promise<void> {
  let forger: Forger | null = null;
  return async () => {
    forger ??= { pki: makePki(clock()), serial: 0 };
    const samples = makeSamples(forger);
    const genuine = await reportOn(samples.genuine, verify, clock());
    if (genuine.answers.integrity.outcome !== "passed") throw new Error("a sealed document counts as changed");
    if (genuine.verdict === "PASSED") throw new Error("an authority that nobody trusts is trusted");
    const changed = await reportOn(samples.changed, verify, clock());
    const { outcome, code } = changed.answers.integrity;
    if (outcome !== "failed" || code !== "HASH_MISMATCH") throw new Error("a changed document counts as sealed");
  };
}

function makeSamples(forger: Forger): Samples {
  forger.serial = (forger.serial + 1) % MOST_SERIALS;
  const entries = sealedEntries({ pki: forger.pki, serial: forger.serial });
  const changed = rewrite(entries, PAGE, (xml) => xml.replace("张三", "王五"));
  return { genuine: Uint8Array.from(zipOf(entries)), changed: Uint8Array.from(zipOf(changed)) };
}

/** The worker keeps what it is given: each time a copy. */
async function reportOn(document: Document, verify: Verify, at: number): Promise<Report> {
  const signal = AbortSignal.timeout(PATIENCE);
  const question = { take: () => document.slice(), length: document.length, policy: "gb-t-38540", at, signal } as const;
  const verification = await verify(question).catch((error: unknown) => {
    throw signal.aborted ? new Fault("BUSY", undefined, { cause: error }) : error;
  });
  if (verification.kind !== "report") throw new Error(`no report: ${verification.kind}`);
  return verification.report;
}
