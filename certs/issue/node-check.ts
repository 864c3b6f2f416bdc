import { createHash, createPublicKey, createVerify } from "node:crypto";
import { constructed, readDer } from "../bytes/der.ts";

/** GB/T 32918.5: a, b, xG, yG of sm2p256v1, each 32 octets. */
const CURVE =
  "fffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffc" +
  "28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93" +
  "32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7" +
  "bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0";
const DEFAULT_ID = `0080${Buffer.from("1234567812345678").toString("hex")}`;

/** Whether node:crypto takes `value` for an SM2 signature of the certificate's key, with the default user ID. For tests of what is issued here. */
export function nodeVerifiesSm2(certificate: Uint8Array, message: Uint8Array, value: Uint8Array): boolean {
  const spki = spkiOf(certificate);
  const key = createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" });
  const za = createHash("sm3")
    .update(Buffer.from(DEFAULT_ID + CURVE, "hex"))
    .update(spki.subarray(-64))
    .digest();
  return createVerify("sm3").update(za).update(message).verify(key, value);
}

function spkiOf(certificate: Uint8Array): Uint8Array {
  const fields = readDer(certificate).children()[0]?.children() ?? [];
  const spki = fields[fields[0]?.is(constructed(0)) === true ? 6 : 5];
  if (spki === undefined) throw new Error("not a certificate");
  return spki.bytes;
}
