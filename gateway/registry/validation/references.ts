import { SettingsError } from "#connectors/settings.ts";
import type { ResourceShape } from "#connectors/source.ts";
import { Fault } from "#gateway/fault.ts";
import type { Case, Entries, EntryKind, Grant, Item, Resource, SourceEntry } from "../entities.ts";
import { entryOn, SHELF_KINDS, shelfOf, type ShelfKind, type Shelves } from "../registry-shelves.ts";
import { invalid, pathTo } from "./reader.ts";

/** Throws SettingsError when the settings are not those of a source of this resource. */
export type CheckSource = (settings: SourceEntry["settings"], resource: ResourceShape) => void;

/** Everything that may be named, as it would be after a change. */
export type Surroundings = {
  readonly shelves: Shelves;
  readonly checkSource: CheckSource;
  readonly hasOpenCase: (item: string) => boolean;
};

type Checks = { readonly [Kind in EntryKind]: (entry: Entries[Kind], surroundings: Surroundings) => void };

/** Whether everything that an entry names is there. Throw Fault ENTRY_INVALID. */
const NAMES: Checks = {
  resource: checkResource,
  item: checkItem,
  client: () => undefined,
  grant: checkGrant,
  case: checkCase,
  source: checkSourceEntry,
};

function checkResource({ id, sources }: Resource, { shelves }: Surroundings): void {
  for (const [region, name] of Object.entries(sources)) {
    const source = entryOn(shelves, "source", name);
    const path = pathTo("sources", region);
    if (source === null) throw invalid(path, "names a source that does not exist");
    if (source.resource !== id) throw invalid(path, "names a source of another resource");
  }
}

function checkItem({ uses }: Item, { shelves }: Surroundings): void {
  for (const [name, fields] of Object.entries(uses)) checkFields(shelves, name, fields, pathTo("uses", name));
}

function checkGrant({ resource, fields, items }: Grant, { shelves }: Surroundings): void {
  if (entryOn(shelves, "resource", resource) === null)
    throw invalid("resource", "names a resource that does not exist");
  checkFields(shelves, resource, fields, "fields");
  for (const [index, item] of items.entries()) requireItem(shelves, item, pathTo("items", String(index)));
}

function checkCase({ item }: Case, { shelves }: Surroundings): void {
  requireItem(shelves, item, "item");
}

function checkSourceEntry({ resource: name, settings }: SourceEntry, { shelves, checkSource }: Surroundings): void {
  const resource = entryOn(shelves, "resource", name);
  if (resource === null) throw invalid("resource", "names a resource that does not exist");
  try {
    checkSource(settings, resource);
  } catch (error) {
    if (error instanceof SettingsError) throw invalid("settings", error.message);
    throw error;
  }
}

function checkFields(shelves: Shelves, name: string, fields: readonly string[], path: string): void {
  const resource = entryOn(shelves, "resource", name);
  if (resource === null) throw invalid(path, "names a resource that does not exist");
  for (const [index, field] of fields.entries()) {
    if (!Object.hasOwn(resource.fields, field))
      throw invalid(pathTo(path, String(index)), "names a field that the resource does not have");
  }
}

function requireItem(shelves: Shelves, code: string, path: string): void {
  if (entryOn(shelves, "item", code) === null) throw invalid(path, "names an item that does not exist");
}

/** Whether an entry of the kind `by` names the entry of another kind that has this id. */
const NAMED: { readonly [Kind in ShelfKind]: Partial<{ readonly [By in ShelfKind]: NamedBy<By> }> } = {
  resource: {
    source: ({ resource }, id) => resource === id,
    item: ({ uses }, id) => Object.hasOwn(uses, id),
    grant: ({ resource }, id) => resource === id,
  },
  item: { grant: ({ items }, code) => items.includes(code) },
  source: { resource: ({ sources }, id) => Object.values(sources).includes(id) },
  client: {},
  grant: {},
};
type NamedBy<By extends ShelfKind> = (entry: Entries[By], id: string) => boolean;

/** Throws Fault ENTRY_INVALID unless everything that the entry names is there. */
export function checkNames<Kind extends EntryKind>(kind: Kind, entry: Entries[Kind], surroundings: Surroundings): void {
  const check: Checks[Kind] = NAMES[kind];
  check(entry, surroundings);
}

/** As `checkNames` for all that is on the shelves; the detail begins with kind and id. */
export function checkAllNames(surroundings: Surroundings): void {
  for (const kind of SHELF_KINDS) {
    for (const [id, { entry }] of shelfOf(surroundings.shelves, kind))
      attributed(`${kind} ${id}`, () => checkNames(kind, entry, surroundings));
  }
}

/** Throws Fault ENTRY_INVALID, saying which, unless everything that names a changed or removed entry still fits. */
export function checkNamedBy(kind: ShelfKind, id: string, surroundings: Surroundings): void {
  for (const by of SHELF_KINDS) checkNamedByKind(kind, id, by, surroundings);
  const isGone = kind === "item" && entryOn(surroundings.shelves, "item", id) === null;
  if (isGone && surroundings.hasOpenCase(id)) throw invalid("", "an open case names it");
}

function checkNamedByKind<By extends ShelfKind>(kind: ShelfKind, id: string, by: By, surroundings: Surroundings): void {
  const names: NamedBy<By> | undefined = NAMED[kind][by];
  if (names === undefined) return;
  for (const [name, { entry }] of shelfOf(surroundings.shelves, by)) {
    if (names(entry, id)) attributed(`the ${by} ${name} names it`, () => checkNames(by, entry, surroundings));
  }
}

/** Puts in front of the detail whom it is about. */
export function attributed<Result>(whom: string, check: () => Result): Result {
  try {
    return check();
  } catch (error) {
    if (error instanceof Fault && error.code === "ENTRY_INVALID") throw invalid(whom, error.detail ?? error.code);
    throw error;
  }
}
