import { assert, nat, property } from "fast-check";
import { describe, expect, test } from "vitest";
import { DerError, TAG, readDer } from "../bytes/der.ts";
import { SignatureMemory } from "../crypto/memory.ts";
import { boolean, der, integer, nil, oid, sequence } from "../issue/der.ts";
import { generalNames, issuingDistributionPoint } from "../issue/extensions.ts";
import { EXTENSION } from "./extensions.ts";
import { issuerOf, subjectOf } from "../issue/certificate.ts";
import { issueCrl, type CrlRequest } from "../issue/crl.ts";
import { readCertificate } from "./certificate.ts";
import { readCrl, type Crl } from "./crl.ts";
import { DAY, KINDS, NOW, crl, makeChain } from "./test-chain.ts";

const { issuing, leaf, root } = makeChain();
const make = (request: Partial<CrlRequest> = {}): Crl => readCrl(crl(issuing, request));
const fault = (bytes: Uint8Array): unknown => {
  try {
    return readCrl(bytes).entries.size;
  } catch (error) {
    if (error instanceof DerError) return error;
    throw error;
  }
};
const serial = (value: bigint): string =>
  Buffer.from(readDer(integer(value)).content)
    .toString("hex")
    .toUpperCase();

describe("a CRL", () => {
  test("is read, entries are found by serial number", () => {
    const found = make({
      number: 7,
      revoked: [
        { serial: 300n, at: NOW - 5 * DAY, reason: 1, invalidFrom: NOW - 9 * DAY },
        { serial: leaf.certificate, at: NOW - 4 * DAY },
        { serial: 2n, at: NOW - 3 * DAY, reason: 6 },
        { serial: 2n ** 158n, at: NOW - 2 * DAY },
      ],
    });
    expect(found).toMatchObject({
      number: 7n,
      baseNumber: null,
      scope: null,
      unusable: null,
      thisUpdate: NOW - DAY,
      nextUpdate: NOW + 30 * DAY,
    });
    expect(found.issuer.key).toBe(readCertificate(issuing.certificate).subject.key);
    expect(found.entries.find(serial(300n))).toEqual([
      { revokedAt: NOW - 5 * DAY, reason: 1, invalidFrom: NOW - 9 * DAY, issuers: null },
    ]);
    expect(found.entries.find(readCertificate(leaf.certificate).serial)).toMatchObject([
      { revokedAt: NOW - 4 * DAY, reason: 0 },
    ]);
    expect(found.entries.find(serial(2n))).toMatchObject([{ reason: 6 }]);
    expect(found.entries.find(serial(2n ** 158n))).toHaveLength(1);
    for (const absent of [1n, 3n, 299n, 301n, 44n, 2n ** 157n]) expect(found.entries.find(serial(absent))).toEqual([]);
  });

  test("may be empty, of version 1, without nextUpdate", () => {
    expect(make().entries.size).toBe(0);
    expect(make({ spoilt: { version: 1 }, revoked: [{ serial: 5n, at: NOW }] }).entries.find("05")).toHaveLength(1);
    expect(readCrl(issueCrl({ issuer: issuing, thisUpdate: NOW, revoked: [] })).nextUpdate).toBeNull();
  });

  test("two entries of one serial number are both found", () => {
    expect(
      make({
        revoked: [
          { serial: 5n, at: NOW },
          { serial: 4n, at: NOW },
          { serial: 5n, at: NOW, reason: 6 },
        ],
      }).entries.find("05"),
    ).toHaveLength(2);
  });

  test("the scope is read", () => {
    expect(
      make({ extensions: [issuingDistributionPoint({ uri: "http://a.cn/1.crl", only: "user" })] }).scope,
    ).toMatchObject({
      only: "user",
      someReasons: false,
      indirect: false,
      names: [{ form: "uri", text: "http://a.cn/1.crl" }],
    });
    expect(make({ extensions: [issuingDistributionPoint({ someReasons: [1], indirect: true })] }).scope).toMatchObject({
      only: null,
      someReasons: true,
      indirect: true,
    });
  });

  test("certificateIssuer holds for the entries that follow", () => {
    const issuer = (name: Uint8Array) => ({
      oid: EXTENSION.certificateIssuer,
      critical: true,
      value: generalNames({ directory: name }),
    });
    const { entries, unusable } = make({
      extensions: [issuingDistributionPoint({ indirect: true })],
      revoked: [
        { serial: 9n, at: NOW },
        { serial: 5n, at: NOW, extensions: [issuer(subjectOf(issuing.certificate))] },
        { serial: 7n, at: NOW },
        { serial: 3n, at: NOW, extensions: [issuer(issuerOf(issuing.certificate))] },
      ],
    });
    expect(unusable).toBeNull();
    const of = (serial: string) => [...(entries.find(serial)[0]?.issuers ?? [])];
    expect(of("09")).toEqual([]);
    expect(of("07")).toEqual(of("05"));
    expect(of("03")).toEqual([readCertificate(root.certificate).subject.key]);
  });
});

describe("not to be relied on", () => {
  test.each<[string, Partial<CrlRequest>]>([
    ["unknown critical extension", { extensions: [{ oid: "1.2.3", critical: true, value: nil() }] }],
    [
      "unknown critical entry extension",
      { revoked: [{ serial: 1n, at: NOW, extensions: [{ oid: "1.2.3", critical: true, value: nil() }] }] },
    ],
    [
      "certificateIssuer in a direct CRL",
      {
        revoked: [
          {
            serial: 1n,
            at: NOW,
            extensions: [
              {
                oid: EXTENSION.certificateIssuer,
                critical: true,
                value: generalNames({ directory: subjectOf(root.certificate) }),
              },
            ],
          },
        ],
      },
    ],
  ])("%s", (_, request) => expect(make(request).unusable).not.toBeNull());

  test("unknown extensions that are not critical do not matter", () => {
    const extensions = [{ oid: "1.2.3", value: nil() }];
    expect(make({ extensions, revoked: [{ serial: 1n, at: NOW, extensions }] }).unusable).toBeNull();
  });
});

describe("malformed", () => {
  const good = crl(issuing, { revoked: [{ serial: 5n, at: NOW, reason: 1 }] });
  const scope = (value: Uint8Array): Uint8Array =>
    crl(issuing, { extensions: [{ oid: EXTENSION.issuingDistributionPoint, critical: true, value }] });
  test.each([
    ["a byte after", Buffer.concat([good, Buffer.of(0)])],
    ["cut short", good.subarray(0, -1)],
    ["inner algorithm differs", crl(issuing, { spoilt: { innerAlgorithm: sequence(oid("1.2.3")) } })],
    [
      "outer algorithm differs",
      crl(issuing, { spoilt: { outerAlgorithm: sequence(oid("1.2.156.10197.1.501"), nil()) } }),
    ],
    [
      "entry extensions in version 1",
      crl(issuing, { spoilt: { version: 1 }, revoked: [{ serial: 5n, at: NOW, reason: 1 }] }),
    ],
    ["reason 7", crl(issuing, { revoked: [{ serial: 5n, at: NOW, reason: 7 }] })],
    ["reason 11", crl(issuing, { revoked: [{ serial: 5n, at: NOW, reason: 11 }] })],
    ["two kinds of scope", scope(sequence(der(0x81, Buffer.of(0xff)), der(0x82, Buffer.of(0xff))))],
    ["scope members out of order", scope(sequence(der(0x84, Buffer.of(0xff)), der(0x81, Buffer.of(0xff))))],
    ["a scope flag of two octets", scope(sequence(der(0x81, Buffer.of(0xff, 0xff))))],
    ["an unknown scope member", scope(sequence(der(0x86, Buffer.of(0xff))))],
    ["a BOOLEAN as scope", scope(boolean(true))],
    ["a serial number of 200 octets", crl(issuing, { revoked: [{ serial: 2n ** 1590n, at: NOW }] })],
    [
      "an empty reasonCode",
      crl(issuing, {
        revoked: [{ serial: 5n, at: NOW, extensions: [{ oid: EXTENSION.reasonCode, value: der(TAG.enumerated) }] }],
      }),
    ],
    ["no CRL", sequence()],
    ["empty", new Uint8Array()],
  ])("%s is refused", (_, bytes) => expect(fault(bytes)).toBeInstanceOf(DerError));
});

describe.each(KINDS)("signed by %s", (kind) => {
  const chain = makeChain({ kind });
  const bytes = crl(chain.issuing, { revoked: [{ serial: chain.leaf.certificate, at: NOW, reason: 1 }] });
  const key = readCertificate(chain.issuing.certificate).publicKey;

  test("no changed bit is read as a CRL of that issuer", () => {
    const memory = new SignatureMemory();
    expect(memory.verifySigned(readCrl(bytes), key, NOW).outcome).toBe("passed");
    assert(
      property(nat(bytes.length * 8 - 1), (bit) => {
        const changed = Uint8Array.from(bytes);
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const refused = fault(changed) instanceof DerError;
        expect(refused || memory.verifySigned(readCrl(changed), key, NOW).outcome === "failed").toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

test("500,000 entries are read and looked up", () => {
  const count = 500_000;
  const entries = Array.from({ length: count }, (_, i) => ({
    serial: BigInt(i) * 2_654_435_761n + 1n,
    at: NOW,
    reason: i % 2 === 0 ? 1 : 4,
  }));
  const bytes = crl(issuing, { revoked: entries });
  const { entries: found } = readCrl(bytes);
  expect(found.size).toBe(count);
  for (let i = 0; i < 1000; i++) expect(found.find(serial(BigInt(i * 499) * 2_654_435_761n + 1n))).toHaveLength(1);
  expect(found.find(serial(2n))).toEqual([]);
});
