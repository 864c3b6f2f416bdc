import type { Resource } from "#gateway/registry/entities.ts";
import { BoundedNames } from "./bounded-names.ts";
import { CLIENT, KIND, RESOURCE, ROUTE, SOURCE } from "./cells.ts";
import { Tally } from "./tally.ts";

/** What may be counted by name: everything else is `other`. */
export type KnownNames = {
  readonly resource: (id: string) => Pick<Resource, "updateFrequency"> | null;
  readonly source: (id: string) => unknown;
  readonly client: (id: string) => unknown;
};

export type SourceSlot = { readonly cell: number; asOf: string; asOfTime: number };
/** `allowedAge` in seconds. */
export type ResourceSlot = { readonly cell: number; allowedAge: number | null };
export type RouteSlot = { readonly cell: number; readonly statuses: BoundedNames<number> };
export type KindSlot = { readonly cell: number; readonly results: BoundedNames<number> };
const MOST = {
  sources: 64,
  resources: 128,
  clients: 256,
  routes: 128,
  methods: 8,
  statuses: 64,
  codes: 128,
  results: 16,
};
/** Callers whom nobody registered, by how they came. */
const UNREGISTERED: readonly string[] = ["local", "anonymous"];

/** What is counted, by names that are bounded. Counting is exchange-counts.ts' business; figures, metrics and alerts read here. */
export class CountSlots {
  readonly tally: Tally;
  readonly sources: BoundedNames<SourceSlot>;
  readonly resources: BoundedNames<ResourceSlot>;
  readonly clients: BoundedNames<number>;
  readonly routes: BoundedNames<BoundedNames<RouteSlot>>;
  readonly kinds: BoundedNames<KindSlot>;
  readonly denials: BoundedNames<number>;
  /** Why sources gave no answer, and why exchanges ended without one. */
  readonly sourceErrors: BoundedNames<number>;
  readonly unanswered: BoundedNames<number>;

  /** `now` in milliseconds of a clock that is never set back. */
  constructor(names: KnownNames, now: number) {
    const tally = new Tally(now);
    const single = (): number => tally.allocate(1);
    const codes = { most: MOST.codes, make: single };
    this.tally = tally;
    this.sources = new BoundedNames({
      most: MOST.sources,
      isKnown: (id) => names.source(id) !== null,
      make: () => ({ cell: tally.allocate(SOURCE.size), asOf: "", asOfTime: Number.NaN }),
    });
    this.resources = new BoundedNames({
      most: MOST.resources,
      isKnown: (id) => names.resource(id) !== null,
      make: () => ({ cell: tally.allocate(RESOURCE.size), allowedAge: null }),
    });
    this.clients = new BoundedNames({
      most: MOST.clients,
      isKnown: (id) => UNREGISTERED.includes(id) || names.client(id) !== null,
      make: () => tally.allocate(CLIENT.size),
    });
    this.routes = new BoundedNames({ most: MOST.routes, make: () => routesByMethod(tally) });
    this.kinds = new BoundedNames({ most: MOST.codes, make: () => kindSlot(tally) });
    this.denials = new BoundedNames(codes);
    this.sourceErrors = new BoundedNames(codes);
    this.unanswered = new BoundedNames(codes);
  }
}

function routesByMethod(tally: Tally): BoundedNames<RouteSlot> {
  const statuses = () => new BoundedNames({ most: MOST.statuses, make: () => tally.allocate(1) });
  return new BoundedNames({
    most: MOST.methods,
    make: () => ({ cell: tally.allocate(ROUTE.size), statuses: statuses() }),
  });
}

const kindSlot = (tally: Tally): KindSlot => ({
  cell: tally.allocate(KIND.size),
  results: new BoundedNames({ most: MOST.results, make: () => tally.allocate(1) }),
});
