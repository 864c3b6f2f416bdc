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
  readonly checks: { readonly verify: HealthCheck; readonly record: HealthCheck; readonly trust: HealthCheck };
};

type Parts = {
  readonly verifier: () => VerifierState;
  readonly log: Pick<ExchangeLog, "probe">;
  readonly trust: () => TrustState;
  readonly clock: () => number;
};

const MINUTE = 60_000;
const SECOND = 1000;
const GRADES: readonly HealthStatus[] = ["ready", "degraded", "unavailable"];

/** Asks each part whether it can do its work. The log is written to, at most once a second. */
export function healthOf({ verifier, log, trust, clock }: Parts): () => Promise<Readiness> {
  const record = atMostEvery(SECOND, clock, () => checkRecord(log));
  return async () => {
    const checks = {
      verify: checkVerify(verifier(), clock()),
      record: await record(),
      trust: checkTrust(trust(), clock()),
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

function worstOf(checks: readonly HealthCheck[]): HealthStatus {
  const grades = checks.map((check) => GRADES.indexOf(check.status));
  return GRADES[Math.max(...grades)] ?? "unavailable";
}

function atMostEvery<Result>(interval: number, clock: () => number, ask: () => Promise<Result>): () => Promise<Result> {
  let asked = -Infinity;
  let last: Promise<Result> | null = null;
  return () => {
    if (last !== null && clock() - asked < interval) return last;
    asked = clock();
    last = ask();
    return last;
  };
}
