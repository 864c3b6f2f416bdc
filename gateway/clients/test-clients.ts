import { createHmac, createPrivateKey, generateKeyPairSync, type KeyObject, randomUUID } from "node:crypto";
import { calculateJwkThumbprint, CompactSign, type JWK } from "jose";
import type { ClientEntry } from "#gateway/registry/entities.ts";
import type { Signer } from "./assertion.ts";
import type { AssertionAlgorithm } from "./client-key.ts";

/** A key as a client holds it, and the half that is registered. */
export type TestKey = {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly jwk: JWK;
  readonly privateJwk: JWK;
};

export function makeKey(alg: AssertionAlgorithm, kid = `${alg}-${randomUUID()}`): TestKey {
  const { privateKey, publicKey } = pairFor(alg);
  const named = { kid, alg, use: "sig" };
  return {
    privateKey,
    publicKey,
    jwk: { ...publicKey.export({ format: "jwk" }), ...named } as JWK,
    privateJwk: { ...privateKey.export({ format: "jwk" }), ...named } as JWK,
  };
}

function pairFor(alg: AssertionAlgorithm) {
  if (alg === "ES256") return generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  return alg === "EdDSA" ? generateKeyPairSync("ed25519") : generateKeyPairSync("rsa", { modulusLength: 2048 });
}

export const clientWith = (members: Partial<ClientEntry> = {}): ClientEntry => ({
  id: "anhui-window",
  organisation: { code: "11340000MB0E00011X", name: "示例市自然资源和规划局", region: "340100" },
  roles: ["department"],
  active: true,
  keys: [],
  hmac: null,
  certificates: [],
  perMinute: 600,
  ...members,
});

/** As it is after an assertion by the first of its keys. */
export async function signerOf(client: ClientEntry): Promise<Signer> {
  const [key] = client.keys;
  if (key === undefined) throw new Error(`${client.id} has no key`);
  return { client, key: await calculateJwkThumbprint(key) };
}

/** A registry of clients that can be changed while it is used. */
export function registryOf(...clients: readonly ClientEntry[]) {
  const entries = new Map(clients.map((client) => [client.id, client]));
  return {
    client: (id: string): ClientEntry | null => entries.get(id) ?? null,
    put: (client: ClientEntry): void => void entries.set(client.id, client),
  };
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A compact JWS with whatever header and signature are wanted. */
export function craft(header: object, claims: unknown, sign: (input: string) => Buffer): string {
  const input = `${encode(header)}.${encode(claims)}`;
  return `${input}.${sign(input).toString("base64url")}`;
}

export const hmacWith =
  (secret: string | Buffer) =>
  (input: string): Buffer =>
    createHmac("sha256", secret).update(input).digest();

/** Signed as its header says, by a key that may be another. */
export const signJws = async (
  header: { readonly alg: string } & Readonly<Record<string, unknown>>,
  claims: object,
  key: KeyObject,
): Promise<string> =>
  await new CompactSign(Buffer.from(JSON.stringify(claims)))
    .setProtectedHeader({ ...header })
    .sign(createPrivateKey({ key: key.export({ type: "pkcs8", format: "der" }), format: "der", type: "pkcs8" }));
