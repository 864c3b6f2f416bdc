import { DatabaseSync, type StatementSync } from "node:sqlite";
import { normalise } from "../compare.ts";
import type { FieldType, SourceRecord } from "../source.ts";
import { FILE_FORMAT, keyCondition, type Layout, layoutName, valueColumns } from "./layout.ts";

export type TableHit = {
  /** Of the row in the file that was uploaded. */
  readonly row: number;
  /** Values in the order of the layout's fields. */
  readonly values: readonly (string | null)[];
};

/** What a set of keys finds. `no-such-key`: records cannot be asked for by these fields. */
export type TableFinding =
  | { readonly kind: "found"; readonly hit: TableHit }
  | { readonly kind: "none" | "several" | "no-such-key" };

type KeyAccess = {
  readonly keys: readonly { readonly name: string; readonly type: FieldType }[];
  readonly select: StatementSync;
};

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
  readonly #positions: ReadonlyMap<string, number>;
  readonly #access: ReadonlyMap<string, KeyAccess>;

  /** Throws TableFileError; `layout` when it was made under settings that do not fit `layout`. */
  constructor(path: string, layout: Layout) {
    this.#database = openDatabase(path);
    try {
      const meta = readMeta(this.#database);
      if (meta.get("layout") !== layoutName(layout)) throw new TableFileError("layout");
      this.asOf = meta.get("asOf") ?? "";
      this.records = Number(meta.get("records"));
      this.#positions = new Map(layout.fields.map(({ name }, index) => [name, index]));
      this.#access = new Map(
        layout.keySets.map((keySet) => [accessName(keySet), accessBy(this.#database, layout, keySet)]),
      );
      this.#database.exec("BEGIN; SELECT 1 FROM record LIMIT 1");
    } catch (error) {
      this.#database.close();
      throw error instanceof TableFileError ? error : new TableFileError("damaged", error);
    }
  }

  find(keys: Readonly<Record<string, string>>): TableFinding {
    const access = this.#access.get(accessName(Object.keys(keys)));
    if (access === undefined) return { kind: "no-such-key" };
    const parameters = access.keys.map(({ name, type }) => normalise(type, keys[name] ?? ""));
    const [hit, other] = access.select.all(...parameters);
    if (hit === undefined) return { kind: "none" };
    if (other !== undefined) return { kind: "several" };
    const [row, ...values] = Object.values(hit);
    return { kind: "found", hit: { row: Number(row), values: values.map((value) => textOrNull(value)) } };
  }

  /** The value of a field; null also for one that the table does not have. */
  valueOf({ values }: TableHit, field: string): string | null {
    const position = this.#positions.get(field);
    return position === undefined ? null : (values[position] ?? null);
  }

  recordOf(hit: TableHit, fields: readonly string[]): SourceRecord {
    const record: Record<string, string | null> = {};
    for (const field of fields) record[field] = this.valueOf(hit, field);
    return record;
  }

  close(): void {
    this.#database.close();
  }
}

const accessName = (fields: readonly string[]): string => [...fields].sort().join("\n");

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

function accessBy(database: DatabaseSync, layout: Layout, keySet: readonly string[]): KeyAccess {
  const select = database.prepare(
    `SELECT number, ${valueColumns(layout)} FROM record WHERE ${keyCondition(layout, keySet)} LIMIT 2`,
  );
  select.setReturnArrays(true);
  const keys = keySet.map((name) => ({
    name,
    type: layout.fields.find((field) => field.name === name)?.type ?? ("text" as const),
  }));
  return { keys, select };
}

const textOrNull = (value: unknown): string | null => (typeof value === "string" ? value : null);
