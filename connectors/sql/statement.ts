import { createHash } from "node:crypto";
import { SourceError } from "../source-error.ts";
import { quoteIdentifier } from "./identifier.ts";
import type { SqlSettings } from "./settings.ts";

/**
 * One question in SQL. Parameter n holds the forms (text array) in which key n may be written. A row is: whether the transaction was
 * read-only, asOf, reference, then a text for each of `fields`. `name` is that of the prepared statement, undefined when there are too many.
 */
export type Statement = {
  readonly text: string;
  readonly name: string | undefined;
  readonly keys: readonly string[];
  readonly fields: readonly string[];
};
export type Statements = (keys: readonly string[], fields: readonly string[]) => Statement;

/** A connection keeps each for as long as it lives, and which fields are asked for is up to callers. */
const MOST_PREPARED = 100;

/** Builds each statement once. Throws SourceError for a key without a column. */
export function statementsOf(settings: SqlSettings): Statements {
  const built = new Map<string, Statement>();
  return (keys, fields) => {
    const sortedKeys = keys.toSorted();
    const sortedFields = [...new Set([...keys, ...fields])].filter((field) => settings.columns.has(field)).toSorted();
    const question = JSON.stringify([sortedKeys, sortedFields]);
    const known = built.get(question);
    if (known !== undefined) return known;
    const text = selectFrom(settings, { keys: sortedKeys, fields: sortedFields });
    const statement = { text, keys: sortedKeys, fields: sortedFields, name: undefined };
    if (built.size >= MOST_PREPARED) return statement;
    const named = { ...statement, name: nameOf(text) };
    built.set(question, named);
    return named;
  };
}

/** Asks nothing, but needs the view, every column and the right to read them. */
export function probeOf(settings: SqlSettings): string {
  const fields = [...settings.columns.keys()];
  return `SELECT ${selected(settings, fields)} FROM ${qualifiedView(settings)} LIMIT 0`;
}

export function qualifiedView({ view }: Pick<SqlSettings, "view">): string {
  return `${quoteIdentifier(view.schema)}.${quoteIdentifier(view.name)}`;
}

type Asked = Pick<Statement, "keys" | "fields">;

function selectFrom(settings: SqlSettings, { keys, fields }: Asked): string {
  const conditions = keys.map((key, index) => `${textOf(settings, key)} = ANY ($${index + 1}::text[])`);
  return [
    `SELECT ${selected(settings, fields)}`,
    `FROM ${qualifiedView(settings)}`,
    `WHERE ${conditions.join(" AND ")}`,
    "LIMIT 2",
  ].join(" ");
}

function selected(settings: SqlSettings, fields: readonly string[]): string {
  return [
    "current_setting('transaction_read_only')",
    asOfText(settings.asOf),
    settings.reference === null ? "NULL" : `${quoteIdentifier(settings.reference)}::text`,
    ...fields.map((field) => textOf(settings, field)),
  ].join(", ");
}

function asOfText(column: string | null): string {
  if (column === null) return "NULL";
  return `to_char(${quoteIdentifier(column)}::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}

/** Text is made by the database, so that no number or date passes through a JavaScript number or time zone. */
function textOf(settings: SqlSettings, field: string): string {
  const column = settings.columns.get(field);
  if (column === undefined) throw new SourceError("SOURCE_MALFORMED", `no column for ${field}`);
  return `${quoteIdentifier(column)}::text`;
}

function nameOf(text: string): string {
  return `tongyan_${createHash("sha256").update(text).digest("hex").slice(0, 32)}`;
}
