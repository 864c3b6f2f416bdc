import { Refusal, type RefusalCode } from "../../certs/refusal.ts";

/** The code with which `action` refuses, or ACCEPTED. Any other exception passes through. */
export function refusalOf(action: () => unknown): RefusalCode | "ACCEPTED" {
  try {
    action();
    return "ACCEPTED";
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
}
