import { Fault } from "#gateway/fault.ts";
import type { ExchangeLog } from "#gateway/log/exchange-log.ts";
import type { Acts } from "#gateway/log/recorded-acts.ts";

const DAY = 86_400_000;
/** Acts are kept longer than what they were done to. */
const ACTS_KEPT = 3650 * DAY;
const FIRST_AFTER = 60_000;

export type RetentionParts = {
  readonly log: Pick<ExchangeLog, "discardJournal" | "index">;
  readonly acts: Pick<Acts, "carryOut">;
  /** Deletes approvals that are over, and notices that are not younger than this. */
  readonly forgetDuties: (until: number) => Promise<void>;
  /** Milliseconds for which exchanges are kept. */
  readonly term: number;
  readonly clock: () => number;
  readonly onTrouble: (what: string, detail: string) => void;
};

export type Retention = {
  /** Erases what has been kept for its term; on record before it takes effect. Rejects with Fault LOG_UNAVAILABLE. */
  readonly run: () => Promise<{ readonly exchanges: number; readonly acts: number }>;
  /** Once a day from now on. */
  readonly start: () => void;
  /** Resolves when a run that is under way is over. */
  readonly close: () => Promise<void>;
};

const NOTHING = { exchanges: 0, acts: 0 };

export function retentionOf({ log, acts, forgetDuties, term, clock, onTrouble }: RetentionParts): Retention {
  async function run() {
    const now = clock();
    const bounds = { exchangesBefore: now - term, actsBefore: now - Math.max(term, ACTS_KEPT) };
    const due = await log.index.dueForRetention(bounds);
    if (due.exchanges === 0 && due.acts === 0) return NOTHING;
    const detail = {
      ...due,
      exchangesBefore: new Date(bounds.exchangesBefore).toISOString(),
      actsBefore: new Date(bounds.actsBefore).toISOString(),
    };
    const { result } = await acts.carryOut({ act: "apply-retention", to: "exchanges", detail }, null, async () => {
      await log.discardJournal();
      return await log.index.retain(bounds);
    });
    return result;
  }
  async function attempt(work: () => Promise<unknown>, failed: string): Promise<void> {
    try {
      await work();
    } catch (error) {
      onTrouble(failed, codeOf(error));
    }
  }
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<unknown> | null = null;
  const runOnce = (): void => {
    running ??= Promise.all([
      attempt(run, "what was kept for its term could not be erased"),
      attempt(() => forgetDuties(clock() - term), "approvals and notices that are over could not be deleted"),
    ]).finally(() => {
      running = null;
    });
  };
  return {
    run,
    start() {
      timer = setTimeout(() => {
        runOnce();
        timer = setInterval(runOnce, DAY).unref();
      }, FIRST_AFTER).unref();
    },
    async close() {
      clearTimeout(timer);
      await running;
    },
  };
}

const codeOf = (error: unknown): string => (error instanceof Fault ? error.code : "INTERNAL");
