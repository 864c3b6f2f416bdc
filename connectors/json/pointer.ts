import { SettingsError } from "../settings.ts";
import type { Json } from "./strict-json.ts";

/** The names and indices on the way to a value; empty for the whole. */
export type Pointer = readonly string[];

const LONGEST = 512;

/** RFC 6901; null for what is no pointer. */
export function parsePointer(text: string): Pointer | null {
  if (text === "") return [];
  if (!text.startsWith("/") || /~(?![01])/.test(text)) return null;
  return text
    .slice(1)
    .split("/")
    .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** Undefined where the way ends before the value. */
export function valueAt(root: Json, pointer: Pointer): Json | undefined {
  let value: Json | undefined = root;
  for (const token of pointer) {
    if (value instanceof Map) value = value.get(token);
    else if (Array.isArray(value)) value = /^(?:0|[1-9]\d{0,8})$/.test(token) ? value[Number(token)] : undefined;
    else return undefined;
  }
  return value;
}

/** A scalar as text, numbers as written; null for null, undefined for objects and lists. */
export function scalarText(value: Json): string | null | undefined {
  if (value === null || typeof value === "string") return value;
  if (typeof value === "boolean") return String(value);
  return "digits" in value ? value.digits : undefined;
}

/** A pointer in settings. Throws SettingsError. */
export function pointerOf(value: unknown, place: string): Pointer {
  const pointer = typeof value === "string" && value.length <= LONGEST ? parsePointer(value) : null;
  if (pointer === null) throw new SettingsError(`${place} must be a JSON pointer such as /data/name`);
  return pointer;
}
