import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, type webcrypto } from "node:crypto";
import type { JWK } from "jose";
import type { ClientEntry } from "#gateway/registry/entities.ts";

type Row = {
  readonly fits: (key: KeyObject) => boolean;
  /** A key of this kind to which nobody has the private half. */
  readonly makeDecoy: () => KeyObject;
};

const MIN_RSA_BITS = 2048;
const isRsa = ({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): boolean =>
  asymmetricKeyType === "rsa" && (asymmetricKeyDetails?.modulusLength ?? 0) >= MIN_RSA_BITS;

/** What a client may sign with. Neither `none` nor a shared secret stands here, and a key has one algorithm only. */
export const ASSERTION_ALGORITHMS = {
  ES256: {
    fits: ({ asymmetricKeyType: type, asymmetricKeyDetails: details }) =>
      type === "ec" && details?.namedCurve === "prime256v1",
    makeDecoy: () => generateKeyPairSync("ec", { namedCurve: "prime256v1" }).publicKey,
  },
  EdDSA: {
    fits: ({ asymmetricKeyType }) => asymmetricKeyType === "ed25519",
    makeDecoy: () => generateKeyPairSync("ed25519").publicKey,
  },
  RS256: { fits: isRsa, makeDecoy: decoyRsa },
  PS256: { fits: isRsa, makeDecoy: decoyRsa },
} as const satisfies Record<string, Row>;

export type AssertionAlgorithm = keyof typeof ASSERTION_ALGORITHMS;
export const isAssertionAlgorithm = (name: unknown): name is AssertionAlgorithm =>
  typeof name === "string" && Object.hasOwn(ASSERTION_ALGORITHMS, name);

/** A client's public key as it is registered. */
export type ClientKey = {
  readonly kid: string;
  readonly algorithm: AssertionAlgorithm;
  readonly key: KeyObject;
};

/** Null unless it is a whole public key with `kid` and an `alg` that it fits. A private half is refused: nobody else may hold it. */
export function readClientKey(jwk: JWK): ClientKey | null {
  const { kid, alg } = jwk;
  if (typeof kid !== "string" || kid === "" || !isAssertionAlgorithm(alg)) return null;
  if (jwk.use !== undefined && jwk.use !== "sig") return null;
  if (["d", "p", "q", "k", "priv"].some((member) => Object.hasOwn(jwk, member))) return null;
  const key = importPublic(jwk);
  return key !== null && ASSERTION_ALGORITHMS[alg].fits(key) ? { kid, algorithm: alg, key } : null;
}

const known = new WeakMap<Pick<ClientEntry, "keys">, readonly ClientKey[]>();

/** Those of its registered keys that can be used. Read once for each entry: a changed entry is another object. */
export function keysOf(client: Pick<ClientEntry, "keys">): readonly ClientKey[] {
  const keys = known.get(client) ?? client.keys.map(readClientKey).filter((key) => key !== null);
  known.set(client, keys);
  return keys;
}

function importPublic(jwk: JWK): KeyObject | null {
  try {
    return createPublicKey({ key: jwk as webcrypto.JsonWebKey, format: "jwk" });
  } catch {
    // Whatever the library finds wrong with it: it is no key.
    return null;
  }
}

/** Verifying does not ask whether a modulus is a product of two primes: random bits cost the same and have no factors that are known. */
function decoyRsa(): KeyObject {
  const modulus = randomBytes(MIN_RSA_BITS / 8);
  modulus.writeUInt8(modulus.readUInt8(0) | 0x80, 0);
  modulus.writeUInt8(modulus.readUInt8(modulus.length - 1) | 1, modulus.length - 1);
  const key: webcrypto.JsonWebKey = { kty: "RSA", n: modulus.toString("base64url"), e: "AQAB" };
  return createPublicKey({ key, format: "jwk" });
}
