import { MalformedError, type MalformedCode } from "./malformed.ts";

/** Standard base64 (RFC 4648, 4) in its only canonical writing; null for anything else: the same bytes never have two texts. */
export function readBase64(text: string): Buffer | null {
  // Decoding forgives everything: what encodes to the same text is its only writing. A pattern would overflow V8's stack on a large one.
  const bytes = Buffer.from(text, "base64");
  return bytes.toString("base64") === text ? bytes : null;
}

/** 32 bytes. Throws MalformedError `code`, or BASE64_NOT_CANONICAL when only the writing is wrong. */
export function parseHash(text: string, code: MalformedCode, what: string): Buffer {
  const bytes = readBase64(text);
  if (bytes?.length === 32) return bytes;
  if (bytes === null && Buffer.from(text, "base64").length === 32)
    throw new MalformedError("BASE64_NOT_CANONICAL", `${what}: not the canonical base64`);
  throw new MalformedError(code, `${what}: not 32 bytes in base64`);
}
