import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { Surroundings } from "../settings.ts";
import type { LookupQuestion, MatchQuestion } from "../source.ts";
import type { Upload } from "../upload.ts";
import { CERTIFICATES } from "./test-shape.ts";
import { isWellFormed } from "./test-well-formed.ts";

/** A file in pieces that cut characters and rows in two. */
export async function* pieces(content: string | Uint8Array, size = 1_000): AsyncGenerator<Uint8Array> {
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

export const csvUpload = (content: string | Uint8Array, more: Partial<Upload> = {}): Upload => ({
  format: "csv",
  bytes: pieces(content),
  ...more,
});

export const xlsxUpload = (content: Uint8Array, more: Partial<Upload> = {}): Upload => ({
  format: "xlsx",
  bytes: pieces(content),
  ...more,
});

/** A directory of its own that goes with the test, and what a source is opened with in it. */
export function makeSurroundings(more: Partial<Surroundings> = {}): Surroundings {
  const dataDirectory = mkdtempSync(join(tmpdir(), "tongyan-table-"));
  onTestFinished(() => rmSync(dataDirectory, { recursive: true, force: true }));
  return {
    id: "hefei",
    resource: CERTIFICATES,
    dataDirectory,
    secret: () => "",
    isWellFormed,
    wellFormedModule: new URL("test-well-formed.ts", import.meta.url).href,
    clock: () => Date.now(),
    identity: { sign: async () => "" },
    ...more,
  };
}

export const filesOf = ({ dataDirectory, id }: Surroundings): readonly string[] =>
  readdirSync(join(dataDirectory, id)).sort();

const ASKED = {
  resource: CERTIFICATES.id,
  region: "340100",
  purpose: {
    organisation: "11340000002986061J",
    official: "clerk-1",
    itemCode: "MNR-1161-01",
    itemName: "不动产转移登记",
    caseNumber: "C-1",
  },
  exchange: "e-1",
};

export const lookup = (keys: Readonly<Record<string, string>>, ...fields: readonly string[]): LookupQuestion => ({
  ...ASKED,
  keys,
  fields,
});

export const match = (
  keys: Readonly<Record<string, string>>,
  claims: Readonly<Record<string, string>>,
  state: string | null = null,
): MatchQuestion => ({ ...ASKED, keys, claims, state });

export const NEVER = new AbortController().signal;
export const OPTIONS = { signal: NEVER };
