import {
  closeSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";

/** Bits of a file's mode that let every user of the machine read, write or run it. */
const FOR_EVERYBODY = 0o007;

/** A private file that must not be read: everybody on the machine could have, or it is no file or far too large. */
export class PrivateFileError extends Error {
  override readonly name = "PrivateFileError";
}

/** The text of a file that only its owner and group may reach. Throws PrivateFileError, or the file system's error with its code. */
export function readPrivateFile(file: string, maxBytes: number): string {
  const descriptor = openSync(file, "r");
  try {
    const status = fstatSync(descriptor);
    if (!status.isFile()) throw new PrivateFileError("it is no file");
    if (status.size > maxBytes) throw new PrivateFileError(`it is larger than ${maxBytes} bytes`);
    if ((status.mode & FOR_EVERYBODY) !== 0) {
      throw new PrivateFileError("every user of this machine can reach it; chmod 600 it, and replace what it holds");
    }
    return readFileSync(descriptor, "utf8");
  } finally {
    closeSync(descriptor);
  }
}

/** Written aside (mode 0600), synced and moved into place, so that it is whole or absent. Makes the directory (0700). */
export function writePrivateFile(file: string, text: string): void {
  const part = `${file}.${process.pid}.part`;
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  rmSync(part, { force: true });
  writeFileSync(part, text, { mode: 0o600, flag: "wx", flush: true });
  renameSync(part, file);
  syncDirectory(dirname(file));
}

/** Without this the new name may be gone after a power cut. */
function syncDirectory(directory: string): void {
  const descriptor = openSync(directory, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
