import { hash } from "node:crypto";
import { type EntryColumns, personsIn } from "./entry-columns.ts";

/** Entries are searched in segments of so many. */
export const SEGMENT = 8192;
export const segmentOf = (entry: number): number => Math.floor(entry / SEGMENT);

/** Stands for one thing that can be searched for. */
export type Term = Buffer;
export const TERM_BYTES = 16;

/** What many entries share: of these a segment only knows that there is one. */
export const SHARED = ["kind", "client", "organisation", "item", "resource", "outcome"] as const;
export type Shared = (typeof SHARED)[number];

export const sharedTerm = (name: Shared, value: string): Term => digest(`${name}\n${value}`);
export const caseTerm = (caseNumber: string | Uint8Array): Term =>
  digest(`case\n${Buffer.from(caseNumber).toString()}`);

const digest = (text: string): Term => hash("sha256", text, "buffer").subarray(0, TERM_BYTES);

/** What few entries share, and an entry is found by: case and persons. [] of an erased one. */
export function ownTerms({ caseNumber, persons }: Pick<EntryColumns, "caseNumber" | "persons">): Term[] {
  const terms = personsIn(persons);
  if (caseNumber.length > 0) terms.push(caseTerm(caseNumber));
  return terms;
}
