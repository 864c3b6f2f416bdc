import { DatabaseSync, type StatementSync } from "node:sqlite";
import { normalise } from "../compare.ts";
import type { FieldType, SourceRecord } from "../source.ts";
import { FILE_FORMAT, keyCondition, type Layout, layoutName, valueColumn } from "./layout.ts";

export type TableHit = {
  /** Of the row in the file that was uploaded. */
  readonly row: number;
  /** The fields that were wanted; null also for one that the table does not have. */
  readonly record: SourceRecord;
};

/** What a set of keys finds. `no-such-key`: records cannot be asked for by these fields. */
export type TableFinding =
  | { readonly kind: "found"; readonly hit: TableHit }
  | { readonly kind: "none" | "several" | "no-such-key" };

type KeyAccess = {
  readonly keySet: readonly string[];
  readonly types: readonly FieldType[];
  /** By the names of the wanted fields: a column that is not read costs nothing. */
  readonly selects: Map<string, StatementSync>;
};

/** Different sets of fields that are kept ready for a key set. */
const MOST_SELECTS = 64;
/** Memory for pages that were read (KiB). With SQLite's own 2,000 each question would read from the file. */
const CACHE_KIBIBYTES = 65_536;

/** Why a file cannot serve. */
export class TableFileError extends Error {
  override readonly name = "TableFileError";
  readonly reason: "layout" | "damaged";

  constructor(reason: "layout" | "damaged", cause?: unknown) {
    super(`the file of records cannot be used: ${reason}`, { cause });
    this.reason = reason;
  }
}

/** A finished file of records, for reading. It never changes, so one read transaction holds for as long as it is open. */
export class TableFile {
  readonly asOf: string;
  readonly records: number;
  readonly #database: DatabaseSync;
  readonly #layout: Layout;
  readonly #access: ReadonlyMap<string, KeyAccess>;

  /** Throws TableFileError; `layout` when it was made under settings that do not fit `layout`. */
  constructor(path: string, layout: Layout) {
    this.#database = openDatabase(path);
    this.#layout = layout;
    try {
      const meta = readMeta(this.#database);
      if (meta.get("layout") !== layoutName(layout)) throw new TableFileError("layout");
      this.asOf = meta.get("asOf") ?? "";
      this.records = Number(meta.get("records"));
      this.#access = new Map(layout.keySets.map((keySet) => [accessName(keySet), accessBy(layout, keySet)]));
      this.#database.exec(`PRAGMA cache_size = -${CACHE_KIBIBYTES}; BEGIN; SELECT 1 FROM record LIMIT 1`);
    } catch (error) {
      this.#database.close();
      throw error instanceof TableFileError ? error : new TableFileError("damaged", error);
    }
  }

  /** `wanted`: fields of the record, which may name one twice. */
  find(keys: Readonly<Record<string, string>>, wanted: readonly string[]): TableFinding {
    const access = this.#access.get(accessName(Object.keys(keys)));
    if (access === undefined) return { kind: "no-such-key" };
    const { keySet, types } = access;
    const parameters = keySet.map((name, index) => normalise(types[index] ?? "text", keys[name] ?? ""));
    const [columns, other] = this.#select(access, wanted).all(...parameters);
    if (columns === undefined) return { kind: "none" };
    if (other !== undefined) return { kind: "several" };
    if (!Array.isArray(columns)) throw new TableFileError("damaged");
    const record: Record<string, string | null> = {};
    for (const [index, field] of wanted.entries()) record[field] = textOrNull(columns[index + 1]);
    return { kind: "found", hit: { row: Number(columns[0]), record } };
  }

  #select({ keySet, selects }: KeyAccess, wanted: readonly string[]): StatementSync {
    const name = wanted.join("\n");
    const known = selects.get(name);
    if (known !== undefined) return known;
    const columns = ["number", ...wanted.map((field) => valueColumn(this.#layout, field) ?? "NULL")].join(", ");
    const condition = keyCondition(this.#layout, keySet);
    const select = this.#database.prepare(`SELECT ${columns} FROM record WHERE ${condition} LIMIT 2`);
    select.setReturnArrays(true);
    if (selects.size >= MOST_SELECTS) selects.clear();
    selects.set(name, select);
    return select;
  }

  close(): void {
    this.#database.close();
  }
}

const accessName = (fields: readonly string[]): string =>
  fields.length === 1 ? (fields[0] ?? "") : [...fields].sort().join("\n");

function openDatabase(path: string): DatabaseSync {
  try {
    return new DatabaseSync(path, { readOnly: true });
  } catch (error) {
    throw new TableFileError("damaged", error);
  }
}

function readMeta(database: DatabaseSync): ReadonlyMap<string, string> {
  const version = database.prepare("PRAGMA user_version").get();
  if (version?.["user_version"] !== FILE_FORMAT) throw new TableFileError("layout");
  const rows = database.prepare("SELECT name, value FROM meta").all();
  return new Map(rows.map(({ name, value }) => [String(name), String(value)]));
}

function accessBy(layout: Layout, keySet: readonly string[]): KeyAccess {
  const types = keySet.map((name) => layout.fields.find((field) => field.name === name)?.type ?? "text");
  return { keySet, types, selects: new Map() };
}

const textOrNull = (value: unknown): string | null => (typeof value === "string" ? value : null);
