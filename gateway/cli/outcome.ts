import type { RefusalCode } from "#certs/refusal.ts";
import type { NextAction, Report, Verdict } from "#certs/report.ts";
import type { Tone } from "./terminal.ts";

/** What became of one file. `unreadable`: no bytes; `faulty`: the program failed on it. */
export type FileOutcome =
  | { readonly kind: "report"; readonly file: string; readonly report: Report }
  | { readonly kind: "refused"; readonly file: string; readonly code: RefusalCode; readonly detail: string }
  | { readonly kind: "unreadable"; readonly file: string; readonly detail: string }
  | { readonly kind: "faulty"; readonly file: string; readonly fault: string };

/** Exit statuses beyond the verdicts', numbered as in sysexits. */
export const EXIT = {
  usage: 64,
  data: 65,
  unreadable: 66,
  unreachable: 69,
  software: 70,
  misunderstood: 76,
  refused: 77,
  trust: 78,
} as const;

/** Why the command cannot go on. `exit` is the status that the process ends with. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly exit: number;

  constructor(exit: number, message: string) {
    super(message);
    this.exit = exit;
  }
}

export type VerdictWord = Verdict | "REFUSED";
type VerdictRow = { readonly mark: string; readonly zh: string; readonly tone: Tone; readonly exit: number };

export const VERDICTS = {
  PASSED: { mark: "✔", zh: "通过", tone: "good", exit: 0 },
  FAILED: { mark: "✘", zh: "不通过", tone: "bad", exit: 1 },
  INDETERMINATE: { mark: "?", zh: "无法确认", tone: "open", exit: 2 },
  REFUSED: { mark: "⊘", zh: "拒收", tone: "refused", exit: 3 },
} as const satisfies Record<VerdictWord, VerdictRow>;

export const NEXT_ACTIONS = {
  ACCEPT: "可以采信",
  RETURN: "退回",
  ASK: "进一步核实",
} as const satisfies Record<NextAction, string>;

export const verdictOf = (outcome: FileOutcome & { kind: "report" | "refused" }): VerdictWord =>
  outcome.kind === "report" ? outcome.report.verdict : "REFUSED";

export function exitOf(outcome: FileOutcome): number {
  switch (outcome.kind) {
    case "unreadable":
      return EXIT.unreadable;
    case "faulty":
      return EXIT.software;
    default:
      return VERDICTS[verdictOf(outcome)].exit;
  }
}
