import { isDeepStrictEqual } from "node:util";
import type { Action } from "#policies/request.ts";
import type { Caller } from "#gateway/clients/caller.ts";
import { Fault } from "#gateway/fault.ts";
import { type Acts, namingExchange, type RecordedAct } from "#gateway/log/recorded-acts.ts";
import type { Case, ClientEntry, Entries, EntryKind } from "./entities.ts";
import type { Announce, Change, ChangeRequest, Kept, Registry } from "./registry.ts";
import { actOf } from "./registry-acts.ts";
import { caseId, idOf, readEntryAt } from "./validation/read-entry.ts";
import { readCaseRequest } from "./validation/case-entry.ts";
import { ownMembers } from "./validation/reader.ts";

/** Throws a Fault unless the policies permit it. */
export type Permit = (
  caller: Caller,
  action: Extract<Action, "read-catalogue" | "administer" | "register-case">,
) => void;

/** `next`: what to give as `after` for the next page, null on the last one. */
export type EntryPage<Kind extends EntryKind> = {
  readonly entries: readonly Kept<Entries[Kind]>[];
  readonly next: string | null;
};
/** What there is now, and the exchange that the log has the change under; null when it was so already. */
export type Changed<Present> = { readonly kept: Present; readonly exchange: string | null };
export type HistoryPage = { readonly changes: readonly Change[]; readonly next: string | null };

type PageRequest<After> = { readonly after: After | null; readonly limit: number };

/** What callers may do with the registry, each in their own name, every change on record before it is made. All throw Faults; see Registry.change. */
export type Administration = {
  /** Resources and items for whoever may read the catalogue, the others for operators. Throws ENTRY_UNKNOWN. */
  readonly get: <Kind extends EntryKind>(caller: Caller, kind: Kind, id: string) => Promise<Kept<Entries[Kind]>>;
  readonly list: <Kind extends EntryKind>(
    caller: Caller,
    kind: Kind,
    page: PageRequest<string>,
  ) => Promise<EntryPage<Kind>>;
  /** For operators; what a client may do is not for that client to say. `seen`: the version that is to be replaced, 0 when there should be none; null when it does not matter. */
  readonly put: <Kind extends EntryKind>(
    caller: Caller,
    kind: Kind,
    id: string,
    put: { readonly entry: unknown; readonly seen: number | null },
  ) => Promise<Changed<Kept<Entries[Kind]>>>;
  /** For operators. */
  readonly remove: (caller: Caller, kind: EntryKind, id: string, seen: number | null) => Promise<Changed<null>>;
  readonly history: (caller: Caller, page: PageRequest<number>) => Promise<HistoryPage>;
  /** A case of the caller's own organisation, whatever others have under this number. Throws ENTRY_UNKNOWN. */
  readonly ownCase: (caller: Caller, number: string) => Promise<Kept<Case>>;
  /** `request`: `{ item, state }`. The case is that of the caller's organisation. */
  readonly putOwnCase: (
    caller: Caller,
    number: string,
    put: { readonly request: unknown; readonly seen: number | null },
  ) => Promise<Changed<Kept<Case>>>;
};

const MAX_PAGE = 1000;

type Parts = { readonly registry: Registry; readonly permit: Permit; readonly acts: Pick<Acts, "record"> };

export function administrationOf({ registry, permit, acts }: Parts): Administration {
  const change = changing(registry, acts);
  return {
    async get(caller, kind, id) {
      permit(caller, readingOf(kind));
      return found(await registry.kept(kind, id));
    },
    async list(caller, kind, { after, limit }) {
      permit(caller, readingOf(kind));
      const size = pageSize(limit);
      const { page, last } = cut(await registry.list(kind, { after, limit: size + 1 }), size);
      return { entries: page, next: last === null ? null : idOf(kind, last.entry) };
    },
    async put(caller, kind, id, { entry, seen }) {
      permit(caller, "administer");
      ownMembers(entry, "");
      if (isOwn(caller, kind, id)) refuseOtherStanding(caller, readEntryAt("client", id, entry));
      return foundIn(await change(caller, { kind, id, entry, seen }));
    },
    async remove(caller, kind, id, seen) {
      permit(caller, "administer");
      if (isOwn(caller, kind, id)) throw ownStanding();
      const { exchange } = await change(caller, { kind, id, entry: null, seen });
      return { kept: null, exchange };
    },
    async history(caller, { after, limit }) {
      permit(caller, "administer");
      const size = pageSize(limit);
      const { page, last } = cut(await registry.history({ after: after ?? 0, limit: size + 1 }), size);
      return { changes: page, next: last === null ? null : String(last.sequence) };
    },
    async ownCase(caller, number) {
      permit(caller, "register-case");
      return found(await registry.kept("case", caseId(organisationOf(caller), number)));
    },
    async putOwnCase(caller, number, { request, seen }) {
      permit(caller, "register-case");
      const organisation = organisationOf(caller);
      const entry = { ...readCaseRequest(request, ""), number, organisation };
      const id = caseId(organisation, number);
      return foundIn(await change(caller, { kind: "case", id, entry, seen }));
    },
  };
}

type OwnChange<Kind extends EntryKind> = Omit<ChangeRequest<Kind>, "by" | "announce">;

/** A change in the caller's name; what fails after it was recorded names its exchange. */
function changing(registry: Registry, acts: Pick<Acts, "record">) {
  return async <Kind extends EntryKind>(
    caller: Caller,
    request: OwnChange<Kind>,
  ): Promise<Changed<Kept<Entries[Kind]> | null>> => {
    const recorded: RecordedAct[] = [];
    const announce: Announce = async (changes) => {
      const act = await acts.record(actOf(changes), caller);
      recorded.push(act);
      return act;
    };
    try {
      const kept = await registry.change({ ...request, by: caller.id, announce });
      return { kept, exchange: recorded[0]?.exchange ?? null };
    } catch (error) {
      throw recorded[0] === undefined ? error : namingExchange(error, recorded[0].exchange);
    }
  };
}

const foundIn = <Found>({ kept, exchange }: Changed<Found | null>): Changed<Found> => ({ kept: found(kept), exchange });

/** Clients, grants, sources and cases say who works with whom, and how: that is for operators. */
const readingOf = (kind: EntryKind): "read-catalogue" | "administer" =>
  kind === "resource" || kind === "item" ? "read-catalogue" : "administer";

const isOwn = ({ id: own }: Caller, kind: EntryKind, id: string): boolean => kind === "client" && id === own;

const ownStanding = (): Fault =>
  new Fault("DENIED", "one's own roles and organisation are for another operator to change");

/** Keys and bounds may be renewed; nobody makes himself somebody else, nor shuts himself out. */
function refuseOtherStanding({ roles, organisation }: Caller, entry: ClientEntry): void {
  const isSame =
    entry.active &&
    entry.organisation.code === organisation?.code &&
    isDeepStrictEqual(new Set(entry.roles), new Set(roles));
  if (!isSame) throw ownStanding();
}

const pageSize = (limit: number): number => Math.min(Math.max(Math.trunc(limit), 1), MAX_PAGE);

/** `last`: the last of the page, null when nothing comes after it. */
function cut<Element>(elements: readonly Element[], size: number): { page: readonly Element[]; last: Element | null } {
  const page = elements.slice(0, size);
  return { page, last: elements.length > size ? (page.at(-1) ?? null) : null };
}

function found<Found>(kept: Found | null): Found {
  if (kept === null) throw new Fault("ENTRY_UNKNOWN");
  return kept;
}

function organisationOf({ organisation }: Caller): string {
  if (organisation === null) throw new Fault("DENIED", "the caller has no organisation");
  return organisation.code;
}
