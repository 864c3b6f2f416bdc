import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { systemCode } from "./local-verification.ts";
import { CommandError } from "./outcome.ts";

/** What the evidence commands end with when something named on the command line cannot be read. */
export const EXIT_UNREAD = 2;

/** The bytes of a file that was named on the command line. Throws CommandError (EXIT_UNREAD). */
export function readGiven(file: string, maxBytes: number): Buffer {
  try {
    const descriptor = openSync(file, "r");
    try {
      const about = fstatSync(descriptor);
      if (!about.isFile()) throw unread(file, "not a regular file");
      if (about.size > maxBytes) throw unread(file, `${about.size} bytes; ${maxBytes} are allowed`);
      return readFileSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw unread(file, systemCode(error));
  }
}

export const unread = (file: string, why: string): CommandError =>
  new CommandError(EXIT_UNREAD, `${file}: 无法读取 cannot be read (${why})`);
