import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { ConfigError } from "#gateway/config.ts";
import type { Seen } from "./add-checkpoint.ts";

/** Whose memory it is. `keyId` is null while the key is being made. */
export type Owner = { readonly name: string; readonly keyId: number | null };

/** What is kept of a log: the latest checkpoint that was cosigned, its note, and the time (s) that its cosignature states. */
export type Remembered = Seen & { readonly note: string; readonly seconds: number };
/** `keep`: what takes the place of the former one; null: nothing changes. */
type Step<Result> = { readonly keep: Remembered | null; readonly result: Result };

/** Durable when a method returns. All throw what SQLite says, and then nothing has changed. */
export type WitnessMemory = {
  readonly owner: () => Owner | null;
  readonly setOwner: (owner: Owner) => void;
  readonly latest: (origin: string) => Remembered | null;
  /** Looks at the latest checkpoint of a log and replaces it in one step, which no other can come between. */
  readonly step: <Result>(origin: string, step: (latest: Remembered | null) => Step<Result>) => Result;
  /** Keeps a checkpoint that the log signed against its own history, with what was cosigned: proof for everybody. */
  readonly keepConflict: (origin: string, notes: { readonly seen: string; readonly other: string }) => void;
  readonly conflicts: (origin: string) => number;
  readonly close: () => void;
};

/** Of one log; more of them prove no more. */
const MAX_CONFLICTS = 100;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS owner (one INTEGER PRIMARY KEY CHECK (one = 1), name TEXT NOT NULL, key_id INTEGER) STRICT;
  CREATE TABLE IF NOT EXISTS latest (
    origin TEXT PRIMARY KEY, size INTEGER NOT NULL CHECK (size >= 0), root BLOB NOT NULL CHECK (length(root) = 32),
    note TEXT NOT NULL, seconds INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS conflicts (
    origin TEXT NOT NULL, seen TEXT NOT NULL, other TEXT NOT NULL, UNIQUE (origin, seen, other)
  ) STRICT;
`;

/** Held by one process alone, until that ends. Throws ConfigError. */
export function openWitnessMemory(directory: string): WitnessMemory {
  const file = join(directory, "witness.sqlite");
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(file);
    database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = DELETE; PRAGMA synchronous = EXTRA;");
    // The lock that this takes is kept after it.
    database.exec(`BEGIN EXCLUSIVE; ${SCHEMA} COMMIT;`);
  } catch (error) {
    database?.close();
    throw new ConfigError(`the witness's memory ${file}: ${reasonOf(error)}`);
  }
  return memoryIn(database);
}

function reasonOf(error: unknown): string {
  const reason = error instanceof Error ? error.message : "it cannot be opened";
  return reason.includes("locked") ? "another process holds it" : reason;
}

function memoryIn(database: DatabaseSync): WitnessMemory {
  const selectOwner = database.prepare("SELECT name, key_id FROM owner");
  const putOwner = database.prepare(
    "INSERT INTO owner VALUES (1, ?, ?) ON CONFLICT (one) DO UPDATE SET name = excluded.name, key_id = excluded.key_id",
  );
  const select = database.prepare("SELECT size, root, note, seconds FROM latest WHERE origin = ?");
  const put = database.prepare("INSERT OR REPLACE INTO latest VALUES (?, ?, ?, ?, ?)");
  const addConflict = database.prepare(
    "INSERT OR IGNORE INTO conflicts SELECT ?1, ?2, ?3 WHERE (SELECT count(*) FROM conflicts WHERE origin = ?1) < ?4",
  );
  const countConflicts = database.prepare("SELECT count(*) AS conflicts FROM conflicts WHERE origin = ?");
  const latest = (origin: string): Remembered | null => {
    const row = select.get(origin);
    return row === undefined ? null : rememberedOf(row);
  };
  return {
    owner() {
      const row = selectOwner.get();
      if (row === undefined) return null;
      const { key_id: keyId } = row;
      return { name: String(row["name"]), keyId: keyId === null ? null : Number(keyId) };
    },
    setOwner: ({ name, keyId }) => inTransaction(database, () => putOwner.run(name, keyId)),
    latest,
    step: (origin, step) =>
      inTransaction(database, () => {
        const { keep, result } = step(latest(origin));
        if (keep !== null) put.run(origin, keep.size, keep.root, keep.note, keep.seconds);
        return result;
      }),
    keepConflict: (origin, { seen, other }) =>
      inTransaction(database, () => addConflict.run(origin, seen, other, MAX_CONFLICTS)),
    conflicts: (origin) => Number(countConflicts.get(origin)?.["conflicts"]),
    close: () => database.close(),
  };
}

function rememberedOf({ size, root, note, seconds }: Readonly<Record<string, unknown>>): Remembered {
  if (!(root instanceof Uint8Array)) throw new Error("a root that is none");
  return { size: Number(size), root: Buffer.from(root), note: String(note), seconds: Number(seconds) };
}

/** Everything is on disk when it returns. */
function inTransaction<Result>(database: DatabaseSync, work: () => Result): Result {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    // After some failures, as of a full disk, SQLite has rolled back by itself.
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}
