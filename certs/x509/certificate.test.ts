import { assert, nat, property } from "fast-check";
import { describe, expect, test } from "vitest";
import { DerError, TAG, readDer } from "../bytes/der.ts";
import { SignatureMemory } from "../crypto/memory.ts";
import { basicConstraints, keyUsage, subjectAltName } from "../issue/extensions.ts";
import { EXTENSION } from "./extensions.ts";
import { boolean, der, integer, nil, octets, oid, sequence, utf8 } from "../issue/der.ts";
import type { SpoiltCertificate } from "../issue/certificate.ts";
import { CertificateError, readCertificate } from "./certificate.ts";
import { KINDS, NOW, issue, makeChain } from "./test-chain.ts";

const fault = (bytes: Uint8Array): unknown => {
  try {
    return readCertificate(bytes).serial;
  } catch (error) {
    if (error instanceof DerError || error instanceof CertificateError) return error;
    throw error;
  }
};
const spoil = (spoilt: SpoiltCertificate): Uint8Array => issue("spoilt", { spoilt }).certificate;

describe.each(KINDS)("a certificate of %s", (kind) => {
  const { root, leaf } = makeChain({ kind, leaf: { serial: 0xffn } });
  const certificate = readCertificate(leaf.certificate);

  test("is read", () => {
    expect(certificate).toMatchObject({
      version: 3,
      serial: "00FF",
      selfIssued: false,
      basicConstraints: { ca: false },
    });
    expect(certificate.subject.text).toBe("CN=leaf,O=Test,C=CN");
    expect([...(certificate.keyUsage ?? [])]).toEqual([0, 1]);
    expect(certificate.publicKey.kind).toBe(kind === "RSA-2048" ? "RSA" : kind);
    expect(certificate.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(readCertificate(root.certificate).selfIssued).toBe(true);
  });

  test("no changed bit is read as a certificate that its issuer signed, and no change throws anything else", () => {
    const issuer = readCertificate(makeChain({ kind }).issuing.certificate).publicKey;
    const memory = new SignatureMemory();
    expect(memory.verifySigned(certificate, issuer, NOW).outcome).toBe("passed");
    assert(
      property(nat(leaf.certificate.length * 8 - 1), (bit) => {
        const bytes = Uint8Array.from(leaf.certificate);
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const read = tryRead(bytes);
        expect(read === null || memory.verifySigned(read, issuer, NOW).outcome === "failed").toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

function tryRead(bytes: Uint8Array) {
  try {
    return readCertificate(bytes);
  } catch (error) {
    if (error instanceof DerError || error instanceof CertificateError) return null;
    throw error;
  }
}

describe("serial numbers (hostile-cases 76)", () => {
  test.each([
    ["1", integer(1)],
    ["20 octets", integer((1n << 159n) - 1n)],
  ])("%s is read", (_, serial) => expect(fault(spoil({ serial }))).not.toBeInstanceOf(Error));
  test.each([
    ["zero", integer(0)],
    ["negative", integer(-5)],
    ["21 octets", integer(1n << 159n)],
    ["padded", der(TAG.integer, Buffer.of(0, 1))],
    ["empty", der(TAG.integer)],
  ])("%s is not", (_, serial) => expect(fault(spoil({ serial }))).toBeInstanceOf(Error));
});

describe("versions and extensions", () => {
  test("v1 is read, without extensions", () => {
    expect(readCertificate(spoil({ version: 1 }))).toMatchObject({
      version: 1,
      basicConstraints: null,
      keyUsage: null,
    });
  });

  test("an unknown critical extension is kept for the path, an unknown other one is not", () => {
    const extensions = [
      { oid: "1.2.3.4", critical: true, value: nil() },
      { oid: "1.2.3.5", value: nil() },
    ];
    expect(readCertificate(issue("a", { extensions }).certificate).unknownCritical).toEqual(["1.2.3.4"]);
  });

  test("an arc beyond 32 bits stays itself (hostile-cases 77)", () => {
    const arc = 2n ** 32n + 29n;
    const extensions = [{ oid: `2.5.${arc}.19`, critical: true, value: sequence(boolean(true)) }];
    expect(readCertificate(issue("a", { extensions }).certificate)).toMatchObject({
      basicConstraints: { ca: false },
      unknownCritical: [`2.5.${arc}.19`],
    });
  });

  test("a written-out critical FALSE and cA FALSE are taken", () => {
    const value = sequence(boolean(false));
    expect(
      readCertificate(issue("a", { extensions: [{ oid: EXTENSION.basicConstraints, value }] }).certificate),
    ).toMatchObject({
      basicConstraints: { ca: false, pathLength: null },
    });
  });

  test.each<[string, SpoiltCertificate]>([
    ["two extensions of one OID", { rawExtensions: [keyUsage([0]), basicConstraints(false), keyUsage([5])] }],
    ["the same extension twice", { rawExtensions: [keyUsage([0]), keyUsage([0])] }],
    [
      "an extension that is no DER",
      { rawExtensions: [{ oid: EXTENSION.basicConstraints, value: Buffer.of(0x30, 5) }] },
    ],
    [
      "an extension with bytes after",
      { rawExtensions: [{ oid: EXTENSION.keyUsage, value: Buffer.of(3, 2, 6, 0xc0, 0) }] },
    ],
    ["cA as NULL", { rawExtensions: [{ oid: EXTENSION.basicConstraints, value: sequence(nil()) }] }],
    [
      "cA neither FF nor 00",
      { rawExtensions: [{ oid: EXTENSION.basicConstraints, value: sequence(der(TAG.boolean, Buffer.of(1))) }] },
    ],
    [
      "negative path length",
      { rawExtensions: [{ oid: EXTENSION.basicConstraints, value: sequence(boolean(true), integer(-1)) }] },
    ],
    ["empty extendedKeyUsage", { rawExtensions: [{ oid: EXTENSION.extendedKeyUsage, value: sequence() }] }],
    ["an address of five octets", { rawExtensions: [subjectAltName({ ip: Buffer.alloc(5) })] }],
    ["inner algorithm differs (75)", { innerAlgorithm: sequence(oid("1.2.840.10045.4.3.2")) }],
    ["outer algorithm differs (75)", { outerAlgorithm: sequence(oid("1.2.840.10045.4.3.2")) }],
    ["parameters differ (75)", { outerAlgorithm: sequence(oid("1.2.156.10197.1.501"), nil()) }],
    ["an empty issuer", { issuer: sequence() }],
    [
      "a public key off the curve",
      { spki: sequence(sequence(oid("1.2.840.10045.2.1"), oid("1.2.156.10197.1.301")), der(3, Buffer.of(0, 4))) },
    ],
  ])("%s is refused", (_, spoilt) => expect(fault(spoil(spoilt))).toBeInstanceOf(Error));
});

describe("encodings (hostile-cases 78)", () => {
  const good = issue("good").certificate;

  test("5000 levels, indefinite length and a doubled member of a SET refuse the input", () => {
    let deep: Uint8Array = nil();
    for (let i = 0; i < 5000; i++) deep = sequence(deep);
    const extensions = [{ oid: "1.2.3", value: deep }];
    expect(fault(deep)).toMatchObject({ hostile: true });
    expect(fault(issue("a", { extensions }).certificate)).not.toBeInstanceOf(Error);
    expect(fault(Buffer.concat([Buffer.of(0x30, 0x80), good.subarray(4), Buffer.of(0, 0)]))).toMatchObject({
      hostile: true,
    });
    const attribute = sequence(oid("2.5.4.3"), utf8("a"));
    expect(fault(spoil({ subject: sequence(der(TAG.set, attribute, attribute)) }))).toMatchObject({ hostile: true });
  });

  test.each([
    ["a byte after", Buffer.concat([good, Buffer.of(0)])],
    ["cut short", good.subarray(0, -1)],
    ["a fourth member", sequence(readDer(good).content, octets(Buffer.of()))],
    ["empty", new Uint8Array()],
    ["64 KiB and more", sequence(Buffer.alloc(70_000))],
  ])("%s is refused", (_, bytes) => expect(fault(bytes)).toBeInstanceOf(Error));
});
