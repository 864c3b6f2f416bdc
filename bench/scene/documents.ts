import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { TrustFiles } from "#certs/issue/pki.ts";
import type { LoadRequest, RequestMaker } from "../load/load.ts";
import { BenchProcess } from "../processes.ts";
import { CLIENT } from "./questions.ts";

/** Sealed licences in one file, none twice: `ends` are where each ends in it. Every tenth one is spoilt. */
export type Documents = { readonly file: string; readonly ends: readonly number[] };
export type Verdict = "PASSED" | "FAILED";
export type MintedDocuments = { readonly documents: readonly Documents[]; readonly trust: TrustFiles };

/** What mint.ts is told, and says. */
export type MintOrder = { readonly file: string; readonly count: number; readonly first: number };
export type Minted = {
  readonly ends: readonly number[];
  readonly trust: readonly { readonly name: string; readonly base64: string }[];
};

const SPOILT_EVERY = 10;
/** Milliseconds that one document may take to make. */
const EACH_WITHIN = 60;

/** By its number: one character of its page was changed after sealing, so that a verifier that says yes to all is caught. */
export const verdictOf = (number: number): Verdict =>
  number % SPOILT_EVERY === SPOILT_EVERY - 1 ? "FAILED" : "PASSED";

/** `count` in all, made on all cores; each core's are of three issuing authorities of its own, under a root of its own. */
export async function mintDocuments(count: number, directory: string): Promise<MintedDocuments> {
  const minters = availableParallelism();
  const each = Math.ceil(count / minters);
  const minted = await Promise.all(
    Array.from({ length: minters }, async (_, index) => {
      const name = `documents-${index}`;
      const file = join(directory, name);
      const order: MintOrder = { file, count: each, first: index * each };
      const minter = new BenchProcess("bench/scene/mint.ts", [JSON.stringify(order)], `${file}.log`);
      const { ends, trust } = await minter.hear<Minted>(null, each * EACH_WITHIN + 60_000);
      await minter.stop();
      const files = trust.map((each) => ({ name: `${name}-${each.name}`, bytes: Buffer.from(each.base64, "base64") }));
      return { documents: { file, ends }, trust: files };
    }),
  );
  return { documents: minted.map(({ documents }) => documents), trust: minted.flatMap(({ trust }) => trust) };
}

/** One from each file by turns, so that issuers change from document to document. */
export class DocumentShelf {
  readonly #shelves: readonly { readonly bytes: Buffer; readonly ends: readonly number[] }[];

  constructor(documents: readonly Documents[]) {
    this.#shelves = documents.map(({ file, ends }) => ({ bytes: readFileSync(file), ends }));
  }

  get count(): number {
    return this.#shelves.reduce((sum, { ends }) => sum + ends.length, 0);
  }

  get meanBytes(): number {
    return this.#shelves.reduce((sum, { bytes }) => sum + bytes.length, 0) / this.count;
  }

  /** A view of the file's bytes; a number over the count begins again at the first. */
  at(number: number): { readonly bytes: Buffer; readonly verdict: Verdict } {
    const shelf = this.#shelves[number % this.#shelves.length];
    if (shelf === undefined) throw new Error("there are no documents");
    const index = Math.floor(number / this.#shelves.length) % shelf.ends.length;
    const bytes = shelf.bytes.subarray(shelf.ends[index - 1] ?? 0, shelf.ends[index]);
    return { bytes, verdict: verdictOf(index) };
  }
}

/** `first`: number of the document that is posted first. */
export type PostedDocuments = { readonly documents: readonly Documents[]; readonly first: number };

export function verificationRequest(shelf: DocumentShelf, number: number): LoadRequest {
  const { bytes, verdict } = shelf.at(number);
  return {
    method: "POST",
    path: "/v1/verifications",
    as: CLIENT,
    contentType: "application/ofd",
    body: bytes,
    expect: { status: 200, contains: [`"verdict":"${verdict}"`], lacks: [] },
  };
}

/** Called in the process that asks. */
export const verifications: RequestMaker<PostedDocuments> = ({ documents, first }) => {
  const shelf = new DocumentShelf(documents);
  return (serial) => verificationRequest(shelf, first + serial);
};
