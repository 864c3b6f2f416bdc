import { createPublicKey, generateKeyPairSync, type webcrypto } from "node:crypto";
import { join } from "node:path";
import { calculateJwkThumbprint, type JWK } from "jose";
import { readClientKey } from "./client-key.ts";
import { PrivateFileError, readPrivateFile, writePrivateFile } from "./private-file.ts";

const MAX_BYTES = 8192;

/**
 * The public keys of these clients, as they are registered. Their private keys stand in `directory` as CLIENT.jwk, where
 * `tongyan token` looks; one that is not there is made (Ed25519). Throws PrivateFileError for one that cannot be used.
 */
export async function ensureClientKeys<Id extends string>(
  directory: string,
  clients: readonly Id[],
): Promise<{ readonly [Client in Id]: JWK }> {
  const keys = await Promise.all(
    clients.map(async (client): Promise<[Id, JWK]> => {
      const file = join(directory, `${client}.jwk`);
      return [client, publicHalf(file, readKey(file) ?? (await makeKey(file)))];
    }),
  );
  return Object.fromEntries(keys) as { [Client in Id]: JWK };
}

function readKey(file: string): JWK | null {
  try {
    const key: unknown = JSON.parse(readPrivateFile(file, MAX_BYTES));
    return typeof key === "object" && key !== null ? key : {};
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    if (error instanceof SyntaxError) throw new PrivateFileError(`${file} holds no JSON Web Key`);
    throw error;
  }
}

async function makeKey(file: string): Promise<JWK> {
  const { privateKey } = generateKeyPairSync("ed25519");
  const half = privateKey.export({ format: "jwk" }) as JWK;
  const key = { ...half, kid: await calculateJwkThumbprint(half), alg: "EdDSA", use: "sig" };
  writePrivateFile(file, `${JSON.stringify(key)}\n`);
  return key;
}

function publicHalf(file: string, key: JWK): JWK {
  const { kid = "", alg = "" } = key;
  const jwk = { ...exportPublic(file, key), kid, alg, use: "sig" };
  if (readClientKey(jwk) === null) throw new PrivateFileError(`${file} holds no key that a client can use`);
  return jwk;
}

/** The library's message could quote the key. */
function exportPublic(file: string, key: JWK): JWK {
  try {
    return createPublicKey({ key: key as webcrypto.JsonWebKey, format: "jwk" }).export({ format: "jwk" }) as JWK;
  } catch {
    throw new PrivateFileError(`${file} holds no key`);
  }
}
