import { isCreditCode } from "#certs/licence/credit-code.ts";
import { readLicenceDate } from "#certs/licence/licence-date.ts";
import { isRegionCode } from "#certs/licence/region.ts";
import { isResidentNumber } from "#certs/licence/resident-number.ts";
import type { FieldType } from "#connectors/source.ts";

/** No control characters, no line separators, nothing that turns the direction of writing. */
const PLAIN = /^[^\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]+$/u;
const LONGEST = 500;

/** Papers of persons that have no resident number: passports, permits, officers' cards (GB/T 36903 annex A). */
const OTHER_PAPER = /^[\p{Script=Han}A-Z0-9()（）第号字-]{5,30}$/u;

/** Eighteen characters are a resident number or a credit code, and then the check digit must be right. */
function isHolderCode(text: string): boolean {
  const code = text.toUpperCase();
  return /^[0-9A-Z]{18}$/.test(code) ? isResidentNumber(code) || isCreditCode(code) : OTHER_PAPER.test(code);
}

const FORMS: { readonly [Type in FieldType]: (text: string) => boolean } = {
  text: () => true,
  name: (text) => [...text].length <= 200,
  address: () => true,
  date: (text) => ["day", "open"].includes(readLicenceDate(text).kind),
  decimal: (text) => /^-?\d{1,15}(\.\d{1,6})?$/.test(text),
  region: isRegionCode,
  "credit-code": isCreditCode,
  "resident-number": (text) => isResidentNumber(text.toUpperCase()),
  "holder-code": isHolderCode,
  phone: (text) => /^\+?\d[\d -]{5,19}$/.test(text),
  "certificate-number": (text) => [...text].length <= 100,
  account: (text) => /^\d[\d -]{5,30}$/.test(text),
  code: (text) => [...text].length <= 100,
  flag: (text) => text === "true" || text === "false",
};

/** Whether a text is what its type says, check digits included (GB 32100, GB 11643, GB/T 2260). */
export const isWellFormed = (type: FieldType, text: string): boolean =>
  text.length <= LONGEST && PLAIN.test(text) && text.trim() !== "" && FORMS[type](text);
