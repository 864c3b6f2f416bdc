import { closeSync, fsyncSync, openSync } from "node:fs";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { normalise } from "../compare.ts";
import { FILE_FORMAT, keyColumns, type Layout, layoutName, normalColumns, valueColumns } from "./layout.ts";

/** Said of the records as a whole. */
export type TableFacts = { readonly asOf: string; readonly sha256: string };

/** Rows that had to be taken out again because their key is not theirs alone: the first ones and how many. */
export type Duplicates = { readonly first: readonly number[]; readonly total: number };

/** Memory for pages while writing (KiB); more is written out. */
const CACHE_KIBIBYTES = 65_536;

/**
 * Writes a new file of records, complete only once `finish` has returned. There is no journal: a file that was not finished is
 * good for nothing and belongs to nobody.
 */
export class TableWriter {
  readonly #path: string;
  readonly #layout: Layout;
  readonly #database: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #keyPositions: readonly number[];

  constructor(path: string, layout: Layout) {
    this.#path = path;
    this.#layout = layout;
    this.#database = new DatabaseSync(path);
    this.#database.exec(`
      PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE;
      PRAGMA cache_size = -${CACHE_KIBIBYTES}; PRAGMA temp_store = FILE;
      BEGIN;
      CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
      CREATE TABLE record (number INTEGER PRIMARY KEY, ${columnDefinitions(layout)}) STRICT;
    `);
    const parameters = ["?", ...layout.fields.map(() => "?"), ...layout.keyFields.map(() => "?")].join(", ");
    this.#insert = this.#database.prepare(
      `INSERT INTO record (number, ${valueColumns(layout)}, ${normalColumns(layout)}) VALUES (${parameters})`,
    );
    this.#keyPositions = layout.keyFields.map((key) => layout.fields.findIndex(({ name }) => name === key));
  }

  /** `values` in the order of the layout's fields; `row` is the record's number and must not come twice. */
  add(row: number, values: readonly (string | null)[]): void {
    const normal = this.#keyPositions.map((position) => {
      const value = values[position] ?? null;
      const type = this.#layout.fields[position]?.type ?? "text";
      return value === null ? null : normalise(type, value) || null;
    });
    this.#insert.run(row, ...values, ...normal);
  }

  /** Makes the indexes and takes out every row whose first key another row has too: which one is right cannot be known. */
  index(limit: number): Duplicates {
    for (const [index, keySet] of this.#layout.keySets.entries()) {
      this.#database.exec(`CREATE INDEX by_${index} ON record (${keyColumns(this.#layout, keySet)})`);
    }
    const names = keyColumns(this.#layout, this.#layout.keySets[0] ?? []);
    this.#database.exec(`
      CREATE TEMP TABLE doubled AS SELECT number FROM record
        WHERE (${names}) IN (SELECT ${names} FROM record GROUP BY ${names} HAVING count(*) > 1);
      DELETE FROM record WHERE number IN (SELECT number FROM doubled);
    `);
    const first = this.#database.prepare("SELECT number FROM doubled ORDER BY number LIMIT ?").all(limit);
    const total = this.#database.prepare("SELECT count(*) AS total FROM doubled").get();
    return { first: first.map((row) => Number(row["number"])), total: Number(total?.["total"]) };
  }

  /** Durable when it returns. */
  finish({ asOf, sha256 }: TableFacts): void {
    const meta = this.#database.prepare("INSERT INTO meta (name, value) VALUES (?, ?)");
    const counted = this.#database.prepare("SELECT count(*) AS total FROM record").get();
    meta.run("layout", layoutName(this.#layout));
    meta.run("asOf", asOf);
    meta.run("sha256", sha256);
    meta.run("records", String(counted?.["total"]));
    this.#database.exec(`COMMIT; PRAGMA user_version = ${FILE_FORMAT}`);
    this.#database.close();
    const file = openSync(this.#path, "r+");
    try {
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  }

  /** Gives up; the file is to be removed. */
  abandon(): void {
    if (this.#database.isOpen) this.#database.close();
  }
}

function columnDefinitions({ fields, keyFields }: Layout): string {
  const values = fields.map((_, index) => `v${index} TEXT`);
  const normal = keyFields.map((_, index) => `n${index} TEXT`);
  return [...values, ...normal].join(", ");
}
