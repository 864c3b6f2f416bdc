import type { Cell, OnRow } from "../rows.ts";
import { dateCell, type Epoch, numberCell, unescaped } from "./cell-value.ts";
import { malformed, type XlsxPackage } from "./package.ts";
import type { TextStore } from "./text-store.ts";
import { scanXml, type XmlAttributes } from "./xml.ts";

type SheetContext = {
  readonly texts: TextStore;
  /** Cell styles whose numbers are dates. */
  readonly dateStyles: ReadonlySet<number>;
  readonly epoch: Epoch;
};

const LAST_ROW = 1_048_576;
const LAST_COLUMN = 16_384;

/** Reads the rows of a sheet (ISO/IEC 29500-1 18.3.1.73) in their order. Rows and cells that are left out are blank. */
export async function readSheet(
  archive: XlsxPackage,
  part: string,
  context: SheetContext,
  onRow: OnRow,
): Promise<void> {
  const reader = new SheetReader(context, onRow);
  await scanXml(archive, part, {
    open: (name, attributes) => reader.open(name, attributes),
    text: (text) => reader.text(text),
    close: (name) => reader.close(name),
  });
}

class SheetReader {
  readonly #context: SheetContext;
  readonly #onRow: OnRow;
  #row = 0;
  #cells: Cell[] = [];
  #column = -1;
  #type = "";
  #style = 0;
  #value = "";
  #inline = "";
  #part: "none" | "value" | "inline" | "hint" = "none";

  constructor(context: SheetContext, onRow: OnRow) {
    this.#context = context;
    this.#onRow = onRow;
  }

  open(name: string, attributes: XmlAttributes): void {
    if (name === "c") this.#openCell(attributes);
    else if (name === "v") this.#part = "value";
    else if (name === "t" && this.#part !== "hint") this.#part = "inline";
    else if (name === "rPh") this.#part = "hint";
    else if (name === "row") this.#openRow(attributes["r"]);
  }

  text(text: string): void {
    if (this.#part === "value") this.#value += text;
    else if (this.#part === "inline") this.#inline += text;
  }

  close(name: string): void {
    if (name === "c") this.#cells[this.#column] = this.#cell();
    else if (name === "v" || name === "rPh" || (name === "t" && this.#part === "inline")) this.#part = "none";
    else if (name === "row") this.#onRow({ number: this.#row, cells: this.#cells });
  }

  #openRow(number: string | undefined): void {
    const row = number === undefined ? this.#row + 1 : Number(number);
    if (!Number.isInteger(row) || row <= this.#row || row > LAST_ROW) throw malformed("the rows are out of order");
    this.#row = row;
    this.#cells = [];
    this.#column = -1;
  }

  #openCell(attributes: XmlAttributes): void {
    const reference = attributes["r"];
    const column = reference === undefined ? this.#column + 1 : columnOf(reference, this.#row);
    if (column <= this.#column || column >= LAST_COLUMN) throw malformed("the cells of a row are out of order");
    this.#column = column;
    this.#type = attributes["t"] ?? "n";
    this.#style = Number(attributes["s"] ?? 0);
    this.#value = "";
    this.#inline = "";
  }

  #cell(): Cell {
    const value = this.#value;
    if (this.#type === "inlineStr") return unescaped(this.#inline);
    if (value === "") return undefined;
    switch (this.#type) {
      case "s":
        return this.#sharedString(value);
      case "str":
        return unescaped(value);
      case "b":
        return value === "1" ? "true" : "false";
      case "d":
        return value;
      case "e":
        return { fault: "CELL_ERROR" };
      case "n":
        return this.#context.dateStyles.has(this.#style) ? dateCell(value, this.#context.epoch) : numberCell(value);
      default:
        throw malformed("a cell of an unknown type");
    }
  }

  #sharedString(value: string): string {
    const text = /^\d{1,9}$/.test(value) ? this.#context.texts.at(Number(value)) : null;
    if (text === null) throw malformed("a cell names a shared string that is not there");
    return text;
  }
}

/** Of a reference such as AB12 in row 12, from 0. */
function columnOf(reference: string, row: number): number {
  const [, letters, digits] = /^([A-Z]{1,3})(\d{1,7})$/.exec(reference) ?? [];
  if (letters === undefined || Number(digits) !== row) throw malformed("a cell is not in the row that it names");
  let column = 0;
  for (const letter of letters) column = column * 26 + letter.charCodeAt(0) - 64;
  return column - 1;
}
