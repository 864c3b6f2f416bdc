import type { SourceHealth } from "#connectors/source.ts";
import type { ExchangeCounts } from "./exchange-counts.ts";

/** How a source is, and since when it is so, as far as this service has seen (RFC 3339). */
export type SourceState = SourceHealth & { readonly since: string };

type Parts = {
  /** How every source is, by its identifier. */
  readonly ask: () => Promise<Readonly<Record<string, SourceHealth>>>;
  readonly counts: Pick<ExchangeCounts, "polled">;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
};

/** Looks after the sources of the registry, and remembers since when each is as it is. */
export class SourceWatch {
  readonly #parts: Parts;
  #states: ReadonlyMap<string, SourceState> = new Map();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** As of the last look. */
  get states(): ReadonlyMap<string, SourceState> {
    return this.#states;
  }

  async look(): Promise<void> {
    const { ask, counts, clock } = this.#parts;
    const found = Object.entries(await ask());
    const now = new Date(clock()).toISOString();
    const former = this.#states;
    this.#states = new Map(
      found.map(([source, health]) => {
        counts.polled(source, health.status !== "unavailable");
        const before = former.get(source);
        return [source, { ...health, since: before?.status === health.status ? before.since : now }];
      }),
    );
  }
}
