import { readFileSync, statSync } from "node:fs";
import { DEFAULT_LIMITS } from "#certs/limits.ts";
import { Refusal } from "#certs/refusal.ts";
import type { RegisterAnswer } from "#certs/register-answer.ts";
import { withRegister } from "#certs/register.ts";
import { type VerificationQuestion, verifyDocument } from "#certs/verify.ts";
import { traceOf } from "#gateway/trace-of.ts";
import { disclose } from "#policies/disclose.ts";
import { VERIFY_PLAN } from "#policies/verify-plan.ts";
import type { FileOutcome } from "./outcome.ts";

export const systemCode = (error: unknown): string =>
  error instanceof Error && "code" in error ? String(error.code) : "it cannot be read";

/** A document's bytes, or why there are none. A file over the limit is not read. */
export function readDocument(file: string): Uint8Array | FileOutcome {
  try {
    const about = statSync(file);
    // A pipe or a device has no size to check before reading.
    if (!about.isFile()) return { kind: "unreadable", file, detail: "not a regular file" };
    const { size } = about;
    const limit = DEFAULT_LIMITS.maxBytes;
    const detail = `${size} bytes; ${limit} are allowed`;
    return size > limit ? { kind: "refused", file, code: "TOO_LARGE", detail } : readFileSync(file);
  } catch (error) {
    return { kind: "unreadable", file, detail: systemCode(error) };
  }
}

/**
 * Verifies and discloses under the same plan as the service. `register`: what a register answered earlier, null when none was
 * asked. Never throws because of the bytes.
 */
export function verifyBytes(
  file: string,
  bytes: Uint8Array,
  question: VerificationQuestion,
  register: RegisterAnswer | null = null,
): FileOutcome {
  try {
    const verified = verifyDocument(bytes, question);
    const report = register === null ? verified : withRegister(verified, register);
    return { kind: "report", file, report: disclose(VERIFY_PLAN, report) };
  } catch (error) {
    if (error instanceof Refusal) return { kind: "refused", file, code: error.code, detail: error.detail };
    return { kind: "faulty", file, fault: faultOf(error) };
  }
}

/** What failed and where, on one line. */
const faultOf = (error: unknown): string =>
  traceOf(error)
    .split("\n", 2)
    .map((line) => line.trim())
    .join(" ");
