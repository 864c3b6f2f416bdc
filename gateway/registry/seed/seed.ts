import type { Case, ClientEntry, Grant, Item, Resource, SourceEntry } from "../entities.ts";
import type { FillableRegistry, NewEntry } from "../registry.ts";

/** What a registry starts with. */
export type Seed = {
  readonly resources: readonly Resource[];
  readonly items: readonly Item[];
  readonly sources: readonly SourceEntry[];
  readonly clients: readonly ClientEntry[];
  readonly grants: readonly Grant[];
  readonly cases: readonly Case[];
};

/** In an order in which what is named comes before what names it, as far as that can be. */
function entriesOf(seed: Seed): readonly NewEntry[] {
  const { resources, items, sources, clients, grants, cases } = seed;
  return [
    ...resources.map((entry) => ({ kind: "resource", entry }) as const),
    ...sources.map((entry) => ({ kind: "source", entry }) as const),
    ...items.map((entry) => ({ kind: "item", entry }) as const),
    ...clients.map((entry) => ({ kind: "client", entry }) as const),
    ...grants.map((entry) => ({ kind: "grant", entry }) as const),
    ...cases.map((entry) => ({ kind: "case", entry }) as const),
  ];
}

/**
 * Fills a registry that has never held anything, whole or not at all, in the name of `by`; false when it has. Throws Fault ENTRY_INVALID that
 * names entry and member, REGISTRY_UNAVAILABLE.
 */
export const seedRegistry = (registry: Pick<FillableRegistry, "fillWith">, seed: Seed, by: string): Promise<boolean> =>
  registry.fillWith(entriesOf(seed), by);
