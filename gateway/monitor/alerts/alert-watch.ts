import type { QuotaUse } from "#gateway/limits/quota.ts";
import type { LogState } from "#gateway/log/exchange-log.ts";
import type { Curiosities, CuriosityBounds } from "#gateway/log/index/curiosities.ts";
import type { CountSlots } from "../count-slots.ts";
import type { SourceWatch } from "../source-watch.ts";
import type { Alert, AlertBoard } from "./alert-board.ts";
import { curiosityFindings } from "./curiosity-findings.ts";
import type { AlertFacts, TrustEndings, WitnessFacts } from "./facts.ts";
import type { AlertSettings } from "./rules.ts";
import { serviceFindings } from "./service-findings.ts";
import { sourceFindings } from "./source-findings.ts";

/** Where the facts come from. What is absent nobody can say, and its rules stay silent. */
export type Watched = {
  readonly quotas: () => readonly QuotaUse[];
  readonly endings: () => TrustEndings;
  readonly log?: () => LogState;
  readonly witnesses?: () => readonly WitnessFacts[];
  /** `since` in milliseconds since the epoch. */
  readonly curiosities?: (since: number, bounds: CuriosityBounds) => Promise<Curiosities>;
};

type Parts = {
  readonly settings: AlertSettings;
  readonly board: AlertBoard;
  readonly counts: CountSlots;
  readonly sources: SourceWatch;
  readonly watched: Watched;
  /** Told of changes, if there are any. */
  readonly onChange: (changes: readonly Alert[]) => void;
  readonly onTrouble: (what: string, detail: string) => void;
  readonly clock: () => number;
  readonly steady: () => number;
};

/** Milliseconds between two questions to the index of the log. */
const CURIOUS_EVERY = 60_000;
const HOUR = 3_600_000;
/** Entries of the log that are looked at, the newest. */
const MOST_ENTRIES = 100_000;

/** Gathers what alerts rest on, then looks at all rules, every few seconds. */
export class AlertWatch {
  readonly #parts: Parts;
  #looking: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;
  #curiosities: Curiosities | null = null;
  #curiousAt = -Infinity;
  #setBacks = 0;
  #setBackAt: number | null = null;
  #lookedAt: string | null = null;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** When all rules were last looked at, RFC 3339; null before that. */
  get lookedAt(): string | null {
    return this.#lookedAt;
  }

  start(): void {
    this.#timer = setInterval(() => void this.look(), this.#parts.settings.everySeconds * 1000).unref();
    void this.look();
  }

  /** Resolves when the look under way is over. */
  async close(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    await this.#looking;
  }

  /** Never rejects; while one look is under way there is no other. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => (this.#looking = null));
    return this.#looking;
  }

  async #look(): Promise<void> {
    const { settings, board, sources, onChange, onTrouble, clock, steady } = this.#parts;
    try {
      await sources.look();
      await this.#askCuriosities();
      const facts = this.#facts();
      const findings = [sourceFindings, serviceFindings, curiosityFindings].flatMap((find) => find(facts, settings));
      const changes = board.judge(findings, { now: clock(), steady: steady() });
      this.#lookedAt = new Date(clock()).toISOString();
      if (changes.length > 0) onChange(changes);
    } catch (error) {
      onTrouble("the alerts could not be looked at", error instanceof Error ? error.name : "unknown error");
    }
  }

  /** An index that cannot answer now leaves what it said last. */
  async #askCuriosities(): Promise<void> {
    const { watched, settings, clock, steady, onTrouble } = this.#parts;
    if (watched.curiosities === undefined || steady() - this.#curiousAt < CURIOUS_EVERY) return;
    this.#curiousAt = steady();
    try {
      this.#curiosities = await watched.curiosities(clock() - settings.curiosityHours * HOUR, boundsOf(settings));
    } catch (error) {
      onTrouble("the index could not be asked for curiosities", error instanceof Error ? error.name : "unknown error");
    }
  }

  #facts(): AlertFacts {
    const { counts, sources, watched, clock, steady } = this.#parts;
    const now = clock();
    counts.tally.turn(steady());
    const sums = new Map<number, Float64Array>();
    const log = watched.log?.() ?? null;
    if (log !== null && log.setBacks > this.#setBacks) [this.#setBacks, this.#setBackAt] = [log.setBacks, now];
    return {
      now,
      counts,
      within(minutes) {
        const known = sums.get(minutes) ?? counts.tally.within(minutes);
        sums.set(minutes, known);
        return known;
      },
      sources: sources.states,
      quotas: watched.quotas(),
      endings: watched.endings(),
      log,
      setBackAt: this.#setBackAt,
      witnesses: watched.witnesses?.() ?? [],
      curiosities: this.#curiosities,
    };
  }
}

/** What a rule that is switched off would be told is not looked for. Bursts are counted here. */
const boundsOf = ({ rules }: AlertSettings): CuriosityBounds => ({
  subjectsOfCase: rules["case-reuse"]?.subjects ?? Infinity,
  clientsOfPerson: rules["same-person"]?.clients ?? Infinity,
  nightLookups: rules["night-bulk"]?.lookups ?? Infinity,
  lookupsInMinute: Infinity,
  most: MOST_ENTRIES,
});
