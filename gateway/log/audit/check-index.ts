import { existsSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { bytesIn, columnsOf, type EntryColumns, entryRow, idText } from "../index/entry-columns.ts";
import { SHARED } from "../index/terms.ts";
import { checkCommitment, type Leaf, SALT_BYTES } from "../leaf.ts";
import { type AuditCode, LogBreak, LogUnreadError } from "./audit-faults.ts";
import { TermCheck } from "./check-terms.ts";

export type IndexFindings = {
  readonly checked: number;
  /** Whose content was destroyed, as was recorded. */
  readonly erased: number;
  /** Whose content was lost together with an earlier index. */
  readonly lost: number;
  /** Entries at the end that the index has still to take over from the journal. */
  readonly behind: number;
};

const FILE = "index.sqlite";

const ROWS = `
  SELECT e.*, coalesce(c.salts, a.salts) AS salts, coalesce(c.request, a.request) AS request,
    coalesce(c.record, a.record) AS record, x.entry IS NOT NULL AS is_erased
  FROM entries e LEFT JOIN content c USING (entry) LEFT JOIN act_content a USING (entry) LEFT JOIN erasures x USING (entry)
  WHERE e.entry >= ? AND e.entry < ? ORDER BY e.entry`;

type Row = {
  readonly columns: EntryColumns;
  readonly salts: Buffer;
  readonly request: Buffer;
  readonly record: Buffer;
  readonly isErased: boolean;
};

type Gap = { readonly from: number; readonly until: number };
type Progress = { readonly next: number; readonly gaps: readonly Gap[] };

/** Compares the index with the log's entries, a bundle at a time, each in a reading of its own: a gateway that runs is not held up. */
export class IndexCheck {
  readonly #database: DatabaseSync;
  readonly #rows: StatementSync;
  readonly #byId: StatementSync;
  readonly #terms: TermCheck;
  #progress: Progress;
  #counts = { checked: 0, erased: 0, lost: 0 };

  /** The index of a log in a directory; null when this is a copy of its public half. Throws LogBreak or LogUnreadError. */
  static open(directory: string): IndexCheck | null {
    const file = join(directory, FILE);
    if (existsSync(file)) return reading(null, () => new IndexCheck(file));
    if (existsSync(join(directory, "journal"))) throw new LogBreak("INDEX_MISSING", { file: FILE }, "not there");
    return null;
  }

  private constructor(file: string) {
    this.#database = new DatabaseSync(file, { readOnly: true });
    this.#rows = this.#database.prepare(ROWS);
    this.#byId = this.#database.prepare("SELECT entry FROM entries WHERE id = ?");
    this.#terms = new TermCheck(this.#database);
    this.#progress = progressOf(this.#database);
  }

  /** `first`: index of the first of these leaves. Throws LogBreak or LogUnreadError. */
  check(leaves: readonly Leaf[], first: number): void {
    const rows = reading(first, () => this.#rows.all(first, first + leaves.length).map(readRow));
    const byEntry = new Map(rows.map((row) => [row.columns.entry, row]));
    for (const [at, leaf] of leaves.entries()) {
      const entry = first + at;
      const row = byEntry.get(entry);
      if (row === undefined) this.#missing(entry);
      else reading(entry, () => this.#compare(row, leaf));
    }
  }

  findings(size: number): IndexFindings {
    const { checked, erased, lost } = this.#counts;
    return { checked, erased, lost, behind: size - checked - lost };
  }

  close(): void {
    this.#database.close();
  }

  #missing(entry: number): void {
    // It may have gone on since.
    if (entry >= this.#progress.next) this.#progress = reading(entry, () => progressOf(this.#database));
    if (this.#progress.gaps.some(({ from, until }) => from <= entry && entry < until)) this.#counts.lost++;
    else if (entry < this.#progress.next) throw broken("INDEX_MISSING", entry, "there is no row for it");
  }

  #compare(row: Row, leaf: Leaf): void {
    const { entry, id, time } = row.columns;
    if (idText(id) !== leaf.id) throw broken("INDEX_DIFFERS", entry, "it has another id");
    if (time !== Date.parse(leaf.time)) throw broken("INDEX_DIFFERS", entry, "it has another time");
    if (!this.#byId.all(id).some((found) => found["entry"] === entry))
      throw broken("INDEX_DIFFERS", entry, "it is not found by its id");
    if (row.isErased) checkErased(row);
    else checkContent(row, leaf);
    this.#terms.add(row.columns, row.isErased ? "erased" : "whole");
    this.#counts.checked++;
    if (row.isErased) this.#counts.erased++;
  }
}

function checkErased({ columns, salts, request, record }: Row): void {
  const { entry, caseNumber, subject, persons } = columns;
  const left = [salts, request, record, caseNumber, subject, persons].filter((each) => !isBlank(each));
  if (left.length > 0) throw broken("INDEX_DIFFERS", entry, "it was erased, and content of it is still there");
}

function checkContent({ columns, salts, request, record }: Row, leaf: Leaf): void {
  const { entry } = columns;
  const [requestSalt, recordSalt] = [salts.subarray(0, SALT_BYTES), salts.subarray(SALT_BYTES, 2 * SALT_BYTES)];
  if (salts.length !== 3 * SALT_BYTES || isBlank(salts))
    throw broken("INDEX_RECORD_CHANGED", entry, "its salts are gone, and nothing says that it was erased");
  if (!checkCommitment("request", requestSalt, request.toString(), leaf.request))
    throw broken("INDEX_RECORD_CHANGED", entry, "the request, or its salt");
  if (!checkCommitment("record", recordSalt, record.toString(), leaf.record))
    throw broken("INDEX_RECORD_CHANGED", entry, "the record, or its salt");
  const proven = provenColumns(entry, leaf, record);
  const wrong = SHARED.find((name) => proven[name] !== columns[name]);
  if (wrong !== undefined) throw broken("INDEX_DIFFERS", entry, `its ${wrong} is not that of the record`);
  if (!proven.caseNumber.equals(columns.caseNumber))
    throw broken("INDEX_DIFFERS", entry, "its case is not that of the record");
}

/** What is searched for, out of a record that the log commits to. */
function provenColumns(entry: number, { id, time }: Leaf, record: Buffer): EntryColumns {
  const leaf = Buffer.from(`{"id":"${id}","time":"${time}"}`);
  try {
    return columnsOf({ index: entry, leaf, subject: null, persons: [], record });
  } catch (error) {
    if (error instanceof TypeError || error instanceof SyntaxError)
      throw broken("INDEX_DIFFERS", entry, "its record is of a form that is not known");
    throw error;
  }
}

/** What is erased is overwritten by zeros of the same length. */
const isBlank = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0);

const broken = (code: AuditCode, entry: number | null, detail: string): LogBreak =>
  new LogBreak(code, { file: FILE, entry }, detail);

const readRow = (row: Readonly<Record<string, unknown>>): Row => ({
  columns: entryRow(row),
  salts: bytesIn(row["salts"]),
  request: bytesIn(row["request"]),
  record: bytesIn(row["record"]),
  isErased: row["is_erased"] === 1,
});

function progressOf(database: DatabaseSync): Progress {
  const next = Number(database.prepare("SELECT next FROM progress").get()?.["next"] ?? 0);
  const gaps = database.prepare("SELECT first, until FROM gaps").all();
  return { next, gaps: gaps.map((row) => ({ from: Number(row["first"]), until: Number(row["until"]) })) };
}

const SQLITE_BUSY = 5;
const SQLITE_LOCKED = 6;

/** SQLite's errors are the index's damage, except that somebody else is using it. */
function reading<Result>(entry: number | null, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Error && "errcode" in error)) throw error;
    const primary = Number(error.errcode) & 0xff;
    if (primary === SQLITE_BUSY || primary === SQLITE_LOCKED)
      throw new LogUnreadError(`${FILE} is in use (${error.message})`, { cause: error });
    throw broken("INDEX_UNREADABLE", entry, error.message);
  }
}
