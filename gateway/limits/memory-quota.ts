import { renameSync, writeFileSync } from "node:fs";
import { readPrivateFile } from "#gateway/clients/private-file.ts";
import { DayBook, dayOf, type Quota } from "./quota.ts";

type Options = {
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** Where today's counts are kept over a restart. */
  readonly file: string;
  readonly onTrouble: (what: string, detail: string) => void;
};

/** `perDay`: as it was told last; null before that, as after a restart. */
type Account = { used: number; perDay: number | null };

/** What is on disk may be so much older than what was given out: milliseconds. */
const SAVE_WITHIN = 1000;
const MAX_BYTES = 64 * 1024 * 1024;

/**
 * Counts in the memory of this process, and in a file at most a second later: a restart does not give a new quota. A kill -9
 * may forget that second, a power cut the day. Trouble with the file is reported; counting goes on.
 */
export function memoryQuota({ clock, file, onTrouble }: Options): Quota & { readonly close: () => void } {
  const book = new DayBook<Account>();
  const save = (): void => {
    const now = clock();
    const counts = Object.fromEntries([...book.today(now)].map(([grant, { used }]) => [grant, used]));
    try {
      writeCounts(file, JSON.stringify({ day: dayOf(now), counts }));
    } catch (error) {
      onTrouble("the counts of quotas cannot be saved", codeOf(error));
    }
  };
  const saver = onceWithin(SAVE_WITHIN, save);
  restore(file, clock(), book, onTrouble);
  return {
    async take(grant, perDay) {
      const account = accountOf(book.today(clock()), grant);
      account.perDay = perDay;
      if (account.used >= perDay) return false;
      account.used += 1;
      saver.ask();
      return true;
    },
    async giveBack(grant) {
      const account = accountOf(book.today(clock()), grant);
      // Given back after midnight: yesterday's count is gone.
      if (account.used > 0) account.used -= 1;
      saver.ask();
    },
    usage: () =>
      [...book.today(clock())].flatMap(([grant, { used, perDay }]) =>
        perDay === null ? [] : [{ grant, used, perDay }],
      ),
    close: saver.finish,
  };
}

function accountOf(today: Map<string, Account>, grant: string): Account {
  const known = today.get(grant);
  if (known !== undefined) return known;
  const account = { used: 0, perDay: null };
  today.set(grant, account);
  return account;
}

/** Moved into place, so that nobody reads half of it. Not synced: that would hold up every exchange, each second. */
function writeCounts(file: string, text: string): void {
  const part = `${file}.${process.pid}.part`;
  writeFileSync(part, text, { mode: 0o600 });
  renameSync(part, file);
}

function restore(file: string, now: number, book: DayBook<Account>, onTrouble: Options["onTrouble"]): void {
  try {
    const saved: unknown = JSON.parse(readPrivateFile(file, MAX_BYTES));
    const { day, counts } = readSaved(saved);
    if (day === dayOf(now)) for (const [grant, used] of counts) book.today(now).set(grant, { used, perDay: null });
  } catch (error) {
    if (codeOf(error) !== "ENOENT")
      onTrouble("the saved counts of quotas cannot be read; they start at nothing", codeOf(error));
  }
}

function readSaved(saved: unknown): { readonly day: unknown; readonly counts: readonly (readonly [string, number])[] } {
  if (typeof saved !== "object" || saved === null || !("day" in saved && "counts" in saved))
    throw new TypeError("no counts");
  const entries: (readonly [string, unknown])[] = Object.entries(saved.counts ?? {});
  const counts = entries.filter((entry): entry is [string, number] => Number.isSafeInteger(entry[1]));
  return { day: saved.day, counts };
}

const codeOf = (error: unknown): string => {
  if (!(error instanceof Error)) return "unknown";
  return "code" in error ? String(error.code) : error.name;
};

type Saver = { readonly ask: () => void; readonly finish: () => void };

/** Runs `save` once for all that asks within `pause` milliseconds; `finish` runs what was asked for and is not done. */
function onceWithin(pause: number, save: () => void): Saver {
  let timer: NodeJS.Timeout | null = null;
  const run = (): void => {
    timer = null;
    save();
  };
  return {
    ask() {
      timer ??= setTimeout(run, pause).unref();
    },
    finish() {
      if (timer === null) return;
      clearTimeout(timer);
      run();
    },
  };
}
