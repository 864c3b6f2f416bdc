import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import type { EntryKind } from "./entities.ts";
import { isEntryKind } from "./validation/read-entry.ts";

/** An entry as it lies on disk. `entry` is JSON; null for one that was taken out, whose count of changes goes on. */
export type EntryRow = {
  readonly kind: EntryKind;
  readonly id: string;
  readonly version: number;
  readonly changedAt: string;
  readonly entry: string | null;
};
export type ChangeRow = EntryRow & { readonly sequence: number; readonly by: string };

/** Raised when rows change their form: an older program refuses what a newer one wrote. */
const LAYOUT = 1;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS entries (
    kind TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, changed_at TEXT NOT NULL, entry TEXT,
    PRIMARY KEY (kind, id)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS history (
    sequence INTEGER PRIMARY KEY, changed_by TEXT NOT NULL,
    kind TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, changed_at TEXT NOT NULL, entry TEXT
  ) STRICT;
  CREATE INDEX IF NOT EXISTS open_cases ON entries (entry ->> '$.item')
    WHERE kind = 'case' AND entry ->> '$.state' = 'open';
`;

const PRAGMAS = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 2000;";

/** Makes the file and its tables where they are missing. Throws when it cannot, or when a newer program has written there. */
export function prepareDatabase(file: string): void {
  mkdirSync(dirname(file), { recursive: true });
  const database = new DatabaseSync(file);
  try {
    database.exec(PRAGMAS);
    const layout = Number(database.prepare("PRAGMA user_version").get()?.["user_version"]);
    if (layout > LAYOUT) throw new Error(`it was written by a newer program (layout ${layout})`);
    database.exec(`BEGIN IMMEDIATE; ${SCHEMA} PRAGMA user_version = ${LAYOUT}; COMMIT;`);
  } finally {
    database.close();
  }
}

/** A file that has gone missing is not made anew: the entries in memory would be forgotten with it. */
function openExisting(file: string): DatabaseSync {
  const url = pathToFileURL(file);
  url.search = "?mode=rw";
  const database = new DatabaseSync(url);
  try {
    database.exec(PRAGMAS);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Reads what is on disk. Every function throws when the file cannot be read. */
export type RegistryReader = {
  readonly entry: (kind: EntryKind, id: string) => EntryRow | null;
  /** Of one kind, by id, those after `after`; entries that were taken out are left out. */
  readonly entries: (kind: EntryKind, after: string, limit: number) => EntryRow[];
  readonly history: (after: number, limit: number) => ChangeRow[];
  /** Of the newest change; 0 before the first. */
  readonly sequence: () => number;
  readonly hasOpenCase: (item: string) => boolean;
  /** Sees one state of the file throughout. */
  readonly snapshot: <Result>(read: () => Result) => Result;
  readonly close: () => void;
};

const COLUMNS = "kind, id, version, changed_at, entry";

export function openReader(file: string): RegistryReader {
  const database = openExisting(file);
  try {
    database.exec("PRAGMA query_only = ON");
    return readerOn(database);
  } catch (error) {
    database.close();
    throw error;
  }
}

function readerOn(database: DatabaseSync): RegistryReader {
  const entry = database.prepare(`SELECT ${COLUMNS} FROM entries WHERE kind = ? AND id = ?`);
  const entries = database.prepare(
    `SELECT ${COLUMNS} FROM entries WHERE kind = ? AND id > ? AND entry IS NOT NULL ORDER BY id LIMIT ?`,
  );
  const history = database.prepare(
    `SELECT sequence, changed_by, ${COLUMNS} FROM history WHERE sequence > ? ORDER BY sequence LIMIT ?`,
  );
  const sequence = database.prepare("SELECT max(sequence) AS sequence FROM history");
  const openCase = database.prepare(
    "SELECT 1 FROM entries WHERE kind = 'case' AND entry ->> '$.state' = 'open' AND entry ->> '$.item' = ? LIMIT 1",
  );
  return {
    entry(kind, id) {
      const row = entry.get(kind, id);
      return row === undefined ? null : entryRow(row);
    },
    entries: (kind, after, limit) => entries.all(kind, after, limit).map(entryRow),
    history: (after, limit) => history.all(after, limit).map(changeRow),
    sequence: () => newestSequence(sequence),
    hasOpenCase: (item) => openCase.get(item) !== undefined,
    snapshot: (read) => inTransaction(database, "BEGIN", read),
    close: () => database.close(),
  };
}

/** Writes from one thread only; what it has written is durable when it returns. */
export type RegistryWriter = {
  /** All rows or none. Throws when the newest change is not the one with the sequence `last`. */
  readonly write: (last: number, rows: readonly ChangeRow[]) => void;
  readonly close: () => void;
};

export function openWriter(file: string): RegistryWriter {
  const database = openExisting(file);
  try {
    return writerOn(database);
  } catch (error) {
    database.close();
    throw error;
  }
}

function writerOn(database: DatabaseSync): RegistryWriter {
  const sequence = database.prepare("SELECT max(sequence) AS sequence FROM history");
  const remember = database.prepare(
    `INSERT INTO history (sequence, changed_by, ${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)`,
  );
  const keep = database.prepare(`INSERT OR REPLACE INTO entries (${COLUMNS}) VALUES (?, ?, ?, ?, ?)`);
  return {
    write(last, rows) {
      inTransaction(database, "BEGIN IMMEDIATE", () => {
        if (newestSequence(sequence) !== last) throw new Error("somebody else has changed the registry");
        for (const { sequence, by, kind, id, version, changedAt, entry } of rows) {
          remember.run(sequence, by, kind, id, version, changedAt, entry);
          keep.run(kind, id, version, changedAt, entry);
        }
      });
    },
    close: () => database.close(),
  };
}

/** After a failure the transaction is rolled back, as far as SQLite has not done so by itself. */
function inTransaction<Result>(database: DatabaseSync, begin: string, act: () => Result): Result {
  database.exec(begin);
  try {
    const result = act();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

const newestSequence = (statement: StatementSync): number => Number(statement.get()?.["sequence"] ?? 0);

type Raw = Readonly<Record<string, unknown>>;

function entryRow(raw: Raw): EntryRow {
  const { kind, id, version, changed_at: changedAt, entry } = raw;
  const isWhole =
    typeof kind === "string" &&
    isEntryKind(kind) &&
    typeof id === "string" &&
    typeof version === "number" &&
    typeof changedAt === "string" &&
    (typeof entry === "string" || entry === null);
  if (!isWhole) throw new Error("a row of the registry is not one that was written by it");
  return { kind, id, version, changedAt, entry };
}

function changeRow(raw: Raw): ChangeRow {
  const { sequence, changed_by: by } = raw;
  if (typeof sequence !== "number" || typeof by !== "string")
    throw new Error("a row of the registry's history is not one that was written by it");
  return { sequence, by, ...entryRow(raw) };
}
