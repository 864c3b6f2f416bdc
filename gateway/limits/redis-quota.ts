import { localShare } from "./fallback.ts";
import { DayBook, dayOf, type Quota, restOfDay } from "./quota.ts";
import { RedisLost, type RedisLink } from "./redis.ts";

/** `known`: the count in Redis when it last told; `owed`: what was taken here since, and Redis has not been told; `perDay` as told last. */
type Account = { known: number; owed: number; perDay: number | null };

/** Counts outlive their day by this, for clocks that differ: milliseconds. */
const GRACE = 3_600_000;

/** KEYS: the counter. ARGV: what is owed, the quota, milliseconds to live. Answers the count, or -1 - count when none is left. */
const TAKE = `
local used = redis.call('INCRBY', KEYS[1], ARGV[1])
if used < 0 then
  redis.call('SET', KEYS[1], 0)
  used = 0
end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
if used >= tonumber(ARGV[2]) then
  return -1 - used
end
return redis.call('INCR', KEYS[1])`;

/** KEYS: the counter. Never below nothing. */
const GIVE_BACK = `
local used = tonumber(redis.call('GET', KEYS[1]) or '0')
if used > 0 then
  return redis.call('DECR', KEYS[1])
end
return 0`;

/**
 * One count for all gateways. While Redis is lost each gateway gives out a quarter of the quota at most, and no more than
 * was left when Redis was last heard; Redis is told when it is back. `clock` in milliseconds.
 */
export function redisQuota(redis: RedisLink, clock: () => number): Quota {
  const book = new DayBook<Account>();
  const accountOf = (grant: string): Account => {
    const today = book.today(clock());
    const account = today.get(grant) ?? { known: 0, owed: 0, perDay: null };
    today.set(grant, account);
    return account;
  };
  const keyOf = (grant: string): string => `tongyan:quota:${dayOf(clock())}:${grant}`;
  return {
    async take(grant, perDay) {
      const account = accountOf(grant);
      const { owed } = account;
      account.perDay = perDay;
      // Told once, even when several ask at the same time.
      account.owed = 0;
      try {
        const life = restOfDay(clock()) + GRACE;
        const count = Number(await redis.ask((client) => client.eval(TAKE, 1, keyOf(grant), owed, perDay, life)));
        account.known = count < 0 ? -1 - count : count;
        return count >= 0;
      } catch (error) {
        if (!(error instanceof RedisLost)) throw error;
        account.owed += owed;
        return takeHere(account, perDay);
      }
    },
    async giveBack(grant) {
      const account = accountOf(grant);
      if (account.owed > 0) {
        account.owed -= 1;
        return;
      }
      try {
        account.known = Number(await redis.ask((client) => client.eval(GIVE_BACK, 1, keyOf(grant))));
      } catch (error) {
        if (!(error instanceof RedisLost)) throw error;
        account.owed -= 1;
      }
    },
    usage: () =>
      [...book.today(clock())].flatMap(([grant, { known, owed, perDay }]) =>
        perDay === null ? [] : [{ grant, used: known + owed, perDay }],
      ),
  };
}

function takeHere(account: Account, perDay: number): boolean {
  const { known, owed } = account;
  if (owed >= localShare(perDay) || known + owed >= perDay) return false;
  account.owed = owed + 1;
  return true;
}
