import { GENERALISE_METHODS, type GeneraliseMethod } from "./decision.ts";
import { regionPrefix } from "./region-prefix.ts";

/** ISO 8601 with a time or reduced precision, or 2026年5月1日. */
const DATE =
  /^(?<year>(?:1[89]|20)\d\d)(?:[-/.年](?<month>0?[1-9]|1[0-2])(?:[-/.月](?<day>0?[1-9]|[12]\d|3[01])日?(?:[T ][0-9:.+Z-]{4,32})?|月)?|年)?$/u;

function year(text: string): string | null {
  return DATE.exec(text)?.groups?.["year"] ?? null;
}

/** A year alone stays one: it is coarser. */
function month(text: string): string | null {
  const { year, month } = DATE.exec(text)?.groups ?? {};
  if (year === undefined) return null;
  return month === undefined ? year : `${year}-${month.padStart(2, "0")}`;
}

/** GB/T 2260, and the twelve digits of streets and villages that begin with it. */
const REGION_CODE = /^\d{6}(?:\d{6})?$/;

function county(text: string): string | null {
  if (REGION_CODE.test(text)) return text.slice(0, 6);
  return regionPrefix("county", text) || null;
}

function province(text: string): string | null {
  if (REGION_CODE.test(text)) return `${text.slice(0, 2)}0000`;
  return regionPrefix("province", text) || null;
}

const AMOUNT = /^0*(?<whole>\d{1,30}?)(?:\.\d{1,30})?$/;
const RANGE = /^(?:0–1|(?<head>[1-9])(?<zeros>0{0,29})–(?<next>[1-9]|10)\k<zeros>)$/u;

/** From the first digit on: 123.45 lies in 100–200, 0.5 in 0–1. The upper end is not within. Negative amounts have no range. */
function range(text: string): string | null {
  if (isRange(text)) return text;
  const whole = AMOUNT.exec(text)?.groups?.["whole"];
  if (whole === undefined) return null;
  const first = Number(whole[0]);
  const zeros = "0".repeat(whole.length - 1);
  return `${first}${first === 0 ? "" : zeros}–${first + 1}${zeros}`;
}

function isRange(text: string): boolean {
  const found = RANGE.exec(text);
  return found !== null && (found.groups?.["head"] === undefined || isNext(found.groups));
}

const isNext = ({ head, next }: Readonly<Record<string, string | undefined>>): boolean =>
  Number(head) + 1 === Number(next);

const METHODS: { readonly [Method in GeneraliseMethod]: (text: string) => string | null } = {
  year,
  month,
  county,
  province,
  range,
};

export const isGeneraliseMethod = (text: string): text is GeneraliseMethod =>
  GENERALISE_METHODS.some((method) => method === text);

/**
 * Makes a value coarser (GB/T 37964): a date to its year or month, an address or region code to its county or province, an amount
 * to a range. Null for whatever it cannot read. A value that is as coarse already stays, so that a peer's answer can be passed on.
 */
export const generalise = (method: GeneraliseMethod, value: string): string | null =>
  METHODS[method](value.normalize("NFKC").trim());
