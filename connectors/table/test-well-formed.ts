import { readDate } from "../date-writings.ts";
import type { FieldType } from "../source.ts";

/** For tests: the rules of a few types, without check digits. */
export function isWellFormed(type: FieldType, text: string): boolean {
  switch (type) {
    case "date":
      return readDate(text) === text;
    case "decimal":
      return /^-?\d+(?:\.\d+)?$/.test(text);
    case "flag":
      return text === "true" || text === "false";
    case "holder-code":
      return /^[0-9A-Z]{18}$/.test(text);
    case "phone":
      return /^1\d{10}$/.test(text);
    default:
      return true;
  }
}
