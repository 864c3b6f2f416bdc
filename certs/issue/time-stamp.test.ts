import { createPublicKey, createVerify, hash } from "node:crypto";
import { expect, test } from "vitest";
import { type Der, TAG, constructed, readDer, readTime } from "../bytes/der.ts";
import { type Issued, issueCertificate } from "./certificate.ts";
import { type KeyKind, generateKey } from "./keys.ts";
import { nodeVerifiesSm2 } from "./node-check.ts";
import { ATTRIBUTE } from "../seals/signed-data.ts";
import { type TimeStampRequest, makeTimeStamp } from "./time-stamp.ts";

const NOW = Date.UTC(2026, 10, 21);
const MESSAGE = Buffer.from("signature value");

function authority(kind: KeyKind): Issued {
  return issueCertificate({
    subject: [["CN", "示例时间戳"]],
    key: generateKey(kind),
    notBefore: NOW - 1000,
    notAfter: NOW + 1000,
    extendedKeyUsage: ["1.3.6.1.5.5.7.3.8"],
  });
}

type Token = {
  readonly info: readonly Der[];
  readonly content: Uint8Array;
  readonly signer: readonly Der[];
  readonly members: number;
};

function token(request: TimeStampRequest): Token {
  const [type, outer] = readDer(makeTimeStamp(MESSAGE, request)).children();
  expect(type?.oid("type")).toBe("1.2.840.113549.1.7.2");
  const members = outer?.only("content").children() ?? [];
  expect(members[0]?.number("version")).toBe(3);
  const [innerType, content] = members[2]?.children() ?? [];
  expect(innerType?.oid("type")).toBe("1.2.840.113549.1.9.16.1.4");
  const octets = content?.only("content").content ?? Buffer.of();
  const signer = members.at(-1)?.children()[0]?.children() ?? [];
  return { info: readDer(octets).children(), content: octets, signer, members: members.length };
}

function attribute(signer: readonly Der[], type: string): Der | undefined {
  const found = signer[3]?.children().find((entry) => entry.children()[0]?.oid("type") === type);
  return found?.children()[1]?.children()[0];
}

function asSet(attributes: Der | undefined): Buffer {
  expect(attributes?.tag).toBe(constructed(0));
  const bytes = Buffer.from(attributes?.bytes ?? []);
  bytes[0] = TAG.set;
  return bytes;
}

test.each([
  ["SM2", "sm3"],
  ["P-256", "sha256"],
  ["P-384", "sha384"],
  ["RSA-2048", "sha256"],
] as const)("a token by a key of kind %s binds message, time and certificate with %s", (kind, digest) => {
  const tsa = authority(kind);
  const { info, content, signer } = token({ authority: tsa, at: NOW, nonce: 7n });
  expect(Buffer.from(info[2]?.children()[1]?.content ?? [])).toEqual(hash(digest, MESSAGE, "buffer"));
  expect(info[4] === undefined ? 0 : readTime(info[4], "genTime")).toBe(NOW);
  expect(info[5]?.number("nonce")).toBe(7);
  expect(Buffer.from(attribute(signer, ATTRIBUTE.messageDigest)?.content ?? [])).toEqual(
    hash(digest, content, "buffer"),
  );
  const named = attribute(signer, ATTRIBUTE.signingCertificateV2)?.children()[0]?.children()[0]?.children() ?? [];
  expect(named).toHaveLength(digest === "sha256" ? 1 : 2);
  expect(Buffer.from(named.at(-1)?.content ?? [])).toEqual(hash(digest, tsa.certificate, "buffer"));
  const value = signer[5]?.content ?? Buffer.of();
  const message = asSet(signer[3]);
  if (kind === "SM2") return expect(nodeVerifiesSm2(tsa.certificate, message, value)).toBe(true);
  const key = createPublicKey({ key: Buffer.from(tsa.key.spki), format: "der", type: "spki" });
  return expect(createVerify(digest).update(message).verify(key, value)).toBe(true);
});

test("imprint, attributes and certificate can be chosen", () => {
  const tsa = authority("SM2");
  const weak = token({ authority: tsa, at: NOW, imprint: "sha1" });
  expect(weak.info[2]?.children()[1]?.content).toHaveLength(20);
  const bare = token({
    authority: tsa,
    at: NOW,
    omitAttributes: [ATTRIBUTE.signingCertificateV2],
    withCertificate: false,
  });
  expect(attribute(bare.signer, ATTRIBUTE.signingCertificateV2)).toBeUndefined();
  expect(bare.members).toBe(4);
});
