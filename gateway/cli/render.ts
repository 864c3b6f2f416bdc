import { DOCUMENT_CHECKS, REGISTER_CHECKS, SEAL_CHECKS } from "#certs/checks/catalogue.ts";
import { FAILED_REASONS, UNSURE_REASONS } from "#certs/reasons.ts";
import { REFUSALS } from "#certs/refusal.ts";
import type {
  Answer,
  CertificateReport,
  CheckReport,
  LicenceReport,
  NextAction,
  Report,
  Sentence,
  SignatureReport,
} from "#certs/report.ts";
import { type FileOutcome, NEXT_ACTIONS, VERDICTS, type VerdictWord, verdictOf } from "./outcome.ts";
import { localTime } from "./local-time.ts";
import { registerRows } from "./register-rows.ts";
import type { Replay } from "./replay.ts";
import { type Line, type Span, type Tone, pad } from "./terminal.ts";

const MAX_REASONS = 12;
const LABEL_COLUMNS = 18;
const BLANK: Line = [];

const ANSWERS = {
  integrity: "完整 integrity",
  authority: "可信 authority",
  status: "有效 status",
  binding: "归属 binding",
} as const satisfies Record<keyof Report["answers"], string>;

const OUTCOMES = {
  passed: { mark: "✔", tone: "good" },
  failed: { mark: "✘", tone: "bad" },
  unsure: { mark: "?", tone: "open" },
  "not-asked": { mark: "–", tone: "faint" },
} as const satisfies Record<Answer["outcome"], { mark: string; tone: Tone }>;

const INDICATIONS = {
  "TOTAL-PASSED": OUTCOMES.passed,
  "TOTAL-FAILED": OUTCOMES.failed,
  INDETERMINATE: OUTCOMES.unsure,
} as const satisfies Record<SignatureReport["indication"], { mark: string; tone: Tone }>;

const CHECK_NAMES: Readonly<Record<string, Sentence>> = { ...SEAL_CHECKS, ...DOCUMENT_CHECKS, ...REGISTER_CHECKS };
const REASONS: Readonly<Record<string, Sentence>> = { ...FAILED_REASONS, ...UNSURE_REASONS };

const span = (text: string, tone?: Tone): Span => (tone === undefined ? { text } : { text, tone });
const both = ({ zh, en }: Sentence): string => `${zh} ${en}`;
const labelled = (label: string, ...rest: readonly Span[]): Line => [
  span("  "),
  span(pad(label, LABEL_COLUMNS), "faint"),
  ...rest,
];

function headline(verdict: VerdictWord, file: string): Line {
  const { mark, zh, tone } = VERDICTS[verdict];
  return [span(`${mark} ${zh} ${verdict}`, tone), span("  "), span(file, "strong")];
}

const sentence = ({ zh, en }: Sentence): Line[] => [
  [span("  "), span(zh)],
  [span("  "), span(en)],
];

const nextAction = (action: NextAction): Line =>
  labelled("下一步 next", span(`${NEXT_ACTIONS[action]} ${action}`, "strong"));

function answerLines(answers: Report["answers"]): Line[] {
  return (Object.keys(ANSWERS) as (keyof typeof ANSWERS)[]).map((name) => {
    const answer = answers[name];
    const { mark, tone } = OUTCOMES[answer.outcome];
    return labelled(ANSWERS[name], span(`${mark} `, tone), span(both(answer)));
  });
}

const named = (name: string | null, code: string | null): string =>
  code === null ? (name ?? "") : `${name ?? ""} (${code})`.trimStart();

function licenceLines(licence: LicenceReport | null): Line[] {
  if (licence === null) return [];
  const { issuer, holder, validFrom, validTo } = licence;
  const rows: readonly (readonly [string, string])[] = [
    ["证照 licence", [licence.typeName, licence.number].filter((text) => text !== null).join("  ")],
    ["  颁发 issuer", named(issuer.name, issuer.code)],
    ["  持证 holder", named(holder.name, holder.code)],
    ["  期限 validity", validFrom === null && validTo === null ? "" : `${validFrom ?? "…"} – ${validTo ?? "…"}`],
  ];
  const lines = rows.flatMap(([label, text]) => (text === "" ? [] : [labelled(label, span(text))]));
  return licence.proven ? lines : [...lines, labelled("", span("未经签章证明 not proven by a seal", "open"))];
}

const registerLines = (register: Report["register"]): Line[] =>
  register === null ? [] : registerRows(register).map(([label, text]) => labelled(label, span(text)));

/** Certificates often glue the credit code in front of the name; it is shown behind it, once. */
function organisationOf({ organisation, organisationCode, subject }: CertificateReport): string {
  if (organisation === null) return subject;
  const glued = organisationCode !== null && organisation.startsWith(organisationCode);
  return named(glued ? organisation.slice(organisationCode.length) : organisation, organisationCode);
}

function signatureLines({ kind, seal, signer, times, indication }: SignatureReport): Line[] {
  const { mark, tone } = INDICATIONS[indication];
  const label = kind === "seal" ? "印章 seal" : "签名 signature";
  const lines = [labelled(label, span(`${mark} `, tone), span(seal?.name ?? ""))];
  if (signer !== null) lines.push(labelled("  签章人 signer", span(organisationOf(signer))));
  if (times.proven !== null) {
    lines.push(labelled("  时间 time", span(`${localTime(times.proven)}  时间戳已证明 proven by a time-stamp`)));
  } else if (times.claimed !== null) {
    lines.push(labelled("  时间 time", span(`${localTime(times.claimed)}  自称，未经证明 claimed, not proven`)));
  }
  return lines;
}

/** `where` is the signature's number when there are several. */
type OpenCheck = CheckReport & { readonly where: string | null };
const isFailed = ({ outcome }: CheckReport): boolean => outcome === "failed";

function openChecksOf(checks: readonly CheckReport[], where: string | null): OpenCheck[] {
  return checks.filter(({ outcome }) => outcome !== "passed").map((check) => Object.assign({ where }, check));
}

/** Each check that did not pass, failed ones first; "could not be evaluated" says nothing where another reason stands. */
function openChecks({ checks, signatures }: Report): OpenCheck[] {
  const several = signatures.length > 1;
  const open = [
    ...openChecksOf(checks, null),
    ...signatures.flatMap(({ id, checks }) => openChecksOf(checks, several ? id : null)),
  ];
  const telling = open.filter(({ reason }) => reason !== "NOT_EVALUATED");
  const shown = telling.length === 0 ? open : telling;
  return [...shown.filter(isFailed), ...shown.filter((check) => !isFailed(check))];
}

function factsOf({ code, reason, detail, where }: OpenCheck): string {
  const name = CHECK_NAMES[code];
  const facts = [reason, where, name === undefined ? code : `${name.zh} ${code}`, detail];
  return facts.filter((fact) => typeof fact === "string" && fact !== "").join(" · ");
}

/** `sentences`: the reason in words, then the facts; `facts`: a line of facts alone, where a sentence stands above already. */
function reasonLines(check: OpenCheck, form: "sentences" | "facts"): Line[] {
  const { mark, tone } = OUTCOMES[check.outcome];
  const facts = factsOf(check);
  if (form === "facts") return [labelled("原因 reason", span(`${mark} `, tone), span(facts, "faint"))];
  const sentence = REASONS[check.reason ?? ""];
  return [
    labelled("原因 reason", span(`${mark} `, tone), span(sentence === undefined ? check.code : both(sentence))),
    labelled("", span(`  ${facts}`, "faint")),
  ];
}

function reasonsOf(report: Report, form: "sentences" | "facts"): Line[] {
  const open = openChecks(report);
  const lines = open.slice(0, MAX_REASONS).flatMap((check) => reasonLines(check, form));
  const rest = open.length - MAX_REASONS;
  return rest > 0 ? [...lines, labelled("", span(`… 另有 ${rest} 项 ${rest} more, see --json`, "faint"))] : lines;
}

const remarkLines = ({ remarks }: Report): Line[] =>
  remarks.map((remark) => {
    const detail = remark.detail === undefined || remark.detail === "" ? "" : ` · ${remark.detail}`;
    return labelled("备注 remark", span(`· ${both(remark)}${detail}`, "faint"));
  });

/** Parts that have something to say, an empty line before each but the first. */
function paragraphs(...parts: readonly (readonly Line[])[]): Line[] {
  const [first = [], ...rest] = parts.filter((part) => part.length > 0);
  return [...first, ...rest.flatMap((part) => [BLANK].concat(part))];
}

function reportLines(file: string, report: Report): Line[] {
  return paragraphs(
    [headline(report.verdict, file)],
    sentence(report.summary),
    answerLines(report.answers),
    licenceLines(report.licence),
    registerLines(report.register),
    ...report.signatures.map(signatureLines),
    reasonsOf(report, "sentences"),
    remarkLines(report),
    [nextAction(report.nextAction)],
  );
}

function refusedLines({ code, detail }: FileOutcome & { kind: "refused" }): Line[] {
  return [
    ...sentence(REFUSALS[code]),
    labelled("原因 reason", span(`${code} · ${detail}`, "faint")),
    nextAction("RETURN"),
  ];
}

/** The whole result for one file, to be read from the top. */
export function renderOne(outcome: FileOutcome & { kind: "report" | "refused" }): Line[] {
  if (outcome.kind === "report") return reportLines(outcome.file, outcome.report);
  return [headline("REFUSED", outcome.file), ...refusedLines(outcome)];
}

/** One of several files: a line, and below it what a file that did not pass needs. */
export function renderAmong(outcome: FileOutcome & { kind: "report" | "refused" }): Line[] {
  const verdict = verdictOf(outcome);
  const { mark, zh, tone } = VERDICTS[verdict];
  const word = span(pad(`${mark} ${pad(zh, 8)} ${verdict}`, 26), tone);
  if (outcome.kind === "refused") return [[word, span(outcome.file, "strong")], ...refusedLines(outcome), BLANK];
  const { report, file } = outcome;
  const licence = [report.licence?.typeName, report.licence?.number].filter((text) => typeof text === "string");
  const line: Line = [word, span(file, "strong"), span(`  ${licence.join("  ")}`, "faint")];
  if (verdict === "PASSED") return [line];
  return [line, ...sentence(report.summary), ...reasonsOf(report, "facts"), nextAction(report.nextAction), BLANK];
}

/** How many files came to which end. */
export function renderCount(outcomes: readonly FileOutcome[]): Line[] {
  const words = outcomes.map((each) => (each.kind === "report" || each.kind === "refused" ? verdictOf(each) : null));
  const counts = (Object.keys(VERDICTS) as VerdictWord[]).flatMap((verdict) => {
    const count = words.filter((word) => word === verdict).length;
    return count === 0 ? [] : [span(`  ${count} ${VERDICTS[verdict].zh} ${verdict}`, VERDICTS[verdict].tone)];
  });
  const others = words.filter((word) => word === null).length;
  const lost = others === 0 ? [] : [span(`  ${others} 未能核验 not verified`, "open" as const)];
  return [[span(`共 ${outcomes.length} 个文件 files:`), ...counts, ...lost]];
}

/** Whether a replay came to the same end. */
export function renderReplay(file: string, replay: Replay): Line[] {
  if (replay.kind === "same") {
    const { mark, zh, tone } = VERDICTS[replay.verdict];
    return [
      [span("✔ 重放一致 SAME", "good"), span("  "), span(file, "strong")],
      labelled("结论 verdict", span(`${mark} ${zh} ${replay.verdict}`, tone)),
      labelled("", span("文件、策略、信任快照、时点相同, 结论、答复和各签章结果相同", "faint")),
      labelled("", span("same file, policy, trust snapshot and time; same verdict, answers and indications", "faint")),
      ...replayedRegister(replay.register),
    ];
  }
  const rows = replay.differences.map(({ what, earlier, now }) => labelled(what, span(`${earlier} → ${now}`)));
  return [[span("✘ 重放不一致 DIFFERENT", "bad"), span("  "), span(file, "strong")], ...rows];
}

/** A replay takes the register's answer from the report: it proves what follows from it, not that it was given. */
function replayedRegister(register: Report["register"]): Line[] {
  if (register === null) return [];
  const whence = "登记的答复取自报告，未再查询 the register's answer is the report's, not asked again";
  return [...registerLines(register), labelled("", span(whence, "faint"))];
}
