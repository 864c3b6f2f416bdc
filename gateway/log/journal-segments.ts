import { readdirSync, readSync } from "node:fs";
import { join } from "node:path";

/** A file of the journal. It holds the entries from `first` up to the `first` of the next segment; what stands behind those was refused, and counts for nothing. */
export type Segment = { readonly first: number; readonly file: string };

/** The first bytes of every segment: what it is, and in which form. */
export const SEGMENT_HEAD = Buffer.from("tongyan-journal\n");

const NAME = /^(\d{16})\.journal$/;

export const segmentFile = (directory: string, first: number): string =>
  join(directory, `${String(first).padStart(16, "0")}.journal`);

/** In order; [] when there is no such directory yet. */
export function segmentsIn(directory: string): Segment[] {
  const firsts = namesIn(directory).flatMap((name) => {
    const first = NAME.exec(name)?.[1];
    return first === undefined ? [] : [Number(first)];
  });
  return firsts.toSorted((a, b) => a - b).map((first) => ({ first, file: segmentFile(directory, first) }));
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}

/** Fills `bytes` from `offset` on; returns how many there were. */
export function readAt(descriptor: number, offset: number, bytes: Buffer): number {
  let length = 0;
  while (length < bytes.length) {
    const count = readSync(descriptor, bytes, length, bytes.length - length, offset + length);
    if (count === 0) break;
    length += count;
  }
  return length;
}
