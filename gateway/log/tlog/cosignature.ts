import { sign, type KeyObject } from "node:crypto";
import { rawEd25519, readEd25519, verifyEd25519 } from "./ed25519.ts";
import type { NoteSignature, Verifier } from "./signed-note.ts";
import { formatVkey, keyIdOf, type Vkey } from "./vkey.ts";

/** Signature type byte of timestamped Ed25519 cosignatures (C2SP tlog-cosignature). */
export const COSIGNATURE_TYPE = 0x04;
const TIME_BYTES = 8;
const COSIGNATURE_BYTES = TIME_BYTES + 64;

/** A witness's key: `cosign` signs a checkpoint's text (with its last newline) as seen at `seconds` since the epoch. */
export type Cosigner = {
  readonly name: string;
  readonly keyId: number;
  readonly vkey: string;
  readonly cosign: (checkpoint: string, seconds: number) => NoteSignature;
};

const message = (checkpoint: string, seconds: bigint | number): Buffer =>
  Buffer.from(`cosignature/v1\ntime ${seconds}\n${checkpoint}`);

/** `privateKey`: Ed25519, of this witness alone (the message does not say who signs). */
export function cosigner(name: string, privateKey: KeyObject): Cosigner {
  const key = Buffer.concat([Buffer.of(COSIGNATURE_TYPE), rawEd25519(privateKey)]);
  const keyId = keyIdOf(name, key);
  return {
    name,
    keyId,
    vkey: formatVkey({ name, keyId, key }),
    cosign(checkpoint, seconds) {
      if (!Number.isSafeInteger(seconds) || seconds < 0)
        throw new RangeError("seconds since the epoch, a whole number");
      const time = Buffer.alloc(TIME_BYTES);
      time.writeBigUInt64BE(BigInt(seconds));
      return { name, keyId, signature: Buffer.concat([time, sign(null, message(checkpoint, seconds), privateKey)]) };
    },
  };
}

/** Checks the signature together with the time that it states; whether that time is plausible is for the caller. Throws MalformedError. */
export function cosignatureVerifier({ name, keyId, key }: Vkey): Verifier {
  const publicKey = readEd25519(key.subarray(1));
  return {
    name,
    keyId,
    verify(checkpoint, signature) {
      const time = readTime(signature);
      return time !== null && verifyEd25519(publicKey, message(checkpoint, time), signature.subarray(TIME_BYTES));
    },
  };
}

/** When the witness saw the checkpoint, in seconds since the epoch; null when this is no cosignature, or of no time that can be. */
export function cosignatureTime(signature: Uint8Array): number | null {
  const time = readTime(signature);
  return time === null || time > BigInt(Number.MAX_SAFE_INTEGER) ? null : Number(time);
}

function readTime(signature: Uint8Array): bigint | null {
  if (signature.length !== COSIGNATURE_BYTES) return null;
  const time = Buffer.from(signature.buffer, signature.byteOffset, TIME_BYTES).readBigUInt64BE();
  return time < 1n << 63n ? time : null;
}
