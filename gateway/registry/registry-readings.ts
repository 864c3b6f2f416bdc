import type { Grant, Item, Resource, SourceEntry } from "./entities.ts";
import { entriesOn, type Shelf, type ShelfKind, type Shelves } from "./registry-shelves.ts";

/** What exchanges ask for again and again, made ready once for each change: the same lists as long as nothing in them changes. */
export type Readings = {
  readonly shelves: Shelves;
  readonly resources: readonly Resource[];
  readonly items: readonly Item[];
  readonly sources: readonly SourceEntry[];
  /** By organisation and resource, see `grantsKey`. */
  readonly grants: ReadonlyMap<string, readonly Grant[]>;
};

/** Neither a credit code nor the id of a resource has a space. */
export const grantsKey = (organisation: string, resource: string): string => `${organisation} ${resource}`;

function grantsByKey(shelf: Shelf<"grant">): ReadonlyMap<string, readonly Grant[]> {
  const grants = Array.from(shelf.values(), ({ entry }) => entry);
  const grouped = Map.groupBy(grants, ({ organisation, resource }) => grantsKey(organisation, resource));
  for (const group of grouped.values()) Object.freeze(group);
  return grouped;
}

/** By id, so that the order does not depend on that of the changes. */
const sorted = <Entry>(entries: Entry[], idOf: (entry: Entry) => string): readonly Entry[] =>
  Object.freeze(entries.sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1)));

export function readingsOf(shelves: Shelves, previous: Readings | null): Readings {
  const same = (kind: ShelfKind): Readings | null => (previous?.shelves[kind] === shelves[kind] ? previous : null);
  return {
    shelves,
    resources: same("resource")?.resources ?? sorted(entriesOn(shelves, "resource"), ({ id }) => id),
    items: same("item")?.items ?? sorted(entriesOn(shelves, "item"), ({ code }) => code),
    sources: same("source")?.sources ?? sorted(entriesOn(shelves, "source"), ({ id }) => id),
    grants: same("grant")?.grants ?? grantsByKey(shelves.grant),
  };
}
