import { Fault } from "#gateway/fault.ts";
import type { ActLog } from "./acts.ts";
import type { ActRecord } from "./exchange-record.ts";
import type { LogEntry } from "./log-entry.ts";

export type ActLogInMemory = ActLog & {
  readonly entries: LogEntry[];
  /** The acts so far, as name, thing and facts. */
  readonly acts: () => readonly (readonly [string, string, ActRecord["detail"]])[];
  /** Acts for which it is unavailable. */
  refuses: (record: ActRecord) => boolean;
  /** Called before an entry is taken in. */
  before: (record: ActRecord) => void;
};

/** A log that keeps acts in memory. */
export function actLog(): ActLogInMemory {
  const entries: LogEntry[] = [];
  const log: ActLogInMemory = {
    entries,
    refuses: () => false,
    before: () => undefined,
    async append(entry) {
      const record = actIn(entry);
      if (log.refuses(record)) throw new Fault("LOG_UNAVAILABLE", "the disk is full");
      log.before(record);
      entries.push(entry);
    },
    acts: () =>
      entries.map((entry) => {
        const { act, to, detail } = actIn(entry);
        return [act, to, detail] as const;
      }),
  };
  return log;
}

export function actIn({ record }: LogEntry): ActRecord {
  if (record.kind !== "act") throw new Error(`a ${record.kind} is no act`);
  return record;
}
