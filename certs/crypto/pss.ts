import { DerError, TAG, constructed, readDer, type Der } from "../bytes/der.ts";

export type PssParameters = { readonly digest: "sha256" | "sha384" | "sha512"; readonly saltLength: number };

const DIGESTS: Readonly<Record<string, PssParameters>> = {
  "2.16.840.1.101.3.4.2.1": { digest: "sha256", saltLength: 32 },
  "2.16.840.1.101.3.4.2.2": { digest: "sha384", saltLength: 48 },
  "2.16.840.1.101.3.4.2.3": { digest: "sha512", saltLength: 64 },
};
const MGF1 = "1.2.840.113549.1.1.8";

/**
 * RSASSA-PSS-params (RFC 4055 3.1), the strict subset of RFC 8702 and common use: hash, MGF1 with the same hash and salt length all written out,
 * the salt as long as the hash, trailer absent. Null when they are anything else (the defaults mean SHA-1).
 */
export function readPssParameters(bytes: Uint8Array): PssParameters | null {
  try {
    const [hash, mask, salt, ...rest] = readDer(bytes, 8).sequence("RSASSA-PSS-params");
    if (hash === undefined || mask === undefined || salt === undefined || rest.length > 0) return null;
    const digest = hashOf(hash.expect(constructed(0), "hashAlgorithm").only("hashAlgorithm"));
    const [mgf, mgfHash, ...more] = mask
      .expect(constructed(1), "maskGenAlgorithm")
      .only("maskGenAlgorithm")
      .sequence("MGF");
    if (mgf?.oid("MGF") !== MGF1 || mgfHash === undefined || more.length > 0) return null;
    const length = salt.expect(constructed(2), "saltLength").only("saltLength").number("saltLength");
    return digest !== null && hashOf(mgfHash) === digest && length === digest.saltLength ? digest : null;
  } catch (error) {
    if (error instanceof DerError) return null;
    throw error;
  }
}

function hashOf(algorithm: Der): PssParameters | null {
  const [id, parameters, ...rest] = algorithm.sequence("hash algorithm");
  const empty = parameters === undefined || (parameters.is(TAG.null) && parameters.content.length === 0);
  return id !== undefined && empty && rest.length === 0 ? (DIGESTS[id.oid("hash algorithm")] ?? null) : null;
}
