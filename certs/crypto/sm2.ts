import { hash } from "node:crypto";

/** The user ID when no other is agreed on (GB/T 35276-2017 clause 10, GM/T 0009). No other is accepted. */
export const SM2_USER_ID: Uint8Array = Buffer.from("1234567812345678", "latin1");

/** a ‖ b ‖ xG ‖ yG of sm2p256v1 (GB/T 32918.5). */
const PARAMETERS = Buffer.from(
  "fffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffc" +
    "28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93" +
    "32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7" +
    "bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0",
  "hex",
);

/**
 * ZA of GB/T 32918.2 (5.5): what goes before the message into SM3. `point` is xA ‖ yA, 64 octets. node:crypto's SM2 signs the digest of what
 * it is given and knows no user ID, so ZA is fed to it first: `createVerify("sm3").update(ZA).update(message)`.
 */
export function sm2Za(point: Uint8Array, userId: Uint8Array = SM2_USER_ID): Uint8Array {
  const bits = userId.length * 8;
  return hash("sm3", Buffer.concat([Buffer.of(bits >> 8, bits & 0xff), userId, PARAMETERS, point]), "buffer");
}
