import { createPublicKey, sign, verify, type KeyObject } from "node:crypto";
import { MalformedError } from "./malformed.ts";
import type { Signer, Verifier } from "./signed-note.ts";
import { formatVkey, keyIdOf, type Vkey } from "./vkey.ts";

/** Signature type byte of plain Ed25519 note signatures (C2SP signed-note). */
export const ED25519_TYPE = 0x01;
const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;
/** SubjectPublicKeyInfo of an Ed25519 key up to the key itself (RFC 8410). */
const SPKI_PREFIX = Buffer.from("302a300506032b6570032100", "hex");

/** The public half's 32 bytes. */
export const rawEd25519 = (privateKey: KeyObject): Buffer =>
  createPublicKey(privateKey).export({ type: "spki", format: "der" }).subarray(-KEY_BYTES);

/** A key out of its 32 bytes. Throws MalformedError KEY_MALFORMED. */
export function readEd25519(raw: Uint8Array): KeyObject {
  if (raw.length !== KEY_BYTES) throw new MalformedError("KEY_MALFORMED", "an Ed25519 key has 32 bytes");
  return createPublicKey({ key: Buffer.concat([SPKI_PREFIX, raw]), format: "der", type: "spki" });
}

export const verifyEd25519 = (key: KeyObject, message: Uint8Array, signature: Uint8Array): boolean =>
  signature.length === SIGNATURE_BYTES && verify(null, message, key, signature);

/** Signs notes as they stand, with an Ed25519 key. */
export function ed25519Signer(name: string, privateKey: KeyObject): { readonly signer: Signer; readonly vkey: string } {
  const key = Buffer.concat([Buffer.of(ED25519_TYPE), rawEd25519(privateKey)]);
  const keyId = keyIdOf(name, key);
  const signer = { name, keyId, sign: (text: string) => sign(null, Buffer.from(text), privateKey) };
  return { signer, vkey: formatVkey({ name, keyId, key }) };
}

/** Throws MalformedError KEY_MALFORMED. */
export function ed25519Verifier({ name, keyId, key }: Vkey): Verifier {
  const publicKey = readEd25519(key.subarray(1));
  return { name, keyId, verify: (text, signature) => verifyEd25519(publicKey, Buffer.from(text), signature) };
}
