import { abortable } from "./abortable.ts";
import type { BreakerState } from "./circuit-breaker.ts";
import { SOURCE_ERRORS, SourceError } from "./source-error.ts";
import type { CallOptions, Source, SourceHealth } from "./source.ts";

/** What the source says of itself, with what the last calls have shown. Never throws; asks nothing while the breaker is open. */
export async function guardedHealth(
  source: Source,
  breaker: BreakerState,
  deadline: number,
  now: number,
  { signal }: CallOptions,
): Promise<SourceHealth> {
  if (breaker.kind === "open") return suspended(Math.ceil((breaker.until - now) / 1000));
  const own = await ownHealth(source, deadline, signal);
  if (own.status !== "ready") return own;
  if (breaker.kind === "half-open") return RETURNING;
  return breaker.failures === 0 ? own : failing(breaker.failures);
}

async function ownHealth(source: Source, deadline: number, caller: AbortSignal): Promise<SourceHealth> {
  const controller = new AbortController();
  const leave = () => controller.abort(caller.reason);
  const timer = setTimeout(
    () => controller.abort(new SourceError("SOURCE_TIMEOUT", `no health within ${deadline} ms`)),
    deadline,
  );
  if (caller.aborted) leave();
  else caller.addEventListener("abort", leave, { once: true });
  try {
    return await abortable(source.health({ signal: controller.signal }), controller.signal);
  } catch (error) {
    const { zh, en } = SOURCE_ERRORS[error instanceof SourceError ? error.code : "SOURCE_FAILED"];
    return { status: "unavailable", zh: `${zh}。`, en: `${en}.` };
  } finally {
    clearTimeout(timer);
    caller.removeEventListener("abort", leave);
  }
}

const suspended = (seconds: number): SourceHealth => ({
  status: "unavailable",
  zh: `数据源连续失败，暂停访问，${seconds} 秒后再试。`,
  en: `The source failed repeatedly and is left alone; it will be tried again in ${seconds} s.`,
});

const RETURNING: SourceHealth = {
  status: "degraded",
  zh: "数据源此前连续失败，下一次查询将试探其是否恢复。",
  en: "The source failed repeatedly; the next question will find out whether it is back.",
};

const failing = (failures: number): SourceHealth => ({
  status: "degraded",
  zh: `数据源最近连续 ${failures} 次未能答复。`,
  en: `The source did not answer the last ${failures} question(s).`,
});
