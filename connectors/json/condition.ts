import { SettingsError } from "../settings.ts";
import { readSettings } from "../strict-settings.ts";
import { type Pointer, pointerOf, scalarText, valueAt } from "./pointer.ts";
import type { Json } from "./strict-json.ts";

/** Holds when the value has one of these texts; null stands for null and for nothing at all. */
export type Condition = { readonly pointer: Pointer; readonly equals: ReadonlySet<string | null> };

/**
 * `{ "pointer": "/code", "equals": ["0", 200] }`; a single value instead of the list will do. Numbers and flags are compared as
 * they are written. Throws SettingsError.
 */
export function readCondition(value: unknown, place: string): Condition {
  const reader = readSettings(value, place, ["pointer", "equals"]);
  return {
    pointer: pointerOf(reader.raw("pointer"), `${place}.pointer`),
    equals: readScalars(reader.raw("equals"), `${place}.equals`),
  };
}

/** A scalar or a list of some, as texts. Throws SettingsError. */
export function readScalars(value: unknown, place: string): ReadonlySet<string | null> {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (values.length === 0 || values.length > 100) throw new SettingsError(`${place} must have 1 to 100 values`);
  return new Set(values.map((each) => readScalar(each, place)));
}

function readScalar(value: unknown, place: string): string | null {
  if (value === null || typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  throw new SettingsError(`${place} must be a text, a number, true, false or null`);
}

export function holds({ pointer, equals }: Condition, answer: Json): boolean {
  const text = scalarText(valueAt(answer, pointer) ?? null);
  return text !== undefined && equals.has(text);
}

/** What stands there, for operators; null when it does not look like the code of an error. */
export function codeAt({ pointer }: Condition, answer: Json): string | null {
  const text = scalarText(valueAt(answer, pointer) ?? null);
  return typeof text === "string" && /^(?!$)[A-Za-z_]{0,16}-?\d{0,5}$/.test(text) ? text : null;
}
