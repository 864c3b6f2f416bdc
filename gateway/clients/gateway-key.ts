import { createPrivateKey, createPublicKey, generateKeyPairSync, hash, type KeyObject } from "node:crypto";
import { join } from "node:path";
import { CompactSign, compactVerify, errors, type JWK } from "jose";
import type { Identity } from "#connectors/settings.ts";
import { ConfigError } from "#gateway/config.ts";
import { PrivateFileError, readPrivateFile, writePrivateFile } from "./private-file.ts";

/** RFC 9068. Nothing else that this key signs may pass for an access token. */
export const ACCESS_TOKEN_TYPE = "at+jwt";

type Claims = Readonly<Record<string, unknown>>;

/** The gateway's own Ed25519 key. All it signs is a compact JWS with `alg` EdDSA, its `kid` and a `typ`. */
export type GatewayKey = {
  /** For statements to peers; throws for the type of an access token. */
  readonly identity: Identity;
  readonly signAccessToken: (claims: Claims) => Promise<string>;
  /** The claims if it is an access token that this key signed, else null. Says nothing about times or names in them. */
  readonly verifyAccessToken: (token: string) => Promise<Claims | null>;
  /** Public half only. */
  readonly jwks: () => { readonly keys: readonly JWK[] };
};

const MAX_BYTES = 4096;

/** The key in `directory`, made at the first start. Throws ConfigError when there is one that cannot be used. */
export function openGatewayKey(directory: string): GatewayKey {
  const file = join(directory, "gateway-key.pem");
  const privateKey = readKey(file) ?? makeKey(file);
  const publicKey = createPublicKey(privateKey);
  const jwk = publicJwkOf(publicKey);
  const { kid } = jwk;
  const sign = (claims: Claims, typ: string): Promise<string> =>
    new CompactSign(Buffer.from(JSON.stringify(claims)))
      .setProtectedHeader({ alg: "EdDSA", kid, typ })
      .sign(privateKey);
  return {
    identity: {
      async sign(claims, type) {
        if (type.toLowerCase().includes(ACCESS_TOKEN_TYPE)) throw new Error("peers are not given access tokens");
        return await sign(claims, type);
      },
    },
    signAccessToken: (claims) => sign(claims, ACCESS_TOKEN_TYPE),
    verifyAccessToken: (token) => verifyAccessToken(token, publicKey, kid),
    jwks: () => ({ keys: [jwk] }),
  };
}

function readKey(file: string): KeyObject | null {
  try {
    const key = createPrivateKey(readPrivateFile(file, MAX_BYTES));
    if (key.asymmetricKeyType !== "ed25519") throw new PrivateFileError("it holds no Ed25519 key");
    return key;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : null;
    if (code === "ENOENT") return null;
    const reason = error instanceof PrivateFileError ? error.message : (code ?? "it cannot be read");
    throw new ConfigError(`the gateway's key ${file}: ${reason}`);
  }
}

function makeKey(file: string): KeyObject {
  const { privateKey } = generateKeyPairSync("ed25519");
  writePrivateFile(file, privateKey.export({ type: "pkcs8", format: "pem" }).toString());
  return privateKey;
}

/** `kid` is the thumbprint (RFC 7638), so that the same key has the same name everywhere. */
function publicJwkOf(publicKey: KeyObject): JWK & { readonly kid: string } {
  const { x = "" } = publicKey.export({ format: "jwk" });
  const kid = hash("sha256", JSON.stringify({ crv: "Ed25519", kty: "OKP", x }), "base64url");
  return { kty: "OKP", crv: "Ed25519", x, kid, alg: "EdDSA", use: "sig" };
}

async function verifyAccessToken(token: string, publicKey: KeyObject, kid: string): Promise<Claims | null> {
  try {
    const { payload, protectedHeader } = await compactVerify(token, publicKey, { algorithms: ["EdDSA"] });
    const isOurs = protectedHeader.typ === ACCESS_TOKEN_TYPE && protectedHeader.kid === kid;
    return isOurs && protectedHeader.crit === undefined ? JSON.parse(Buffer.from(payload).toString("utf8")) : null;
  } catch (error) {
    if (error instanceof errors.JOSEError) return null;
    throw error;
  }
}
