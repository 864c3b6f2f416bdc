import { Fault } from "#gateway/fault.ts";
import type { Administration } from "#gateway/registry/administration.ts";
import type { Change, Kept } from "#gateway/registry/registry.ts";

/** What every change of an entry is recorded as; a case is always so already. */
export const EXCHANGE = "019aa0c4-8fec-7228-858b-81eb96d713ef";

/** Entries without any rule but versions: for tests of the HTTP side only. */
export function memoryAdministration(): Administration {
  const kept = new Map<string, Kept<never>>();
  const changes: Change[] = [];
  const get = (name: string): Kept<never> => {
    const found = kept.get(name);
    if (found === undefined) throw new Fault("ENTRY_UNKNOWN");
    return found;
  };
  const put = (name: string, entry: unknown, seen: number | null): Kept<never> => {
    const version = kept.get(name)?.version ?? 0;
    if (seen !== null && seen !== version) throw new Fault("ENTRY_CHANGED");
    const next = { entry: entry as never, version: version + 1, changedAt: "2026-11-20T08:00:00.000Z" };
    kept.set(name, next);
    return next;
  };
  return {
    get: async (_caller, kind, id) => get(`${kind} ${id}`),
    async list(_caller, kind, { after, limit }) {
      const names = [...kept.keys()].filter((name) => name.startsWith(`${kind} `) && name > `${kind} ${after ?? ""}`);
      const page = names.sort().slice(0, limit);
      const next = names.length > limit ? (page.at(-1)?.slice(kind.length + 1) ?? null) : null;
      return { entries: page.map(get), next };
    },
    async put({ id: by }, kind, id, { entry, seen }) {
      const { version, changedAt: at } = put(`${kind} ${id}`, entry, seen);
      changes.push({ sequence: changes.length + 1, at, by, kind, id, version, entry: entry as never });
      return { kept: get(`${kind} ${id}`), exchange: EXCHANGE };
    },
    async remove(_caller, kind, id, seen) {
      const { version } = get(`${kind} ${id}`);
      if (seen !== null && seen !== version) throw new Fault("ENTRY_CHANGED");
      kept.delete(`${kind} ${id}`);
      return { kept: null, exchange: EXCHANGE };
    },
    history: async (_caller, { after, limit }) => ({
      changes: changes.slice(after ?? 0, (after ?? 0) + limit),
      next: changes.length > (after ?? 0) + limit ? String((after ?? 0) + limit) : null,
    }),
    ownCase: async ({ organisation }, number) => get(`case ${organisation?.code}/${number}`),
    putOwnCase: async ({ organisation }, number, { request, seen }) => ({
      kept: put(
        `case ${organisation?.code}/${number}`,
        { ...(request as object), number, organisation: organisation?.code },
        seen,
      ),
      exchange: null,
    }),
  };
}
