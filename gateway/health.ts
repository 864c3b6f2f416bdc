import type { PoliciesState } from "#policies/policies.ts";
import type { SourceHealth } from "#connectors/source.ts";
import { atMostEvery } from "./at-most-every.ts";
import { Fault } from "./fault.ts";
import type { LimitsState } from "./limits/fallback.ts";
import type { ExchangeLog } from "./log/exchange-log.ts";
import type { TrustState } from "./trust/trust-keeper.ts";
import { WITNESS_FAULTS } from "./witness/ask-witness.ts";
import type { WitnessState } from "./witness/watched-witness.ts";
import type { VerifierState } from "./workers/verifier.ts";

export type HealthStatus = "ready" | "degraded" | "unavailable";
export type HealthCheck = {
  readonly status: HealthStatus;
  readonly zh: string;
  readonly en: string;
  readonly detail?: string;
  /** Of what has parts: how each is, by its name. */
  readonly each?: Readonly<Record<string, Omit<HealthCheck, "each">>>;
};
export type Readiness = {
  readonly status: HealthStatus;
  readonly checks: {
    readonly [
      Part in "verify" | "sign" | "record" | "witnesses" | "trust" | "policies" | "limits" | "sources"
    ]: HealthCheck;
  };
};

/** Throws when it does not do what it is for. */
type Trial = () => Promise<void>;

type Parts = {
  readonly verifier: () => VerifierState;
  /** Verifies something whose answer is known. Fault BUSY when there was no room to try. */
  readonly tryVerifying: Trial;
  /** Each signs something and checks that by what others check it by; by the name of the key. */
  readonly trySigning: Readonly<Record<string, Trial>>;
  readonly log: Pick<ExchangeLog, "probe">;
  readonly witnesses: () => readonly WitnessState[];
  readonly trust: () => TrustState;
  readonly policies: () => Pick<PoliciesState, "digest" | "problem">;
  readonly limits: () => LimitsState;
  readonly sources: () => Promise<Readonly<Record<string, SourceHealth>>>;
  readonly clock: () => number;
};

const MINUTE = 60_000;
const SECOND = 1000;
/** A trial costs some milliseconds, and shows what seldom changes. */
const TRIALS = 15 * SECOND;
const GRADES: readonly HealthStatus[] = ["ready", "degraded", "unavailable"];

/**
 * Asks each part whether it can do its work, by having it done: a document is verified, keys sign, the log is written to, sources are asked, each
 * every so often at most.
 */
export function healthOf(parts: Parts): () => Promise<Readiness> {
  const { verifier, log, trust, policies, limits, clock } = parts;
  const record = atMostEvery(SECOND, clock, () => checkRecord(log));
  const sources = atMostEvery(5 * SECOND, clock, parts.sources);
  const verified = atMostEvery(TRIALS, clock, () => outcomeOf(parts.tryVerifying));
  const sign = atMostEvery(TRIALS, clock, () => checkSign(parts.trySigning));
  return async () => {
    const checks = {
      verify: checkVerify(verifier(), clock(), await verified()),
      sign: await sign(),
      record: await record(),
      witnesses: checkWitnesses(parts.witnesses()),
      trust: checkTrust(trust(), clock()),
      policies: checkPolicies(policies()),
      limits: checkLimits(limits()),
      sources: checkSources(await sources()),
    };
    return { status: worstOf(Object.values(checks)), checks };
  };
}

/** What came of a trial: `code` of the fault, or INTERNAL; null when it went well. */
type TrialOutcome = string | null;

const outcomeOf = (trial: Trial): Promise<TrialOutcome> =>
  trial().then(
    () => null,
    (error: unknown) => (error instanceof Fault ? error.code : "INTERNAL"),
  );

export function checkVerify(state: VerifierState, now: number, trial: TrialOutcome): HealthCheck {
  if (trial !== null && trial !== "BUSY") {
    const en = "A licence whose verdict is known was not verified as it should be";
    return { status: "unavailable", zh: "已知结论的样例文件未能得到应有的核验结论", en };
  }
  if (state.full || trial === "BUSY") return { status: "degraded", zh: "排队已满", en: "The queue is full" };
  if (state.lastLost !== null && now - state.lastLost < MINUTE) {
    return { status: "degraded", zh: "一分钟内有核验进程中断", en: "A worker was lost within the last minute" };
  }
  const detail = `${state.busy} of ${state.workers} workers busy, ${state.waiting} documents waiting`;
  return { status: "ready", zh: "可以核验", en: "Documents can be verified", detail };
}

/** Why stands in the service's log. */
export async function checkSign(trials: Readonly<Record<string, Trial>>): Promise<HealthCheck> {
  const tried = await Promise.all(Object.entries(trials).map(async ([key, trial]) => [key, await outcomeOf(trial)]));
  const each = Object.fromEntries(tried.map(([key, outcome]) => [key, outcome === null ? SIGNS : SIGNS_NOT]));
  const isWell = tried.every(([, outcome]) => outcome === null);
  return isWell
    ? { status: "ready", zh: "签名密钥可用，签名可以验证", en: "Every key signs, and what it signs verifies", each }
    : { status: "unavailable", zh: "有签名密钥不可用", en: "A key does not sign what verifies", each };
}
const SIGNS: HealthCheck = { status: "ready", zh: "签名可以验证", en: "What it signs verifies" };
const SIGNS_NOT: HealthCheck = { status: "unavailable", zh: "签名无法验证", en: "What it signs does not verify" };

async function checkRecord(log: Pick<ExchangeLog, "probe">): Promise<HealthCheck> {
  return await log.probe().then(
    (): HealthCheck => ({ status: "ready", zh: "可以保存记录", en: "Exchanges can be recorded" }),
    (): HealthCheck => ({ status: "unavailable", zh: "无法保存记录", en: "Exchanges cannot be recorded" }),
  );
}

/** No witness is no less than was asked for; one that refuses this log's history is. */
export function checkWitnesses(witnesses: readonly WitnessState[]): HealthCheck {
  if (witnesses.length === 0) return { status: "ready", zh: "未配置见证方", en: "No witness is configured" };
  const each = Object.fromEntries(witnesses.map(({ name, fault }) => [name, checkWitness(fault)]));
  const ill = witnesses.flatMap(({ fault }) => (fault === null ? [] : [WITNESS_FAULTS[fault.code]]));
  const [worst] = ill.toSorted((a, b) => Number(b.isAlarm) - Number(a.isAlarm));
  if (worst === undefined) return { status: "ready", zh: "见证方均可签名", en: "All witnesses cosign", each };
  return { status: "degraded", zh: worst.zh, en: worst.en, each };
}

function checkWitness(fault: WitnessState["fault"]): HealthCheck {
  if (fault === null) return { status: "ready", zh: "可以签名", en: "It cosigns" };
  const { zh, en } = WITNESS_FAULTS[fault.code];
  return { status: "degraded", zh, en, detail: `${fault.code}: ${fault.detail}` };
}

/** Why new material was refused stands in the service's log: it names files of this machine. */
export function checkTrust(state: TrustState, now: number): HealthCheck {
  const detail = state.digest;
  if (state.anchors === 0) {
    return { status: "degraded", zh: "没有任何信任锚", en: "There is no trust anchor", detail };
  }
  if (state.problem !== null) {
    const en = "New trust material was refused; the last good one is in use";
    return { status: "degraded", zh: "新的信任材料不可用，继续使用上一份", en, detail };
  }
  if (state.currentUntil !== null && state.currentUntil < now) {
    const since = `a CRL ended at ${new Date(state.currentUntil).toISOString()}`;
    return { status: "degraded", zh: "吊销信息已过期", en: "Revocation information is out of date", detail: since };
  }
  return { status: "ready", zh: "信任快照可用", en: "The trust snapshot is there and current", detail };
}

/** What is wrong with the new set stands in the service's log. */
export function checkPolicies({ digest, problem }: Pick<PoliciesState, "digest" | "problem">): HealthCheck {
  if (problem === null) return { status: "ready", zh: "策略可用", en: "The policies are in force", detail: digest };
  const en = "New policies were refused; the last good set is in force";
  return { status: "degraded", zh: "新的策略不可用，继续使用上一份", en, detail: digest };
}

export const checkLimits = ({ degraded, zh, en }: LimitsState): HealthCheck => ({
  status: degraded ? "degraded" : "ready",
  zh,
  en,
});

/** A source that is down takes its own resources with it and nothing else: the service is degraded, never unavailable. */
export function checkSources(sources: Readonly<Record<string, SourceHealth>>): HealthCheck {
  const ill = Object.entries(sources).filter(([, { status }]) => status !== "ready");
  if (ill.length === 0) return { status: "ready", zh: "数据源均可用", en: "All sources can be asked", each: sources };
  const detail = ill.map(([id, { status, en }]) => `${id} ${status}: ${en}`).join("; ");
  return { status: "degraded", zh: "部分数据源不可用", en: "Some sources cannot be asked", detail, each: sources };
}

function worstOf(checks: readonly HealthCheck[]): HealthStatus {
  const grades = checks.map((check) => GRADES.indexOf(check.status));
  return GRADES[Math.max(...grades)] ?? "unavailable";
}
