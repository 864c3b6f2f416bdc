import { normalise } from "../compare.ts";
import { readDate } from "../date-writings.ts";
import { SourceError } from "../source-error.ts";
import type { FieldType, ResourceShape, SourceRecord } from "../source.ts";

/** What one row says. Null where it says nothing: SQL's null, or an empty text. */
export type Row = { readonly asOf: string | null; readonly reference: string | null; readonly record: SourceRecord };

/** What follows the day where a column holds times; the session's zone is China's. */
const TIME_OF_DAY = /(?<=^\d{4}-\d{2}-\d{2}) \d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[+-]\d{2}(?::\d{2})*)?$/;

/** How texts of the types that have one form are brought into it; null for what is none. */
const READERS: Partial<Record<FieldType, (text: string) => string | null>> = {
  date: (text) => readDate(text.replace(TIME_OF_DAY, "").trim()),
  decimal: (text) => [text, normalise("decimal", text)].find((form) => /^-?\d+(?:\.\d+)?$/.test(form)) ?? null,
  flag: (text) => [normalise("flag", text)].find((form) => form === "true" || form === "false") ?? null,
};
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;
/** `cells` as Statement says; the asked fields that have no column come out as null. Throws SourceError, which names fields only. */
export function readRow(
  cells: readonly unknown[],
  fields: { readonly selected: readonly string[]; readonly asked: readonly string[] },
  resource: ResourceShape,
): Row {
  const [readOnly, asOf = null, reference = null, ...values] = cells.map(textOrNull);
  if (readOnly !== "on") throw new SourceError("SOURCE_REFUSED", "the transaction was not read-only");
  if (asOf !== null && !INSTANT.test(asOf)) {
    throw new SourceError("SOURCE_MALFORMED", "the column of asOf holds no time");
  }
  const unstated = fields.asked.map((field) => [field, null] as const);
  const stated = fields.selected.map(
    (field, index) => [field, readValue(field, values[index] ?? null, resource)] as const,
  );
  return { asOf, reference, record: Object.fromEntries([...unstated, ...stated]) };
}

function readValue(field: string, text: string | null, resource: ResourceShape): string | null {
  const type = resource.fields[field]?.type;
  const read = type === undefined ? undefined : READERS[type];
  if (text === null || read === undefined) return text;
  const value = read(text);
  if (value === null) throw new SourceError("SOURCE_MALFORMED", `the column of ${field} holds no ${type}`);
  return value;
}

function textOrNull(cell: unknown): string | null {
  if (cell === null || cell === "") return null;
  if (typeof cell !== "string") throw new SourceError("SOURCE_MALFORMED", "a value came back that is no text");
  return cell;
}
