import { Fault } from "#gateway/fault.ts";
import { announceAll, type Announcement } from "./announcement.ts";
import type { Entries, EntryKind } from "./entities.ts";
import type { Announce, Announced, Change, ChangeRequest, Kept, NewEntry } from "./registry.ts";
import type { ChangeRow, EntryRow } from "./registry-database.ts";
import { isShelfKind, type Shelves, shelvesOf, withEntry } from "./registry-shelves.ts";
import { invalid } from "./validation/reader.ts";
import { readEntry, readEntryAt } from "./validation/read-entry.ts";
import { attributed, checkAllNames, checkNamedBy, checkNames, type Surroundings } from "./validation/references.ts";

/** What a draft starts from. `stored` gives what is on disk. */
export type DraftBase = Surroundings & {
  readonly sequence: number;
  readonly stored: (kind: EntryKind, id: string) => EntryRow | null;
  /** For changes that come without a way of their own. */
  readonly announce: Announce;
  /** RFC 3339. */
  readonly at: string;
};

/** Changes that are going to be written together; each is checked against those before it. A change that throws leaves nothing behind. */
export class Draft {
  readonly #base: DraftBase;
  readonly #changes: Change[] = [];
  readonly #announcements: Announcement[] = [];
  readonly #rows = new Map<string, EntryRow>();
  #shelves: Shelves;

  constructor(base: DraftBase) {
    this.#base = base;
    this.#shelves = base.shelves;
  }

  get changes(): readonly Change[] {
    return this.#changes;
  }

  get shelves(): Shelves {
    return this.#shelves;
  }

  /** Of the newest change in here. */
  get sequence(): number {
    return this.#base.sequence + this.#changes.length;
  }

  rows(): readonly ChangeRow[] {
    return this.#changes.map(({ sequence, at: changedAt, by, kind, id, version, entry }) => {
      return { sequence, changedAt, by, kind, id, version, entry: entry === null ? null : JSON.stringify(entry) };
    });
  }

  /** Throws the faults of Registry.change. */
  change<Kind extends EntryKind>(request: ChangeRequest<Kind>): Kept<Entries[Kind]> | null {
    const present = this.#present(request.kind, request.id);
    const version = present?.entry == null ? 0 : present.version;
    if (request.entry === null && version === 0) throw new Fault("ENTRY_UNKNOWN");
    if (request.seen !== null && request.seen !== version) throw new Fault("ENTRY_CHANGED");
    const before = this.#changes.length;
    const kept = request.entry === null ? this.#remove(request, present) : this.#put(request, present);
    this.#toAnnounce(before, request.announce);
    return kept;
  }

  /** Throws the faults of Registry.change; false when there has been an entry before. */
  fillWith(entries: readonly NewEntry[], by: string): boolean {
    if (this.sequence > 0) return false;
    const read = entries.map(({ kind, entry }, index) => ({
      kind,
      ...attributed(`entry ${index + 1} (${kind})`, () => readEntry(kind, entry)),
    }));
    refuseTwins(read);
    const shelves = shelvesOf(read.map((each) => ({ ...each, kept: this.#kept(each.entry, 1) })));
    const surroundings = this.#surroundings(shelves);
    checkAllNames(surroundings);
    for (const { kind, id, entry } of read) {
      if (kind === "case")
        attributed(`case ${id}`, () => checkNames(kind, entry as Entries[typeof kind], surroundings));
    }
    for (const { kind, id, entry } of read) this.#record({ kind, id, by, version: 1, entry }, shelves);
    this.#toAnnounce(0);
    return true;
  }

  /** To be called before what is in here is written. Throws what refuses the announcement. */
  announce(): Promise<Announced> {
    return announceAll(this.#announcements);
  }

  /** The changes made since there were `before`. */
  #toAnnounce(before: number, announce: Announce = this.#base.announce): void {
    const changes = this.#changes.slice(before);
    if (changes.length > 0) this.#announcements.push({ announce, changes });
  }

  #put<Kind extends EntryKind>(request: ChangeRequest<Kind>, present: EntryRow | null): Kept<Entries[Kind]> {
    const { kind, id, by } = request;
    const entry = readEntryAt(kind, id, request.entry);
    if (present !== null && present.entry === JSON.stringify(entry))
      return Object.freeze({ entry, version: present.version, changedAt: present.changedAt });
    const kept = this.#kept(entry, (present?.version ?? 0) + 1);
    const shelves = this.#with(kind, id, kept);
    const surroundings = this.#surroundings(shelves);
    checkNames(kind, entry, surroundings);
    if (isShelfKind(kind)) checkNamedBy(kind, id, surroundings);
    this.#record({ kind, id, by, version: kept.version, entry }, shelves);
    return kept;
  }

  #remove<Kind extends EntryKind>({ kind, id, by }: ChangeRequest<Kind>, present: EntryRow | null): null {
    const shelves = this.#with(kind, id, null);
    if (isShelfKind(kind)) checkNamedBy(kind, id, this.#surroundings(shelves));
    this.#record({ kind, id, by, version: (present?.version ?? 0) + 1, entry: null }, shelves);
    return null;
  }

  #present(kind: EntryKind, id: string): EntryRow | null {
    return this.#rows.get(rowKey(kind, id)) ?? this.#base.stored(kind, id);
  }

  #kept<Entry>(entry: Entry, version: number): Kept<Entry> {
    return Object.freeze({ entry, version, changedAt: this.#base.at });
  }

  #with<Kind extends EntryKind>(kind: Kind, id: string, kept: Kept<Entries[Kind]> | null): Shelves {
    if (!isShelfKind(kind)) return this.#shelves;
    return withEntry(this.#shelves, kind, id, kept as Kept<Entries[typeof kind]> | null);
  }

  #surroundings(shelves: Shelves): Surroundings {
    const { checkSource, hasOpenCase } = this.#base;
    return { shelves, checkSource, hasOpenCase: (item) => this.#hasOpenCase(item) || hasOpenCase(item) };
  }

  #hasOpenCase(item: string): boolean {
    return this.#changes.some(
      ({ kind, entry }) => kind === "case" && entry !== null && "item" in entry && entry.item === item,
    );
  }

  #record(change: Omit<Change, "at" | "sequence">, shelves: Shelves): void {
    const { kind, id, version, entry } = change;
    const { at: changedAt } = this.#base;
    const text = entry === null ? null : JSON.stringify(entry);
    this.#changes.push(Object.freeze({ ...change, sequence: this.sequence + 1, at: changedAt }));
    this.#rows.set(rowKey(kind, id), { kind, id, version, changedAt, entry: text });
    this.#shelves = shelves;
  }
}

const rowKey = (kind: EntryKind, id: string): string => `${kind} ${id}`;

function refuseTwins(entries: readonly { readonly kind: EntryKind; readonly id: string }[]): void {
  const seen = new Set<string>();
  for (const { kind, id } of entries) {
    if (seen.has(rowKey(kind, id))) throw invalid(rowKey(kind, id), "is there twice");
    seen.add(rowKey(kind, id));
  }
}
