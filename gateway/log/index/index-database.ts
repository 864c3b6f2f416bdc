import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** Raised when rows change their form: an older program refuses what a newer one wrote. */
const LAYOUT = 1;

/**
 * Rows stand where they were written: only the last page of a table grows, and what is erased is overwritten by zeros of the same length.
 * So nothing that is to be erased was ever moved, which would leave copies behind that `secure_delete` does not know of.
 */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS entries (
    entry INTEGER PRIMARY KEY, id BLOB NOT NULL, time INTEGER NOT NULL, kind TEXT NOT NULL,
    client TEXT, organisation TEXT, item TEXT, resource TEXT, outcome TEXT,
    case_number BLOB NOT NULL, subject BLOB NOT NULL, persons BLOB NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS entries_by_id ON entries (id);
  CREATE TABLE IF NOT EXISTS content (
    entry INTEGER PRIMARY KEY, salts BLOB NOT NULL, request BLOB NOT NULL, record BLOB NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS act_content (
    entry INTEGER PRIMARY KEY, salts BLOB NOT NULL, request BLOB NOT NULL, record BLOB NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS terms (place INTEGER PRIMARY KEY, slots BLOB NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS erasures (entry INTEGER PRIMARY KEY, at INTEGER NOT NULL, basis TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS gaps (first INTEGER PRIMARY KEY, until INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS progress (
    one INTEGER PRIMARY KEY CHECK (one = 1), next INTEGER NOT NULL, exchanges_kept INTEGER NOT NULL, acts_kept INTEGER NOT NULL
  ) STRICT;
  INSERT INTO progress VALUES (1, 0, 0, 0) ON CONFLICT DO NOTHING;
`;

/** No fsync for a transaction: the journal keeps its entries until a checkpoint has made them durable here. */
const PRAGMAS = `
  PRAGMA page_size = 16384; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0;
  PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -8192; PRAGMA busy_timeout = 50;
`;

/** Makes the file (mode 0600) and its tables where they are missing. Throws when it cannot, or when a newer program has written there. */
export function openIndexDatabase(file: string): DatabaseSync {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  closeSync(openSync(file, "a", 0o600));
  const database = new DatabaseSync(file);
  try {
    database.exec(PRAGMAS);
    const layout = Number(database.prepare("PRAGMA user_version").get()?.["user_version"]);
    if (layout > LAYOUT) throw new Error(`the index was written by a newer program (layout ${layout})`);
    inTransaction(database, () => database.exec(`${SCHEMA} PRAGMA user_version = ${LAYOUT};`));
    // What an earlier process erased, and had no time to be rid of.
    truncateWal(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** After a failure the transaction is rolled back, as far as SQLite has not done so by itself. */
export function inTransaction<Result>(database: DatabaseSync, act: () => Result): Result {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = act();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

/** Makes what was committed durable in the database's file. False when a reader elsewhere keeps it from being done with. */
export function checkpoint(database: DatabaseSync): boolean {
  const result = database.prepare("PRAGMA wal_checkpoint(PASSIVE)").get();
  return result?.["busy"] === 0 && result["log"] === result["checkpointed"];
}

/** The same, and nothing is left in the write-ahead log. False when a reader elsewhere keeps it from that. */
export const truncateWal = (database: DatabaseSync): boolean =>
  database.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get()?.["busy"] === 0;
