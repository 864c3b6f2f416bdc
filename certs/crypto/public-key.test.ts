import { generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { TAG, readDer } from "../bytes/der.ts";
import { bits, der, integer, nil, oid, sequence } from "../issue/der.ts";
import { generateKey } from "../issue/keys.ts";
import { CURVES } from "./curves.ts";
import { PublicKeyError, readPublicKey } from "./public-key.ts";

const EC = "1.2.840.10045.2.1";
const RSA = "1.2.840.113549.1.1.1";
const ec = (curve: Uint8Array, point: Uint8Array): Uint8Array => sequence(sequence(oid(EC), curve), bits(point));
const rsa = (n: bigint, e: bigint): Uint8Array =>
  sequence(sequence(oid(RSA), nil()), bits(sequence(integer(n), integer(e))));

function refusal(spki: Uint8Array): string {
  try {
    return readPublicKey(spki).kind;
  } catch (error) {
    if (error instanceof PublicKeyError) return error.code;
    throw error;
  }
}

describe.each(["SM2", "P-256", "P-384", "P-521"] as const)("%s keys (hostile-cases 62, 66)", (kind) => {
  const curve = CURVES[kind];
  const point = Uint8Array.from(generateKey(kind).spki.subarray(-2 * curve.octets - 1));
  const named = oid(curve.oid);
  const moved = Uint8Array.from(point);
  moved[moved.length - 1] = (moved.at(-1) ?? 0) ^ 1;
  const compressed = Buffer.concat([Buffer.of(2 + ((point.at(-1) ?? 0) & 1)), point.subarray(1, 1 + curve.octets)]);
  const hybrid = Buffer.concat([Buffer.of(6 + ((point.at(-1) ?? 0) & 1)), point.subarray(1)]);

  test("an uncompressed point on the named curve is read", () => {
    const key = readPublicKey(ec(named, point));
    expect(key).toMatchObject({ kind, bits: curve.bits });
    expect(key.object.type).toBe("public");
  });

  test.each([
    ["off the curve", ec(named, moved)],
    ["at infinity", ec(named, Buffer.of(0))],
    ["zeros", ec(named, Buffer.concat([Buffer.of(4), Buffer.alloc(2 * curve.octets)]))],
    ["compressed", ec(named, compressed)],
    ["hybrid", ec(named, hybrid)],
    ["one octet too long", ec(named, Buffer.concat([point, Buffer.of(0)]))],
    [
      "x not reduced",
      ec(named, Buffer.concat([Buffer.of(4), Buffer.alloc(curve.octets, 0xff), point.subarray(1 + curve.octets)])),
    ],
    ["curve NULL", ec(nil(), point)],
    ["explicit parameters", ec(sequence(integer(1), sequence(oid("1.2.840.10045.1.1"), integer(curve.p))), point)],
    ["no parameters", sequence(sequence(oid(EC)), bits(point))],
  ])("%s is malformed", (_, spki) => expect(refusal(spki)).toBe("CERTIFICATE_MALFORMED"));

  test("an unknown curve is forbidden", () =>
    expect(refusal(ec(oid("1.3.132.0.10"), point))).toBe("ALGORITHM_FORBIDDEN"));
});

test("a P-256 point under the OID of SM2, and the reverse", () => {
  const point = (kind: "SM2" | "P-256"): Uint8Array => generateKey(kind).spki.subarray(-65);
  expect(refusal(ec(oid(CURVES.SM2.oid), point("P-256")))).toBe("CERTIFICATE_MALFORMED");
  expect(refusal(ec(oid(CURVES["P-256"].oid), point("SM2")))).toBe("CERTIFICATE_MALFORMED");
});

describe("RSA keys", () => {
  const spki = generateKey("RSA-2048").spki;
  const [n = 0n] = readDer(readDer(spki).children()[1]?.bitOctets("key") ?? spki)
    .children()
    .map((part) => part.integer("part"));

  test("2048 bits with exponents 3 and 65537 are read", () => {
    expect(readPublicKey(rsa(n, 65537n))).toMatchObject({ kind: "RSA", bits: 2048 });
    expect(refusal(rsa(n, 3n))).toBe("RSA");
  });

  test.each([
    ["even modulus", rsa(n - 1n, 65537n), "CERTIFICATE_MALFORMED"],
    ["negative modulus", rsa(-n, 65537n), "CERTIFICATE_MALFORMED"],
    ["exponent 1", rsa(n, 1n), "CERTIFICATE_MALFORMED"],
    ["even exponent", rsa(n, 65536n), "CERTIFICATE_MALFORMED"],
    ["negative exponent", rsa(n, -3n), "CERTIFICATE_MALFORMED"],
    ["2047 bits", rsa((n >> 1n) | 1n, 65537n), "ALGORITHM_FORBIDDEN"],
    ["1024 bits", rsa((n >> 1024n) | 1n, 65537n), "ALGORITHM_FORBIDDEN"],
    ["16385 bits", rsa((1n << 16384n) | 1n, 65537n), "ALGORITHM_FORBIDDEN"],
    ["huge exponent", rsa(n, (1n << 65n) | 1n), "ALGORITHM_FORBIDDEN"],
    ["huge exponent of a large key", rsa((1n << 8191n) | 1n, (1n << 40n) | 1n), "ALGORITHM_FORBIDDEN"],
    ["no parameters", sequence(sequence(oid(RSA)), bits(sequence(integer(n), integer(3)))), "CERTIFICATE_MALFORMED"],
  ])("%s", (_, spki, code) => expect(refusal(spki)).toBe(code));
});

test("other algorithms are forbidden", () => {
  for (const kind of ["ed448", "x25519"] as const) {
    const pair = kind === "ed448" ? generateKeyPairSync("ed448") : generateKeyPairSync("x25519");
    expect(refusal(pair.publicKey.export({ type: "spki", format: "der" }))).toBe("ALGORITHM_FORBIDDEN");
  }
  expect(refusal(sequence(sequence(oid("1.3.101.112")), bits(Buffer.alloc(31))))).toBe("CERTIFICATE_MALFORMED");
  expect(refusal(sequence(sequence(oid("1.3.101.112")), bits(Buffer.alloc(32)), der(TAG.null)))).toBe(
    "CERTIFICATE_MALFORMED",
  );
});
