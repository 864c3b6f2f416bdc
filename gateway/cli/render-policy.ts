import type { Decision, DecisionReason, Duties } from "#policies/decision.ts";
import type { Explanation, FieldRuling } from "#policies/decide.ts";
import { type Difference, fieldWord, type PolicyCase } from "#policies/policy-case.ts";
import type { AuthorizationRequest } from "#policies/request.ts";
import type { Rule } from "#policies/rule.ts";
import { displayWidth, type Line, pad, type Span, type Tone } from "./terminal.ts";

const LABEL_COLUMNS = 18;

const span = (text: string, tone?: Tone): Span => (tone === undefined ? { text } : { text, tone });
const labelled = (label: string, ...rest: readonly Span[]): Line => [
  span(`  ${pad(label, LABEL_COLUMNS)}`, "faint"),
  ...rest,
];

const EFFECTS = {
  permit: span("✔ 允许 PERMIT", "good"),
  deny: span("✘ 拒绝 DENY", "bad"),
} as const satisfies Record<Decision["effect"], Span>;

/** One case that does not come out as it should: what was expected, and what came. */
export function renderCase({ file, comment }: PolicyCase, differences: readonly Difference[]): Line[] {
  const rows = differences.map(({ what, expected, came }) =>
    labelled(what, span(`应为 expected ${expected || "none"}，实为 came ${came || "none"}`)),
  );
  return [[span("✘ ", "bad"), span(file, "strong"), span(`  ${comment}`, "faint")], ...rows];
}

export function renderTally(cases: number, failing: number): Line[] {
  if (failing === 0) return [[span(`✔ ${cases} 个用例全部符合。All ${cases} cases come out as they should.`, "good")]];
  return [[span(`✘ ${cases} 个用例中有 ${failing} 个不符。${failing} of ${cases} cases do not.`, "bad")]];
}

/** What was decided, by which rules, and what becomes of each field. */
export function renderExplanation(request: AuthorizationRequest, explanation: Explanation): Line[] {
  const { decision, fields } = explanation;
  const rules = rulesOf(explanation);
  return [
    [EFFECTS[decision.effect], span(`  ${questionOf(request)}`, "strong")],
    ...decision.reasons.flatMap((reason) => reasonLines(reason, rules.get(reason.rule))),
    ...fieldLines(fields),
    ...(decision.effect === "permit" ? [dutyLine(decision.duties)] : []),
    labelled("决定 decision", span(decision.decisionId)),
    labelled("策略 policies", span(decision.policySetDigest)),
  ];
}

function rulesOf({ rules, fields }: Explanation): ReadonlyMap<string, Rule> {
  const all = [...rules, ...[...fields.values()].flatMap((field) => field.rules)];
  return new Map(all.map((rule) => [rule.id, rule]));
}

const questionOf = ({ action, resource, principal, context }: AuthorizationRequest): string =>
  [action, resource?.id, context.purpose?.item, principal.client].filter((part) => part !== undefined).join(" · ");

function reasonLines({ code, rule, zh, en }: DecisionReason, held: Rule | undefined): Line[] {
  const where = held === undefined ? rule : `${rule} (${held.file})`;
  const basis = held?.basis ?? null;
  return [
    labelled("规则 rule", span(`${code}  `, "strong"), span(where)),
    labelled("", span(zh)),
    labelled("", span(en)),
    ...(basis === null ? [] : [labelled("", span(`依据 basis：${basis}`, "faint"))]),
  ];
}

function fieldLines(fields: ReadonlyMap<string, FieldRuling>): Line[] {
  const rows = [...fields].map(([name, { decision, rules }]) => ({
    name,
    word: fieldWord(decision),
    tone: decision.kind === "deny" ? ("bad" as const) : ("good" as const),
    rules: rules.map(({ id }) => id).join(", ") || "default",
  }));
  const [names, words] = [widest(rows.map(({ name }) => name)), widest(rows.map(({ word }) => word))];
  return rows.map(({ name, word, tone, rules }, at) =>
    labelled(at === 0 ? "字段 fields" : "", span(pad(name, names)), span(pad(word, words), tone), span(rules, "faint")),
  );
}

const widest = (texts: readonly string[]): number => Math.max(0, ...texts.map(displayWidth)) + 2;

function dutyLine({ quota, watermark, notify, secondApprover }: Duties): Line {
  const duties = [
    quota === null ? [] : `额度 quota ${quota.grant}, ${quota.perDay} a day`,
    watermark ? "水印 watermark" : [],
    notify.length > 0 ? `通知 notify ${notify.join(", ")}` : [],
    secondApprover ? "须另一名工作人员审批 a second official has to approve" : [],
  ].flat();
  return labelled("义务 duties", span(duties.length === 0 ? "无 none" : duties.join("; ")));
}
