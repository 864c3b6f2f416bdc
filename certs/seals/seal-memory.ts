import { type Der, readDer } from "../bytes/der.ts";
import { KnownBytes } from "../bytes/known-bytes.ts";
import { type Seal, readSeal } from "./ses.ts";

/** One seal comes back on thousands of licences: it is read once, out of a copy that holds no document. */
export class SealMemory {
  readonly #known = new KnownBytes<Seal>({ count: 2048, weight: 4 * 1024 * 1024, sightings: 4096 });

  /** As readSeal; remembers no fault. */
  read(seal: Der): Seal {
    const { bytes } = seal;
    const name = `${bytes.length} ${tailOf(bytes)}`;
    const known = this.#known.find(name, bytes);
    if (known !== undefined) return known;
    if (!this.#known.wants(name, bytes.length)) return readSeal(seal);
    const copy = bytes.slice();
    const value = readSeal(readDer(copy));
    this.#known.keep(name, { bytes: copy, value, weight: 2 * copy.length });
    return value;
  }
}

/** The last octets belong to the maker's signature value, or to a time-stamp's: seals that are not the same differ there. */
const tailOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1", bytes.length - 16);
