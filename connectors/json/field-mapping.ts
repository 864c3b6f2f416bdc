import { readDate } from "../date-writings.ts";
import { SettingsError } from "../settings.ts";
import { SourceError } from "../source-error.ts";
import type { FieldType } from "../source.ts";
import { normalise } from "../compare.ts";
import { readSettings } from "../strict-settings.ts";
import { type Pointer, pointerOf, scalarText, valueAt } from "./pointer.ts";
import { dayInChina } from "./source-time.ts";
import type { Json } from "./strict-json.ts";

/** Where a value stands, and what the source's words for it mean here; with a map every other word is an error. */
export type FieldMapping = {
  readonly pointer: Pointer;
  readonly map: ReadonlyMap<string, string> | null;
  readonly as: "text" | "epoch-milliseconds";
};

/** A pointer, or `{ "pointer", "map"?, "as"? }`. Throws SettingsError. */
export function readFieldMapping(value: unknown, place: string): FieldMapping {
  if (typeof value === "string") return { pointer: pointerOf(value, place), map: null, as: "text" };
  const reader = readSettings(value, place, ["pointer", "map", "as"]);
  return {
    pointer: pointerOf(reader.raw("pointer"), `${place}.pointer`),
    map: reader.optionalTextsByName("map") ?? null,
    as: reader.optionalChoice("as", ["text", "epoch-milliseconds"]) ?? "text",
  };
}

/** The mappings of a section by name, each of which must be among `fields`. Throws SettingsError. */
export function readFieldMappings(
  value: unknown,
  place: string,
  fields: readonly string[],
): ReadonlyMap<string, FieldMapping> {
  const reader = readSettings(value, place, fields);
  const named = fields.filter((field) => reader.has(field));
  if (named.length === 0) throw new SettingsError(`${place} must map a field`);
  return new Map(named.map((field) => [field, readFieldMapping(reader.raw(field), `${place}.${field}`)]));
}

/**
 * A field's value as text, in the form of its type; null where the source states none (null, nothing, or blank).
 * Throws SourceError SOURCE_MALFORMED that names the field, never its value.
 */
export function readField(name: string, type: FieldType, mapping: FieldMapping, record: Json): string | null {
  const text = scalarText(valueAt(record, mapping.pointer) ?? null);
  if (text === undefined) throw malformed(name, "is an object or a list");
  if (text === null || text.trim() === "") return null;
  const mapped = mapping.map?.get(text);
  if (mapped !== undefined) return mapped;
  // The map of a date has words for what is no day, such as 长期.
  if (mapping.map !== null && type !== "date") throw malformed(name, "is a word that the settings do not map");
  const value = mapping.as === "epoch-milliseconds" ? dayOfEpoch(text) : FORMS[type](text);
  if (value === null) throw malformed(name, `is no ${type}`);
  return value;
}

const malformed = (name: string, why: string): SourceError =>
  new SourceError("SOURCE_MALFORMED", `the field ${name} ${why}`);

const dayOfEpoch = (text: string): string | null => (/^-?\d{1,14}$/.test(text) ? dayInChina(Number(text)) : null);

const asItIs = (text: string): string => text;
const DECIMAL = /^-?\d+(?:\.\d+)?$/;

/** Null for what is not of the type. */
const FORMS: Readonly<Record<FieldType, (text: string) => string | null>> = {
  text: asItIs,
  name: asItIs,
  address: asItIs,
  date: (text) => readDate(text.normalize("NFKC").trim()),
  decimal: (text) => [text, normalise("decimal", text)].find((written) => DECIMAL.test(written)) ?? null,
  region: asItIs,
  "credit-code": asItIs,
  "resident-number": asItIs,
  "holder-code": asItIs,
  phone: asItIs,
  "certificate-number": asItIs,
  account: asItIs,
  code: asItIs,
  flag: (text) => ["true", "false"].find((flag) => flag === normalise("flag", text)) ?? null,
};
