import { readClaims } from "#certs/bytes/zip-claims.ts";

/** Small documents take a worker for milliseconds, large ones up to its whole budget. */
export type Lane = "small" | "large";

const MEBIBYTE = 1024 * 1024;
/** Nearly every licence is smaller, packed and unpacked, and has fewer files. */
const SMALL = { packed: 2 * MEBIBYTE, unpacked: 4 * MEBIBYTE, entries: 1000 } as const;

/** Judged by length and, where that is small, by what the package claims to hold: a few bytes can unpack to many. */
export function laneOf(length: number, take: () => Uint8Array | null): Lane {
  if (length > SMALL.packed) return "large";
  const bytes = take();
  if (bytes === null) return "large";
  const { entries, unpacked } = readClaims(bytes);
  return unpacked > SMALL.unpacked || entries > SMALL.entries ? "large" : "small";
}
