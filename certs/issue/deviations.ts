import { readDer } from "../bytes/der.ts";

/**
 * What some vendors write in place of the standard's form: OCTET STRING for BIT STRING, the seal wrapped in an OCTET
 * STRING (V1), the time type of the other version, r and s as 64 raw bytes, a default FALSE written out.
 */
export type Deviation = "octet-string" | "wrapped-seal" | "time-type" | "raw-signature" | "explicit-false";

/** SEQUENCE { r, s } as r and s of 32 bytes each. */
export function rawSignature(value: Uint8Array): Buffer {
  const numbers = readDer(value).sequence("signature value");
  const hex = numbers.map((part) => part.integer("r or s").toString(16).padStart(64, "0"));
  return Buffer.from(hex.join(""), "hex");
}

export const signatureValue = (value: Uint8Array, deviations: readonly Deviation[]): Uint8Array =>
  deviations.includes("raw-signature") ? rawSignature(value) : value;
