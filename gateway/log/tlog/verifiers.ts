import { COSIGNATURE_TYPE, cosignatureVerifier } from "./cosignature.ts";
import { ED25519_TYPE, ed25519Verifier } from "./ed25519.ts";
import { MalformedError } from "./malformed.ts";
import type { Verifier } from "./signed-note.ts";
import { SM2_TYPE, sm2Verifier } from "./sm2-note.ts";
import { parseVkey, type Vkey } from "./vkey.ts";

export type KeyAlgorithm = "Ed25519" | "SM2" | "cosignature";
/** A pinned key and what it does. */
export type PinnedKey = { readonly algorithm: KeyAlgorithm; readonly vkey: string; readonly verifier: Verifier };

type Row = { readonly algorithm: KeyAlgorithm; readonly type: Buffer; readonly make: (vkey: Vkey) => Verifier };

/** The accepted signature types; what is not here is refused. */
const ROWS: readonly Row[] = [
  { algorithm: "Ed25519", type: Buffer.of(ED25519_TYPE), make: ed25519Verifier },
  { algorithm: "SM2", type: SM2_TYPE, make: sm2Verifier },
  { algorithm: "cosignature", type: Buffer.of(COSIGNATURE_TYPE), make: cosignatureVerifier },
];

/** The verifier of a key in its text form. Throws MalformedError KEY_MALFORMED. */
export function readVerifierKey(text: string): PinnedKey {
  const vkey = parseVkey(text);
  const row = ROWS.find(({ type }) => vkey.key.subarray(0, type.length).equals(type));
  if (row === undefined) throw new MalformedError("KEY_MALFORMED", "a signature type that is not accepted");
  return { algorithm: row.algorithm, vkey: text, verifier: row.make(vkey) };
}
