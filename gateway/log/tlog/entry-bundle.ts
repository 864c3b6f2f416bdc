import { MalformedError } from "./malformed.ts";
import { TILE_WIDTH } from "./tiles.ts";

/** Bytes of an entry at most: its length is a uint16. */
export const MAX_ENTRY = 65_535;
const LENGTH_BYTES = 2;

/** Entries one after the other, each after its length as a big-endian uint16 (C2SP tlog-tiles, Log entries). Throws RangeError. */
export function encodeBundle(entries: readonly Uint8Array[]): Buffer {
  if (entries.length > TILE_WIDTH) throw new RangeError("a bundle holds at most 256 entries");
  const bytes = entries.reduce((sum, entry) => sum + LENGTH_BYTES + entry.length, 0);
  const bundle = Buffer.allocUnsafe(bytes);
  let at = 0;
  for (const entry of entries) {
    if (entry.length > MAX_ENTRY) throw new RangeError(`an entry has at most ${MAX_ENTRY} bytes`);
    at = bundle.writeUInt16BE(entry.length, at);
    bundle.set(entry, at);
    at += entry.length;
  }
  return bundle;
}

/** The entries, as views of the bundle. Throws MalformedError unless it is made of exactly `count` whole entries (1 to 256). */
export function decodeBundle(bundle: Uint8Array, count: number): Buffer[] {
  const bytes = Buffer.from(bundle.buffer, bundle.byteOffset, bundle.byteLength);
  const entries: Buffer[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (entries.length === count) throw malformed(`more than ${count} entries`);
    if (at + LENGTH_BYTES > bytes.length) throw malformed("it ends within a length");
    const start = at + LENGTH_BYTES;
    at = start + bytes.readUInt16BE(at);
    if (at > bytes.length) throw malformed("it ends within an entry");
    entries.push(bytes.subarray(start, at));
  }
  if (entries.length !== count) throw malformed(`${entries.length} entries in place of ${count}`);
  return entries;
}

const malformed = (why: string): MalformedError => new MalformedError("BUNDLE_MALFORMED", `entry bundle: ${why}`);
