import type { RuleName } from "./rules.ts";

/**
 * A rule that is broken at this moment. `subject`: a source, a grant, a client, a witness; null when the rule has one subject only. `figures`: what
 * was seen, and the thresholds it was held against. No personal data: neither persons nor their pseudonyms, nor case numbers.
 */
export type Finding = {
  readonly rule: RuleName;
  readonly subject: string | null;
  readonly zh: string;
  readonly en: string;
  readonly figures: Readonly<Record<string, number>>;
};

/** Names the alert: as in `source-down:anhui-real-estate`. */
export const alertId = ({ rule, subject }: Pick<Finding, "rule" | "subject">): string =>
  subject === null ? rule : `${rule}:${subject}`;
