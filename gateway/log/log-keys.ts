import { createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { join } from "node:path";
import { PrivateFileError, readPrivateFile, writePrivateFile } from "#gateway/clients/private-file.ts";
import { ConfigError } from "#gateway/config.ts";
import { ed25519Signer } from "./tlog/ed25519.ts";
import type { Signer } from "./tlog/signed-note.ts";
import { sm2Signer } from "./tlog/sm2-note.ts";

/** The log's private keys as PEM (PKCS#8): plain text, so that a thread can be given them. `origin` is their name. */
export type LogKeyTexts = { readonly origin: string; readonly ed25519: string; readonly sm2: string };

/** `signers` and `vkeys` (public, in C2SP's text form) in one order: Ed25519, SM2. */
export type LogKeys = {
  readonly signers: readonly Signer[];
  readonly vkeys: readonly string[];
  readonly texts: LogKeyTexts;
};

type KeyKind = "ed25519" | "sm2";

const FILES = { ed25519: "log-ed25519.key", sm2: "log-sm2.key" } as const satisfies Record<KeyKind, string>;
const MAX_BYTES = 4096;

/** The keys in `directory`, made at the first start. Throws ConfigError when there is one that cannot be used. */
export function openLogKeys(directory: string, origin: string): LogKeys {
  const ed25519 = join(directory, FILES.ed25519);
  const sm2 = join(directory, FILES.sm2);
  return logKeysOf({
    origin,
    ed25519: readOrMake(ed25519, "ed25519"),
    sm2: readOrMake(sm2, "sm2"),
  });
}

/** The same keys again in a thread. Throws ConfigError. */
export function logKeysOf(texts: LogKeyTexts): LogKeys {
  const { origin } = texts;
  const ed25519 = ed25519Signer(origin, importKey(texts.ed25519, "ed25519"));
  const sm2 = sm2Signer(origin, importKey(texts.sm2, "sm2"));
  return { signers: [ed25519.signer, sm2.signer], vkeys: [ed25519.vkey, sm2.vkey], texts };
}

function readOrMake(file: string, kind: KeyKind): string {
  try {
    const text = readPrivateFile(file, MAX_BYTES);
    importKey(text, kind);
    return text;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : null;
    if (code === "ENOENT") return makeKey(file, kind);
    const isExplained = error instanceof PrivateFileError || error instanceof ConfigError;
    throw new ConfigError(`the log's key ${file}: ${isExplained ? error.message : (code ?? "it cannot be read")}`);
  }
}

function makeKey(file: string, kind: KeyKind): string {
  const text = generate(kind).export({ type: "pkcs8", format: "pem" }).toString();
  writePrivateFile(file, text);
  return text;
}

const generate = (kind: KeyKind): KeyObject =>
  kind === "ed25519"
    ? generateKeyPairSync("ed25519").privateKey
    : generateKeyPairSync("ec", { namedCurve: "SM2" }).privateKey;

/** Out of its text, as SM2 needs it: a fresh key would do ECDSA on the SM2 curve. */
function importKey(pem: string, kind: KeyKind): KeyObject {
  const key = createPrivateKey(pem);
  if (kind === "ed25519" && key.asymmetricKeyType !== "ed25519") throw new ConfigError("it holds no Ed25519 key");
  if (kind === "sm2" && !isSm2(key)) throw new ConfigError("it holds no SM2 key");
  return key;
}

/** Object identifier 1.2.156.10197.1.301, as it stands in the key. */
const SM2_CURVE = Buffer.from("06082a811ccf5501822d", "hex");
const isSm2 = (key: KeyObject): boolean => key.export({ type: "pkcs8", format: "der" }).includes(SM2_CURVE);
