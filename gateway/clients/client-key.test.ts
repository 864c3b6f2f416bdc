import { generateKeyPairSync } from "node:crypto";
import type { JWK } from "jose";
import { describe, expect, test } from "vitest";
import { readClientKey } from "./client-key.ts";
import { makeKey } from "./test-clients.ts";

const jwkOf = (kind: "p384" | "rsa1024" | "ed448" | "k256"): JWK => {
  const pair = {
    p384: () => generateKeyPairSync("ec", { namedCurve: "secp384r1" }),
    rsa1024: () => generateKeyPairSync("rsa", { modulusLength: 1024 }),
    ed448: () => generateKeyPairSync("ed448"),
    k256: () => generateKeyPairSync("ec", { namedCurve: "secp256k1" }),
  }[kind]();
  return pair.publicKey.export({ format: "jwk" }) as JWK;
};

test.each(["ES256", "EdDSA", "RS256", "PS256"] as const)("a public key for %s is one", (alg) => {
  const { jwk } = makeKey(alg, "k");
  expect(readClientKey(jwk)).toMatchObject({ kid: "k", algorithm: alg });
});

describe("no key", () => {
  const { jwk, privateJwk } = makeKey("ES256", "k");
  const { x: _, ...without } = jwk;
  test.each<[string, JWK]>([
    ["no kid", { ...jwk, kid: "" }],
    ["no alg", { ...jwk, alg: "" }],
    ["another key's alg", { ...jwk, alg: "EdDSA" }],
    ["alg none", { ...jwk, alg: "none" }],
    ["for encryption", { ...jwk, use: "enc" }],
    ["with its private half", privateJwk],
    ["half a point", without as JWK],
    ["a point off the curve", { ...jwk, y: jwk.x ?? "" }],
    ["a shared secret", { kty: "oct", k: "AAAA", kid: "k", alg: "ES256" }],
    ["a curve of another size", { ...jwkOf("p384"), kid: "k", alg: "ES256" }],
    ["a curve of another kind", { ...jwkOf("k256"), kid: "k", alg: "ES256" }],
    ["an RSA key that is too short", { ...jwkOf("rsa1024"), kid: "k", alg: "RS256" }],
    ["Ed448", { ...jwkOf("ed448"), kid: "k", alg: "EdDSA" }],
  ])("%s", (_name, key) => expect(readClientKey(key)).toBeNull());
});
