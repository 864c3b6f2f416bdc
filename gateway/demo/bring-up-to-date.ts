import { isDeepStrictEqual } from "node:util";
import type { EntryKind } from "#gateway/registry/entities.ts";
import type { Registry } from "#gateway/registry/registry.ts";
import type { Seed } from "#gateway/registry/seed/seed.ts";

const PAGE = 1000;

type Told = Pick<Registry, "change" | "history" | "source" | "client">;

/** Whether the registry is empty, or began as what `owner` filled it with. */
export async function isFilledBy(owner: string, registry: Pick<Registry, "history">): Promise<boolean> {
  const [first] = await registry.history({ after: 0, limit: 1 });
  return first === undefined || first.by === owner;
}

/**
 * Sources and clients of the seed as they are now, in the name of `owner`. What somebody else has changed or taken out since is
 * theirs, and stays as it is.
 */
export async function bringUpToDate(
  owner: string,
  registry: Told,
  { sources, clients }: Pick<Seed, "sources" | "clients">,
): Promise<void> {
  const changedBy = await lastChanges(registry);
  const put = async (kind: "source" | "client", entry: { readonly id: string }): Promise<void> => {
    const isOwn = (changedBy.get(nameOf(kind, entry.id)) ?? owner) === owner;
    if (!isOwn || isDeepStrictEqual(registry[kind](entry.id), entry)) return;
    await registry.change({ kind, id: entry.id, entry, by: owner, seen: null });
  };
  for (const source of sources) await put("source", source);
  for (const client of clients) await put("client", client);
}

/** Who has changed an entry last, by `nameOf`. */
async function lastChanges(registry: Pick<Registry, "history">): Promise<ReadonlyMap<string, string>> {
  const changedBy = new Map<string, string>();
  let after = 0;
  for (;;) {
    const changes = await registry.history({ after, limit: PAGE });
    for (const { kind, id, by } of changes) if (kind !== "case") changedBy.set(nameOf(kind, id), by);
    const last = changes.at(-1);
    if (last === undefined) return changedBy;
    after = last.sequence;
  }
}

const nameOf = (kind: EntryKind, id: string): string => `${kind} ${id}`;
