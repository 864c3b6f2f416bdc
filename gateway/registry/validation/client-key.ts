import { createPublicKey, type KeyObject } from "node:crypto";
import type { JWK } from "jose";
import { invalid, matching, members, oneOf, ownMembers, pathTo, type Reader } from "./reader.ts";

/** Members by which a JWK would be a private or a shared key (RFC 7518 section 6, RFC 9964). */
const PRIVATE_MEMBERS = ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"];

const MIN_RSA_BITS = 2048;
const MAX_RSA_BITS = 8192;

const keyId = matching(/^[\x21-\x7e]{1,128}$/, "must be 1 to 128 visible ASCII characters");

/** Exactly one way of writing the bytes: no padding, no bits left over. */
const base64url: Reader<string> = (value, path) => {
  const isCanonical = typeof value === "string" && Buffer.from(value, "base64url").toString("base64url") === value;
  if (!isCanonical || value === "" || value.length > 2000) throw invalid(path, "must be base64url without padding");
  return value;
};

/** What each kind of key consists of, besides kid, alg and use. */
const KINDS = {
  EC: members({
    kty: oneOf(["EC"]),
    kid: keyId,
    alg: oneOf(["ES256"]),
    crv: oneOf(["P-256"]),
    x: base64url,
    y: base64url,
  }),
  OKP: members({ kty: oneOf(["OKP"]), kid: keyId, alg: oneOf(["EdDSA"]), crv: oneOf(["Ed25519"]), x: base64url }),
  RSA: members({ kty: oneOf(["RSA"]), kid: keyId, alg: oneOf(["RS256", "PS256"]), n: base64url, e: base64url }),
} as const;
const kindOfKey = oneOf(["EC", "OKP", "RSA"]);

/** A public key for signatures, with `kid` and the one algorithm that it is for. */
export const readClientKey: Reader<JWK> = (value, path) => {
  const given = new Map(ownMembers(value, path));
  const secret = PRIVATE_MEMBERS.find((name) => given.has(name));
  if (secret !== undefined)
    throw invalid(pathTo(path, secret), "belongs to a private or shared key: only public keys are kept");
  checkUse(given, path);
  const key = KINDS[kindOfKey(given.get("kty"), pathTo(path, "kty"))](Object.fromEntries(given), path);
  checkKey(importKey(key, path), path);
  return key;
};

/** `use` and `key_ops` may stand there; they add nothing to `alg` and are not kept. */
function checkUse(given: Map<string, unknown>, path: string): void {
  if (given.has("use") && given.get("use") !== "sig") throw invalid(pathTo(path, "use"), "must be sig");
  const operations = given.get("key_ops");
  if (given.has("key_ops") && JSON.stringify(operations) !== '["verify"]')
    throw invalid(pathTo(path, "key_ops"), "must be verify alone");
  given.delete("use");
  given.delete("key_ops");
}

function importKey(key: JWK, path: string): KeyObject {
  try {
    return createPublicKey({ key, format: "jwk" });
  } catch {
    // OpenSSL's own words may quote the key; that it is no such key is all there is to say.
    throw invalid(path, "is not a key of this kind");
  }
}

function checkKey({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject, path: string): void {
  if (asymmetricKeyType !== "rsa") return;
  const { modulusLength = 0, publicExponent = 0n } = asymmetricKeyDetails ?? {};
  if (modulusLength < MIN_RSA_BITS || modulusLength > MAX_RSA_BITS)
    throw invalid(pathTo(path, "n"), `must have ${MIN_RSA_BITS} to ${MAX_RSA_BITS} bits`);
  if (publicExponent < 65_537n || publicExponent % 2n === 0n)
    throw invalid(pathTo(path, "e"), "must be odd and at least 65537");
}
