import type { Entries, EntryKind } from "../entities.ts";
import { readCase } from "./case-entry.ts";
import { readClient } from "./client-entry.ts";
import { readGrant } from "./grant-entry.ts";
import { readItem } from "./item-entry.ts";
import { invalid, type Reader } from "./reader.ts";
import { readResource } from "./resource-entry.ts";
import { readSource } from "./source-entry.ts";

type Row<Kind extends EntryKind> = {
  readonly read: Reader<Entries[Kind]>;
  readonly id: (entry: Entries[Kind]) => string;
};

const KINDS: { readonly [Kind in EntryKind]: Row<Kind> } = {
  resource: { read: readResource, id: ({ id }) => id },
  item: { read: readItem, id: ({ code }) => code },
  client: { read: readClient, id: ({ id }) => id },
  grant: { read: readGrant, id: ({ id }) => id },
  case: { read: readCase, id: ({ organisation, number }) => caseId(organisation, number) },
  source: { read: readSource, id: ({ id }) => id },
};

/** No credit code has a slash: two cases never share an id. */
export const caseId = (organisation: string, number: string): string => `${organisation}/${number}`;

export const isEntryKind = (text: string): text is EntryKind => Object.hasOwn(KINDS, text);

/** What an entry is kept under. */
export function idOf<Kind extends EntryKind>(kind: Kind, entry: Entries[Kind]): string {
  const { id }: Row<Kind> = KINDS[kind];
  return id(entry);
}

export type ReadEntry<Kind extends EntryKind> = { readonly id: string; readonly entry: Entries[Kind] };

/** A deeply frozen copy of what came from outside. Throws Fault ENTRY_INVALID that names member and rule. */
export function readEntry<Kind extends EntryKind>(kind: Kind, value: unknown): ReadEntry<Kind> {
  const { read }: Row<Kind> = KINDS[kind];
  const entry = read(value, "");
  return { id: idOf(kind, entry), entry };
}

/** As `readEntry`, for what has to be kept under `id`. */
export function readEntryAt<Kind extends EntryKind>(kind: Kind, id: string, value: unknown): Entries[Kind] {
  const read = readEntry(kind, value);
  if (read.id !== id) throw invalid(kind === "item" ? "code" : "id", "must be the one that it is kept under");
  return read.entry;
}
