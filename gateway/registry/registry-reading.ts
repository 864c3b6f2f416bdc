import { Fault } from "#gateway/fault.ts";
import { openReader, type RegistryReader } from "./registry-database.ts";

/** Why the registry cannot be read or changed now, for the log. */
export const unavailable = (cause: unknown): Fault =>
  new Fault("REGISTRY_UNAVAILABLE", cause instanceof Error ? cause.message : "unknown error", { cause });

/** The open file. After a failure it is closed, and opened anew by the next who reads. */
export class RegistryReading {
  readonly #file: string;
  #reader: RegistryReader | null = null;
  #isClosed = false;

  constructor(file: string) {
    this.#file = file;
  }

  /** Throws Fault REGISTRY_UNAVAILABLE. */
  use<Result>(read: (reader: RegistryReader) => Result): Result {
    try {
      if (this.#isClosed) throw new Error("the registry is closed");
      this.#reader ??= openReader(this.#file);
      return read(this.#reader);
    } catch (error) {
      this.#abandon();
      throw unavailable(error);
    }
  }

  /** As `use`, with the file that is there now under its name; goes on with that one if reading succeeds. Throws Fault REGISTRY_UNAVAILABLE. */
  renew<Result>(read: (reader: RegistryReader) => Result): Result {
    const before = this.#reader;
    this.#reader = null;
    try {
      const result = this.use(read);
      closeQuietly(before);
      return result;
    } catch (error) {
      this.#reader = before;
      throw error;
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#abandon();
  }

  #abandon(): void {
    const failed = this.#reader;
    this.#reader = null;
    closeQuietly(failed);
  }
}

function closeQuietly(reader: RegistryReader | null): void {
  try {
    reader?.close();
  } catch {
    // It is given up either way, and nothing was written through it.
  }
}
