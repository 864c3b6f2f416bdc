import type { Caller } from "#gateway/clients/caller.ts";
import type { ExchangeIndex } from "#gateway/log/index/exchange-index.ts";
import type { TrailEntry, TrailRule } from "#gateway/log/index/trail.ts";
import type { Acts } from "#gateway/log/recorded-acts.ts";
import type { Registry } from "#gateway/registry/registry.ts";
import type { AskedPerson } from "./searching.ts";

/** Why somebody asks for a trail: the person itself, a complaint, an audit, a court. */
export const TRAIL_PURPOSES = ["own-request", "complaint", "audit", "court"] as const;
export type TrailPurpose = (typeof TRAIL_PURPOSES)[number];

/** `before`: as in a search. */
export type TrailRequest = {
  readonly person: string;
  readonly purpose: TrailPurpose;
  readonly before: number | null;
  readonly limit: number;
};

/** An entry with the names that people know; null for what is not registered any more. */
export type NamedTrailEntry = Omit<TrailEntry, "organisation" | "resource"> & {
  readonly organisation: { readonly code: string; readonly name: string | null } | null;
  readonly resource: { readonly id: string; readonly zh: string | null; readonly en: string | null } | null;
};
export type TrailAnswer = {
  readonly entries: readonly NamedTrailEntry[];
  readonly next: number | null;
  /** The same whether or not anything was left out. */
  readonly notice: { readonly zh: string; readonly en: string };
};

export type TrailParts = {
  readonly index: Pick<ExchangeIndex, "trail">;
  readonly registry: Pick<Registry, "client" | "resource">;
  readonly rules: readonly TrailRule[];
  /** Throws Fault DENIED or AUTHENTICATION_REQUIRED. */
  readonly permit: (caller: Caller, action: "read-trail") => void;
  readonly acts: Pick<Acts, "record">;
  /** Throws Fault KEYS_INVALID for what is no number of a person or body. */
  readonly pseudonymOf: (person: AskedPerson) => string;
  readonly clock: () => number;
};

/** Who asked about a person, for what and what came of it. On record before it is answered. */
export type ReadTrail = (caller: Caller, request: TrailRequest) => Promise<TrailAnswer>;

const NOTICE = {
  zh: "依法应当保密，或者告知将妨碍国家机关履行法定职责的查询，可能延迟显示或者不显示。",
  en: "Where the law asks for secrecy, or telling would hinder an authority's duties, entries may be shown later or not at all.",
} as const;

export function trailReader({ index, registry, rules, permit, acts, pseudonymOf, clock }: TrailParts): ReadTrail {
  const named = ({ organisation, resource, ...entry }: TrailEntry): NamedTrailEntry => ({
    ...entry,
    organisation: organisation === null ? null : { code: organisation, name: nameOf(entry.client, organisation) },
    resource: resource === null ? null : { id: resource, ...titleOf(resource) },
  });
  /** A client may have another organisation by now. */
  const nameOf = (client: string, code: string): string | null => {
    const now = registry.client(client)?.organisation;
    return now?.code === code ? now.name : null;
  };
  const titleOf = (id: string) => {
    const { zh, en } = registry.resource(id) ?? { zh: null, en: null };
    return { zh, en };
  };
  return async (caller, { person: number, purpose, before, limit }) => {
    permit(caller, "read-trail");
    const person = pseudonymOf({ kind: "number", number });
    await acts.record({ act: "read-evidence", to: "trail", detail: { purpose } }, caller);
    const { entries, next } = await index.trail({ person, rules, now: clock(), before, limit });
    return { entries: entries.map(named), next, notice: NOTICE };
  };
}
