import { ROUTE } from "../cells.ts";
import { latencyOf } from "../distribution.ts";
import type { AlertFacts } from "./facts.ts";
import type { Finding } from "./finding.ts";
import type { AlertSettings, Thresholds } from "./rules.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** What concerns the service as a whole: its errors, quotas, trust, log, clock and witnesses. */
export function serviceFindings(facts: AlertFacts, { rules }: AlertSettings): Finding[] {
  return [
    ...(rules["error-rate"] === null ? [] : errors(facts, rules["error-rate"])),
    ...(rules["quota-near"] === null ? [] : quotas(facts, rules["quota-near"])),
    ...(rules["trust-ending"] === null ? [] : endings(facts, rules["trust-ending"])),
    ...(rules["log-failing"] === null ? [] : logFailing(facts)),
    ...(rules["log-behind"] === null ? [] : logBehind(facts, rules["log-behind"])),
    ...(rules["clock-set-back"] === null ? [] : setBack(facts, rules["clock-set-back"])),
    ...(rules["witness-refusing"] === null ? [] : refusing(facts)),
  ];
}

function errors({ counts, within }: AlertFacts, rule: Thresholds<"error-rate">): Finding[] {
  const { percent: threshold, minimum, minutes } = rule;
  const sums = within(minutes);
  let [failed, requests] = [0, 0];
  for (const { cell } of counts.routes.entries().flatMap(([, methods]) => methods.entries().map(([, slot]) => slot))) {
    failed += sums[cell + ROUTE.failed] ?? 0;
    requests += latencyOf(sums, cell + ROUTE.latency).count;
  }
  if (requests < minimum || failed === 0 || 100 * failed < threshold * requests) return [];
  const percent = Math.round((1000 * failed) / requests) / 10;
  return [
    {
      rule: "error-rate",
      subject: null,
      zh: `近 ${minutes} 分钟 ${requests} 个请求中有 ${failed} 个以系统错误（5xx）结束（${percent}%），达到 ${threshold}%。`,
      en: `${failed} of ${requests} requests within ${minutes} min ended in a status of 500 or more (${percent}%); the threshold is ${threshold}%.`,
      figures: { failed, requests, percent, minutes, threshold },
    },
  ];
}

const quotas = ({ quotas }: AlertFacts, { percent: threshold }: Thresholds<"quota-near">): Finding[] =>
  quotas
    .filter(({ used, perDay }) => perDay > 0 && 100 * used >= threshold * perDay)
    .map(({ grant, used, perDay }) => ({
      rule: "quota-near",
      subject: grant,
      zh: `授权 ${grant} 今日已用 ${used} 次，额度为 ${perDay} 次，达到 ${threshold}%。`,
      en: `Grant ${grant} has used ${used} of ${perDay} answers today; the threshold is ${threshold}%.`,
      figures: { used, perDay, threshold },
    }));

function endings({ endings, now }: AlertFacts, rule: Thresholds<"trust-ending">): Finding[] {
  const { crlHours, certificateDays } = rule;
  const { crl, certificates, ownCertificate } = endings;
  // One that ended long ago is kept for old signatures: it is no news.
  const near = certificates.filter((end) => Math.abs(end - now) <= certificateDays * DAY);
  return [
    ...(crl !== null && crl - now <= crlHours * HOUR ? [crlEnding(crl, now, crlHours)] : []),
    ...(near.length > 0 ? [certificatesEnding(near, now, certificateDays)] : []),
    ...(ownCertificate !== null && ownCertificate - now <= certificateDays * DAY
      ? [ownEnding(ownCertificate, now, certificateDays)]
      : []),
  ];
}

function crlEnding(end: number, now: number, threshold: number): Finding {
  const hours = Math.round((end - now) / HOUR);
  const at = new Date(end).toISOString();
  return {
    rule: "trust-ending",
    subject: "crl",
    zh: `最早到期的吊销列表有效至 ${at}（剩余 ${hours} 小时），阈值为 ${threshold} 小时。`,
    en: `The first CRL to end does so at ${at}, in ${hours} h; the threshold is ${threshold} h.`,
    figures: { hours, threshold },
  };
}

function certificatesEnding(ends: readonly number[], now: number, threshold: number): Finding {
  const first = Math.min(...ends);
  const days = Math.round((first - now) / DAY);
  const at = new Date(first).toISOString();
  return {
    rule: "trust-ending",
    subject: "certificates",
    zh: `${ends.length} 张受信任的证书临近到期或刚刚到期，最早为 ${at}（剩余 ${days} 天），阈值为 ${threshold} 天。`,
    en: `${ends.length} trusted certificate(s) are near their end or have just ended, the first at ${at}, in ${days} d; the threshold is ${threshold} d.`,
    figures: { certificates: ends.length, days, threshold },
  };
}

function ownEnding(end: number, now: number, threshold: number): Finding {
  const days = Math.round((end - now) / DAY);
  const at = new Date(end).toISOString();
  return {
    rule: "trust-ending",
    subject: "own-certificate",
    zh: `本网关的 TLS 证书有效至 ${at}（剩余 ${days} 天），阈值为 ${threshold} 天。`,
    en: `This gateway's own TLS certificate ends at ${at}, in ${days} d; the threshold is ${threshold} d.`,
    figures: { days, threshold },
  };
}

/** Why stands in the service's own log: it may name files of this machine. */
const logFailing = ({ log }: AlertFacts): Finding[] =>
  log === null || log.failure === null
    ? []
    : [
        {
          rule: "log-failing",
          subject: null,
          zh: "交换日志无法写入，需要留痕的请求均不予答复。",
          en: "The exchange log cannot be written: nothing that has to be recorded is answered.",
          figures: { entries: log.size },
        },
      ];

function logBehind({ log, now }: AlertFacts, { indexEntries, publishSeconds }: Thresholds<"log-behind">): Finding[] {
  if (log === null) return [];
  const { size, published, checkpointAt, indexLag } = log;
  const age = checkpointAt === null ? 0 : Math.round((now - checkpointAt) / 1000);
  const unpublished = size - published;
  const index: Finding = {
    rule: "log-behind",
    subject: "index",
    zh: `索引尚有 ${indexLag} 条记录未收录，阈值为 ${indexEntries} 条。`,
    en: `The index has yet to take over ${indexLag} entries; the threshold is ${indexEntries}.`,
    figures: { indexLag, threshold: indexEntries },
  };
  const checkpoint: Finding = {
    rule: "log-behind",
    subject: "checkpoint",
    zh: `有 ${unpublished} 条记录未包含在检查点中，上一检查点在 ${age} 秒之前，阈值为 ${publishSeconds} 秒。`,
    en: `${unpublished} entries are in no checkpoint, and the last one was made ${age} s ago; the threshold is ${publishSeconds} s.`,
    figures: { unpublished, seconds: age, threshold: publishSeconds },
  };
  return [
    ...(indexLag >= indexEntries ? [index] : []),
    ...(unpublished > 0 && age >= publishSeconds ? [checkpoint] : []),
  ];
}

function setBack({ log, setBackAt, now }: AlertFacts, { minutes }: Thresholds<"clock-set-back">): Finding[] {
  if (log === null || setBackAt === null || Math.abs(now - setBackAt) > minutes * 60_000) return [];
  const { setBacks } = log;
  return [
    {
      rule: "clock-set-back",
      subject: null,
      zh: `系统时钟落后于日志的最后时间，启动以来 ${setBacks} 次；期间的记录沿用最后时间。`,
      en: `The clock was behind the log's last time, ${setBacks} time(s) since the start; entries meanwhile bear the last time.`,
      figures: { setBacks, minutes },
    },
  ];
}

const refusing = ({ witnesses }: AlertFacts): Finding[] =>
  witnesses.flatMap(({ name, problem }) =>
    problem === null
      ? []
      : [
          {
            rule: "witness-refusing" as const,
            subject: name,
            zh: `见证方 ${name} 没有联署最近的检查点（${problem}）。`,
            en: `Witness ${name} has not cosigned the last checkpoint (${problem}).`,
            figures: {},
          },
        ],
  );
