import type { AuditPlace } from "#gateway/log/audit/audit-faults.ts";
import { type AuditFindings, type AuditOutcome, auditSentence } from "#gateway/log/log-audit.ts";
import { localTime } from "./local-time.ts";
import { type Line, type Span, type Tone } from "./terminal.ts";

/** Whose word the keys are: pinned by whoever asked, or the log's own. */
export type KeysFrom = "given" | "log";

const span = (text: string, tone?: Tone): Span => (tone === undefined ? { text } : { text, tone });
const count = (number: number): string => number.toLocaleString("en");

/** One line that says it all, and what should be known beside it. */
export function renderAudit(target: string, outcome: AuditOutcome, keys: KeysFrom): Line[] {
  if (!outcome.holds) {
    const { zh, en } = auditSentence(outcome.code);
    return [
      [
        span("✘ 日志有误 THE LOG IS BROKEN", "bad"),
        span(`  ${target}`, "strong"),
        span(`  ${placeOf(outcome.place)}: ${zh}。${en}.  `),
        span(outcome.code, "faint"),
        span(outcome.detail === "" ? "" : `  ${outcome.detail}`, "faint"),
      ],
    ];
  }
  const { findings } = outcome;
  return [
    [
      span("✔ 日志完整 ALL HOLDS", "good"),
      span(`  ${target}`, "strong"),
      span(`  ${count(findings.size)} 条 entries, ${signedBy(findings)}${indexed(findings)}`),
    ],
    ...notes(findings, keys).map((note): Line => [span(`  ${note}`, "faint")]),
  ];
}

function placeOf({ file, entry, level }: AuditPlace): string {
  const parts = [file, entry === null ? null : `条目 entry ${entry}`, level === null ? null : `层 level ${level}`];
  return parts.filter((part) => part !== null).join(", ");
}

const signedBy = ({ signatures }: AuditFindings): string =>
  `签名 signed by ${[...new Set(signatures.map(({ algorithm }) => algorithm))].join(" + ")}`;

const indexed = ({ index }: AuditFindings): string => (index === null ? "" : `, 索引 index ${count(index.checked)}`);

function notes({ log, root, lastTime, sameTime, index }: AuditFindings, keys: KeysFrom): string[] {
  const all = [
    `日志 log ${log}  根 root ${root}${lastTime === null ? "" : `  最后 last ${localTime(lastTime)}`}`,
    keys === "log"
      ? "公钥取自日志本身，只能证明自相一致 the keys are the log's own word: give --key to rely on them"
      : null,
    sameTime.entries === 0
      ? null
      : `${count(sameTime.entries)} 条与前一条时间相同 entries share the time of the one before, at most ${count(sameTime.mostInARow)} in a row: busy milliseconds, or a clock that was set back 繁忙，或时钟曾被拨回`,
    index === null ? "没有索引，只核验了公开部分 no index here: only the public half was checked" : null,
    index === null || index.erased === 0
      ? null
      : `${count(index.erased)} 条内容已依法删除 entries are erased, their proofs hold`,
    index === null || index.lost === 0
      ? null
      : `${count(index.lost)} 条内容已随旧索引丢失 entries lost their content with an earlier index`,
    index === null || index.behind === 0 ? null : `索引还差 ${count(index.behind)} 条 entries are still to be indexed`,
  ];
  return all.filter((note) => note !== null);
}
