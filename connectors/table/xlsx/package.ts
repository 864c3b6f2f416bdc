import { openSync, closeSync, readSync } from "node:fs";
import { crc32 } from "node:zlib";
import { type Entry, openPromise, type ZipFile } from "yauzl";
import { UploadError, type UploadErrorCode } from "../../upload.ts";

const MAX_ENTRIES = 5_000;
/** Unpacked, of one part (bytes): a sheet of a million rows and eleven columns takes up to 0.8 GB. */
const MAX_PART = 4_294_967_296;
/** Unpacked size to packed size; below SMALL_PART it does not matter. Real sheets stay under 60. */
const MAX_RATIO = 250;
const SMALL_PART = 4_194_304;

/** The parts of an Open Packaging Conventions file, unpacked as they are read and checked against their CRC. */
export class XlsxPackage {
  readonly #file: ZipFile;
  readonly #entries: ReadonlyMap<string, Entry>;
  readonly #onBytes: (bytes: number) => void;

  private constructor(file: ZipFile, entries: ReadonlyMap<string, Entry>, onBytes: (bytes: number) => void) {
    this.#file = file;
    this.#entries = entries;
    this.#onBytes = onBytes;
  }

  static async open(path: string, onBytes: (bytes: number) => void): Promise<XlsxPackage> {
    refuseCompoundFile(path);
    const file = await fromYauzl(openPromise(path, { lazyEntries: true, autoClose: false, strictFileNames: true }));
    try {
      return new XlsxPackage(file, await listEntries(file), onBytes);
    } catch (error) {
      file.close();
      throw error;
    }
  }

  has(part: string): boolean {
    return this.#entries.has(partName(part));
  }

  /** The bytes of a part such as `xl/workbook.xml`; part names do not differ by letter case alone. */
  async *read(part: string): AsyncGenerator<Buffer> {
    const entry = this.#entries.get(partName(part));
    if (entry === undefined) throw malformed(`the part ${part} is missing`);
    const start = entry.relativeOffsetOfLocalHeader;
    const stream = await fromYauzl(this.#file.openReadStreamPromise(entry));
    let sum = 0;
    let read = 0;
    for await (const chunk of chunksOf(stream)) {
      sum = crc32(chunk, sum);
      read += chunk.length;
      this.#onBytes(start + Math.round((read / entry.uncompressedSize) * entry.compressedSize));
      yield chunk;
    }
    if (sum !== entry.crc32) throw malformed(`the part ${part} does not have its check sum`);
  }

  close(): void {
    this.#file.close();
  }
}

const partName = (part: string): string => part.replace(/^\//, "").toLowerCase();

/** Encrypted workbooks and those of Excel 97 are compound files (MS-CFB), no zip archives. */
function refuseCompoundFile(path: string): void {
  const start = Buffer.alloc(8);
  const file = openSync(path, "r");
  try {
    readSync(file, start, 0, 8, 0);
  } finally {
    closeSync(file);
  }
  if (start.toString("hex") === "d0cf11e0a1b11ae1") throw new UploadError("XLSX_ENCRYPTED", "a compound file");
}

async function listEntries(file: ZipFile): Promise<ReadonlyMap<string, Entry>> {
  if (file.entryCount > MAX_ENTRIES) throw new UploadError("XLSX_LIMIT", `more than ${MAX_ENTRIES} parts`);
  const entries = new Map<string, Entry>();
  for await (const entry of chunksOf(file.eachEntry())) {
    const name = partName(entry.fileName);
    if (entries.has(name)) throw malformed("a part is there twice");
    checkEntry(entry, name);
    entries.set(name, entry);
  }
  return entries;
}

function checkEntry(entry: Entry, name: string): void {
  if (entry.isEncrypted()) throw new UploadError("XLSX_ENCRYPTED", "an encrypted part");
  if (!entry.canDecodeFileData()) throw malformed("a part is packed in an unknown way");
  if (name.endsWith("vbaproject.bin")) throw new UploadError("XLSX_MACROS", "a VBA project");
  const { compressedSize, uncompressedSize } = entry;
  if (uncompressedSize > MAX_PART) throw new UploadError("XLSX_LIMIT", `a part of more than ${MAX_PART} bytes`);
  if (uncompressedSize > SMALL_PART && uncompressedSize > compressedSize * MAX_RATIO) {
    throw new UploadError("XLSX_LIMIT", `a part that unpacks to more than ${MAX_RATIO} times its size`);
  }
}

/** What yauzl and zlib throw while reading is the file's fault; their messages may quote it. */
async function* chunksOf<Chunk>(source: AsyncIterable<Chunk>): AsyncGenerator<Chunk> {
  try {
    yield* source;
  } catch (error) {
    throw unreadable(error);
  }
}

async function fromYauzl<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    throw unreadable(error);
  }
}

function unreadable(error: unknown): unknown {
  const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
  if (error instanceof UploadError || (code.startsWith("E") && !code.startsWith("ERR"))) return error;
  return malformed("the archive cannot be read");
}

export function malformed(detail: string, code: UploadErrorCode = "XLSX_MALFORMED"): UploadError {
  return new UploadError(code, detail);
}
