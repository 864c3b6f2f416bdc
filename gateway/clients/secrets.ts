import { join } from "node:path";
import { SettingsError } from "#connectors/settings.ts";
import { PrivateFileError, readPrivateFile } from "./private-file.ts";

/** A chain of certificates is a secret too, as far as storing goes. */
const MAX_BYTES = 64 * 1024;
/** No separators, no leading dot: a name cannot leave the directory. */
const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/;

/**
 * Secrets of sources and of clients: one file each, by its name. Read anew each time, so that a replaced secret counts at
 * once; one line end at the end does not belong to it. Throws SettingsError, which names the secret but never its content.
 */
export function secretsIn(directory: string): (name: string) => string {
  return (name) => {
    if (!NAME.test(name)) throw new SettingsError("secret: a name holds letters, digits, dots, _ and - only");
    const text = read(join(directory, name), name).replace(/\r?\n$/, "");
    if (text === "") throw new SettingsError(`secret ${name}: it is empty`);
    return text;
  };
}

function read(file: string, name: string): string {
  try {
    return readPrivateFile(file, MAX_BYTES);
  } catch (error) {
    if (error instanceof PrivateFileError) throw new SettingsError(`secret ${name}: ${error.message}`);
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
    throw new SettingsError(`secret ${name}: ${code === "ENOENT" ? "there is none" : `cannot be read (${code})`}`);
  }
}
