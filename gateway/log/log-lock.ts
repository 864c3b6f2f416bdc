import { closeSync, existsSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { LogRefusedError } from "./log-refused.ts";

/** Holds a log's directory for this process alone, until released or until the process is gone in whatever way. Makes the directory. Throws LogRefusedError LOG_LOCKED. */
export function lockLog(directory: string): () => void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const file = join(directory, "lock.sqlite");
  // Not opened where it is there: to close any descriptor of it lets go of all locks that this process has on it (POSIX).
  if (!existsSync(file)) closeSync(openSync(file, "a", 0o600));
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    // The operating system lets go of the lock when the process dies: a file that only says "locked" would have to be tidied up by hand.
    database.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    const isTaken = error instanceof Error && "errcode" in error && error.errcode === SQLITE_BUSY;
    if (!isTaken) throw error;
    throw new LogRefusedError("LOG_LOCKED", `${directory} is in use by another gateway; a log has one writer`, error);
  }
  return () => database.close();
}

const SQLITE_BUSY = 5;
