import { createPrivateKey, createPublicKey, createSign, createVerify, generateKeyPairSync } from "node:crypto";

/** Signatures that one call verifies. */
export const NATIVE_EACH = 300;

/** What node:crypto does by itself, as a function that does it NATIVE_EACH times: SM3 of a short message and one SM2 verification. */
export function nativeSm2(): () => void {
  const fresh = generateKeyPairSync("ec", { namedCurve: "SM2" });
  // A key fresh from the generator would do ECDSA on this curve: SM2 needs an imported one.
  const secret = createPrivateKey({
    key: fresh.privateKey.export({ type: "pkcs8", format: "der" }),
    format: "der",
    type: "pkcs8",
  });
  const key = createPublicKey({
    key: fresh.publicKey.export({ type: "spki", format: "der" }),
    format: "der",
    type: "spki",
  });
  const signed = Array.from({ length: NATIVE_EACH }, (_, index) => {
    const message = Buffer.from(`message ${index}`);
    return { message, value: createSign("sm3").update(message).sign(secret) };
  });
  return () => {
    for (const { message, value } of signed)
      if (!createVerify("sm3").update(message).verify(key, value)) throw new Error("the native baseline is wrong");
  };
}
