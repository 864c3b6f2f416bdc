import { CommandError, EXIT } from "./outcome.ts";

/** Members of a report that anybody may have written, read one by one. All throw CommandError, which names the place. */
export type Members = Readonly<Record<string, unknown>>;

export const lacking = (name: string): CommandError => new CommandError(EXIT.data, `the report has no ${name}`);

export function members(value: unknown, name: string): Members {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw lacking(name);
  return value as Members;
}

export function text(value: unknown, name: string): string {
  if (typeof value !== "string") throw lacking(name);
  return value;
}

export function list(value: unknown, name: string): readonly unknown[] {
  if (!Array.isArray(value)) throw lacking(name);
  return value;
}

/** One of the words of a table. */
export function wordOf<Word extends string>(
  table: Readonly<Record<Word, unknown>>,
  value: unknown,
  name: string,
): Word {
  if (typeof value !== "string" || !Object.hasOwn(table, value)) throw lacking(name);
  return value as Word;
}
