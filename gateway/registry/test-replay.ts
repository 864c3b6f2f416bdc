// What a registry holds, once read from its entries and once from its history: both must be the same.
import type { Entries, EntryKind } from "./entities.ts";
import type { Change, Kept, Registry } from "./registry.ts";
import { idOf } from "./validation/read-entry.ts";

const KINDS: readonly EntryKind[] = ["resource", "item", "client", "grant", "case", "source"];
const PAGE = 50;

type Held = ReadonlyMap<string, { readonly entry: unknown; readonly version: number; readonly changedAt: string }>;

export async function wholeHistory(registry: Registry): Promise<readonly Change[]> {
  const changes: Change[] = [];
  for (;;) {
    const page = await registry.history({ after: changes.at(-1)?.sequence ?? 0, limit: PAGE });
    if (page.length === 0) return changes;
    changes.push(...page);
  }
}

/** By kind and id. */
export function replayed(history: readonly Change[]): Held {
  const held = new Map<string, { entry: unknown; version: number; changedAt: string }>();
  for (const { kind, id, entry, version, at } of history) {
    if (entry === null) held.delete(`${kind} ${id}`);
    else held.set(`${kind} ${id}`, { entry, version, changedAt: at });
  }
  return held;
}

export async function heldBy(registry: Registry): Promise<Held> {
  const held = new Map<string, { entry: unknown; version: number; changedAt: string }>();
  for (const kind of KINDS) {
    for (const kept of await wholeList(registry, kind)) held.set(`${kind} ${idOf(kind, kept.entry)}`, kept);
  }
  return held;
}

async function wholeList(registry: Registry, kind: EntryKind): Promise<readonly Kept<Entries[EntryKind]>[]> {
  const found: Kept<Entries[EntryKind]>[] = [];
  for (;;) {
    const last = found.at(-1);
    const after = last === undefined ? null : idOf(kind, last.entry);
    const page = await registry.list(kind, { after, limit: PAGE });
    if (page.length === 0) return found;
    found.push(...page);
  }
}
