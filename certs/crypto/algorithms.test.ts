import { constants, createSign, generateKeyPairSync, sign as signOnce } from "node:crypto";
import { describe, expect, test } from "vitest";
import { explicit, integer, nil, oid, sequence } from "../issue/der.ts";
import { generateKey, type KeyKind } from "../issue/keys.ts";
import {
  digestOf,
  signatureRow,
  verifySignature,
  type AlgorithmIdentifier,
  type SignatureQuestion,
} from "./algorithms.ts";
import { readPublicKey } from "./public-key.ts";

const AT = Date.UTC(2026, 0, 1);
const MESSAGE = Buffer.from("licence");
const KINDS = [
  "SM2",
  "P-256",
  "P-384",
  "P-521",
  "RSA-2048",
  "RSA-3072",
  "Ed25519",
] as const satisfies readonly KeyKind[];
const KEYS = new Map(KINDS.map((kind) => [kind, generateKey(kind)]));
const keyOf = (kind: KeyKind) => KEYS.get(kind) ?? generateKey(kind);
const algorithm = (oid: string, parameters: Uint8Array | null = null): AlgorithmIdentifier => ({ oid, parameters });

const ask = (kind: KeyKind, own: Partial<SignatureQuestion>): string => {
  const key = keyOf(kind);
  const check = verifySignature({
    algorithm: algorithm(key.signatureOid),
    key: readPublicKey(key.spki),
    message: MESSAGE,
    signature: key.sign(MESSAGE),
    at: AT,
    ...own,
  });
  return check.outcome === "passed" ? "passed" : check.code;
};

describe.each(KINDS)("%s", (kind) => {
  test("its own algorithm passes", () => expect(ask(kind, {})).toBe("passed"));
  test("another message fails", () => expect(ask(kind, { message: Buffer.from("licencf") })).toBe("SIGNATURE_INVALID"));
  test("another key of the kind fails", () => {
    expect(ask(kind, { key: readPublicKey(generateKey(kind).spki) })).toBe("SIGNATURE_INVALID");
  });
  test.each([
    "1.2.840.113549.1.1.4",
    "1.2.840.113549.1.1.5",
    "1.2.840.10045.4.1",
    "1.2.840.10045.4.3.1",
    "1.2.3",
    "constructor",
  ])("algorithm %s is forbidden", (oid) =>
    expect(ask(kind, { algorithm: algorithm(oid) })).toBe("ALGORITHM_FORBIDDEN"),
  );
});

describe("algorithm and key disagree (hostile-cases 64)", () => {
  /** As it comes from the native generator, an SM2 key does ECDSA. */
  const pair = generateKeyPairSync("ec", { namedCurve: "SM2" });
  const key = readPublicKey(pair.publicKey.export({ type: "spki", format: "der" }));

  test("ECDSA with SHA-256 by an SM2 key", () => {
    const signature = createSign("sha256").update(MESSAGE).sign(pair.privateKey);
    expect(ask("SM2", { key, algorithm: algorithm("1.2.840.10045.4.3.2"), signature })).toBe("ALGORITHM_MISMATCH");
    expect(ask("SM2", { key, signature })).toBe("SIGNATURE_INVALID");
  });

  test("ECDSA with SM3 and ZA by an SM2 key", () => {
    const signature = createSign("sm3").update(key.za).update(MESSAGE).sign(pair.privateKey);
    expect(ask("SM2", { key, signature })).toBe("SIGNATURE_INVALID");
  });

  test.each([
    ["SM2", "P-256"],
    ["P-256", "SM2"],
    ["RSA-2048", "SM2"],
    ["Ed25519", "P-256"],
    ["P-256", "RSA-2048"],
  ] as const)("algorithm of %s, key of %s", (from, to) => {
    expect(ask(to, { algorithm: algorithm(keyOf(from).signatureOid) })).toBe("ALGORITHM_MISMATCH");
  });
});

describe("parameters", () => {
  const NULL = nil();
  test("NULL is accepted for SM2 and RSA, not for ECDSA and Ed25519", () => {
    expect(ask("SM2", { algorithm: algorithm("1.2.156.10197.1.501", NULL) })).toBe("passed");
    expect(ask("RSA-2048", { algorithm: algorithm("1.2.840.113549.1.1.11", NULL) })).toBe("passed");
    expect(ask("P-256", { algorithm: algorithm("1.2.840.10045.4.3.2", NULL) })).toBe("ALGORITHM_FORBIDDEN");
    expect(ask("Ed25519", { algorithm: algorithm("1.3.101.112", NULL) })).toBe("ALGORITHM_FORBIDDEN");
  });
  test("anything else is not", () => {
    expect(ask("SM2", { algorithm: algorithm("1.2.156.10197.1.501", oid("1.2.3")) })).toBe("ALGORITHM_FORBIDDEN");
    expect(ask("RSA-2048", { algorithm: algorithm("1.2.840.113549.1.1.11", Buffer.of(5, 1, 0)) })).toBe(
      "ALGORITHM_FORBIDDEN",
    );
  });
});

describe("OIDs of SM2 itself", () => {
  test.each(["1.2.156.10197.1.301.1", "1.2.156.10197.1.301"])(
    "%s stands for a signature in signature data only",
    (oid) => {
      expect(ask("SM2", { algorithm: algorithm(oid), raw: "accept" })).toBe("passed");
      expect(ask("SM2", { algorithm: algorithm(oid) })).toBe("ALGORITHM_FORBIDDEN");
    },
  );
});

describe("RSA", () => {
  const { privateKey } = keyOf("RSA-2048");
  const by = (digest: string) => createSign(digest).update(MESSAGE).sign(privateKey);

  test.each([
    ["sha384", "1.2.840.113549.1.1.12"],
    ["sha512", "1.2.840.113549.1.1.13"],
    ["sm3", "1.2.156.10197.1.504"],
  ])("%s passes under its own OID alone", (digest, oid) => {
    expect(ask("RSA-2048", { algorithm: algorithm(oid), signature: by(digest) })).toBe("passed");
    expect(ask("RSA-2048", { signature: by(digest) })).toBe("SIGNATURE_INVALID");
  });

  test("a value that is not as long as the modulus fails", () => {
    const signature = by("sha256");
    expect(ask("RSA-2048", { signature: Buffer.concat([Buffer.of(0), signature]) })).toBe("SIGNATURE_INVALID");
    expect(ask("RSA-2048", { signature: signature.subarray(1) })).toBe("SIGNATURE_INVALID");
    expect(ask("RSA-2048", { signature: Buffer.alloc(256, 0xff) })).toBe("SIGNATURE_INVALID");
    expect(ask("RSA-2048", { signature: Buffer.alloc(256) })).toBe("SIGNATURE_INVALID");
  });

  test("its length is our own check, before the native one", () => {
    const key = readPublicKey(keyOf("RSA-2048").spki);
    const question = { algorithm: algorithm("1.2.840.113549.1.1.11"), key, message: MESSAGE, at: AT };
    expect(verifySignature({ ...question, signature: by("sha256").subarray(1) })).toMatchObject({
      detail: "signature value: not as long as the modulus",
    });
  });

  test("2048 bits end with 2030, 3072 do not", () => {
    const late = Date.UTC(2031, 0, 1);
    expect(ask("RSA-2048", { at: late - 1 })).toBe("passed");
    expect(ask("RSA-2048", { at: late })).toBe("ALGORITHM_FORBIDDEN");
    expect(ask("RSA-3072", { at: late })).toBe("passed");
  });
});

describe("RSASSA-PSS", () => {
  const SHA256 = "2.16.840.1.101.3.4.2.1";
  const SHA1 = "1.3.14.3.2.26";
  const MGF1 = "1.2.840.113549.1.1.8";
  const { privateKey } = keyOf("RSA-2048");
  const signature = (saltLength: number, digest = "sha256"): Uint8Array =>
    signOnce(digest, MESSAGE, { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength });
  const hash = (id: string): Uint8Array => sequence(oid(id), nil());
  const parameters = (digest = SHA256, mgfDigest = digest, salt = 32, extra: readonly Uint8Array[] = []): Uint8Array =>
    sequence(
      explicit(0, hash(digest)),
      explicit(1, sequence(oid(MGF1), hash(mgfDigest))),
      explicit(2, integer(salt)),
      ...extra,
    );
  const pss = (value: Uint8Array | null, own: Uint8Array): string =>
    ask("RSA-2048", { algorithm: algorithm("1.2.840.113549.1.1.10", value), signature: own });

  test("strict parameters pass", () => expect(pss(parameters(), signature(32))).toBe("passed"));
  test("another salt length than signed fails", () =>
    expect(pss(parameters(), signature(20))).toBe("SIGNATURE_INVALID"));
  test("a PKCS#1 v1.5 value fails", () =>
    expect(pss(parameters(), keyOf("RSA-2048").sign(MESSAGE))).toBe("SIGNATURE_INVALID"));
  test.each([
    ["absent", null],
    ["empty: SHA-1 by default", sequence()],
    ["SHA-1", parameters(SHA1)],
    ["another hash in MGF1", parameters(SHA256, "2.16.840.1.101.3.4.2.2")],
    ["a short salt", parameters(SHA256, SHA256, 20)],
    ["no salt", parameters(SHA256, SHA256, 0)],
    ["a trailer", parameters(SHA256, SHA256, 32, [explicit(3, integer(1))])],
  ])("%s is forbidden", (_, value) => expect(pss(value, signature(32))).toBe("ALGORITHM_FORBIDDEN"));

  test("a key that is for PSS alone", () => {
    const pair = generateKeyPairSync("rsa-pss", {
      modulusLength: 2048,
      hashAlgorithm: "sha256",
      mgf1HashAlgorithm: "sha256",
    });
    const key = readPublicKey(pair.publicKey.export({ type: "spki", format: "der" }));
    const own = signOnce("sha256", MESSAGE, {
      key: pair.privateKey,
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: 32,
    });
    expect(key.kind).toBe("RSA-PSS");
    expect(ask("RSA-2048", { key, algorithm: algorithm("1.2.840.113549.1.1.10", parameters()), signature: own })).toBe(
      "passed",
    );
    expect(ask("RSA-2048", { key, signature: own })).toBe("ALGORITHM_MISMATCH");
    const sha384 = parameters("2.16.840.1.101.3.4.2.2", "2.16.840.1.101.3.4.2.2", 48);
    expect(ask("RSA-2048", { key, algorithm: algorithm("1.2.840.113549.1.1.10", sha384), signature: own })).toBe(
      "SIGNATURE_INVALID",
    );
  });
});

test("tables are looked up by own names only", () => {
  for (const name of ["constructor", "__proto__", "toString"]) {
    expect(signatureRow(name)).toBeNull();
    expect(digestOf(name)).toBeNull();
  }
  expect(digestOf("1.2.156.10197.1.401")).toBe("sm3");
  expect(digestOf("1.2.156.10197.1.401.2")).toBeNull();
});
