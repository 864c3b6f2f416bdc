import type { ExchangeRecord } from "#gateway/log/exchange-record.ts";

/**
 * How long an exchange took as a whole, its record included, and how long its source; null when none was asked. `lacking`: of the
 * fields that were given, those for which the source had nothing; absent where no fields were given.
 */
export type Timing = {
  readonly milliseconds: number;
  readonly sourceMilliseconds: number | null;
  readonly lacking?: number;
};

/** Told of each exchange when it is on record. Must cost next to nothing, and never throw. */
export type Observe = (record: ExchangeRecord, timing: Timing) => void;
