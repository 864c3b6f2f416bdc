import type { ZipArchive } from "../bytes/zip.ts";
import { EntryContent, type EntryMemory } from "./entry-content.ts";

const KEPT_ENTRY = 1024 * 1024;
const KEPT_TOTAL = 16 * 1024 * 1024;

/** The files of a package under canonical absolute paths. Small ones stay inflated; each digest is computed once. */
export class Entries {
  readonly sizes: ReadonlyMap<string, number>;
  readonly #zip: ZipArchive;
  readonly #memory: EntryMemory | null;
  readonly #kept = new Map<string, EntryContent>();
  readonly #digests = new Map<string, Uint8Array>();
  #keptBytes = 0;

  constructor(zip: ZipArchive, memory: EntryMemory | null) {
    const sizes = new Map<string, number>();
    for (const entry of zip.entries.values()) if (!entry.directory) sizes.set(`/${entry.name}`, entry.size);
    this.sizes = sizes;
    this.#zip = zip;
    this.#memory = memory;
  }

  has(path: string): boolean {
    return this.sizes.has(path);
  }

  /** The uncompressed bytes, as they stand in the package. Throws Refusal (zip); an Error for a path that is no entry. */
  read(path: string): Uint8Array {
    return this.content(path).bytes;
  }

  /** The same with what follows from the bytes alone. */
  content(path: string): EntryContent {
    const kept = this.#kept.get(path);
    if (kept !== undefined) return kept;
    if (!this.sizes.has(path)) throw new Error("no such entry");
    const content = this.#inflate(path.slice(1));
    const { length } = content.bytes;
    if (length <= KEPT_ENTRY && this.#keptBytes + length <= KEPT_TOTAL) {
      this.#kept.set(path, content);
      this.#keptBytes += length;
    }
    return content;
  }

  #inflate(name: string): EntryContent {
    const read = (): Uint8Array => this.#zip.read(name);
    return this.#memory === null ? new EntryContent(read()) : this.#memory.recall(this.#zip.packed(name), read);
  }

  /** Reads what nobody has read so far: an entry may lie about its size or checksum without being part of the document. */
  readRest(): void {
    for (const path of this.sizes.keys()) if (!this.#digests.has(path)) this.content(path);
  }

  sm3(path: string): Uint8Array {
    const known = this.#digests.get(path);
    if (known !== undefined) return known;
    const computed = this.content(path).sm3;
    this.#digests.set(path, computed);
    return computed;
  }
}
