import { normalise } from "../compare.ts";
import type { FieldType } from "../source.ts";
import { type RowFault, type RowFaultCode, UploadError } from "../upload.ts";
import { headerForm, type TableColumn, type TableSettings } from "./settings.ts";

/** A text, a number that a spreadsheet keeps with 15 digits only, or what stands in a cell in place of a value. Undefined is blank. */
export type Cell = string | { readonly rounded: string } | { readonly fault: RowFaultCode } | undefined;

/** `number` as a spreadsheet counts it. */
export type Row = { readonly number: number; readonly cells: readonly Cell[] };

/** Called for each row in turn, the header included. Throws UploadError to end the reading. */
export type OnRow = (row: Row) => void;

export type IsWellFormed = (type: FieldType, text: string) => boolean;

/** Values in the order of the layout's fields (by name). */
export type CheckedRow =
  | { readonly kind: "accepted"; readonly values: readonly (string | null)[] }
  | { readonly kind: "refused"; readonly fault: RowFault };

const MAX_COLUMNS = 1_000;
const MAX_VALUE = 4_000;
/** Control characters but blanks, and the mark of characters that an earlier conversion lost. */
const FORBIDDEN = /[\u0000-\u0008\u000e-\u001f\u007f-\u009f\ufffd]/;

type PlacedColumn = TableColumn & { readonly position: number; readonly isKey: boolean };

/** Reads the rows of one table by its header. */
export class RowReader {
  readonly #columns: readonly PlacedColumn[];
  readonly #width: number;
  readonly #isWellFormed: IsWellFormed;

  /** Throws UploadError HEADER_MISSING, HEADER_DUPLICATE, HEADER_UNKNOWN, COLUMNS_TOO_MANY. */
  constructor(header: readonly Cell[], settings: TableSettings, isWellFormed: IsWellFormed) {
    this.#isWellFormed = isWellFormed;
    this.#width = header.length;
    this.#columns = placeColumns(header, settings);
  }

  /** `ragged`: whether the file's format lets each row have its own number of cells. */
  check({ number, cells }: Row, ragged: "allowed" | "refused"): CheckedRow {
    if (ragged === "refused" && cells.length !== this.#width) {
      return { kind: "refused", fault: { row: number, column: null, code: "ROW_RAGGED" } };
    }
    const values: (string | null)[] = [];
    for (const column of this.#columns) {
      const value = this.#valueOf(column, cells[column.position]);
      if (typeof value === "object" && value !== null) {
        return { kind: "refused", fault: { row: number, column: column.header, code: value.fault } };
      }
      values.push(value);
    }
    return { kind: "accepted", values };
  }

  #valueOf(column: PlacedColumn, cell: Cell): string | null | { readonly fault: RowFaultCode } {
    const text = textOf(cell, column.type);
    if (typeof text === "object") return text;
    const value = keptForm(column.type, text);
    if (value === "") return column.isKey ? { fault: "KEY_MISSING" } : null;
    if (value.length > MAX_VALUE) return { fault: "VALUE_TOO_LONG" };
    if (FORBIDDEN.test(value)) return { fault: "VALUE_CHARACTERS" };
    if (column.translation === null) return this.#wellFormed(column.type, value);
    const meant = column.translation.get(normalise("text", text)) ?? column.translation.get(normalise("text", value));
    return meant === undefined ? { fault: "VALUE_UNKNOWN" } : this.#wellFormed(column.type, meant);
  }

  #wellFormed(type: FieldType, value: string): string | { readonly fault: RowFaultCode } {
    return this.#isWellFormed(type, value) ? value : { fault: "VALUE_INVALID" };
  }
}

export const isBlank = (cells: readonly Cell[]): boolean =>
  cells.every((cell) => cell === undefined || (typeof cell === "string" && cell.trim() === ""));

function placeColumns(header: readonly Cell[], settings: TableSettings): readonly PlacedColumn[] {
  if (header.length > MAX_COLUMNS) throw new UploadError("COLUMNS_TOO_MANY", `more than ${MAX_COLUMNS}`);
  const names = Array.from(header, (cell) => (typeof cell === "string" ? headerForm(cell) : ""));
  const identity = settings.keySets[0] ?? [];
  const placed = settings.columns.map((column) => ({
    ...column,
    position: positionOf(names, column.header),
    isKey: identity.includes(column.field),
  }));
  const known = new Set(placed.map(({ position }) => position));
  const other = names.findIndex((name, position) => name !== "" && !known.has(position));
  if (settings.otherColumns === "refuse" && other >= 0) throw new UploadError("HEADER_UNKNOWN", `column ${other + 1}`);
  return placed.sort((a, b) => (a.field < b.field ? -1 : 1));
}

function positionOf(names: readonly string[], header: string): number {
  const name = headerForm(header);
  const position = names.indexOf(name);
  if (position < 0) throw new UploadError("HEADER_MISSING", header);
  if (names.lastIndexOf(name) !== position) throw new UploadError("HEADER_DUPLICATE", header);
  return position;
}

function textOf(cell: Cell, type: FieldType): string | { readonly fault: RowFaultCode } {
  if (cell === undefined) return "";
  if (typeof cell === "string" || "fault" in cell) return cell;
  return type === "decimal" ? cell.rounded : { fault: "VALUE_ROUNDED" };
}

/** As the source states it, but dates, decimals and flags in the one form that records have. */
function keptForm(type: FieldType, text: string): string {
  switch (type) {
    case "date":
    case "decimal":
    case "flag":
    case "region":
    case "credit-code":
    case "resident-number":
    case "holder-code":
      return normalise(type, text);
    default:
      return text.replace(/^[\s\u200b\ufeff]+|[\s\u200b\ufeff]+$/g, "");
  }
}
