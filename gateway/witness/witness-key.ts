import { createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { join } from "node:path";
import { PrivateFileError, readPrivateFile, writePrivateFile } from "#gateway/clients/private-file.ts";
import { ConfigError } from "#gateway/config.ts";
import { type Cosigner, cosigner } from "#gateway/log/tlog/cosignature.ts";
import type { WitnessMemory } from "./witness-memory.ts";

const MAX_BYTES = 4096;

/**
 * The key of a witness, made once, under the name it was made for. Key and memory belong together: a key without the memory of what it has
 * signed could sign a second history. Throws ConfigError.
 */
export function openWitnessKey(directory: string, name: string, memory: WitnessMemory): Cosigner {
  const file = join(directory, "witness.key");
  const owner = memory.owner();
  const there = readKey(file);
  if (owner === null && there !== null)
    throw refused(file, "what it has signed is forgotten: witness.sqlite is not its");
  if (owner !== null && owner.name !== name) throw new ConfigError(`this witness is called ${owner.name}`);
  if (owner !== null && owner.keyId !== null && there === null) throw refused(file, "it is gone; its name is used up");
  if (owner === null) memory.setOwner({ name, keyId: null });
  const key = cosigner(name, there ?? makeKey(file));
  if (owner !== null && owner.keyId !== null && owner.keyId !== key.keyId) throw refused(file, "it is another's");
  memory.setOwner({ name, keyId: key.keyId });
  return key;
}

const refused = (file: string, reason: string): ConfigError => new ConfigError(`the witness's key ${file}: ${reason}`);

function readKey(file: string): KeyObject | null {
  try {
    const key = createPrivateKey(readPrivateFile(file, MAX_BYTES));
    if (key.asymmetricKeyType !== "ed25519") throw new PrivateFileError("it holds no Ed25519 key");
    return key;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : null;
    if (code === "ENOENT") return null;
    throw refused(file, error instanceof PrivateFileError ? error.message : (code ?? "it cannot be read"));
  }
}

function makeKey(file: string): KeyObject {
  const { privateKey } = generateKeyPairSync("ed25519");
  writePrivateFile(file, privateKey.export({ type: "pkcs8", format: "pem" }).toString());
  return privateKey;
}
