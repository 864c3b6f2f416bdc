type Bound = { readonly usual: number; readonly min: number; readonly max: number };
const from = (min: number, max: number, usual: number): Bound => ({ usual, min, max });

const DAY_SECONDS = 86_400;
/** Both in seconds: how long a condition must hold before the alert is raised, and how long it must be gone before it is ended. */
const raised = (after: number, clear: number) => ({
  afterSeconds: from(0, DAY_SECONDS, after),
  clearSeconds: from(0, DAY_SECONDS, clear),
});

/** Looks back over minutes that the monitor keeps. */
const minutes = (usual: number): Bound => from(1, 1440, usual);
const percent = (usual: number): Bound => from(1, 100, usual);
const count = (usual: number): Bound => from(1, 1_000_000_000, usual);

/** Every alert there is, with its thresholds: what they usually are, and between what they may be set. */
export const RULES = {
  "source-down": {
    severity: "critical",
    zh: "数据源不可用",
    en: "A source cannot be asked",
    thresholds: raised(5, 30),
  },
  "source-slow": {
    severity: "warning",
    zh: "数据源缓慢",
    en: "A source is slow",
    thresholds: {
      ...raised(30, 120),
      p95Milliseconds: from(1, 120_000, 2000),
      minimum: count(20),
      minutes: minutes(5),
    },
  },
  "source-errors": {
    severity: "warning",
    zh: "数据源答复失败偏多",
    en: "A source leaves many questions unanswered",
    thresholds: { ...raised(0, 120), percent: percent(20), minimum: count(10), minutes: minutes(5) },
  },
  "error-rate": {
    severity: "critical",
    zh: "系统错误偏多",
    en: "Many requests end in an error of the service",
    thresholds: { ...raised(0, 120), percent: percent(5), minimum: count(20), minutes: minutes(5) },
  },
  "quota-near": {
    severity: "warning",
    zh: "授权额度即将用完",
    en: "A grant's quota for today is nearly used up",
    thresholds: { ...raised(0, 60), percent: percent(90) },
  },
  "trust-ending": {
    severity: "warning",
    zh: "证书或吊销列表即将到期",
    en: "A certificate or a CRL is near its end",
    thresholds: { ...raised(0, 60), certificateDays: from(1, 3650, 30), crlHours: from(1, 8760, 12) },
  },
  "log-failing": {
    severity: "critical",
    zh: "交换日志无法写入",
    en: "The exchange log cannot be written",
    thresholds: raised(0, 30),
  },
  "log-behind": {
    severity: "warning",
    zh: "交换日志滞后",
    en: "The exchange log is behind",
    thresholds: { ...raised(10, 60), indexEntries: count(100_000), publishSeconds: from(1, DAY_SECONDS, 60) },
  },
  "clock-set-back": {
    severity: "warning",
    zh: "系统时钟曾被回拨",
    en: "The clock was set back",
    thresholds: { ...raised(0, 60), minutes: minutes(60) },
  },
  "witness-refusing": {
    severity: "critical",
    zh: "见证方拒绝联署",
    en: "A witness does not cosign",
    thresholds: raised(60, 60),
  },
  "case-missing": {
    severity: "warning",
    zh: "频繁以无效办件号请求数据",
    en: "Data is asked for again and again without a valid case",
    thresholds: { ...raised(0, 600), denials: count(5), minutes: minutes(60) },
  },
  "case-reuse": {
    severity: "warning",
    zh: "同一办件号被反复使用",
    en: "One case number is used again and again",
    thresholds: { ...raised(0, 600), subjects: from(2, 1_000_000, 10) },
  },
  "same-person": {
    severity: "warning",
    zh: "同一人被多个接入方查询",
    en: "One person is looked up by many clients",
    thresholds: { ...raised(0, 600), clients: from(2, 10_000, 4) },
  },
  burst: {
    severity: "warning",
    zh: "短时间内大量查询",
    en: "A burst of lookups",
    thresholds: { ...raised(0, 300), lookups: count(600), minutes: minutes(5) },
  },
  "night-bulk": {
    severity: "warning",
    zh: "夜间批量查询",
    en: "Many lookups at night",
    thresholds: { ...raised(0, 3600), lookups: count(200) },
  },
} as const satisfies Record<string, Rule>;

type Rule = {
  readonly severity: "critical" | "warning";
  readonly zh: string;
  readonly en: string;
  readonly thresholds: { readonly afterSeconds: Bound; readonly clearSeconds: Bound } & Readonly<Record<string, Bound>>;
};

export type RuleName = keyof typeof RULES;
export const RULE_NAMES = Object.keys(RULES) as readonly RuleName[];

/** The thresholds of one rule, as they are in force. */
export type Thresholds<Name extends RuleName> = {
  readonly [Each in keyof (typeof RULES)[Name]["thresholds"]]: number;
};
/** Null: switched off. */
export type AlertSettings = {
  /** Seconds between two looks. */
  readonly everySeconds: number;
  /** How far the log is searched for one case, one person, and nights. */
  readonly curiosityHours: number;
  readonly rules: { readonly [Name in RuleName]: Thresholds<Name> | null };
};

export const EVERY_SECONDS = from(1, 300, 5);
export const CURIOSITY_HOURS = from(1, 168, 24);
