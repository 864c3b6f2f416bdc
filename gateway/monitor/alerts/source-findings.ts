import { SOURCE } from "../cells.ts";
import { latencyOf } from "../distribution.ts";
import type { AlertFacts } from "./facts.ts";
import type { Finding } from "./finding.ts";
import type { AlertSettings, Thresholds } from "./rules.ts";

type Facts = Pick<AlertFacts, "counts" | "within" | "sources" | "now">;

/** Sources that are down, slow, or leave questions unanswered. */
export function sourceFindings(facts: Facts, { rules }: AlertSettings): Finding[] {
  return [
    ...(rules["source-down"] === null ? [] : down(facts, rules["source-down"])),
    ...(rules["source-slow"] === null ? [] : slow(facts, rules["source-slow"])),
    ...(rules["source-errors"] === null ? [] : failing(facts, rules["source-errors"])),
  ];
}

const down = ({ sources, now }: Facts, { afterSeconds: threshold }: Thresholds<"source-down">): Finding[] =>
  [...sources]
    .filter(([, { status }]) => status === "unavailable")
    .map(([subject, { zh, en, since }]) => ({
      rule: "source-down",
      subject,
      zh: `数据源 ${subject} 自 ${since} 起不可用：${zh}`,
      en: `Source ${subject} cannot be asked since ${since}: ${en}`,
      figures: { seconds: Math.max(0, Math.round((now - Date.parse(since)) / 1000)), threshold },
    }));

function slow({ counts, within }: Facts, { p95Milliseconds, minimum, minutes }: Thresholds<"source-slow">): Finding[] {
  const sums = within(minutes);
  return counts.sources.entries().flatMap(([subject, { cell }]): Finding[] => {
    const { count, p95 } = latencyOf(sums, cell + SOURCE.latency);
    if (p95 === null || count < minimum || p95 <= p95Milliseconds) return [];
    const shown = Math.round(p95);
    return [
      {
        rule: "source-slow",
        subject,
        zh: `数据源 ${subject} 近 ${minutes} 分钟 ${count} 次答复的 95 分位耗时为 ${shown} 毫秒，超过 ${p95Milliseconds} 毫秒。`,
        en: `Source ${subject} took ${shown} ms for the 95th percentile of ${count} answers within ${minutes} min; ${p95Milliseconds} ms are allowed.`,
        figures: { p95Milliseconds: shown, answers: count, minutes, threshold: p95Milliseconds },
      },
    ];
  });
}

function failing({ counts, within }: Facts, rule: Thresholds<"source-errors">): Finding[] {
  const { percent: threshold, minimum, minutes } = rule;
  const sums = within(minutes);
  return counts.sources.entries().flatMap(([subject, { cell }]): Finding[] => {
    const unanswered = sums[cell + SOURCE.unanswered] ?? 0;
    const questions = unanswered + (sums[cell + SOURCE.answered] ?? 0);
    const percent = questions === 0 ? 0 : Math.round((100 * unanswered) / questions);
    if (questions < minimum || 100 * unanswered < threshold * questions) return [];
    return [
      {
        rule: "source-errors",
        subject,
        zh: `数据源 ${subject} 近 ${minutes} 分钟 ${questions} 次询问中有 ${unanswered} 次没有答复（${percent}%），达到 ${threshold}%。`,
        en: `Source ${subject} left ${unanswered} of ${questions} questions unanswered within ${minutes} min (${percent}%); the threshold is ${threshold}%.`,
        figures: { unanswered, questions, percent, minutes, threshold },
      },
    ];
  });
}
