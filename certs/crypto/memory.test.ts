import { describe, expect, test } from "vitest";
import { generateKey } from "../issue/keys.ts";
import { issue } from "../x509/test-chain.ts";
import { readCertificate } from "../x509/certificate.ts";
import type { SignatureQuestion } from "./algorithms.ts";
import { BoundedMap } from "./bounded-map.ts";
import { CertificateMemory, SignatureMemory } from "./memory.ts";
import { readPublicKey } from "./public-key.ts";

test("a bounded map forgets what was used longest ago", () => {
  const map = new BoundedMap<number>(2);
  map.set("a", 1);
  map.set("b", 2);
  expect(map.get("a")).toBe(1);
  map.set("c", 3);
  expect([map.get("a"), map.get("b"), map.get("c"), map.size]).toEqual([1, undefined, 3, 2]);
});

describe("signatures", () => {
  const key = generateKey("SM2");
  const other = readPublicKey(generateKey("SM2").spki);
  const question: SignatureQuestion = {
    algorithm: { oid: key.signatureOid, parameters: null },
    key: readPublicKey(key.spki),
    message: Buffer.from("licence"),
    signature: key.sign(Buffer.from("licence")),
    at: Date.UTC(2026),
  };

  test("a remembered answer is for the same key, message, value and position only", () => {
    const memory = new SignatureMemory();
    for (let i = 0; i < 2; i++) {
      expect(memory.verify(question).outcome).toBe("passed");
      expect(memory.verify({ ...question, message: Buffer.from("licencf") }).outcome).toBe("failed");
      expect(memory.verify({ ...question, key: other }).outcome).toBe("failed");
      expect(memory.verify({ ...question, signature: key.sign(Buffer.from("x")) }).outcome).toBe("failed");
      expect(memory.verify({ ...question, algorithm: { oid: "1.2.3", parameters: null } }).outcome).toBe("failed");
    }
  });

  test("time is asked anew", () => {
    const memory = new SignatureMemory();
    const rsa = generateKey("RSA-2048");
    const old = {
      ...question,
      algorithm: { oid: rsa.signatureOid, parameters: null },
      key: readPublicKey(rsa.spki),
      signature: rsa.sign(question.message),
    };
    expect(memory.verify(old).outcome).toBe("passed");
    expect(memory.verify({ ...old, at: Date.UTC(2040) })).toMatchObject({ code: "ALGORITHM_FORBIDDEN" });
  });

  test("a certificate's signature is remembered for its key", () => {
    const memory = new SignatureMemory();
    const certificate = readCertificate(issue("self", { ca: true }).certificate);
    for (let i = 0; i < 2; i++) {
      expect(memory.verifySigned(certificate, certificate.publicKey, question.at).outcome).toBe("passed");
      expect(memory.verifySigned(certificate, other, question.at).outcome).toBe("failed");
    }
  });
});

test("certificates are read once, from a copy", () => {
  const memory = new CertificateMemory(10);
  const bytes = Uint8Array.from(issue("self").certificate);
  const first = memory.read(bytes);
  expect(memory.read(bytes)).toBe(first);
  bytes.fill(0);
  expect(first.bytes[0]).toBe(0x30);
  expect(() => memory.read(bytes)).toThrow(/./);
});
