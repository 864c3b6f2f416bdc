import { Fault } from "#gateway/fault.ts";
import type { Entries, EntryKind } from "./entities.ts";
import type { Kept } from "./registry.ts";
import type { EntryRow, RegistryReader } from "./registry-database.ts";
import { type Shelf, type ShelfKind, shelfOf, type Shelves } from "./registry-shelves.ts";
import { readEntryAt } from "./validation/read-entry.ts";
import { checkAllNames, type CheckSource } from "./validation/references.ts";

/** What lies on disk cannot be used. The message names the entry, and no value. */
export class RegistryError extends Error {
  override readonly name = "RegistryError";
}

const ALL = -1;

/** All that is held in memory. What is as it was before stays the same object. Throws RegistryError for an entry that does not fit. */
export function loadShelves(reader: RegistryReader, before: Shelves, checkSource: CheckSource): Shelves {
  const shelf = <Kind extends ShelfKind>(kind: Kind): Shelf<Kind> => loadShelf(reader, kind, shelfOf(before, kind));
  const shelves: Shelves = {
    resource: shelf("resource"),
    item: shelf("item"),
    client: shelf("client"),
    grant: shelf("grant"),
    source: shelf("source"),
  };
  try {
    checkAllNames({ shelves, checkSource, hasOpenCase: reader.hasOpenCase });
  } catch (error) {
    throw error instanceof Fault ? new RegistryError(`the registry does not hold together: ${error.detail}`) : error;
  }
  return shelves;
}

function loadShelf<Kind extends ShelfKind>(reader: RegistryReader, kind: Kind, before: Shelf<Kind>): Shelf<Kind> {
  const rows = reader.entries(kind, "", ALL);
  const shelf = new Map(rows.map((row) => [row.id, sameAs(before.get(row.id), row) ?? keptOf(kind, row)]));
  const isSame = shelf.size === before.size && [...shelf].every(([id, kept]) => before.get(id) === kept);
  return isSame ? before : shelf;
}

function sameAs<Entry>(kept: Kept<Entry> | undefined, { version, changedAt, entry }: EntryRow): Kept<Entry> | null {
  const isSame = kept?.version === version && kept.changedAt === changedAt && JSON.stringify(kept.entry) === entry;
  return isSame ? kept : null;
}

/** Throws RegistryError for a row that does not validate: written by another program, or tampered with. */
export function keptOf<Kind extends EntryKind>(kind: Kind, row: EntryRow): Kept<Entries[Kind]> {
  const { id, version, changedAt } = row;
  try {
    if (!Number.isSafeInteger(version) || version < 1) throw new Fault("ENTRY_INVALID", "version");
    return Object.freeze({ entry: readEntryAt(kind, id, parseEntry(row)), version, changedAt });
  } catch (error) {
    if (error instanceof Fault)
      throw new RegistryError(`the ${kind} ${id} in the registry does not fit: ${error.detail}`);
    throw error;
  }
}

function parseEntry({ entry }: EntryRow): unknown {
  try {
    return JSON.parse(entry ?? "null");
  } catch {
    // What JSON.parse says quotes the text.
    throw new Fault("ENTRY_INVALID", "it is no JSON");
  }
}
