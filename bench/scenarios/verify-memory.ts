import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makePki } from "#certs/issue/pki.ts";
import { sealedLicence } from "#certs/issue/sealed-licence.ts";
import { zipOf } from "#certs/issue/zip.ts";
import { newMemory } from "#certs/memory.ts";
import { VALIDATION_POLICIES } from "#certs/policy.ts";
import { Refusal } from "#certs/refusal.ts";
import { buildTrustSnapshot } from "#certs/trust/snapshot.ts";
import { verifyDocument } from "#certs/verify.ts";
import type { Finding } from "../finding.ts";
import { print } from "../print.ts";
import { DocumentShelf, type MintedDocuments } from "../scene/documents.ts";
import { verifyAndBuild } from "../scene/verified.ts";

const FILES = 10_000;
const MARK_EVERY = 500;
const LARGE = 100 * 1024 * 1024;
const WITHIN = 120_000;
const policy = VALIDATION_POLICIES["gb-t-38540"];
const megabytes = (bytes: number): number => Math.round(bytes / 1024 / 1024);

/** What verification takes of memory: over many files, for a large one, and for one that is too large. */
export async function measureMemory(
  minted: MintedDocuments,
  directory: string,
): Promise<Finding<"verify.large-file-memory">> {
  memoryOverFiles(minted);
  const factor = memoryOfLargeFile(join(directory, "large"));
  refusalOfTooLarge(minted);
  const title = "memory for a file of 100 MB, in times its size";
  return { measurements: [], ratios: { "verify.large-file-memory": { title, value: factor } }, charts: [] };
}

function memoryOverFiles({ documents, trust: material }: MintedDocuments): void {
  const shelf = new DocumentShelf(documents);
  const trust = buildTrustSnapshot(material);
  const question = { trust, policy, at: Date.now(), memory: newMemory() };
  const marks: number[] = [];
  for (let number = 0; number < FILES; number++) {
    const { bytes, verdict } = shelf.at(number);
    if (verifyAndBuild(bytes, question).verdict !== verdict) throw new Error("a verdict is wrong");
    if ((number + 1) % MARK_EVERY === 0) marks.push(megabytes(resident()));
  }
  const [first = 0] = marks;
  print(
    `\nmemory over ${FILES} files: ${first} MB after ${MARK_EVERY}, ${marks.at(-1) ?? 0} MB at the end, ${Math.max(...marks)} MB at most`,
  );
}

function resident(): number {
  globalThis.gc?.();
  return process.memoryUsage().rss;
}

/** In times its uncompressed size. Verified in a process of its own, so that its highest memory is this file's and nothing else's; the file itself is part of it. */
function memoryOfLargeFile(directory: string): number {
  mkdirSync(directory);
  const pki = makePki(Date.now());
  const file = join(directory, "large.ofd");
  const content = randomBytes(LARGE); // does not compress
  writeFileSync(
    file,
    sealedLicence({ pki, content: { attachments: [{ name: "large.bin", format: "bin", bytes: content }] } }),
  );
  for (const { name, bytes } of pki.trust) writeFileSync(join(directory, name), bytes);
  const script = join(import.meta.dirname, "large-file.ts");
  const child = spawnSync(process.execPath, [script, file, directory], { encoding: "utf8", timeout: WITHIN });
  if (child.status !== 0) throw new Error(`the large file: ${child.signal ?? ""} ${child.stderr}`);
  const { verdict, elapsed, taken } = JSON.parse(child.stdout) as { verdict: string; elapsed: number; taken: number };
  if (verdict !== "PASSED") throw new Error(`the large file is ${verdict}`);
  const factor = taken / LARGE;
  print(
    `a file of ${megabytes(LARGE)} MB (${megabytes(statSync(file).size)} MB packed): PASSED in ${Math.round(elapsed)} ms with ${megabytes(taken)} MB, ` +
      `${factor.toFixed(2)} times its uncompressed size`,
  );
  return factor;
}

function refusalOfTooLarge({ trust }: MintedDocuments): void {
  const bytes = zipOf(new Map([["OFD.xml", Buffer.alloc(300 * 1024 * 1024)]]));
  const question = { trust: buildTrustSnapshot(trust), policy, at: Date.now() };
  const start = performance.now();
  try {
    verifyDocument(bytes, question);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    print(`a file of 300 MB uncompressed: refused as ${error.code} after ${(performance.now() - start).toFixed(1)} ms`);
    return;
  }
  throw new Error("a file over the limit was accepted");
}
