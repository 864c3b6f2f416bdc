import type { Case, ClientEntry, Entries, EntryKind, Grant, Item, Resource, SourceEntry } from "./entities.ts";

/** An entry with the count of its changes so far and when the last one was made (RFC 3339). */
export type Kept<Entry> = { readonly entry: Entry; readonly version: number; readonly changedAt: string };

/** One change, as history keeps it. `entry` is null when it was taken out. */
export type Change = {
  readonly sequence: number;
  readonly at: string;
  /** The client who made it. */
  readonly by: string;
  readonly kind: EntryKind;
  readonly id: string;
  readonly version: number;
  readonly entry: Entries[EntryKind] | null;
};

/** Told of changes as they will be, before any of them is durable. When it rejects with a Fault, none is made. */
export type Announce = (changes: readonly Change[]) => Promise<Announced>;
/** `cameToNothing`: told why the changes could not be made after all; never throws. */
export type Announced = { readonly cameToNothing: (cause: unknown) => Promise<void> };

export type ChangeRequest<Kind extends EntryKind> = {
  readonly kind: Kind;
  readonly id: string;
  /** Outside data: checked here. Null takes the entry out. */
  readonly entry: unknown;
  readonly by: string;
  /** The version that the caller has seen; null when it does not matter. */
  readonly seen: number | null;
  /** In place of the registry's own way to announce changes. Not called when the entry is already so. */
  readonly announce?: Announce;
};

/** Outside data: checked where it is taken in. */
export type NewEntry = { readonly kind: EntryKind; readonly entry: unknown };

/**
 * Catalogue, items, clients, grants, cases, sources. Reading what every exchange needs is answered from memory; a change is
 * validated, durable and in the history before it resolves. PostgreSQL will be the second implementation.
 */
export type Registry = {
  /** Grows with every change of anything but a case: whatever was worked out under an older one is void. */
  readonly generation: () => number;
  readonly resource: (id: string) => Resource | null;
  readonly resources: () => readonly Resource[];
  readonly item: (code: string) => Item | null;
  readonly items: () => readonly Item[];
  readonly client: (id: string) => ClientEntry | null;
  readonly source: (id: string) => SourceEntry | null;
  readonly sources: () => readonly SourceEntry[];
  /** All grants of a resource to an organisation, live or not. */
  readonly grants: (organisation: string, resource: string) => readonly Grant[];
  readonly case: (organisation: string, number: string) => Promise<Case | null>;
  /** One entry of any kind, with its version. The id of a case is `organisation/number`. */
  readonly kept: <Kind extends EntryKind>(kind: Kind, id: string) => Promise<Kept<Entries[Kind]> | null>;
  readonly list: <Kind extends EntryKind>(
    kind: Kind,
    page: { readonly after: string | null; readonly limit: number },
  ) => Promise<readonly Kept<Entries[Kind]>[]>;
  /** Throws Fault ENTRY_INVALID (detail names the member), ENTRY_CHANGED (seen is not the present version), ENTRY_UNKNOWN, REGISTRY_UNAVAILABLE, and what `announce` throws. */
  readonly change: <Kind extends EntryKind>(request: ChangeRequest<Kind>) => Promise<Kept<Entries[Kind]> | null>;
  readonly history: (page: { readonly after: number; readonly limit: number }) => Promise<readonly Change[]>;
  /** Called after each change has taken effect. */
  readonly onChange: (listener: (change: Change) => void) => void;
  readonly close: () => Promise<void>;
};

/** A registry that can be given its first entries. */
export type FillableRegistry = Registry & {
  /** Takes in all entries at once, or none; false when there has ever been an entry. Throws as `change` does. */
  readonly fillWith: (entries: readonly NewEntry[], by: string) => Promise<boolean>;
};
