import { readDate } from "./date-writings.ts";
import type { ClaimResult, FieldType } from "./source.ts";

/** Of the rules below: whoever keeps normal forms must make them anew when it changes. */
export const NORMAL_FORM = 1;

/** Whether a claim is right about what the source holds. Null and blank are no data. */
export function compareClaim(type: FieldType, claimed: string, held: string | null): ClaimResult {
  if (held === null) return "no-data";
  const normal = normalise(type, held);
  if (normal === "") return "no-data";
  return normalise(type, claimed) === normal ? "match" : "mismatch";
}

/**
 * The form in which two writings of the same value are equal: width, brackets, blanks, letter case of codes, decimals by
 * value, dates as YYYY-MM-DD. What is not well-formed for its type keeps its own text, so that it equals only itself.
 */
export function normalise(type: FieldType, text: string): string {
  if (CODES.has(type) && SIMPLE_CODE.test(text)) return narrow(text).toUpperCase();
  return NORMAL[type](plain(text));
}

/** Of these a simple writing needs capital letters and narrow brackets, and nothing else below would change it. */
const SIMPLE_CODE = /^[!-Z\\^-z|~\u4e00-\u9fff（）]*$/;
const CODES: ReadonlySet<FieldType> = new Set([
  "address",
  "credit-code",
  "resident-number",
  "holder-code",
  "certificate-number",
  "code",
]);

const NORMAL: Readonly<Record<FieldType, (plain: string) => string>> = {
  text: (text) => words(text),
  name: (text) => nameForm(text),
  address: (text) => dashes(upper(squeezed(text))),
  date: (text) => readDate(text) ?? text,
  decimal: (text) => decimalForm(text),
  region: (text) => squeezed(text),
  "credit-code": (text) => upper(squeezed(text)),
  "resident-number": (text) => upper(squeezed(text)),
  "holder-code": (text) => upper(squeezed(text)),
  phone: (text) => phoneForm(text),
  "certificate-number": (text) => dashes(upper(squeezed(text))),
  account: (text) => dashes(upper(squeezed(text))).replaceAll("-", ""),
  code: (text) => upper(squeezed(text)),
  flag: (text) => FLAGS.get(text.toLowerCase()) ?? text,
};

/** Printable ASCII and the common Chinese characters, which NFKC leaves as they are, and the brackets of most certificates' numbers. */
const SIMPLE = /^[\u0021-\u007e\u4e00-\u9fff（）]*$/;
/** Shown as nothing: format characters and variation selectors. */
const INVISIBLE = /[\p{Cf}\u{fe00}-\u{fe0f}\u{e0100}-\u{e01ef}]/gu;
const OPENING = /[[{〔【〖﹝［｛]/g;
const CLOSING = /[\]}〕】〗﹞］｝]/g;

/** NFKC without invisible characters and blanks around; all brackets are round. */
function plain(text: string): string {
  if (SIMPLE.test(text)) return round(narrow(text));
  return round(text.replace(INVISIBLE, "").normalize("NFKC").replace(INVISIBLE, "").normalize("NFKC").trim());
}

const narrow = (text: string): string => text.replaceAll("（", "(").replaceAll("）", ")");

const round = (text: string): string => text.replace(OPENING, "(").replace(CLOSING, ")");

const upper = (text: string): string => (SIMPLE.test(text) ? text.toUpperCase() : text.toUpperCase().normalize("NFKC"));

const squeezed = (text: string): string => text.replace(/\s+/g, "");

const dashes = (text: string): string => text.replace(/[‐‑‒–—―−─]+/g, "-");

/** Blanks beside Chinese characters mean nothing; elsewhere one is as good as many. */
function words(text: string): string {
  return text
    .replace(/\s+/g, " ")
    .replace(/ (?=[\p{sc=Han}()])/gu, "")
    .replace(/(?<=[\p{sc=Han}()]) /gu, "");
}

/** The dot within names of several parts (阿卜杜·热合曼) is written in many ways. */
function nameForm(text: string): string {
  return words(upper(text).replace(/ *[•‧∙・⋅] */g, "·")).replace(/(?<=\p{sc=Han}) ?[.·] ?(?=\p{sc=Han})/gu, "·");
}

const DECIMAL = /^([+-]?)(\d+|\d{1,3}(?:,\d{3})+)(?:\.(\d+))?$/;

function decimalForm(text: string): string {
  const parts = DECIMAL.exec(text.replace("−", "-"));
  if (parts === null) return text;
  const [, sign, grouped = "", fraction = ""] = parts;
  const whole = grouped.replaceAll(",", "").replace(/^0+(?=\d)/, "");
  const rest = fraction.replace(/0+$/, "");
  const value = rest === "" ? whole : `${whole}.${rest}`;
  return sign === "-" && value !== "0" ? `-${value}` : value;
}

/** A mobile number is the same with and without the country's prefix. */
function phoneForm(text: string): string {
  const digits = dashes(squeezed(text)).replace(/[-()]/g, "");
  return /^(?:\+|00)86(1\d{10})$/.exec(digits)?.[1] ?? digits;
}

const FLAGS: ReadonlyMap<string, string> = new Map([
  ...["true", "1", "y", "yes", "是", "有"].map((word) => [word, "true"] as const),
  ...["false", "0", "n", "no", "否", "无"].map((word) => [word, "false"] as const),
]);
