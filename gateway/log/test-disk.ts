import { closeSync, ftruncateSync, readdirSync, renameSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { type Disk, DISK, placeDurably, placeFile } from "./disk.ts";

const failing = (code: string): Error => Object.assign(new Error(`${code}: made up for the test`), { code });

/** A real directory behind a disk that fails as it is told, fills up, and loses power: what was not synced is lost then. */
export class TestDisk {
  /** Operations that fail, with the code of their error. */
  readonly failures = new Map<keyof Disk, string>();
  /** Bytes that can still be written; a write that does not fit is cut short, as by a full disk. */
  room = Number.POSITIVE_INFINITY;
  /** What was asked of the disk, in order. */
  readonly calls: string[] = [];
  readonly #files = new Map<number, string>();
  /** How much of a file would survive. */
  readonly #synced = new Map<string, number>();

  readonly disk: Disk = {
    open: (file, flags, mode) => {
      this.#call("open", file);
      const descriptor = DISK.open(file, flags, mode);
      this.#files.set(descriptor, file);
      if (flags !== "r" && flags !== "r+") this.#synced.set(file, 0);
      return descriptor;
    },
    write: (descriptor, bytes, from, length, position) => {
      this.#call("write", this.#files.get(descriptor));
      const fitting = Math.min(length, this.room);
      if (fitting === 0 && length > 0) throw failing("ENOSPC");
      this.room -= fitting;
      return DISK.write(descriptor, bytes, from, fitting, position);
    },
    datasync: (descriptor) => this.#sync("datasync", descriptor),
    sync: (descriptor) => this.#sync("sync", descriptor),
    truncate: (descriptor, length) => {
      this.#call("truncate", this.#files.get(descriptor));
      ftruncateSync(descriptor, length);
    },
    close: (descriptor) => {
      this.#files.delete(descriptor);
      closeSync(descriptor);
    },
    rename: (from, to) => {
      this.#call("rename", to);
      renameSync(from, to);
      this.#synced.set(to, this.#synced.get(from) ?? 0);
      this.#synced.delete(from);
    },
    remove: (path) => {
      this.#call("remove", path);
      DISK.remove(path);
    },
    makeDirectory: (path) => {
      this.#call("makeDirectory", path);
      DISK.makeDirectory(path);
    },
    placeLater: async (file, bytes) => {
      this.#call("placeLater", file);
      placeFile(this.disk, file, bytes);
    },
    placeDurablyLater: async (file, bytes) => {
      this.#call("placeDurablyLater", file);
      placeDurably(this.disk, file, bytes);
    },
    syncLater: async (path) => {
      this.#call("syncLater", path);
      const descriptor = this.disk.open(path, "r");
      this.#sync("sync", descriptor);
      this.disk.close(descriptor);
    },
    listLater: async (directory) => {
      this.#call("listLater", directory);
      return readdirSync(directory);
    },
    removeLater: async (path) => {
      this.#call("removeLater", path);
      DISK.remove(path);
    },
  };

  /** Cuts every file under the directory that this disk wrote back to what was synced of it, or shorter than it is, and closes what is open. */
  losePower(directory: string): void {
    for (const descriptor of this.#files.keys()) closeSync(descriptor);
    this.#files.clear();
    for (const name of readdirSync(directory, { recursive: true, encoding: "utf8" })) {
      const file = join(directory, name);
      const synced = this.#synced.get(file);
      const status = statSync(file);
      if (synced !== undefined && status.isFile() && status.size > synced) truncateSync(file, synced);
    }
  }

  #call(operation: keyof Disk, file = ""): void {
    this.calls.push(`${operation} ${file}`);
    const code = this.failures.get(operation);
    if (code !== undefined) throw failing(code);
  }

  #sync(operation: "datasync" | "sync", descriptor: number): void {
    const file = this.#files.get(descriptor) ?? "";
    this.#call(operation, file);
    DISK[operation](descriptor);
    const status = statSync(file);
    if (status.isFile()) this.#synced.set(file, status.size);
  }
}
