import { randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { open, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { SettingsError } from "../settings.ts";

const TABLE = /^table-(\d{1,15})\.sqlite$/;
/** What an upload that is under way keeps: whose process it is, and which run of it. */
const UNFINISHED = /^unfinished-(\d+)-([0-9a-f-]{36})\.[a-z]+(?:-journal)?$/;
const SOURCE_NAME = /^[\p{L}\p{N}][\p{L}\p{N}._-]{0,127}$/u;
const THIS_RUN = randomUUID();

/**
 * The files of one table: `table-<version>.sqlite`, of which the highest version is in use, and those of an upload under way.
 * A version is there whole or not at all.
 */
export class TableDirectory {
  readonly path: string;

  /** Throws SettingsError for a name of a source that is no name of a directory. */
  constructor(dataDirectory: string, source: string) {
    if (!SOURCE_NAME.test(source)) throw new SettingsError("the source's id cannot name a directory");
    this.path = join(dataDirectory, source);
  }

  /** Makes the directory if need be and removes what ended processes and former versions have left. */
  tidy(): void {
    mkdirSync(this.path, { recursive: true });
    const names = readdirSync(this.path);
    const latest = latestOf(names);
    for (const name of names) {
      if (isLeftOver(name) || (isTable(name) && versionOf(name) !== latest))
        rmSync(join(this.path, name), { force: true });
    }
  }

  /** Null when nothing was uploaded yet. */
  latest(): number | null {
    return latestOf(readdirSync(this.path));
  }

  async latestLater(): Promise<number | null> {
    return latestOf(await readdir(this.path));
  }

  file(version: number): string {
    return join(this.path, `table-${version}.sqlite`);
  }

  /** A name for a file of an upload, such as `unfinished-….upload`. */
  unfinished(kind: "upload" | "records" | "texts"): string {
    return join(this.path, `unfinished-${process.pid}-${THIS_RUN}.${kind}`);
  }

  /** Takes a finished file into use, atomically and durably, then removes the versions before it. */
  async adopt(finished: string): Promise<number> {
    const former = await readdir(this.path);
    const version = (latestOf(former) ?? 0) + 1;
    await rename(finished, this.file(version));
    await syncDirectory(this.path);
    const outdated = former.filter((name) => isTable(name));
    await Promise.allSettled(outdated.map((name) => rm(join(this.path, name), { force: true })));
    return version;
  }
}

const isTable = (name: string): boolean => TABLE.test(name);
const versionOf = (name: string): number => Number(TABLE.exec(name)?.[1]);

function latestOf(names: readonly string[]): number | null {
  const versions = names.filter((name) => isTable(name)).map((name) => versionOf(name));
  return versions.length === 0 ? null : Math.max(...versions);
}

/** Of a process that is no more: this one's number with another run is an earlier process that had the same. */
function isLeftOver(name: string): boolean {
  const [, pid, run] = UNFINISHED.exec(name) ?? [];
  if (pid === undefined || run === THIS_RUN) return false;
  return Number(pid) === process.pid || !isAlive(Number(pid));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
