import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { MAX_FILES, MAX_FILE_BYTES, isTrustFile, type TrustMaterial } from "./snapshot.ts";
import { TrustError } from "./trust-error.ts";

/**
 * The certificates, CRLs and trust.json of one directory, in the order of their names. Other files and folders below are not looked at.
 * Throws TrustError.
 */
export function readTrustDirectory(directory: string): TrustMaterial {
  const names = attempt(directory, () => readdirSync(directory))
    .filter(isTrustFile)
    .toSorted();
  if (names.length > MAX_FILES) throw new TrustError(directory, `${names.length} files, more than ${MAX_FILES}`);
  const material: { name: string; bytes: Uint8Array }[] = [];
  let left = MAX_FILE_BYTES;
  for (const name of names) {
    const bytes = attempt(name, () => readRegularFile(join(directory, name), left));
    left -= bytes?.length ?? 0;
    if (bytes !== null) material.push({ name, bytes });
  }
  return material;
}

function readRegularFile(path: string, most: number): Uint8Array | null {
  const about = statSync(path);
  if (!about.isFile()) return null;
  if (about.size > most) throw new Error(`more than ${MAX_FILE_BYTES} bytes in all`);
  return readFileSync(path);
}

function attempt<Value>(name: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    throw new TrustError(name, error instanceof Error ? error.message : "cannot be read", error);
  }
}
