import { normalise } from "../compare.ts";
import type { FieldType } from "../source.ts";

/** How registers write the round brackets of the normal form. */
const BRACKETS: readonly (readonly [string, string])[] = [
  ["（", "）"],
  ["〔", "〕"],
  ["[", "]"],
];

/**
 * The ways in which a database may write the same key, none twice: as it was given, in normal form, and that with other brackets or a
 * small x at the end. Equality is on text, so that an index serves. Empty for a text that no PostgreSQL database can hold.
 */
export function keyForms(type: FieldType, key: string): readonly string[] {
  const normal = normalise(type, key);
  const bracketed = BRACKETS.map(([open, close]) => normal.replaceAll("(", open).replaceAll(")", close));
  const forms: readonly string[] = [key, normal, ...bracketed, normal.replace(/(?<=\d)X$/, "x")];
  return [...new Set(forms)].filter((form) => form.isWellFormed() && !form.includes("\0"));
}
