import type { Resource } from "#gateway/registry/entities.ts";

const HOUR = 3600;
const DAY = 24 * HOUR;

/**
 * How old facts may be (seconds) to be as fresh as the catalogue says: two of the declared periods, as an update that is due today is not yet
 * late; an hour for what is declared to be real-time. Null: nothing was declared that could be missed.
 */
const ALLOWED: { readonly [Frequency in Resource["updateFrequency"]]: number | null } = {
  "real-time": HOUR,
  daily: 2 * DAY,
  weekly: 14 * DAY,
  monthly: 62 * DAY,
  yearly: 732 * DAY,
  irregular: null,
};

export const allowedAge = (frequency: Resource["updateFrequency"]): number | null => ALLOWED[frequency];
