import { generateKeyPairSync } from "node:crypto";
import type { JWK } from "jose";
import { describe, expect, test } from "vitest";
import { CLIENT, keyPair } from "../test-entries.ts";
import { readEntry } from "./read-entry.ts";

const EC = keyPair({ type: "ec", alg: "ES256" });
const OKP = keyPair({ type: "ed25519", alg: "EdDSA" });
const RSA = keyPair({ type: "rsa", alg: "RS256" });

const read = (...keys: readonly unknown[]): readonly JWK[] => readEntry("client", { ...CLIENT, keys }).entry.keys;

function refusalOf(...keys: readonly unknown[]): string {
  try {
    read(...keys);
  } catch (error) {
    expect(error).toMatchObject({ name: "Fault", code: "ENTRY_INVALID" });
    return (error as { readonly detail: string }).detail;
  }
  return "accepted";
}

test.each([
  ["ES256", EC.publicKey],
  ["EdDSA", OKP.publicKey],
  ["RS256", RSA.publicKey],
  ["PS256", { ...RSA.publicKey, alg: "PS256" }],
])("a public key for %s is kept as it is", (_, key) => expect(read(key)).toEqual([key]));

test("use and key_ops may say what the key is for", () => {
  expect(read({ ...EC.publicKey, use: "sig", key_ops: ["verify"] })).toEqual([EC.publicKey]);
  expect(refusalOf({ ...EC.publicKey, use: "enc" })).toMatch(/^keys\.0\.use:/);
  expect(refusalOf({ ...EC.publicKey, key_ops: ["sign"] })).toMatch(/^keys\.0\.key_ops:/);
  expect(refusalOf({ ...EC.publicKey, key_ops: ["verify", "sign"] })).toMatch(/^keys\.0\.key_ops:/);
});

describe("private keys", () => {
  test.each([
    ["EC", EC.privateKey],
    ["OKP", OKP.privateKey],
    ["RSA", RSA.privateKey],
  ])("a whole private %s key is refused, and nothing of it said", (_, key) => {
    const detail = refusalOf(key);
    expect(detail).toMatch(/^keys\.0\.d: belongs to a private or shared key/);
    expect(detail).not.toContain(key.d);
  });

  test.each(["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"])("%s is refused beside a public key", (name) => {
    for (const { publicKey } of [EC, OKP, RSA])
      expect(refusalOf({ ...publicKey, [name]: "AQAB" })).toMatch(new RegExp(`^keys\\.0\\.${name}: belongs to`));
    expect(refusalOf({ ...EC.publicKey, [name]: null })).toMatch(/belongs to a private/);
  });

  test("a shared key is refused", () => {
    expect(refusalOf({ kty: "oct", kid: "a", alg: "HS256", k: "AAAA" })).toMatch(/^keys\.0\.k:/);
    expect(refusalOf({ kty: "oct", kid: "a", alg: "HS256" })).toMatch(/^keys\.0\.kty:/);
  });
});

describe("algorithms", () => {
  test.each([
    ["none", EC.publicKey],
    ["HS256", EC.publicKey],
    ["ES384", EC.publicKey],
    ["RS256", EC.publicKey],
    ["ES256", OKP.publicKey],
    ["ES256", RSA.publicKey],
    ["RS1", RSA.publicKey],
    ["RSA-OAEP", RSA.publicKey],
    [undefined, RSA.publicKey],
  ])("%s is refused", (alg, key) => expect(refusalOf({ ...key, alg })).toMatch(/^keys\.0\.alg:/));

  test.each(["DSA", "AKP", "ec", "constructor", null])("kty %s is refused", (kty) =>
    expect(refusalOf({ ...EC.publicKey, kty })).toMatch(/^keys\.0\.kty:/),
  );

  test("curves other than P-256 and Ed25519 are refused", () => {
    const { publicKey } = keyPair({ type: "ec", alg: "ES256", curve: "P-384" });
    expect(refusalOf(publicKey)).toMatch(/^keys\.0\.crv:/);
    expect(refusalOf({ ...publicKey, crv: "P-256" })).toBe("keys.0: is not a key of this kind");
    expect(refusalOf({ ...OKP.publicKey, crv: "X25519" })).toMatch(/^keys\.0\.crv:/);
  });
});

describe("weak and broken keys", () => {
  test("RSA below 2048 bits is refused, leading zeros do not help", () => {
    const { publicKey } = keyPair({ type: "rsa", alg: "RS256", bits: 1024 });
    expect(refusalOf(publicKey)).toMatch(/^keys\.0\.n: must have 2048/);
    const padded = Buffer.concat([Buffer.alloc(200), Buffer.from(publicKey.n ?? "", "base64url")]).toString(
      "base64url",
    );
    expect(refusalOf({ ...publicKey, n: padded })).toMatch(/^keys\.0\.n: must have 2048/);
  });

  test("an RSA exponent of 3 or an even one is refused", () => {
    const made = generateKeyPairSync("rsa", { modulusLength: 2048, publicExponent: 3 });
    const key = { ...made.publicKey.export({ format: "jwk" }), kid: "key-1", alg: "RS256" };
    expect(refusalOf(key)).toMatch(/^keys\.0\.e:/);
    expect(refusalOf({ ...RSA.publicKey, e: "AQAA" })).not.toBe("accepted");
  });

  test("a point off the curve is refused", () => {
    const { publicKey } = EC;
    expect(refusalOf({ ...publicKey, x: publicKey.y, y: publicKey.x })).toBe("keys.0: is not a key of this kind");
    expect(refusalOf({ ...OKP.publicKey, x: "AAAA" })).toBe("keys.0: is not a key of this kind");
  });

  test.each(["", "AQAB=", "A QAB", "AQB", "+/+/", 65_537, "A".repeat(2001)])("base64url: %j is refused", (e) =>
    expect(refusalOf({ ...RSA.publicKey, e })).toMatch(/^keys\.0/),
  );
});

describe("names", () => {
  test.each(["", "a b", "密钥", "k".repeat(129), 7, undefined])("kid %j is refused", (kid) =>
    expect(refusalOf({ ...EC.publicKey, kid })).toMatch(/^keys\.0\.kid:/),
  );

  test("two keys with one kid are refused, with two they are kept", () => {
    expect(refusalOf(EC.publicKey, OKP.publicKey)).toBe("keys.1: stands there twice");
    expect(read(EC.publicKey, { ...OKP.publicKey, kid: "key-2" })).toHaveLength(2);
  });

  test("members that would be fetched or trusted elsewhere are refused", () => {
    for (const name of ["jku", "x5u", "x5c", "x5t", "ext"])
      expect(refusalOf({ ...EC.publicKey, [name]: "x" })).toMatch(new RegExp(`^keys\\.0\\.${name}:`));
  });
});
