/** What was taken today under a grant, as far as this gateway knows. */
export type QuotaUse = { readonly grant: string; readonly used: number; readonly perDay: number };

/** Answers a day under a grant. Days begin at midnight in China. */
export type Quota = {
  /** Takes one of today's; false when none is left. */
  readonly take: (grant: string, perDay: number) => Promise<boolean>;
  /** What was taken came to nothing. */
  readonly giveBack: (grant: string) => Promise<void>;
  /** Of each grant that this gateway was asked about today. Asks nobody. */
  readonly usage: () => readonly QuotaUse[];
};

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** China has one time zone and no summer time. */
const OFFSET = 8 * HOUR;

/** YYYYMMDD in China. `now` in milliseconds. */
export const dayOf = (now: number): string => new Date(now + OFFSET).toISOString().slice(0, 10).replaceAll("-", "");
/** Milliseconds until the day in China ends. */
export const restOfDay = (now: number): number => DAY - ((now + OFFSET) % DAY);

/** One value for each grant, all forgotten when the day changes. */
export class DayBook<Value> {
  #day = "";
  #values = new Map<string, Value>();

  /** Today's values by grant. */
  today(now: number): Map<string, Value> {
    const day = dayOf(now);
    if (day !== this.#day) [this.#day, this.#values] = [day, new Map()];
    return this.#values;
  }
}
