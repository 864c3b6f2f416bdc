import type { Entries, EntryKind } from "./entities.ts";
import type { Kept } from "./registry.ts";

/** What is held in memory. There may be millions of cases: they stay on disk. */
export const SHELF_KINDS = ["resource", "item", "client", "grant", "source"] as const satisfies readonly EntryKind[];
export type ShelfKind = (typeof SHELF_KINDS)[number];

export type Shelf<Kind extends ShelfKind> = ReadonlyMap<string, Kept<Entries[Kind]>>;
export type Shelves = { readonly [Kind in ShelfKind]: Shelf<Kind> };

const EMPTY: ReadonlyMap<string, never> = new Map<string, never>();
export const NO_SHELVES: Shelves = { resource: EMPTY, item: EMPTY, client: EMPTY, grant: EMPTY, source: EMPTY };

export const isShelfKind = (kind: EntryKind): kind is ShelfKind => kind !== "case";

/** The compiler does not see that `Shelves[Kind]` is `Shelf<Kind>`. */
export const shelfOf = <Kind extends ShelfKind>(shelves: Shelves, kind: Kind): Shelf<Kind> =>
  shelves[kind] as unknown as Shelf<Kind>;

export const entryOn = <Kind extends ShelfKind>(shelves: Shelves, kind: Kind, id: string): Entries[Kind] | null =>
  shelfOf(shelves, kind).get(id)?.entry ?? null;

export const entriesOn = <Kind extends ShelfKind>(shelves: Shelves, kind: Kind): Entries[Kind][] =>
  Array.from(shelfOf(shelves, kind).values(), ({ entry }) => entry);

/** The shelves with one entry put or, with null, taken out. The others stay the same objects. */
export function withEntry<Kind extends ShelfKind>(
  shelves: Shelves,
  kind: Kind,
  id: string,
  kept: Kept<Entries[Kind]> | null,
): Shelves {
  const shelf = new Map(shelfOf(shelves, kind));
  if (kept === null) shelf.delete(id);
  else shelf.set(id, kept);
  return { ...shelves, [kind]: shelf };
}

type Placed = { readonly kind: EntryKind; readonly id: string; readonly kept: Kept<Entries[EntryKind]> };

/** Shelves that hold these and nothing else. The kind says of which type an entry is. */
export function shelvesOf(placed: readonly Placed[]): Shelves {
  const byKind = Map.groupBy(placed, ({ kind }) => kind);
  const shelves = SHELF_KINDS.map((kind) => [kind, new Map(byKind.get(kind)?.map(({ id, kept }) => [id, kept]))]);
  return Object.fromEntries(shelves) as unknown as Shelves;
}
