import {
  closeSync,
  fdatasyncSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { open, readdir, rename, rm, writeFile } from "node:fs/promises";

/** What the log asks of the file system to write. Tests put one that fails in its place. */
export type Disk = {
  readonly open: (file: string, flags: string, mode?: number) => number;
  readonly write: (descriptor: number, bytes: Uint8Array, from: number, length: number, position: number) => number;
  readonly datasync: (descriptor: number) => void;
  readonly sync: (descriptor: number) => void;
  readonly truncate: (descriptor: number, length: number) => void;
  readonly close: (descriptor: number) => void;
  readonly rename: (from: string, to: string) => void;
  readonly remove: (path: string) => void;
  readonly makeDirectory: (path: string) => void;
  /** Besides other work: as placeFile and placeDurably, and sync, list and remove. */
  readonly placeLater: (file: string, bytes: Uint8Array) => Promise<void>;
  readonly placeDurablyLater: (file: string, bytes: Uint8Array) => Promise<void>;
  readonly syncLater: (path: string) => Promise<void>;
  readonly listLater: (directory: string) => Promise<readonly string[]>;
  readonly removeLater: (path: string) => Promise<void>;
};

export const PRIVATE_FILE = 0o600;
const PRIVATE_DIRECTORY = 0o700;

const partOf = (file: string): string => `${file}.part`;

export const DISK: Disk = {
  open: openSync,
  write: writeSync,
  datasync: fdatasyncSync,
  sync: fsyncSync,
  truncate: ftruncateSync,
  close: closeSync,
  rename: renameSync,
  remove: (path) => rmSync(path, { recursive: true, force: true }),
  makeDirectory: (path) => mkdirSync(path, { recursive: true, mode: PRIVATE_DIRECTORY }),
  async placeLater(file, bytes) {
    await writeFile(partOf(file), bytes, { mode: PRIVATE_FILE });
    await rename(partOf(file), file);
  },
  async placeDurablyLater(file, bytes) {
    await writeFile(partOf(file), bytes, { mode: PRIVATE_FILE, flush: true });
    await rename(partOf(file), file);
  },
  async syncLater(path) {
    const file = await open(path, "r");
    try {
      await file.sync();
    } finally {
      await file.close();
    }
  },
  listLater: readdir,
  removeLater: (path) => rm(path, { recursive: true, force: true }),
};

/** All of the bytes, from `position` on. */
export function writeWhole(disk: Disk, descriptor: number, bytes: Uint8Array, position: number): void {
  let written = 0;
  while (written < bytes.length)
    written += disk.write(descriptor, bytes, written, bytes.length - written, position + written);
}

/** Written aside and moved into place, so that a reader finds it whole or not at all. Not synced. */
export const placeFile = (disk: Disk, file: string, bytes: Uint8Array): void =>
  place(disk, file, (descriptor) => writeWhole(disk, descriptor, bytes, 0));

/** The same, and whole after a power cut too. */
export const placeDurably = (disk: Disk, file: string, bytes: Uint8Array): void =>
  place(disk, file, (descriptor) => {
    writeWhole(disk, descriptor, bytes, 0);
    disk.sync(descriptor);
  });

function place(disk: Disk, file: string, write: (descriptor: number) => void): void {
  const part = partOf(file);
  try {
    withFile(disk, part, "w", write);
    disk.rename(part, file);
  } catch (error) {
    disk.remove(part);
    throw error;
  }
}

/** Without this a new name in the directory may be gone after a power cut. */
export const syncDirectory = (disk: Disk, directory: string): void =>
  withFile(disk, directory, "r", (descriptor) => disk.sync(descriptor));

function withFile(disk: Disk, file: string, flags: string, work: (descriptor: number) => void): void {
  const descriptor = disk.open(file, flags, PRIVATE_FILE);
  try {
    work(descriptor);
  } finally {
    disk.close(descriptor);
  }
}

/** As in ENOSPC; "unknown" for what is no error of the file system. */
export const diskCode = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "unknown";
