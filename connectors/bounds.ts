import { readSettings } from "./strict-settings.ts";

/** What one call of a source may cost, and when the source is left alone. Times are milliseconds. */
export type CallBounds = {
  readonly deadline: number;
  /** Further attempts after a connection that failed before anything was sent. */
  readonly retries: number;
  /** Transient failures in a row after which the source is left alone. */
  readonly failures: number;
  /** How long it is left alone before one call may try it again. */
  readonly pause: number;
  /** Of one answer, as received. */
  readonly maxBytes: number;
};

export const DEFAULT_BOUNDS: CallBounds = {
  deadline: 5_000,
  retries: 2,
  failures: 5,
  pause: 10_000,
  maxBytes: 1_048_576,
};

/** Reads the member `bounds` that every kind of source may have; undefined gives DEFAULT_BOUNDS. Throws SettingsError. */
export function readBounds(value: unknown): CallBounds {
  if (value === undefined) return DEFAULT_BOUNDS;
  const bounds = readSettings(value, "settings.bounds", ["deadlineMs", "retries", "failures", "pauseMs", "maxBytes"]);
  return {
    deadline: bounds.optionalInteger("deadlineMs", { min: 10, max: 60_000 }) ?? DEFAULT_BOUNDS.deadline,
    retries: bounds.optionalInteger("retries", { min: 0, max: 5 }) ?? DEFAULT_BOUNDS.retries,
    failures: bounds.optionalInteger("failures", { min: 1, max: 1000 }) ?? DEFAULT_BOUNDS.failures,
    pause: bounds.optionalInteger("pauseMs", { min: 100, max: 600_000 }) ?? DEFAULT_BOUNDS.pause,
    maxBytes: bounds.optionalInteger("maxBytes", { min: 1024, max: 67_108_864 }) ?? DEFAULT_BOUNDS.maxBytes,
  };
}
