import type { ZipArchive } from "../bytes/zip.ts";
import { digest } from "../crypto/algorithms.ts";

const KEPT_ENTRY = 1024 * 1024;
const KEPT_TOTAL = 16 * 1024 * 1024;

/** The files of a package under canonical absolute paths. Small ones stay inflated; each digest is computed once. */
export class Entries {
  readonly sizes: ReadonlyMap<string, number>;
  readonly #zip: ZipArchive;
  readonly #kept = new Map<string, Uint8Array>();
  readonly #digests = new Map<string, Uint8Array>();
  #keptBytes = 0;

  constructor(zip: ZipArchive) {
    const sizes = new Map<string, number>();
    for (const entry of zip.entries.values()) if (!entry.directory) sizes.set(`/${entry.name}`, entry.size);
    this.sizes = sizes;
    this.#zip = zip;
  }

  has(path: string): boolean {
    return this.sizes.has(path);
  }

  /** The uncompressed bytes, as they stand in the package. Throws Refusal (zip); an Error for a path that is no entry. */
  read(path: string): Uint8Array {
    const kept = this.#kept.get(path);
    if (kept !== undefined) return kept;
    if (!this.sizes.has(path)) throw new Error("no such entry");
    const bytes = this.#zip.read(path.slice(1));
    if (bytes.length <= KEPT_ENTRY && this.#keptBytes + bytes.length <= KEPT_TOTAL) {
      this.#kept.set(path, bytes);
      this.#keptBytes += bytes.length;
    }
    return bytes;
  }

  /** Reads what nobody has read so far: an entry may lie about its size or checksum without being part of the document. */
  readRest(): void {
    for (const path of this.sizes.keys()) if (!this.#digests.has(path)) this.read(path);
  }

  sm3(path: string): Uint8Array {
    const known = this.#digests.get(path);
    if (known !== undefined) return known;
    const computed = digest("sm3", this.read(path));
    this.#digests.set(path, computed);
    return computed;
  }
}
