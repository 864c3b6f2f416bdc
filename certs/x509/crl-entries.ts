import { DerError, TAG, readDer, readTime, type Der } from "../bytes/der.ts";
import { EXTENSION, readExtensions } from "./extensions.ts";
import { readGeneralNames } from "./general-name.ts";

/** `reason` is a CRLReason (RFC 5280 5.3.1), 0 when absent. `issuers`: keys of the names in an indirect CRL's certificateIssuer, null when none stands there. */
export type CrlEntry = {
  readonly revokedAt: number;
  readonly reason: number;
  readonly invalidFrom: number | null;
  readonly issuers: ReadonlySet<string> | null;
};

const KNOWN: ReadonlySet<string> = new Set([
  EXTENSION.reasonCode,
  EXTENSION.invalidityDate,
  EXTENSION.certificateIssuer,
]);

/**
 * The revokedCertificates of a CRL, left where they are in its bytes. Each is read once to check it; then only its place is kept, in the order
 * of serial numbers: 12 bytes an entry, a lookup is a binary search.
 */
export class CrlEntries {
  readonly size: number;
  readonly unusable: string | null;
  readonly #source: Uint8Array;
  /** Where entry i begins; one more for the end of the last. */
  readonly #starts: Uint32Array;
  /** Where the INTEGER of entry i begins. */
  readonly #serials: Uint32Array;
  /** Entries by ascending serial number. */
  readonly #order: Uint32Array;
  /** In an indirect CRL: the certificateIssuer that holds for entry i, which may stand at an earlier one (5.3.3). */
  readonly #issuers: readonly (ReadonlySet<string> | null)[] | null;

  constructor(list: Der | undefined, allowed: { readonly extensions: boolean; readonly indirect: boolean }) {
    const entries = list === undefined ? [] : list.sequence("revokedCertificates", Number.POSITIVE_INFINITY);
    this.size = entries.length;
    this.#source = list?.source ?? new Uint8Array();
    this.#starts = Uint32Array.from({ length: entries.length + 1 }, (_, i) => entries[i]?.start ?? list?.end ?? 0);
    this.#serials = new Uint32Array(entries.length);
    const issuers: (ReadonlySet<string> | null)[] = [];
    let unusable: string | null = null;
    for (const [index, entry] of entries.entries()) {
      const parts = partsOf(entry, allowed.extensions);
      this.#serials[index] = parts.serial.start;
      const found = parts.extensions === undefined ? EMPTY : readEntryExtensions(parts.extensions);
      readTime(parts.time, "revocationDate");
      if (found.issuers !== null && !allowed.indirect) unusable ??= "certificateIssuer in a CRL that is not indirect";
      unusable ??= found.unusable;
      if (allowed.indirect) issuers.push(found.issuers ?? issuers.at(-1) ?? null);
    }
    this.unusable = unusable;
    this.#issuers = allowed.indirect ? issuers : null;
    this.#order = Uint32Array.from(entries.keys()).sort((a, b) =>
      this.#compare(this.#serials[a] ?? 0, this.#serials[b] ?? 0),
    );
  }

  /** All entries of this serial number (content octets of the INTEGER, hex); more than one is against the standard, and all count. */
  find(serial: string): readonly CrlEntry[] {
    const wanted = Buffer.from(serial, "hex");
    let low = 0;
    let high = this.size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compareTo(this.#order[middle] ?? 0, wanted) < 0) low = middle + 1;
      else high = middle;
    }
    const found: CrlEntry[] = [];
    for (; low < this.size && this.#compareTo(this.#order[low] ?? 0, wanted) === 0; low++)
      found.push(this.#read(this.#order[low] ?? 0));
    return found;
  }

  #read(index: number): CrlEntry {
    const { time, extensions } = partsOf(
      readDer(this.#source.subarray(this.#starts[index], this.#starts[index + 1])),
      true,
    );
    const { reason, invalidFrom } = extensions === undefined ? EMPTY : readEntryExtensions(extensions);
    return {
      revokedAt: readTime(time, "revocationDate"),
      reason,
      invalidFrom,
      issuers: this.#issuers?.[index] ?? null,
    };
  }

  /** Of two INTEGERs of less than 128 octets by their places: length first, then octets. */
  #compare(a: number, b: number): number {
    const source = this.#source;
    const length = source[a + 1] ?? 0;
    const difference = length - (source[b + 1] ?? 0);
    if (difference !== 0) return difference;
    for (let i = 2; i < length + 2; i++) {
      const octets = (source[a + i] ?? 0) - (source[b + i] ?? 0);
      if (octets !== 0) return octets;
    }
    return 0;
  }

  #compareTo(index: number, wanted: Uint8Array): number {
    const at = this.#serials[index] ?? 0;
    const length = this.#source[at + 1] ?? 0;
    return length - wanted.length || Buffer.compare(this.#source.subarray(at + 2, at + 2 + length), wanted);
  }
}

type Parts = { readonly serial: Der; readonly time: Der; readonly extensions: Der | undefined };

function partsOf(entry: Der, extensionsAllowed: boolean): Parts {
  const [serial, time, extensions, ...rest] = entry.sequence("revokedCertificate");
  if (serial === undefined || time === undefined || rest.length > 0)
    throw new DerError("VALUE", "revokedCertificate: members");
  if (extensions !== undefined && !extensionsAllowed)
    throw new DerError("VALUE", "entry extensions in a CRL of version 1");
  if (serial.expect(TAG.integer, "userCertificate").integerBytes("userCertificate").length > 127)
    throw new DerError("VALUE", "userCertificate: too long");
  return { serial, time, extensions };
}

const EMPTY = { reason: 0, invalidFrom: null, issuers: null, unusable: null };

function readEntryExtensions(list: Der): Omit<CrlEntry, "revokedAt"> & { readonly unusable: string | null } {
  const found = readExtensions(list);
  const value = (oid: string): Der | null => {
    const extension = found.get(oid);
    return extension === undefined ? null : readDer(extension.value);
  };
  const unknown = [...found.values()].find(({ oid, critical }) => critical && !KNOWN.has(oid));
  const reason = value(EXTENSION.reasonCode);
  const invalidFrom = value(EXTENSION.invalidityDate);
  const issuers = value(EXTENSION.certificateIssuer);
  return {
    reason: reason === null ? 0 : readReason(reason),
    invalidFrom: invalidFrom === null ? null : readTime(invalidFrom, "invalidityDate"),
    issuers:
      issuers === null
        ? null
        : new Set(readGeneralNames(issuers).flatMap((name) => (name.form === "directory" ? [name.name.key] : []))),
    unusable: unknown === undefined ? null : `unknown critical entry extension ${unknown.oid}`,
  };
}

function readReason(value: Der): number {
  const reason = value.expect(TAG.enumerated, "reasonCode").number("reasonCode");
  if (reason > 10 || reason === 7) throw new DerError("VALUE", "reasonCode");
  return reason;
}
