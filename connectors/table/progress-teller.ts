import type { UploadProgress } from "../upload.ts";
import type { ProgressMessage } from "./import-thread.ts";

/** Tells of the way so far, seldom enough for a line on a screen. */
export class ProgressTeller {
  readonly #tell: (progress: UploadProgress) => void;
  #toldAt = 0;
  #readSince = performance.now();

  constructor(tell: ((progress: UploadProgress) => void) | undefined) {
    this.#tell = tell ?? (() => {});
  }

  received(bytes: number): void {
    if (performance.now() - this.#toldAt < 250) return;
    this.#toldAt = performance.now();
    this.#tell({ phase: "receiving", rows: 0, rowsPerSecond: 0, bytes, totalBytes: null });
  }

  beginReading(): void {
    this.#readSince = performance.now();
  }

  read({ phase, rows, bytes }: ProgressMessage, totalBytes: number): void {
    this.#tell({ phase, rows, rowsPerSecond: this.#rate(rows), bytes, totalBytes });
  }

  end(rows: number, bytes: number): void {
    this.#tell({ phase: "indexing", rows, rowsPerSecond: this.#rate(rows), bytes, totalBytes: bytes });
  }

  #rate(rows: number): number {
    const seconds = (performance.now() - this.#readSince) / 1000;
    return seconds === 0 ? 0 : Math.round(rows / seconds);
  }
}
