import { hash } from "node:crypto";
import { KnownBytes } from "../bytes/known-bytes.ts";
import { type XmlElement, readXml } from "../bytes/xml.ts";
import type { ZipEntryBytes } from "../bytes/zip.ts";
import type { Limits } from "../limits.ts";

/** Trees of larger files are built anew each time: they take twenty times the room. */
const MOST_TREE_BYTES = 16 * 1024;

/** One file of a package, inflated. What follows from its bytes alone is worked out once. */
export class EntryContent {
  readonly bytes: Uint8Array;
  #sm3: Uint8Array | null = null;
  #tree: { readonly limits: Limits; readonly root: XmlElement } | null = null;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get sm3(): Uint8Array {
    this.#sm3 ??= hash("sm3", this.bytes, "buffer");
    return this.#sm3;
  }

  /** Throws Refusal XML_*. */
  tree(limits: Limits): XmlElement {
    if (this.#tree?.limits === limits) return this.#tree.root;
    const root = readXml(this.bytes, limits);
    if (this.bytes.length <= MOST_TREE_BYTES) this.#tree = { limits, root };
    return root;
  }
}

/**
 * Files that many packages hold alike: fonts, pictures, seals, resources of one template. That an entry inflates to this content, with this
 * checksum, follows from its packed bytes and header, which are compared whole. Nothing of who vouches for them is remembered.
 */
export class EntryMemory {
  readonly #known = new KnownBytes<EntryContent>({ count: 4096, weight: 8 * 1024 * 1024, sightings: 8192 });

  /** The content that `read` would give. */
  recall(entry: ZipEntryBytes, read: () => Uint8Array): EntryContent {
    const name = `${entry.method} ${entry.crc} ${entry.size} ${entry.packed.length}`;
    const known = this.#known.find(name, entry.packed);
    if (known !== undefined) return known;
    const bytes = read();
    const weight = entry.packed.length + bytes.length * (bytes.length <= MOST_TREE_BYTES ? 21 : 1);
    if (!this.#known.wants(name, weight)) return new EntryContent(bytes);
    const value = new EntryContent(bytes.slice());
    this.#known.keep(name, { bytes: entry.packed.slice(), value, weight });
    return value;
  }
}
