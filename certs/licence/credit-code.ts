import { isOrganisationCode } from "./organisation-code.ts";

export type CreditCodeFault = "form" | "check-digit" | "organisation-check-digit";

/** GB 32100: digits and capital letters without I, O, S, V, Z; a character's value is its place here. */
const ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY";
const WEIGHTS = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28] as const;
const BODY = /^[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{9}$/;
const GLUED = /^[0-9A-Z]{18}(?![0-9A-Za-z])/;

/** The check character for the first 17 characters; throws RangeError for another form. */
export function creditCodeCheck(first17: string): string {
  if (!BODY.test(first17)) throw new RangeError("a credit code begins with 17 characters of the form of GB 32100");
  const sum = WEIGHTS.reduce((sum, weight, index) => sum + weight * ALPHABET.indexOf(first17.charAt(index)), 0);
  return ALPHABET.charAt((31 - (sum % 31)) % 31);
}

/** What is wrong with a unified social credit code (统一社会信用代码), or null. Characters 9 to 17 are an organisation code of GB 11714. */
export function creditCodeFault(text: string): CreditCodeFault | null {
  const body = text.slice(0, 17);
  if (text.length !== 18 || !BODY.test(body) || !ALPHABET.includes(text.charAt(17))) return "form";
  if (creditCodeCheck(body) !== text.charAt(17)) return "check-digit";
  return isOrganisationCode(text.slice(8, 17)) ? null : "organisation-check-digit";
}

export const isCreditCode = (text: string): boolean => creditCodeFault(text) === null;

/** The credit code that stands alone or glued in front of a name, as certificate subjects write it; null when there is no valid one. */
export function findCreditCode(text: string): string | null {
  const code = GLUED.exec(text)?.[0];
  return code !== undefined && isCreditCode(code) ? code : null;
}
