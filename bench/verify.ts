import {
  createPrivateKey,
  createPublicKey,
  createSign,
  createVerify,
  generateKeyPairSync,
  randomBytes,
} from "node:crypto";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makePki, type DemoPki } from "../certs/issue/pki.ts";
import { rewrite } from "../certs/issue/ofd.ts";
import { sealedEntries, sealedLicence } from "../certs/issue/sealed-licence.ts";
import { type VerificationMemory, newMemory } from "../certs/memory.ts";
import { VALIDATION_POLICIES } from "../certs/policy.ts";
import { buildTrustSnapshot, type TrustSnapshot } from "../certs/trust/snapshot.ts";
import { verifyDocument } from "../certs/verify.ts";
import { zipOf } from "../certs/issue/zip.ts";
import { Refusal } from "../certs/refusal.ts";
import { judge, machine, median, print, printTable } from "./print.ts";

const DISTINCT = 400;
const ROUNDS = 12;
const LARGE = 100 * 1024 * 1024;
const policy = VALIDATION_POLICIES["gb-t-38540"];

/** How many documents one core verifies, against how many bare SM2 signatures it verifies, in one run; and the memory it takes. */
export async function run(): Promise<void> {
  const now = Date.now();
  const pki = makePki(now);
  const trust = buildTrustSnapshot(pki.trust);
  const files = mint(pki);
  const size = Math.round(files.reduce((sum, { bytes }) => sum + bytes.length, 0) / files.length);
  print(`machine: ${machine()}; one core used`);
  print(
    `files: ${files.length} distinct sealed licences of ${size} bytes on average, every tenth one spoilt; every verdict checked\n`,
  );

  verifyAll(files, trust, now, newMemory()); // warm-up of the compiler, with a memory of its own
  const rows: Row[] = [];
  const warm = newMemory();
  verifyAll(files, trust, now, warm);
  const native: number[] = [];
  const recurring: number[] = [];
  const cold: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    native.push(nativeRate(300));
    recurring.push(rate(files.length, () => verifyAll(files, trust, now, warm)));
    cold.push(rate(files.length / 4, () => verifyAll(files.slice(0, files.length / 4), trust, now, null)));
  }
  const base = median(native);
  rows.push(["native single SM2 verify (node:crypto)", base, 1]);
  rows.push(["whole file: recurring issuers, path and CRL included", median(recurring), median(recurring) / base]);
  rows.push(["whole file: cold, nothing remembered, trust snapshot built", median(cold), median(cold) / base]);
  printTable(
    ["", "per second", "ratio"],
    rows.map(([name, perSecond, ratio]) => [name, perSecond.toFixed(0), ratio.toFixed(2)]),
  );
  const ratio = median(recurring) / base;
  judge(`\ntarget: at least 0.30 of the native single-verify rate: ${ratio.toFixed(2)}`, ratio >= 0.3);

  memoryOverFiles(files, trust, now, warm);
  memoryOfLargeFile(pki);
  refusalOfTooLarge(trust, now);
}

type File = { readonly bytes: Uint8Array; readonly verdict: "PASSED" | "FAILED" };
type Row = readonly [name: string, perSecond: number, ratio: number];

/** Every tenth file has one character of its page changed after sealing, so that a verifier that says yes to all is caught. */
function mint(pki: DemoPki): File[] {
  return Array.from({ length: DISTINCT }, (_, index) => {
    const serial = index + 1;
    const authority = (["anhui", "guangdong", "shache"] as const)[index % 3] ?? "anhui";
    if (index % 10 !== 9) return { bytes: sealedLicence({ pki, authority, serial }), verdict: "PASSED" };
    const changed = rewrite(sealedEntries({ pki, authority, serial }), "Doc_0/Pages/Page_0/Content.xml", (xml) =>
      xml.replace("示例", "示列"),
    );
    return { bytes: zipOf(changed), verdict: "FAILED" };
  });
}

function verifyAll(files: readonly File[], trust: TrustSnapshot, at: number, memory: VerificationMemory | null): void {
  for (const { bytes, verdict } of files) {
    const question =
      memory === null ? { trust: buildTrustSnapshot(trust.material), memory: newMemory() } : { trust, memory };
    const report = verifyDocument(bytes, { ...question, policy, at });
    if (report.verdict !== verdict)
      throw new Error(`a verdict is wrong: ${report.verdict} in place of ${verdict}: ${report.summary.en}`);
  }
}

function rate(count: number, work: () => void): number {
  const start = performance.now();
  work();
  return (count / (performance.now() - start)) * 1000;
}

const sm2 = (() => {
  const fresh = generateKeyPairSync("ec", { namedCurve: "SM2" });
  // A key fresh from the generator would do ECDSA on this curve: SM2 needs an imported one.
  const secret = createPrivateKey({
    key: fresh.privateKey.export({ type: "pkcs8", format: "der" }),
    format: "der",
    type: "pkcs8",
  });
  const open = createPublicKey({
    key: fresh.publicKey.export({ type: "spki", format: "der" }),
    format: "der",
    type: "spki",
  });
  const messages = Array.from({ length: 300 }, (_, index) => Buffer.from(`message ${index}`));
  return {
    open,
    signed: messages.map((message) => ({ message, value: createSign("sm3").update(message).sign(secret) })),
  };
})();

function nativeRate(count: number): number {
  return rate(count, () => {
    for (const { message, value } of sm2.signed.slice(0, count))
      if (!createVerify("sm3").update(message).verify(sm2.open, value)) throw new Error("the native baseline is wrong");
  });
}

const megabytes = (bytes: number): number => Math.round(bytes / 1024 / 1024);

function resident(): number {
  globalThis.gc?.();
  return process.memoryUsage().rss;
}

function memoryOverFiles(files: readonly File[], trust: TrustSnapshot, at: number, memory: VerificationMemory): void {
  const marks: number[] = [];
  for (let done = 0; done < 10_000; done += files.length) {
    verifyAll(files, trust, at, memory);
    marks.push(megabytes(resident()));
  }
  const [first = 0] = marks;
  print(
    `\nmemory over 10,000 files: ${first} MB after ${files.length}, ${marks.at(-1) ?? 0} MB at the end, ${Math.max(...marks)} MB at most`,
  );
}

/** Verified in a process of its own, so that its highest memory is this file's and nothing else's; the file itself is part of it. */
function memoryOfLargeFile(pki: DemoPki): void {
  const directory = mkdtempSync(join(tmpdir(), "tongyan-bench-"));
  const file = join(directory, "large.ofd");
  const content = randomBytes(LARGE); // does not compress
  writeFileSync(
    file,
    sealedLicence({ pki, content: { attachments: [{ name: "large.bin", format: "bin", bytes: content }] } }),
  );
  for (const { name, bytes } of pki.trust) writeFileSync(join(directory, name), bytes);
  const child = spawnSync(process.execPath, [join(import.meta.dirname, "large-file.ts"), file, directory], {
    encoding: "utf8",
  });
  const size = statSync(file).size;
  rmSync(directory, { recursive: true });
  if (child.status !== 0) throw new Error(child.stderr);
  const { verdict, elapsed, taken } = JSON.parse(child.stdout) as { verdict: string; elapsed: number; taken: number };
  if (verdict !== "PASSED") throw new Error(`the large file is ${verdict}`);
  const factor = taken / LARGE;
  judge(
    `a file of ${megabytes(LARGE)} MB (${megabytes(size)} MB packed): PASSED in ${Math.round(elapsed)} ms with ${megabytes(taken)} MB, ` +
      `${factor.toFixed(2)} times its uncompressed size; at most 3`,
    factor <= 3,
  );
}

function refusalOfTooLarge(trust: TrustSnapshot, at: number): void {
  const bytes = zipOf(new Map([["OFD.xml", Buffer.alloc(300 * 1024 * 1024)]]));
  const start = performance.now();
  try {
    verifyDocument(bytes, { trust, policy, at });
    throw new Error("a file over the limit was accepted");
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    print(`a file of 300 MB uncompressed: refused as ${error.code} after ${(performance.now() - start).toFixed(1)} ms`);
  }
}
