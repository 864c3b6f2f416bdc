import type { Curiosities } from "#gateway/log/index/curiosities.ts";
import { CLIENT } from "../cells.ts";
import type { AlertFacts } from "./facts.ts";
import type { Finding } from "./finding.ts";
import type { AlertSettings, Thresholds } from "./rules.ts";

/** Who asks for more, or otherwise, than a case explains. Says who and how often, never about whom. */
export function curiosityFindings(facts: AlertFacts, { rules, curiosityHours }: AlertSettings): Finding[] {
  const { curiosities } = facts;
  const found = curiosities ?? { caseReuse: [], manyAsking: [], night: [] };
  return [
    ...(rules["case-missing"] === null ? [] : caseless(facts, rules["case-missing"])),
    ...(rules.burst === null ? [] : bursts(facts, rules.burst)),
    ...(rules["case-reuse"] === null ? [] : caseReuses(found.caseReuse, rules["case-reuse"], curiosityHours)),
    ...(rules["same-person"] === null ? [] : samePersons(found.manyAsking, rules["same-person"], curiosityHours)),
    ...(rules["night-bulk"] === null ? [] : nights(found.night, rules["night-bulk"], curiosityHours)),
  ];
}

function caseless({ counts, within }: AlertFacts, rule: Thresholds<"case-missing">): Finding[] {
  const { denials: threshold, minutes } = rule;
  const sums = within(minutes);
  return counts.clients
    .entries()
    .map(([subject, cell]) => ({ subject, denials: sums[cell + CLIENT.caseless] ?? 0 }))
    .filter(({ denials }) => denials >= threshold)
    .map(({ subject, denials }) => ({
      rule: "case-missing",
      subject,
      zh: `接入方 ${subject} 近 ${minutes} 分钟有 ${denials} 次请求因没有有效办件而被拒绝，阈值为 ${threshold} 次。`,
      en: `Client ${subject} was denied ${denials} time(s) within ${minutes} min for want of a valid case; the threshold is ${threshold}.`,
      figures: { denials, minutes, threshold },
    }));
}

const bursts = ({ counts }: AlertFacts, { lookups: threshold, minutes }: Thresholds<"burst">): Finding[] =>
  counts.clients
    .entries()
    .map(([subject, cell]) => ({ subject, lookups: counts.tally.peak(cell + CLIENT.lookups, minutes) }))
    .filter(({ lookups }) => lookups >= threshold)
    .map(({ subject, lookups }) => ({
      rule: "burst",
      subject,
      zh: `接入方 ${subject} 近 ${minutes} 分钟内有一分钟查询了 ${lookups} 次，阈值为每分钟 ${threshold} 次。`,
      en: `Client ${subject} made ${lookups} lookups within one of the last ${minutes} min; the threshold is ${threshold} a minute.`,
      figures: { lookups, minutes, threshold },
    }));

/** One alert for each client, with its worst case. */
function caseReuses(reuses: Curiosities["caseReuse"], rule: Thresholds<"case-reuse">, hours: number): Finding[] {
  const { subjects: threshold } = rule;
  const broken = reuses.filter(({ subjects }) => subjects >= threshold);
  return [...Map.groupBy(broken, ({ client }) => client)].map(([subject, cases]) => {
    const subjects = Math.max(...cases.map((each) => each.subjects));
    const lookups = Math.max(...cases.map((each) => each.lookups));
    return {
      rule: "case-reuse",
      subject,
      zh: `接入方 ${subject} 近 ${hours} 小时有 ${cases.length} 个办件号被反复使用，单个办件号最多查询 ${subjects} 个对象（共 ${lookups} 次），阈值为 ${threshold} 个。`,
      en: `Client ${subject} used ${cases.length} case number(s) again and again within ${hours} h, one of them for ${subjects} subjects (up to ${lookups} lookups); the threshold is ${threshold}.`,
      figures: { cases: cases.length, subjects, lookups, hours, threshold },
    };
  });
}

function samePersons(asked: Curiosities["manyAsking"], rule: Thresholds<"same-person">, hours: number): Finding[] {
  const { clients: threshold } = rule;
  const numbers = asked.map(({ clients }) => clients.length).filter((clients) => clients >= threshold);
  if (numbers.length === 0) return [];
  const clients = Math.max(...numbers);
  return [
    {
      rule: "same-person",
      subject: null,
      zh: `近 ${hours} 小时有 ${numbers.length} 人分别被多个接入方查询，最多 ${clients} 个；阈值为 ${threshold} 个。`,
      en: `${numbers.length} person(s) were each asked about by many clients within ${hours} h, by up to ${clients}; the threshold is ${threshold}.`,
      figures: { persons: numbers.length, clients, hours, threshold },
    },
  ];
}

const nights = (night: Curiosities["night"], rule: Thresholds<"night-bulk">, hours: number): Finding[] =>
  night
    .filter(({ lookups }) => lookups >= rule.lookups)
    .map(({ client, lookups }) => ({
      rule: "night-bulk",
      subject: client,
      zh: `接入方 ${client} 近 ${hours} 小时内在夜间（22 时至次日 6 时）查询了 ${lookups} 次，阈值为 ${rule.lookups} 次。`,
      en: `Client ${client} made ${lookups} lookups at night, 22 to 6 o'clock, within ${hours} h; the threshold is ${rule.lookups}.`,
      figures: { lookups, hours, threshold: rule.lookups },
    }));
