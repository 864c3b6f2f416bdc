import type { PoliciesState } from "#policies/policies.ts";
import type { SourceHealth } from "#connectors/source.ts";
import type { LimitsState } from "./limits/fallback.ts";
import type { ExchangeLog } from "./log/exchange-log.ts";
import type { TrustState } from "./trust/trust-keeper.ts";
import type { VerifierState } from "./workers/verifier.ts";

export type HealthStatus = "ready" | "degraded" | "unavailable";
export type HealthCheck = {
  readonly status: HealthStatus;
  readonly zh: string;
  readonly en: string;
  readonly detail?: string;
};
export type Readiness = {
  readonly status: HealthStatus;
  readonly checks: {
    readonly [Part in "verify" | "record" | "trust" | "policies" | "limits" | "sources"]: HealthCheck;
  };
};

type Parts = {
  readonly verifier: () => VerifierState;
  readonly log: Pick<ExchangeLog, "probe">;
  readonly trust: () => TrustState;
  readonly policies: () => Pick<PoliciesState, "digest" | "problem">;
  readonly limits: () => LimitsState;
  readonly sources: (signal: AbortSignal) => Promise<Readonly<Record<string, SourceHealth>>>;
  readonly clock: () => number;
};

const MINUTE = 60_000;
const SECOND = 1000;
const GRADES: readonly HealthStatus[] = ["ready", "degraded", "unavailable"];

/** Longest wait for sources that are asked how they are. */
const SOURCES_WITHIN = 2 * SECOND;

/** Asks each part whether it can do its work. The log is written to, and sources are asked, every so often at most. */
export function healthOf(parts: Parts): () => Promise<Readiness> {
  const { verifier, log, trust, policies, limits, clock } = parts;
  const record = atMostEvery(SECOND, clock, () => checkRecord(log));
  const sources = atMostEvery(5 * SECOND, clock, () => parts.sources(AbortSignal.timeout(SOURCES_WITHIN)));
  return async () => {
    const checks = {
      verify: checkVerify(verifier(), clock()),
      record: await record(),
      trust: checkTrust(trust(), clock()),
      policies: checkPolicies(policies()),
      limits: checkLimits(limits()),
      sources: checkSources(await sources()),
    };
    return { status: worstOf(Object.values(checks)), checks };
  };
}

export function checkVerify(state: VerifierState, now: number): HealthCheck {
  if (state.full) return { status: "degraded", zh: "排队已满", en: "The queue is full" };
  if (state.lastLost !== null && now - state.lastLost < MINUTE) {
    return { status: "degraded", zh: "一分钟内有核验进程中断", en: "A worker was lost within the last minute" };
  }
  const detail = `${state.busy} of ${state.workers} workers busy, ${state.waiting} documents waiting`;
  return { status: "ready", zh: "可以核验", en: "Documents can be verified", detail };
}

async function checkRecord(log: Pick<ExchangeLog, "probe">): Promise<HealthCheck> {
  return await log.probe().then(
    (): HealthCheck => ({ status: "ready", zh: "可以保存记录", en: "Exchanges can be recorded" }),
    (): HealthCheck => ({ status: "unavailable", zh: "无法保存记录", en: "Exchanges cannot be recorded" }),
  );
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
  if (ill.length === 0) return { status: "ready", zh: "数据源均可用", en: "All sources can be asked" };
  const detail = ill.map(([id, { status, en }]) => `${id} ${status}: ${en}`).join("; ");
  return { status: "degraded", zh: "部分数据源不可用", en: "Some sources cannot be asked", detail };
}

function worstOf(checks: readonly HealthCheck[]): HealthStatus {
  const grades = checks.map((check) => GRADES.indexOf(check.status));
  return GRADES[Math.max(...grades)] ?? "unavailable";
}

/** While one asks anew, the others get the last answer that is there: two gateways that ask each other would wait for each other. */
function atMostEvery<Result>(interval: number, clock: () => number, ask: () => Promise<Result>): () => Promise<Result> {
  let asked = -Infinity;
  let last: Promise<Result> | null = null;
  return () => {
    if (last !== null && clock() - asked < interval) return last;
    asked = clock();
    const next = ask();
    last ??= next;
    void next.then(
      () => (last = next),
      () => (last = next),
    );
    return next;
  };
}
