import { createHmac, createSecretKey, randomBytes } from "node:crypto";
import { join } from "node:path";
import { readPrivateFile, writePrivateFile } from "#gateway/clients/private-file.ts";

const BYTES = 32;

/**
 * A keyed digest (HMAC-SHA256, base64url) that stands for a person's or a record's keys: equal for equal texts in this gateway,
 * and worthless to whoever lacks the key. The key is made at first and kept in `directory`.
 */
export function openPseudonyms(directory: string): (text: string) => string {
  const file = join(directory, "pseudonym.key");
  const key = createSecretKey(Buffer.from(readOrMake(file), "base64url"));
  return (text) => createHmac("sha256", key).update(text).digest("base64url");
}

function readOrMake(file: string): string {
  try {
    const text = readPrivateFile(file, 1024).trim();
    if (Buffer.from(text, "base64url").length !== BYTES) throw new Error(`${file} does not hold a key`);
    return text;
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
  const text = randomBytes(BYTES).toString("base64url");
  writePrivateFile(file, text);
  return text;
}
