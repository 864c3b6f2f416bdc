import { createPrivateKey, createSign, generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { sm2Za } from "../crypto/sm2.ts";
import { nil, oid, sequence, type DerBytes } from "./der.ts";

export type KeyKind = "SM2" | "P-256" | "P-384" | "P-521" | "RSA-2048" | "RSA-3072" | "Ed25519";
export type SigningKey = {
  readonly kind: KeyKind;
  readonly spki: Uint8Array;
  readonly signatureOid: string;
  readonly privateKey: KeyObject;
  /** Of the whole message. A DER value for EC and SM2 (default user ID). */
  sign(message: Uint8Array): Uint8Array;
};

type Row = {
  readonly oid: string;
  readonly digest: string | null;
  generate(): { privateKey: KeyObject; publicKey: KeyObject };
};

const ec = (namedCurve: string) => () => generateKeyPairSync("ec", { namedCurve });
const rsa = (modulusLength: number) => () => generateKeyPairSync("rsa", { modulusLength });

const ROWS = {
  SM2: { oid: "1.2.156.10197.1.501", digest: "sm3", generate: ec("SM2") },
  "P-256": { oid: "1.2.840.10045.4.3.2", digest: "sha256", generate: ec("prime256v1") },
  "P-384": { oid: "1.2.840.10045.4.3.3", digest: "sha384", generate: ec("secp384r1") },
  "P-521": { oid: "1.2.840.10045.4.3.4", digest: "sha512", generate: ec("secp521r1") },
  "RSA-2048": { oid: "1.2.840.113549.1.1.11", digest: "sha256", generate: rsa(2048) },
  "RSA-3072": { oid: "1.2.840.113549.1.1.11", digest: "sha256", generate: rsa(3072) },
  Ed25519: { oid: "1.3.101.112", digest: null, generate: () => generateKeyPairSync("ed25519") },
} as const satisfies Record<KeyKind, Row>;

export function generateKey(kind: KeyKind): SigningKey {
  const row: Row = ROWS[kind];
  const pair = row.generate();
  const spki = pair.publicKey.export({ type: "spki", format: "der" });
  // A fresh SM2 key does ECDSA on the SM2 curve; one that was imported does SM2.
  const pkcs8 = pair.privateKey.export({ type: "pkcs8", format: "der" });
  const privateKey = createPrivateKey({ key: pkcs8, type: "pkcs8", format: "der" });
  return { kind, spki, signatureOid: row.oid, privateKey, sign: (message) => signWith(row, privateKey, spki, message) };
}

function signWith(row: Row, key: KeyObject, spki: Uint8Array, message: Uint8Array): Uint8Array {
  if (row.digest === null) return sign(null, message, key);
  if (row.digest !== "sm3") return createSign(row.digest).update(message).sign(key);
  return sm2Sign(key, sm2Za(spki.subarray(-64)), message);
}

/** SM2 with a ZA of the caller's own (another user ID). */
export function sm2Sign(key: KeyObject, za: Uint8Array, message: Uint8Array): Uint8Array {
  return createSign("sm3").update(za).update(message).sign(key);
}

/** AlgorithmIdentifier of a key's signatures: NULL parameters for RSA (RFC 4055 5), none for the others. */
export function signatureAlgorithm(key: SigningKey): DerBytes {
  return key.kind.startsWith("RSA") ? sequence(oid(key.signatureOid), nil()) : sequence(oid(key.signatureOid));
}
