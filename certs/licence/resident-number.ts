import { isCalendarDay } from "./calendar.ts";

/** No message here ever carries the number. */
export type ResidentNumberFault = "form" | "date" | "check-digit";

const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2] as const;
const CHECKS = "10X98765432";
const BODY = /^[1-9][0-9]{16}$/;
const FORM = /^([1-9][0-9]{16})([0-9X])$/;

/** The check character for the first 17 digits (GB 11643); throws RangeError for another form. */
export function residentNumberCheck(first17: string): string {
  if (!BODY.test(first17)) throw new RangeError("a resident number begins with 17 digits");
  const sum = WEIGHTS.reduce((sum, weight, index) => sum + weight * Number(first17.charAt(index)), 0);
  return CHECKS.charAt(sum % 11);
}

/** What is wrong with a resident number (公民身份号码), or null. The X is a capital; digits 7 to 14 are a day of the calendar. */
export function residentNumberFault(text: string): ResidentNumberFault | null {
  const [, body, check] = FORM.exec(text) ?? [];
  if (body === undefined) return "form";
  const [year, month, day] = [body.slice(6, 10), body.slice(10, 12), body.slice(12, 14)].map(Number);
  if (!isCalendarDay(year ?? 0, month ?? 0, day ?? 0)) return "date";
  return residentNumberCheck(body) === check ? null : "check-digit";
}

export const isResidentNumber = (text: string): boolean => residentNumberFault(text) === null;
