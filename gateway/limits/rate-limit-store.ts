import { callbackify } from "node:util";
import { BoundedMap } from "#certs/crypto/bounded-map.ts";
import { localShare } from "./fallback.ts";
import { RedisLost, type RedisLink } from "./redis.ts";

/** Calls in the window that is running, this one included, and milliseconds until it ends. */
export type Counted = { readonly current: number; readonly ttl: number };
/** Counts one call. `window` in milliseconds. */
export type RateCounter = (key: string, window: number, max: number) => Counted | Promise<Counted>;

type Done = (error: Error | null, result?: Counted) => void;
/** As @fastify/rate-limit asks for it. */
export type RateLimitStore = {
  readonly incr: (key: string, done: Done, window: number, max: number) => void;
  readonly child: () => RateLimitStore;
};

/** Keys that are counted at the same time in one process; the one that was asked for longest ago gives way. */
const MOST_KEYS = 50_000;

/**
 * The store for @fastify/rate-limit. The key alone says what is counted together: routes with the same key share a count.
 */
export function rateLimitStore(count: RateCounter): new () => RateLimitStore {
  return class Store implements RateLimitStore {
    readonly incr = (key: string, done: Done, window: number, max: number): void => {
      const counted = count(key, window, max);
      if (counted instanceof Promise) callbackify(() => counted)(done);
      else done(null, counted);
    };
    readonly child = (): RateLimitStore => this;
  };
}

/** In the memory of this process; windows begin with a key's first call. `clock` in milliseconds. */
export function memoryRates(clock: () => number, capacity = MOST_KEYS): (key: string, window: number) => Counted {
  const windows = new BoundedMap<{ count: number; readonly ends: number }>(capacity);
  return (key, window) => {
    const now = clock();
    const running = windows.get(key);
    if (running !== undefined && running.ends > now) {
      running.count += 1;
      return { current: running.count, ttl: running.ends - now };
    }
    windows.set(key, { count: 1, ends: now + window });
    return { current: 1, ttl: window };
  };
}

/** KEYS: the counter. ARGV: milliseconds of the window. */
const COUNT = `
local current = redis.call('INCR', KEYS[1])
local ttl = redis.call('PTTL', KEYS[1])
if ttl < 0 then
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
  ttl = tonumber(ARGV[1])
end
return {current, ttl}`;

/** For all gateways together in Redis; while it is lost each counts for itself and lets a quarter pass. */
export function redisRates(redis: RedisLink, clock: () => number): RateCounter {
  const here = memoryRates(clock);
  return async (key, window, max) => {
    try {
      return readCounted(await redis.ask((client) => client.eval(COUNT, 1, `tongyan:rate:${key}`, window)), window);
    } catch (error) {
      if (!(error instanceof RedisLost)) throw error;
      const { current, ttl } = here(key, window);
      return { current: spread(current, max), ttl };
    }
  };
}

function readCounted(answer: unknown, window: number): Counted {
  const [current, ttl]: readonly unknown[] = Array.isArray(answer) ? answer : [];
  return { current: Number(current), ttl: Math.min(Number(ttl), window) };
}

/** Who reads the count compares it with `max`: a count that has used up this gateway's share must be above that. */
const spread = (current: number, max: number): number => current + max - localShare(max);
