import { existsSync } from "node:fs";
import { open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { TILE_WIDTH, tilePath } from "../tlog/tiles.ts";
import { LogBreak, LogUnreadError } from "./audit-faults.ts";
import { limitOf, LOG_LIMITS, type LogSource } from "./log-source.ts";

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error ? String(error.code) : "unknown error";

/** Whether there is a log, or what was left of one. */
export const holdsLog = (directory: string): boolean =>
  ["checkpoint", "tile", "journal"].some((name) => existsSync(join(directory, name)));

/** The log's own directory: `log/` in a gateway's data directory, else the named one. */
export const logDirectoryIn = (directory: string): string =>
  holdsLog(join(directory, "log")) ? join(directory, "log") : directory;

/** A log in files. */
export function directoryLog(directory: string): LogSource {
  const read = (path: string, limit: number): Promise<Buffer | null> => readBounded(directory, path, limit);
  return {
    name: directory,
    checkpoint: () => read("checkpoint", LOG_LIMITS.checkpoint),
    keys: () => read("keys", LOG_LIMITS.keys),
    read: (place) => read(tilePath(place.level, place.n, place.width), limitOf(place)),
    leftOver: (level, n) => widthsIn(join(directory, `${tilePath(level, n, TILE_WIDTH)}.p`)),
    close: () => Promise.resolve(),
  };
}

async function readBounded(directory: string, path: string, limit: number): Promise<Buffer | null> {
  try {
    const file = await open(join(directory, path), "r");
    try {
      const { size } = await file.stat();
      if (size > limit) throw new LogBreak(malformedCode(path), { file: path }, `${size} bytes`);
      return await file.readFile();
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof LogBreak) throw error;
    if (codeOf(error) === "ENOENT") return null;
    throw new LogUnreadError(`${join(directory, path)} cannot be read (${codeOf(error)})`, { cause: error });
  }
}

/** For a file that is larger than any of its kind. */
export function malformedCode(path: string): "CHECKPOINT_MALFORMED" | "BUNDLE_MALFORMED" | "TILE_MALFORMED" {
  if (!path.startsWith("tile/")) return "CHECKPOINT_MALFORMED";
  return path.startsWith("tile/entries/") ? "BUNDLE_MALFORMED" : "TILE_MALFORMED";
}

async function widthsIn(directory: string): Promise<number[]> {
  try {
    const names = await readdir(directory);
    // What is being written has another name.
    return names.filter((name) => /^[1-9][0-9]{0,2}$/.test(name)).map(Number);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return [];
    throw new LogUnreadError(`${directory} cannot be read (${codeOf(error)})`, { cause: error });
  }
}
