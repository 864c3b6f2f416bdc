import { closeSync, openSync, readSync, writeSync } from "node:fs";
import { UploadError } from "../../upload.ts";

const BLOCK = 65_536;
/** Blocks kept in memory: 32 MiB. */
const BLOCKS_KEPT = 512;
const MAX_TEXTS = 20_000_000;
const MAX_BYTES = 4_294_967_295;

/**
 * Texts by number, on disk: a workbook of a million rows has millions of them. Those read lately stay in memory, which serves
 * well because sheets mostly name them in order. Four bytes of memory for each. All are added before the first is read.
 */
export class TextStore {
  readonly #file: number;
  readonly #blocks = new Map<number, Buffer>();
  readonly #pending = Buffer.allocUnsafe(BLOCK);
  #pendingBytes = 0;
  #ends = new Uint32Array(1024);
  #count = 0;
  #bytes = 0;

  /** The file is made anew; whoever names it removes it. */
  constructor(path: string) {
    this.#file = openSync(path, "w+", 0o600);
  }

  get count(): number {
    return this.#count;
  }

  add(text: string): void {
    const length = Buffer.byteLength(text);
    if (this.#count === MAX_TEXTS || this.#bytes + length > MAX_BYTES) {
      throw new UploadError("XLSX_LIMIT", "too many shared strings");
    }
    if (this.#count === this.#ends.length) this.#grow();
    this.#bytes += length;
    this.#ends[this.#count] = this.#bytes;
    this.#count += 1;
    this.#append(text, length);
  }

  /** Null for a number that no text has. */
  at(number: number): string | null {
    if (!Number.isInteger(number) || number < 0 || number >= this.#count) return null;
    const start = number === 0 ? 0 : (this.#ends[number - 1] ?? 0);
    const end = this.#ends[number] ?? 0;
    const block = Math.floor(start / BLOCK);
    const from = start - block * BLOCK;
    if (end <= (block + 1) * BLOCK) return this.#block(block).toString("utf8", from, from + end - start);
    this.#flush();
    const text = Buffer.allocUnsafe(end - start);
    readSync(this.#file, text, 0, text.length, start);
    return text.toString("utf8");
  }

  close(): void {
    closeSync(this.#file);
  }

  #grow(): void {
    const larger = new Uint32Array(this.#ends.length * 2);
    larger.set(this.#ends);
    this.#ends = larger;
  }

  #append(text: string, length: number): void {
    if (this.#pendingBytes + length > BLOCK) this.#flush();
    if (length > BLOCK) writeSync(this.#file, text);
    else this.#pendingBytes += this.#pending.write(text, this.#pendingBytes);
  }

  #flush(): void {
    if (this.#pendingBytes > 0) writeSync(this.#file, this.#pending, 0, this.#pendingBytes);
    this.#pendingBytes = 0;
  }

  #block(number: number): Buffer {
    this.#flush();
    const kept = this.#blocks.get(number);
    if (kept !== undefined) return kept;
    const block = Buffer.alloc(BLOCK);
    readSync(this.#file, block, 0, BLOCK, number * BLOCK);
    const [oldest] = this.#blocks.keys();
    if (this.#blocks.size === BLOCKS_KEPT && oldest !== undefined) this.#blocks.delete(oldest);
    this.#blocks.set(number, block);
    return block;
  }
}
