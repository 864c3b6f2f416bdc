import { Refusal } from "../refusal.ts";
import { readEnd } from "./zip-end.ts";

const CENTRAL_SIGNATURE = 0x02014b50;
const CENTRAL_SIZE = 46;

/** What an archive's directory claims: `entries`, and `unpacked`, the bytes of all of them together. */
export type ZipClaims = { readonly entries: number; readonly unpacked: number };

const NONE: ZipClaims = { entries: 0, unpacked: 0 };

/**
 * Adds up what the directory claims, to judge how long an archive will take; nothing is checked. `readZip` holds each entry to its claim, and
 * refuses at once what has no directory, which claims nothing here. Sizes of zip64 count as the most that 32 bits can say.
 */
export function readClaims(bytes: Uint8Array): ZipClaims {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    const { directory, directoryEnd } = readEnd(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), view);
    return addUp(view, directory, directoryEnd);
  } catch (error) {
    if (error instanceof Refusal) return NONE;
    throw error;
  }
}

function addUp(view: DataView, directory: number, end: number): ZipClaims {
  let entries = 0;
  let unpacked = 0;
  let at = directory;
  while (at + CENTRAL_SIZE <= end && view.getUint32(at, true) === CENTRAL_SIGNATURE) {
    entries++;
    unpacked += view.getUint32(at + 24, true);
    at += CENTRAL_SIZE + view.getUint16(at + 28, true) + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return { entries, unpacked };
}
