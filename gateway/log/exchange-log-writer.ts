// Worker thread of exchange-log.ts: owns the database, so that fsync never holds up the service's event loop.
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";

export type Row = { readonly id: string; readonly receivedAt: string; readonly record: string };

export type WriterRequest =
  | { readonly kind: "append"; readonly call: number; readonly rows: readonly Row[] }
  | { readonly kind: "get"; readonly call: number; readonly id: string }
  | { readonly kind: "probe"; readonly call: number };

export type WriterAnswer =
  | { readonly call: number; readonly ok: true; readonly record: string | null }
  | { readonly call: number; readonly ok: false; readonly reason: string };

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS exchanges (
    id TEXT PRIMARY KEY, received_at TEXT NOT NULL, record TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS probe (one INTEGER PRIMARY KEY CHECK (one = 1), at INTEGER NOT NULL) STRICT;
`;

type Store = {
  readonly database: DatabaseSync;
  append(rows: readonly Row[]): void;
  get(id: string): string | null;
  probe(): void;
};

function openStore(file: string): Store {
  mkdirSync(dirname(file), { recursive: true });
  const database = new DatabaseSync(file);
  try {
    return prepareStore(database);
  } catch (error) {
    database.close();
    throw error;
  }
}

function prepareStore(database: DatabaseSync): Store {
  // Several records of a kilobyte or two to a page: half the work of SQLite's own page size.
  database.exec("PRAGMA page_size = 16384;");
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 2000;");
  database.exec(SCHEMA);
  const insert = database.prepare("INSERT INTO exchanges (id, received_at, record) VALUES (?, ?, ?)");
  const select = database.prepare("SELECT record FROM exchanges WHERE id = ?");
  const touch = database.prepare("INSERT INTO probe VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET at = excluded.at");
  const inTransaction = (write: () => void): void => {
    database.exec("BEGIN IMMEDIATE");
    write();
    database.exec("COMMIT");
  };
  return {
    database,
    append: (rows) =>
      inTransaction(() => {
        for (const row of rows) insert.run(row.id, row.receivedAt, row.record);
      }),
    get(id) {
      const record = select.get(id)?.["record"];
      return typeof record === "string" ? record : null;
    },
    probe: () => inTransaction(() => touch.run(Date.now())),
  };
}

let store: Store | null = null;

/** After a failure the database is closed: that rolls back, and the next call opens it anew. */
function answer(request: WriterRequest): WriterAnswer {
  try {
    store ??= openStore(workerData);
    return { call: request.call, ok: true, record: carryOut(request, store) };
  } catch (error) {
    abandonStore();
    return { call: request.call, ok: false, reason: error instanceof Error ? error.message : "unknown" };
  }
}

function carryOut(request: WriterRequest, open: Store): string | null {
  switch (request.kind) {
    case "append":
      open.append(request.rows);
      return null;
    case "get":
      return open.get(request.id);
    case "probe":
      open.probe();
      return null;
  }
}

function abandonStore(): void {
  const failed = store;
  store = null;
  try {
    failed?.database.close();
  } catch {
    // The connection is given up either way; what it held was not acknowledged.
  }
}

parentPort?.on("message", (request: WriterRequest | "close") => {
  if (request !== "close") return parentPort?.postMessage(answer(request));
  abandonStore();
  parentPort?.close();
});
