import { hash } from "node:crypto";
import { readBase64 } from "./base64.ts";
import { MalformedError } from "./malformed.ts";

/** A public key as it is handed about (C2SP signed-note, verifier keys). `key`: the signature type's byte or bytes, then the key itself. */
export type Vkey = { readonly name: string; readonly keyId: number; readonly key: Buffer };

const SHAPE = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/;
const MAX_VKEY = 4096;
const MAX_NAME = 255;

/** Not empty, no space, no plus, no control character (C2SP signed-note, Format). */
export const isKeyName = (name: string): boolean =>
  name !== "" && name.length <= MAX_NAME && name.isWellFormed() && !/[\s+\p{Cc}\p{Z}]/u.test(name);

/** SHA-256(name || 0x0A || type and key)[:4], big-endian. */
export function keyIdOf(name: string, key: Uint8Array): number {
  const digest = hash("sha256", Buffer.concat([Buffer.from(`${name}\n`), key]), "buffer");
  return digest.readUInt32BE(0);
}

/** `<name>+<key ID in hex>+<base64>`. */
export const formatVkey = ({ name, keyId, key }: Vkey): string =>
  `${name}+${formatKeyId(keyId)}+${key.toString("base64")}`;

export const formatKeyId = (keyId: number): string => keyId.toString(16).padStart(8, "0");

/** Strict: the key ID has to be that of the name and key. Throws MalformedError KEY_MALFORMED. */
export function parseVkey(text: string): Vkey {
  const [, name = "", id = "", encoded = ""] = (text.length <= MAX_VKEY ? SHAPE.exec(text) : null) ?? [];
  const key = readBase64(encoded);
  if (!isKeyName(name) || key === null || key.length < 2)
    throw new MalformedError("KEY_MALFORMED", "not of the form <name>+<8 hex digits>+<base64>");
  const keyId = keyIdOf(name, key);
  if (formatKeyId(keyId) !== id)
    throw new MalformedError("KEY_MALFORMED", "the key ID is not that of the name and key");
  return { name, keyId, key };
}
