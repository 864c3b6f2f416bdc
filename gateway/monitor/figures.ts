import type { Registry } from "#gateway/registry/registry.ts";
import type { BoundedNames } from "./bounded-names.ts";
import { CLIENT, KIND, RESOURCE, ROUTE, SOURCE } from "./cells.ts";
import { ageOf, type Distribution, latencyOf, shareOf } from "./distribution.ts";
import type { CountSlots } from "./count-slots.ts";
import type { SourceState } from "./source-watch.ts";

/** Minutes. */
export const WINDOWS = { "5m": 5, "15m": 15, "1h": 60, "6h": 360, "24h": 1440 } as const satisfies Record<
  string,
  number
>;
export type WindowName = keyof typeof WINDOWS;

/** From when to when figures are, RFC 3339. `from` is no earlier than the start of this service: what was before stands in the log alone. */
export type FiguresWindow = { readonly name: WindowName; readonly from: string; readonly to: string };

type Counted = { readonly code: string; readonly count: number };
type CountedKind = {
  readonly kind: string;
  readonly count: number;
  readonly results: readonly { readonly result: string; readonly count: number }[];
  readonly latency: Distribution;
};
type CountedRoute = {
  readonly method: string;
  readonly route: string;
  readonly count: number;
  readonly failed: number;
  readonly statuses: readonly { readonly status: string; readonly count: number }[];
  readonly latency: Distribution;
};
type CountedSource = {
  readonly source: string;
  readonly resource: string | null;
  readonly answered: number;
  readonly unanswered: number;
  readonly latency: Distribution;
  readonly freshness: Distribution;
  readonly state: SourceState | null;
};
type Consumer = {
  readonly client: string;
  readonly organisation: string | null;
  readonly exchanges: number;
  readonly verifications: number;
  readonly matches: number;
  readonly lookups: number;
  readonly denied: number;
  readonly fieldsGiven: number;
};

/** Latencies in milliseconds, freshness (age of the facts) in seconds, shares from 0 to 1 and null of nothing. */
export type Figures = {
  readonly window: FiguresWindow;
  readonly exchanges: {
    readonly count: number;
    /** Neither denied nor left without an answer; a licence that fails is a success of the service. */
    readonly successShare: number | null;
    readonly kinds: readonly CountedKind[];
    readonly denials: readonly Counted[];
    readonly unanswered: readonly Counted[];
  };
  readonly routes: readonly CountedRoute[];
  readonly sources: readonly CountedSource[];
  readonly sourceErrors: readonly Counted[];
  readonly matching: { readonly matches: number; readonly lookups: number; readonly share: number | null };
  readonly fields: {
    readonly asked: number;
    readonly given: number;
    readonly reduced: number;
    readonly share: number | null;
  };
  readonly consumers: readonly Consumer[];
};

export type FiguresSources = {
  readonly counts: CountSlots;
  readonly registry: Pick<Registry, "source" | "client">;
  readonly sourceStates: () => ReadonlyMap<string, SourceState>;
};

const TOP = 20;

export function figuresOf({ counts, registry, sourceStates }: FiguresSources, window: FiguresWindow): Figures {
  const sums = counts.tally.within(WINDOWS[window.name]);
  const resources = counts.resources.entries().map(([, { cell }]) => cell);
  const ofResources = (part: number): number => sumAt(sums, resources, part);
  const [matches, lookups] = [ofResources(RESOURCE.matches), ofResources(RESOURCE.lookups)];
  const [asked, given, reduced] = [RESOURCE.asked, RESOURCE.given, RESOURCE.reduced].map(ofResources) as [
    number,
    number,
    number,
  ];
  return {
    window,
    exchanges: exchangesOf(counts, sums),
    routes: routesOf(counts, sums),
    sources: sourcesOf({ counts, registry, sourceStates }, sums),
    sourceErrors: counted(counts.sourceErrors, sums),
    matching: { matches, lookups, share: shareOf(matches, matches + lookups) },
    fields: { asked, given, reduced, share: shareOf(given + reduced, asked) },
    consumers: consumersOf({ counts, registry }, sums),
  };
}

const sumAt = (sums: Float64Array, cells: readonly number[], part: number): number =>
  cells.reduce((sum, cell) => sum + (sums[cell + part] ?? 0), 0);

/** The most frequent first, none that did not happen. */
function counted(names: BoundedNames<number>, sums: Float64Array): Counted[] {
  return names
    .entries()
    .map(([code, cell]) => ({ code, count: sums[cell] ?? 0 }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count);
}

/** Those that ask for something: acts and counter-receipts are recorded too, but nobody is answered by them. */
const ASKING: ReadonlySet<string> = new Set(["verification", "match", "lookup"]);
const WITHOUT_ANSWER: ReadonlySet<string> = new Set(["DENIED", "UNANSWERED"]);

function exchangesOf(counts: CountSlots, sums: Float64Array): Figures["exchanges"] {
  const kinds = counts.kinds.entries().map(([kind, { cell, results }]): CountedKind => {
    const latency = latencyOf(sums, cell + KIND.latency);
    const found = counted(results, sums).map(({ code, count }) => ({ result: code, count }));
    return { kind, count: latency.count, results: found, latency };
  });
  const asking = kinds.filter(({ kind }) => ASKING.has(kind));
  const count = asking.reduce((sum, each) => sum + each.count, 0);
  const without = asking
    .flatMap(({ results }) => results)
    .reduce((sum, { result, count }) => (WITHOUT_ANSWER.has(result) ? sum + count : sum), 0);
  return {
    count,
    successShare: shareOf(count - without, count),
    kinds: kinds.filter((each) => each.count > 0),
    denials: counted(counts.denials, sums),
    unanswered: counted(counts.unanswered, sums),
  };
}

function routesOf(counts: CountSlots, sums: Float64Array): CountedRoute[] {
  return counts.routes
    .entries()
    .flatMap(([route, methods]) => methods.entries().map(([method, slot]) => ({ route, method, slot })))
    .map(({ route, method, slot: { cell, statuses } }): CountedRoute => {
      const latency = latencyOf(sums, cell + ROUTE.latency);
      const found = counted(statuses, sums).map(({ code, count }) => ({ status: code, count }));
      return { method, route, count: latency.count, failed: sums[cell + ROUTE.failed] ?? 0, statuses: found, latency };
    })
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count);
}

/** Every source of the registry that was ever looked at, and those that were asked. */
function sourcesOf({ counts, registry, sourceStates }: FiguresSources, sums: Float64Array): CountedSource[] {
  const states = sourceStates();
  return counts.sources.entries().map(([source, { cell }]) => ({
    source,
    resource: registry.source(source)?.resource ?? null,
    answered: sums[cell + SOURCE.answered] ?? 0,
    unanswered: sums[cell + SOURCE.unanswered] ?? 0,
    latency: latencyOf(sums, cell + SOURCE.latency),
    freshness: ageOf(sums, cell + SOURCE.age),
    state: states.get(source) ?? null,
  }));
}

function consumersOf(
  { counts, registry }: Pick<FiguresSources, "counts" | "registry">,
  sums: Float64Array,
): Consumer[] {
  return counts.clients
    .entries()
    .map(([client, cell]): Consumer => {
      const at = (part: number): number => sums[cell + part] ?? 0;
      const [verifications, matches, lookups] = [at(CLIENT.verifications), at(CLIENT.matches), at(CLIENT.lookups)];
      return {
        client,
        organisation: registry.client(client)?.organisation.code ?? null,
        exchanges: verifications + matches + lookups,
        verifications,
        matches,
        lookups,
        denied: at(CLIENT.denied),
        fieldsGiven: at(CLIENT.given),
      };
    })
    .filter(({ exchanges }) => exchanges > 0)
    .sort((a, b) => b.exchanges - a.exchanges)
    .slice(0, TOP);
}
