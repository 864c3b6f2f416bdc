import { createReadStream } from "node:fs";
import { Transform, type TransformCallback } from "node:stream";
import { pipeline } from "node:stream/promises";
import { CsvError, parse } from "csv-parse";
import { UploadError } from "../upload.ts";
import type { OnRow } from "./rows.ts";
import type { CsvForm } from "./settings.ts";

const CHUNK = 262_144;
/** Of one row (characters): an unclosed quotation mark would otherwise swallow the rest of the file. */
const MAX_ROW = 1_048_576;

/**
 * Reads a CSV file (RFC 4180) row by row; a byte order mark overrides the encoding agreed on. `onBytes` is told how much was
 * read so far. Throws UploadError CSV_MALFORMED, ENCODING_WRONG, and what `onRow` throws.
 */
export async function readCsv(
  path: string,
  form: CsvForm,
  onRow: OnRow,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const cells = new CsvRows(form, onRow);
  try {
    await pipeline(createReadStream(path, { highWaterMark: CHUNK }), new Decoding(form, onBytes), cells.parser);
  } catch (error) {
    throw uploadErrorOf(error, cells.rows);
  }
}

/** The parser tells of each row as it goes and keeps none. */
class CsvRows {
  rows = 0;
  readonly parser: ReturnType<typeof parse>;

  constructor({ delimiter }: CsvForm, onRow: OnRow) {
    this.parser = parse({
      delimiter,
      record_delimiter: ["\r\n", "\n"],
      relax_column_count: true,
      max_record_size: MAX_ROW,
      on_record: (record: string[]) => {
        this.rows += 1;
        onRow({ number: this.rows, cells: record });
        return null;
      },
    });
    this.parser.resume();
  }
}

/** To UTF-8, whatever came in; a byte that is no character ends it. */
class Decoding extends Transform {
  readonly #form: CsvForm;
  readonly #onBytes: (bytes: number) => void;
  #decoder: TextDecoder | null = null;
  #bytes = 0;

  constructor(form: CsvForm, onBytes: (bytes: number) => void) {
    super({ readableHighWaterMark: CHUNK, writableHighWaterMark: CHUNK });
    this.#form = form;
    this.#onBytes = onBytes;
  }

  override _transform(chunk: Buffer, _: BufferEncoding, done: TransformCallback): void {
    this.#decoder ??= new TextDecoder(encodingOf(chunk, this.#form), { fatal: true });
    this.#bytes += chunk.length;
    this.#onBytes(this.#bytes);
    this.#decode(done, chunk);
  }

  override _flush(done: TransformCallback): void {
    this.#decode(done);
  }

  #decode(done: TransformCallback, chunk?: Buffer): void {
    try {
      const text = this.#decoder?.decode(chunk, { stream: chunk !== undefined }) ?? "";
      done(null, Buffer.from(text));
    } catch (error) {
      done(new UploadError("ENCODING_WRONG", `not ${this.#decoder?.encoding}`, { cause: error }));
    }
  }
}

function encodingOf(start: Buffer, { encoding }: CsvForm): string {
  if (start[0] === 0xef && start[1] === 0xbb && start[2] === 0xbf) return "utf-8";
  if (start[0] === 0xff && start[1] === 0xfe) return "utf-16le";
  return encoding;
}

/** The parser's own message quotes the file. */
function uploadErrorOf(error: unknown, rows: number): unknown {
  if (!(error instanceof CsvError)) return error;
  const what =
    error.code === "CSV_MAX_RECORD_SIZE"
      ? "is too long, or a quotation mark is not closed"
      : "has a stray quotation mark";
  return new UploadError("CSV_MALFORMED", `row ${rows + 1} ${what}`);
}
