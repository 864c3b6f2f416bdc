import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { JournalRecord } from "../journal-frame.ts";
import { columnsOf, entryRow, type EntryColumns } from "./entry-columns.ts";
import { checkpoint, inTransaction, openIndexDatabase, truncateWal } from "./index-database.ts";
import { OpenSegment } from "./segment-terms.ts";
import { SEGMENT, segmentOf } from "./terms.ts";

type Progress = {
  /** The entry that comes next. */
  readonly next: number;
  /** The first entry of either kind that retention has not yet passed. */
  readonly exchangesKept: number;
  readonly actsKept: number;
};

/** From `from` up to, not including, `until`. */
type Gap = { readonly from: number; readonly until: number };

const ADD_ENTRY = "INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
const ADD_CONTENT = "INSERT INTO content VALUES (?, ?, ?, ?)";
const ADD_ACT_CONTENT = "INSERT INTO act_content VALUES (?, ?, ?, ?)";
const NOTHING = Buffer.alloc(0);

/** The index's file, opened by one thread only. Everything throws when the file cannot be read or written; then it has to be opened anew. */
export class IndexStore {
  readonly database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #next: number;
  #open: OpenSegment;
  #gaps: readonly Gap[];

  constructor(file: string) {
    this.database = openIndexDatabase(file);
    try {
      this.#next = this.progress().next;
      this.#open = this.#loadSegment(segmentOf(this.#lastEntry()));
      this.#gaps = this.#loadGaps();
    } catch (error) {
      this.database.close();
      throw error;
    }
  }

  /** The entry that comes next: all before it are here, or missing for good. */
  get next(): number {
    return this.#next;
  }

  /** The segment that still grows. */
  get open(): OpenSegment {
    return this.#open;
  }

  /** Prepared once. */
  statement = (sql: string): StatementSync => {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const made = this.database.prepare(sql);
    this.#statements.set(sql, made);
    return made;
  };

  transaction<Result>(act: () => Result): Result {
    return inTransaction(this.database, act);
  }

  progress(): Progress {
    const row = this.statement("SELECT next, exchanges_kept, acts_kept FROM progress").get();
    return {
      next: Number(row?.["next"]),
      exchangesKept: Number(row?.["exchanges_kept"]),
      actsKept: Number(row?.["acts_kept"]),
    };
  }

  /** The entries that follow, in one transaction with how far they go. */
  add(records: readonly JournalRecord[]): void {
    this.transaction(() => {
      for (const record of records) this.#insert(columnsOf(record), record);
      this.#moveTo(this.#next);
    });
  }

  /** Says that the entries from the next one up to, not including, `until` are not to be had any more. */
  skipTo(until: number): void {
    this.transaction(() => {
      this.statement("INSERT INTO gaps VALUES (?, ?)").run(this.#next, until);
      this.#moveTo(until);
    });
    this.#gaps = this.#loadGaps();
  }

  /** Entries that are missing for good. */
  get gaps(): readonly Gap[] {
    return this.#gaps;
  }

  /** False when another reader of the file keeps it from being done with. */
  checkpoint = (): boolean => checkpoint(this.database);
  /** The same, and nothing that was overwritten is left in the write-ahead log. */
  truncateWal = (): boolean => truncateWal(this.database);
  close = (): void => this.database.close();

  #insert(columns: EntryColumns, { salts, target, record }: JournalRecord): void {
    const { entry, id, time, kind, client, organisation, item, resource, outcome } = columns;
    if (entry !== this.#next) throw new Error(`entry ${entry} came where ${this.#next} was expected`);
    this.#closeBefore(segmentOf(entry));
    const { caseNumber, subject, persons } = columns;
    this.statement(ADD_ENTRY).run(
      entry,
      id,
      time,
      kind,
      client,
      organisation,
      item,
      resource,
      outcome,
      caseNumber,
      subject,
      persons,
    );
    this.statement(kind === "act" ? ADD_ACT_CONTENT : ADD_CONTENT).run(entry, salts, target ?? NOTHING, record);
    this.#open.add(columns);
    this.#next = entry + 1;
  }

  /** A segment is closed by the first entry of a later one. */
  #closeBefore(segment: number): void {
    if (segment === this.#open.segment) return;
    this.#open.close(this);
    this.#open = new OpenSegment(segment);
  }

  #moveTo(next: number): void {
    this.statement("UPDATE progress SET next = ?").run(next);
    this.#next = next;
  }

  #loadGaps(): Gap[] {
    const rows = this.statement("SELECT first, until FROM gaps ORDER BY first").all();
    return rows.map((row) => ({ from: Number(row["first"]), until: Number(row["until"]) }));
  }

  #lastEntry(): number {
    return Number(this.statement("SELECT max(entry) AS last FROM entries").get()?.["last"] ?? 0);
  }

  #loadSegment(segment: number): OpenSegment {
    const open = new OpenSegment(segment);
    const rows = this.statement("SELECT * FROM entries WHERE entry >= ? ORDER BY entry").iterate(segment * SEGMENT);
    for (const row of rows) open.add(entryRow(row));
    return open;
  }
}
