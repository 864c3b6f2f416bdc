import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { Fault } from "#gateway/fault.ts";

const PRAGMAS = `
  PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 2000; PRAGMA secure_delete = ON;
`;
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS approvals (
    id TEXT PRIMARY KEY, digest TEXT NOT NULL, organisation TEXT NOT NULL, client TEXT NOT NULL, official TEXT NOT NULL,
    resource TEXT NOT NULL, item TEXT NOT NULL, case_number TEXT NOT NULL, requested_at INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'approved', 'rejected', 'used')),
    decided_by TEXT, decided_at INTEGER
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS approvals_by_digest ON approvals (digest, state);
  CREATE INDEX IF NOT EXISTS approvals_waiting ON approvals (organisation, state, requested_at);
  CREATE TABLE IF NOT EXISTS notices (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, organisation TEXT NOT NULL,
    exchange TEXT NOT NULL, resource TEXT NOT NULL, client TEXT NOT NULL, item TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS notices_to ON notices (organisation, sequence);
`;

/** Rows that are deleted at once: others ask the same file meanwhile. */
export const AT_ONCE = 1000;

/** What is kept of duties: approvals and notices, durable. Everything throws Fault REGISTRY_UNAVAILABLE, and works again as soon as the disk does. */
export type DutiesStore = {
  readonly ask: <Answer>(question: (database: DatabaseSync) => Answer) => Answer;
  /** How many rows a statement changed. */
  readonly change: (sql: string, ...values: SQLInputValue[]) => number;
  /** Nothing of what was deleted or overwritten is left in the write-ahead log. */
  readonly truncateWal: () => void;
  /** Throws unless it can be written to. */
  readonly probe: () => void;
  readonly close: () => void;
};

/** `file` is made when it is not there. */
export function openDutiesStore(file: string): DutiesStore {
  let open: DatabaseSync | null = null;
  const close = (): void => {
    const closing = open;
    open = null;
    closing?.close();
  };
  const ask = <Answer>(question: (database: DatabaseSync) => Answer): Answer => {
    try {
      open ??= openDatabase(file);
      return question(open);
    } catch (cause) {
      if (cause instanceof Fault) throw cause;
      close();
      throw new Fault("REGISTRY_UNAVAILABLE", undefined, { cause });
    }
  };
  const run = (sql: string): void => ask((database) => database.exec(sql));
  return {
    ask,
    change: (sql, ...values) => ask((database) => Number(database.prepare(sql).run(...values).changes)),
    truncateWal: () => run("PRAGMA wal_checkpoint(TRUNCATE)"),
    probe: () => run("BEGIN IMMEDIATE; ROLLBACK"),
    close,
  };
}

function openDatabase(file: string): DatabaseSync {
  mkdirSync(dirname(file), { recursive: true });
  const database = new DatabaseSync(file);
  database.exec(`${PRAGMAS} ${SCHEMA}`);
  return database;
}
