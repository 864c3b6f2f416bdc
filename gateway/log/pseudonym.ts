import { hash, randomBytes } from "node:crypto";
import { join } from "node:path";
import { readPrivateFile, writePrivateFile } from "#gateway/clients/private-file.ts";

const BYTES = 32;
/** Of SHA-256 (RFC 2104). */
const BLOCK_BYTES = 64;
const INNER = 0x36;
const OUTER = 0x5c;
/** UTF-8 takes at most three bytes for a UTF-16 unit. */
const UTF8_BYTES = 3;

export type Pseudonym = (text: string) => string;

/**
 * A keyed digest (HMAC-SHA256, base64url) that stands for a person's or a record's keys: equal for equal texts in this gateway,
 * and worthless to whoever lacks the key. The key is made at first and kept in `directory`.
 */
export const openPseudonyms = (directory: string): Pseudonym => pseudonymsBy(openPseudonymKey(directory));

/** The key in `directory`, base64url, made at the first start. */
export function openPseudonymKey(directory: string): string {
  const file = join(directory, "pseudonym.key");
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

/** HMAC as two hashes in one shot each, a third of what an Hmac object costs. Both inputs are written anew in every call. */
export function pseudonymsBy(key: string): Pseudonym {
  const secret = Buffer.from(key, "base64url");
  const room = 1024;
  const inner = padded(secret, INNER, room);
  const outer = padded(secret, OUTER, BYTES);
  return (text) => {
    const most = text.length * UTF8_BYTES;
    const input = most <= room ? inner : padded(secret, INNER, most);
    const end = BLOCK_BYTES + input.write(text, BLOCK_BYTES);
    outer.write(hash("sha256", input.subarray(0, end), "latin1"), BLOCK_BYTES, "latin1");
    return hash("sha256", outer, "base64url");
  };
}

/** The key in a block of the hash, with the pad (RFC 2104), and room behind it. */
function padded(secret: Uint8Array, pad: number, room: number): Buffer {
  const bytes = Buffer.alloc(BLOCK_BYTES + room);
  bytes.set(secret);
  for (let at = 0; at < BLOCK_BYTES; at++) bytes[at] = (bytes[at] ?? 0) ^ pad;
  return bytes;
}
