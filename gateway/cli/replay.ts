import { readFileSync } from "node:fs";
import { VALIDATION_POLICIES } from "#certs/policy.ts";
import type { RegisterAnswer } from "#certs/register-answer.ts";
import type { VerifyArguments } from "./arguments.ts";
import { type Difference, type EarlierReport, compareReports, findReport, samePolicy } from "./earlier-report.ts";
import { type Environment, defaultTrustPath, findSnapshot } from "./local-trust.ts";
import { readDocument, systemCode, verifyBytes } from "./local-verification.ts";
import { CommandError, EXIT, type FileOutcome, type VerdictWord, exitOf } from "./outcome.ts";

type Asked = VerifyArguments & { readonly kind: "replay" };

/**
 * `same`: verdict, answers and indications are those of the earlier report. `register`: the answer that was taken from it, for a
 * register is not asked again. `exit` is the status that the process ends with.
 */
export type Replay =
  | {
      readonly kind: "same";
      readonly verdict: VerdictWord;
      readonly register: RegisterAnswer | null;
      readonly exit: number;
    }
  | { readonly kind: "different"; readonly differences: readonly Difference[]; readonly exit: number };

const different = (differences: readonly Difference[]): Replay => ({
  kind: "different",
  differences,
  exit: EXIT.software,
});

/** Verifies a file again as an earlier report says: its time, its policy, its trust snapshot. Throws CommandError. */
export function replay(asked: Asked, environment: Environment): Replay {
  const bytes = readDocument(asked.file);
  if (!(bytes instanceof Uint8Array)) throw new CommandError(exitOf(bytes), `${asked.file}: it cannot be read`);
  const earlier = findReport(readText(asked.report), bytes);
  if (earlier === null) throw new CommandError(EXIT.data, `${asked.report}: the report of another file`);
  const policy = samePolicy(earlier);
  if (typeof policy !== "string") return different([policy]);
  const trust = findSnapshot(earlier.snapshot, asked.trust ?? defaultTrustPath(environment), environment);
  const question = { trust, policy: VALIDATION_POLICIES[policy], at: earlier.at };
  return compare(earlier, verifyBytes(asked.file, bytes, question, earlier.register));
}

function compare(earlier: EarlierReport, outcome: FileOutcome): Replay {
  if (outcome.kind !== "report") {
    const now = outcome.kind === "refused" ? `REFUSED ${outcome.code}` : "the program failed";
    return different([{ what: "verdict", earlier: earlier.results.get("verdict") ?? "none", now }]);
  }
  const differences = compareReports(earlier, outcome.report);
  if (differences.length > 0) return different(differences);
  const { verdict, register } = outcome.report;
  return { kind: "same", verdict, register, exit: exitOf(outcome) };
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new CommandError(EXIT.unreadable, `${file}: ${systemCode(error)}`);
  }
}
