import { UNANNOUNCED } from "./announcement.ts";
import type { Case, Entries, EntryKind } from "./entities.ts";
import { keptOf } from "./load-shelves.ts";
import type { FillableRegistry, Kept } from "./registry.ts";
import { grantsKey } from "./registry-readings.ts";
import { isShelfKind } from "./registry-shelves.ts";
import { changeOf, RegistryStore, type StoreOptions } from "./registry-store.ts";
import { caseId } from "./validation/read-entry.ts";

export type RegistryOptions = Pick<StoreOptions, "checkSource"> & Partial<StoreOptions>;

/**
 * The registry in an SQLite file, which is made when it is missing. Throws RegistryError when the file cannot be used, or holds an entry that
 * does not validate. Entries are held by one process: changes by another are noticed only when this one wants to write.
 */
export function openRegistry(file: string, options: RegistryOptions): FillableRegistry {
  const store = new RegistryStore(file, {
    clock: Date.now,
    onTrouble: () => undefined,
    announce: UNANNOUNCED,
    ...options,
  });
  const { memory, queue, reading } = store;
  return {
    generation: () => memory.generation,
    resource: (id) => memory.kept("resource", id)?.entry ?? null,
    resources: () => memory.readings.resources,
    item: (code) => memory.kept("item", code)?.entry ?? null,
    items: () => memory.readings.items,
    client: (id) => memory.kept("client", id)?.entry ?? null,
    source: (id) => memory.kept("source", id)?.entry ?? null,
    sources: () => memory.readings.sources,
    grants: (organisation, resource) => memory.readings.grants.get(grantsKey(organisation, resource)) ?? NONE,
    case: async (organisation, number) => findCase(store, caseId(organisation, number)),
    kept: async (kind, id) => (isShelfKind(kind) ? memory.kept(kind, id) : storedEntry(store, kind, id)),
    list: async (kind, page) => listEntries(store, kind, page),
    change: (request) => queue.submit((draft) => draft.change(request)),
    history: async ({ after, limit }) => reading.use((reader) => reader.history(after, limit).map(changeOf)),
    fillWith: (entries, by) => queue.submit((draft) => draft.fillWith(entries, by)),
    onChange: (listener) => memory.listen(listener),
    close: () => store.close(),
  };
}

const NONE: readonly never[] = Object.freeze([]);

function findCase(store: RegistryStore, id: string): Case | null {
  const recent = store.memory.cases.get(id);
  if (recent !== undefined) return recent;
  const entry = storedEntry(store, "case", id)?.entry ?? null;
  if (entry !== null) store.memory.cases.set(id, entry);
  return entry;
}

function storedEntry<Kind extends EntryKind>(
  { reading }: RegistryStore,
  kind: Kind,
  id: string,
): Kept<Entries[Kind]> | null {
  return reading.use((reader) => {
    const row = reader.entry(kind, id);
    return row === null || row.entry === null ? null : keptOf(kind, row);
  });
}

type Page = { readonly after: string | null; readonly limit: number };

function listEntries<Kind extends EntryKind>(
  { memory, reading }: RegistryStore,
  kind: Kind,
  { after, limit }: Page,
): readonly Kept<Entries[Kind]>[] {
  if (isShelfKind(kind)) return memory.list(kind, after ?? "", limit);
  return reading.use((reader) => reader.entries(kind, after ?? "", limit).map((row) => keptOf(kind, row)));
}
