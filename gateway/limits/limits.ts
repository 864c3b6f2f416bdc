import { memoryReplayGuard, redisReplayGuard, type ReplayGuard } from "#gateway/clients/replay-guard.ts";
import { COUNTED_APART, COUNTED_HERE, COUNTED_TOGETHER, type LimitsState } from "./fallback.ts";
import { memoryQuota } from "./memory-quota.ts";
import type { Quota } from "./quota.ts";
import { memoryRates, rateLimitStore, type RateLimitStore, redisRates } from "./rate-limit-store.ts";
import { redisQuota } from "./redis-quota.ts";
import { openRedis } from "./redis.ts";

/** Everything that counts, or remembers what was used. */
export type Limits = {
  readonly replay: ReplayGuard;
  readonly quota: Quota;
  /** For @fastify/rate-limit. */
  readonly rateLimitStore: new () => RateLimitStore;
  readonly state: () => LimitsState;
  /** After the last exchange was answered. */
  readonly close: () => void;
};

type Options = {
  /** Null: everything is counted in this process. */
  readonly redisUrl: string | null;
  /** Where counts of quotas are kept over a restart when there is no Redis. */
  readonly quotaFile: string;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** For the log. `detail` holds no address and no password. */
  readonly onTrouble: (what: string, detail: string) => void;
};

/** In Redis when there is a URL, else in memory. Redis need not be there yet. */
export async function openLimits({ redisUrl, quotaFile, clock, onTrouble }: Options): Promise<Limits> {
  if (redisUrl === null) {
    const quota = memoryQuota({ clock, file: quotaFile, onTrouble });
    return {
      replay: memoryReplayGuard({ clock }),
      quota,
      rateLimitStore: rateLimitStore(memoryRates(clock)),
      state: () => COUNTED_HERE,
      close: quota.close,
    };
  }
  const redis = await openRedis(redisUrl, { onTrouble });
  return {
    replay: redisReplayGuard(redis, { clock }),
    quota: redisQuota(redis, clock),
    rateLimitStore: rateLimitStore(redisRates(redis, clock)),
    state: () => (redis.isLost() ? COUNTED_APART : COUNTED_TOGETHER),
    close: redis.close,
  };
}
