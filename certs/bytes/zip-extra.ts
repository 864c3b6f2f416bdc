import { Refusal } from "../refusal.ts";
import { readWide } from "./zip-end.ts";

/** Places of the extra fields that can change what an entry is; -1 where the field is absent. */
export type ZipExtra = {
  readonly wideAt: number;
  readonly wideLength: number;
  readonly pathAt: number;
  readonly pathLength: number;
};

const NONE: ZipExtra = { wideAt: -1, wideLength: 0, pathAt: -1, pathLength: 0 };
const WIDE = 0x0001;
const UNICODE_PATH = 0x7075;
const PKWARE_UNIX = 0x000d;
const ASI_UNIX = 0x756e;
const ABSENT = 0xffffffff;

/** Walks the extra field, whose records must fill it exactly (APPNOTE 4.5.1). Throws Refusal. */
export function readExtra(view: DataView, start: number, end: number): ZipExtra {
  if (start === end) return NONE;
  const extra = { ...NONE };
  let at = start;
  while (at < end) {
    const length = at + 4 <= end ? view.getUint16(at + 2, true) : 0;
    const next = at + 4 + length;
    if (next > end) throw new Refusal("ZIP_MALFORMED", "an extra field goes past its end");
    noteField(view, extra, view.getUint16(at, true), at + 4, length);
    at = next;
  }
  return extra;
}

function noteField(
  view: DataView,
  extra: { -readonly [K in keyof ZipExtra]: number },
  id: number,
  at: number,
  length: number,
): void {
  if (id === WIDE) {
    if (extra.wideAt >= 0) throw new Refusal("ZIP_MISMATCH", "two zip64 fields in one header");
    extra.wideAt = at;
    extra.wideLength = length;
  } else if (id === UNICODE_PATH) {
    if (extra.pathAt >= 0) throw new Refusal("ZIP_NAME", "two Unicode names in one header");
    extra.pathAt = at;
    extra.pathLength = length;
  } else if ((id === PKWARE_UNIX && length > 12) || (id === ASI_UNIX && !isPlainAsi(view, at, length)))
    throw new Refusal("ZIP_LINK", "an extra field makes the entry a link or device");
}

/** ASi Unix field: CRC, then the file mode (APPNOTE 4.6.2 lists it; layout of Info-ZIP's extrafld.txt). */
function isPlainAsi(view: DataView, at: number, length: number): boolean {
  const kind = length >= 6 ? view.getUint16(at + 4, true) & 0xf000 : 0;
  return kind === 0 || kind === 0x8000 || kind === 0x4000;
}

/**
 * The 64-bit values behind 32-bit ones, in the order size, compressed size, header offset. The zip64 field holds either
 * just those that are all ones (APPNOTE 4.5.3), or all of them, when each must equal its 32-bit neighbour. Throws Refusal.
 */
export function widen(view: DataView, extra: ZipExtra, narrow: readonly number[]): readonly number[] {
  const absent = narrow.filter((value) => value === ABSENT).length;
  if (extra.wideAt < 0) {
    if (absent > 0) throw new Refusal("ZIP_MALFORMED", "a zip64 value is missing");
    return narrow;
  }
  const spare = extra.wideLength !== absent * 8;
  if (spare && (extra.wideLength < 16 || extra.wideLength % 8 !== 0 || extra.wideLength > narrow.length * 8))
    throw new Refusal("ZIP_MISMATCH", "a zip64 field of the wrong length");
  let at = extra.wideAt;
  const stop = at + extra.wideLength;
  return narrow.map((value) => {
    if (at === stop || (value !== ABSENT && !spare)) return value;
    const wide = readWide(view, at);
    at += 8;
    if (value !== ABSENT && value !== wide)
      throw new Refusal("ZIP_MISMATCH", "a zip64 value contradicts its 32-bit field");
    return wide;
  });
}
