import { type RowFault, UploadError } from "../upload.ts";
import { readCsv } from "./csv.ts";
import type { ImportMessage, ImportTask } from "./import-protocol.ts";
import { isBlank, type IsWellFormed, type Row, RowReader } from "./rows.ts";
import { TableWriter } from "./table-writer.ts";
import { readXlsx } from "./xlsx/xlsx.ts";

type Tell = (message: ImportMessage) => void;

/** Faults that the report lists; the rest is counted. */
const LISTED = 100;
/** Rows between two looks at the clock, and milliseconds between two messages. */
const LOOK_EVERY = 1_000;
const TELL_EVERY = 250;

/** Reads an upload into a new file of records, which is finished when no row was refused or refused rows are to be skipped. */
export async function importRows(task: ImportTask, isWellFormed: IsWellFormed, tell: Tell): Promise<void> {
  const writer = new TableWriter(task.records, task.layout);
  try {
    const intake = new Intake(task, writer, isWellFormed, tell);
    await read(task, intake);
    tell(intake.finish());
  } finally {
    writer.abandon();
  }
}

async function read(task: ImportTask, intake: Intake): Promise<void> {
  const onRow = (row: Row) => intake.take(row);
  const onBytes = (bytes: number) => {
    intake.bytes = bytes;
  };
  if (task.format === "csv") await readCsv(task.upload, task.settings.csv, onRow, onBytes);
  else await readXlsx(task.upload, { sheet: task.settings.sheet, texts: task.texts }, onRow, onBytes);
}

/** Takes the rows as they come: header, records, and what is refused. */
class Intake {
  bytes = 0;
  readonly #task: ImportTask;
  readonly #writer: TableWriter;
  readonly #isWellFormed: IsWellFormed;
  readonly #tell: Tell;
  readonly #faults: RowFault[] = [];
  #reader: RowReader | null = null;
  #rows = 0;
  #refused = 0;
  #toldAt = 0;

  constructor(task: ImportTask, writer: TableWriter, isWellFormed: IsWellFormed, tell: Tell) {
    this.#task = task;
    this.#writer = writer;
    this.#isWellFormed = isWellFormed;
    this.#tell = tell;
  }

  take(row: Row): void {
    const { settings, format } = this.#task;
    if (row.number < settings.headerRow) return;
    if (this.#reader === null) {
      this.#reader = new RowReader(headerOf(row, settings.headerRow), settings, this.#isWellFormed);
      return;
    }
    if (isBlank(row.cells)) return;
    this.#count();
    const checked = this.#reader.check(row, format === "csv" ? "refused" : "allowed");
    if (checked.kind === "accepted") this.#writer.add(row.number, checked.values);
    else this.#refuse(checked.fault);
  }

  finish(): ImportMessage {
    const { settings, asOf, sha256 } = this.#task;
    if (this.#reader === null) throw new UploadError("HEADER_MISSING", `there is no row ${settings.headerRow}`);
    if (this.#rows === 0) throw new UploadError("TABLE_EMPTY", "no row below the header");
    this.#tell({ kind: "progress", phase: "indexing", rows: this.#rows, bytes: this.bytes });
    this.#refuseDuplicates();
    const accepted = this.#rows - this.#refused;
    const finished = this.#refused === 0 || (settings.onRefused === "skip" && accepted > 0);
    if (finished) this.#writer.finish({ asOf, sha256 });
    const refused = this.#faults.toSorted((a, b) => a.row - b.row).slice(0, LISTED);
    return { kind: "read", finished, rows: this.#rows, accepted, refused, refusedTotal: this.#refused };
  }

  #count(): void {
    this.#rows += 1;
    if (this.#rows > this.#task.settings.maxRows) {
      throw new UploadError("ROWS_TOO_MANY", `more than ${this.#task.settings.maxRows}`);
    }
    if (this.#rows % LOOK_EVERY !== 0 || performance.now() - this.#toldAt < TELL_EVERY) return;
    this.#toldAt = performance.now();
    this.#tell({ kind: "progress", phase: "reading", rows: this.#rows, bytes: this.bytes });
  }

  #refuse(fault: RowFault): void {
    this.#refused += 1;
    if (this.#faults.length < LISTED) this.#faults.push(fault);
  }

  #refuseDuplicates(): void {
    const { columns, keySets } = this.#task.settings;
    const column = columns.find(({ field }) => field === keySets[0]?.[0])?.header ?? null;
    const { first, total } = this.#writer.index(LISTED);
    this.#faults.push(...first.map((row) => ({ row, column, code: "KEY_DUPLICATE" as const })));
    this.#refused += total;
  }
}

function headerOf({ number, cells }: Row, headerRow: number): Row["cells"] {
  if (number !== headerRow) throw new UploadError("HEADER_MISSING", `there is no row ${headerRow}`);
  return cells;
}
