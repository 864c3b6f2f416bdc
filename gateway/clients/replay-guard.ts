import { hash } from "node:crypto";
import { Fault } from "#gateway/fault.ts";
import { RedisLost, type RedisLink } from "#gateway/limits/redis.ts";

/**
 * What may be used once. `use` is true for the first caller with this key and false until `until` (milliseconds) for all
 * others. Ask only for what has been authenticated, else anybody could fill it. Throws Fault BUSY when it cannot remember more.
 */
export type ReplayGuard = { readonly use: (key: string, until: number) => Promise<boolean> };

const MINUTE = 60_000;
const CAPACITY = 500_000;
/** Milliseconds by which the clock of another gateway may be behind: so long it takes what has ended here. */
const CLOCKS_APART = 60_000;

type Seen = "first" | "again" | "full";

/** Keys with their ends. Those that have ended are dropped by the minute, so that none is looked at twice. */
class SeenKeys {
  readonly #ends = new Map<string, number>();
  readonly #byMinute = new Map<number, string[]>();
  readonly #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  note(key: string, until: number, now: number): Seen {
    const end = this.#ends.get(key);
    if (end !== undefined && end > now) return "again";
    this.#dropEnded(now);
    if (this.#ends.size >= this.#capacity && end === undefined) return "full";
    this.#ends.set(key, until);
    const minute = Math.floor(until / MINUTE);
    const group = this.#byMinute.get(minute);
    if (group === undefined) this.#byMinute.set(minute, [key]);
    else group.push(key);
    return "first";
  }

  #dropEnded(now: number): void {
    for (const [minute, keys] of this.#byMinute) {
      if ((minute + 1) * MINUTE > now) continue;
      for (const key of keys) if ((this.#ends.get(key) ?? Infinity) <= now) this.#ends.delete(key);
      this.#byMinute.delete(minute);
    }
  }
}

type Options = { readonly clock: () => number; readonly capacity?: number };

/** In the memory of this process. What it held is forgotten when the process ends: until then the keys' own ends bound the harm. */
export function memoryReplayGuard({ clock, capacity = CAPACITY }: Options): ReplayGuard {
  const seen = new SeenKeys(capacity);
  return {
    async use(key, until) {
      const found = seen.note(nameOf(key), until, clock());
      if (found === "full") throw new Fault("BUSY");
      return found === "first";
    },
  };
}

/**
 * One memory for all gateways in Redis (SET NX PX; give it no eviction policy), and the own memory beside it: what was used
 * here is never taken again here. Redis remembers a minute longer. While it is lost a key can be used once at each gateway.
 */
export function redisReplayGuard(redis: RedisLink, { clock, capacity = CAPACITY }: Options): ReplayGuard {
  const seen = new SeenKeys(capacity);
  return {
    async use(key, until) {
      const name = nameOf(key);
      const now = clock();
      const found = seen.note(name, until, now);
      if (found === "again") return false;
      try {
        // A duration, not a moment: the two clocks may differ.
        const life = Math.max(1, Math.ceil(until - now)) + CLOCKS_APART;
        return (await redis.ask((client) => client.set(`tongyan:once:${name}`, "1", "PX", life, "NX"))) === "OK";
      } catch (error) {
        if (!(error instanceof RedisLost)) throw error;
        if (found === "full") throw new Fault("BUSY", undefined, { cause: error });
        return true;
      }
    },
  };
}

/** Of one length, whatever a caller chose for its key. */
const nameOf = (key: string): string => hash("sha256", key, "base64url");
