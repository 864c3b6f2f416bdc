import { createPublicKey, createSign, createVerify, type KeyObject } from "node:crypto";
import { readEcSignature } from "#certs/crypto/ec-signature.ts";
import { PublicKeyError, readPublicKey } from "#certs/crypto/public-key.ts";
import { sm2Za } from "#certs/crypto/sm2.ts";
import { MalformedError } from "./malformed.ts";
import type { Signer, Verifier } from "./signed-note.ts";
import { formatVkey, keyIdOf, type Vkey } from "./vkey.ts";

/**
 * Signature type of SM2 with SM3. C2SP signed-note assigns it no byte: 0xff is for such types, followed by an identifier that cannot collide,
 * here the algorithm's object identifier. After it comes the uncompressed point (65 bytes). The signature is SEQUENCE { r, s } in DER
 * (GB/T 35276), with the default user ID.
 */
export const SM2_TYPE: Buffer = Buffer.concat([Buffer.of(0xff), Buffer.from("1.2.156.10197.1.501\n")]);
const POINT_BYTES = 65;
/** SubjectPublicKeyInfo of an SM2 key up to the point (GM/T 0010). */
const SPKI_PREFIX = Buffer.from("3059301306072a8648ce3d020106082a811ccf5501822d034200", "hex");

/** `privateKey` has to be imported: one fresh from generateKeyPair does ECDSA on the SM2 curve, and so is refused. Throws RangeError. */
export function sm2Signer(name: string, privateKey: KeyObject): { readonly signer: Signer; readonly vkey: string } {
  const spki = createPublicKey(privateKey).export({ type: "spki", format: "der" });
  if (!spki.subarray(0, SPKI_PREFIX.length).equals(SPKI_PREFIX)) throw new RangeError("it holds no SM2 key");
  const point = spki.subarray(-POINT_BYTES);
  const key = Buffer.concat([SM2_TYPE, point]);
  const keyId = keyIdOf(name, key);
  const za = sm2Za(point.subarray(1));
  // The one-shot sign() of node:crypto takes an empty user ID: ZA goes in front of the text here.
  const sign = (text: string): Buffer => createSign("sm3").update(za).update(text).sign(privateKey);
  return { signer: { name, keyId, sign }, vkey: formatVkey({ name, keyId, key }) };
}

/** Throws MalformedError KEY_MALFORMED. */
export function sm2Verifier({ name, keyId, key }: Vkey): Verifier {
  const publicKey = readPoint(key.subarray(SM2_TYPE.length));
  return {
    name,
    keyId,
    verify(text, signature) {
      const value = readEcSignature(signature, "SM2", "refuse");
      if (typeof value === "string") return false;
      return createVerify("sm3").update(publicKey.za).update(text).verify(publicKey.object, value.der);
    },
  };
}

function readPoint(point: Uint8Array): ReturnType<typeof readPublicKey> {
  if (point.length !== POINT_BYTES) throw new MalformedError("KEY_MALFORMED", `an SM2 key has ${POINT_BYTES} bytes`);
  try {
    return readPublicKey(Buffer.concat([SPKI_PREFIX, point]));
  } catch (error) {
    if (error instanceof PublicKeyError) throw new MalformedError("KEY_MALFORMED", error.message);
    throw error;
  }
}
