import { hash } from "node:crypto";
import { beforeAll, expect, test } from "vitest";
import { type Der, TAG, constructed, readDer } from "../bytes/der.ts";
import { ATTRIBUTE } from "../seals/signed-data.ts";
import type { Issued } from "./certificate.ts";
import { nodeVerifiesSm2 } from "./node-check.ts";
import { type Entries, writeOfd } from "./ofd.ts";
import { makePki } from "./pki.ts";
import { type SignedDataRequest, type SigningRequest, makeSignedData, signDocument } from "./signed-data.ts";

const NOW = Date.UTC(2026, 10, 21);
const DIGEST = hash("sm3", "Signature.xml", "buffer");
let signer: Issued;
let other: Issued;

beforeAll(() => {
  const { authorities } = makePki(NOW);
  signer = authorities.anhui.signer;
  other = authorities.guangdong.signer;
});

type Parts = { readonly inner: readonly Der[]; readonly certificates: readonly Der[]; readonly infos: readonly Der[] };

function parts(change: Partial<SignedDataRequest> = {}): Parts {
  const made = makeSignedData({ signers: [signer], digest: DIGEST, form: "attached", signedAt: NOW, ...change });
  const [type, content] = readDer(made).children();
  expect(type?.oid("type")).toBe("1.2.156.10197.6.1.4.2.2");
  const [version, , inner, ...rest] = content?.only("content").children() ?? [];
  expect(version?.number("version")).toBe(1);
  const certificates = rest.find((part) => part.is(constructed(0)))?.children() ?? [];
  const infos = rest.find((part) => part.is(TAG.set))?.children() ?? [];
  return { inner: inner?.children() ?? [], certificates, infos };
}

/** The attributes as they are signed (SET) and the signature value. */
function attributesOf(info: Der | undefined): { set: Buffer; types: readonly string[]; value: Uint8Array } {
  const fields = info?.children() ?? [];
  const set = Buffer.from(fields[3]?.bytes ?? []);
  set[0] = TAG.set;
  const types = fields[3]?.children().map((attribute) => attribute.children()[0]?.oid("type") ?? "") ?? [];
  return { set, types, value: fields.at(-1)?.content ?? Buffer.of() };
}

test("attached: the content is the digest, and it is the message", () => {
  const { inner, certificates, infos } = parts();
  expect(inner[0]?.oid("type")).toBe("1.2.156.10197.6.1.4.2.1");
  expect(Buffer.from(inner[1]?.only("content").content ?? [])).toEqual(DIGEST);
  expect(certificates.map((certificate) => certificate.bytes)).toEqual([signer.certificate]);
  const fields = infos[0]?.children() ?? [];
  expect(fields).toHaveLength(5);
  expect(fields[3]?.children()[0]?.oid("algorithm")).toBe("1.2.156.10197.1.301.1");
  expect(nodeVerifiesSm2(signer.certificate, DIGEST, fields[4]?.content ?? Buffer.of())).toBe(true);
});

test("attributes: no content; they are signed as a SET", () => {
  const { inner, infos } = parts({ form: "attributes" });
  expect(inner).toHaveLength(1);
  const { set, types, value } = attributesOf(infos[0]);
  expect(types).toEqual([ATTRIBUTE.contentType, ATTRIBUTE.signingTime, ATTRIBUTE.messageDigest]);
  expect(nodeVerifiesSm2(signer.certificate, set, value)).toBe(true);
});

test("spoilt ones are spoilt in just one way", () => {
  expect(parts({ signers: [], certificates: [signer.certificate] }).infos).toEqual([]);
  const two = parts({ signers: [signer, other] });
  expect([two.infos.length, two.certificates.length]).toEqual([2, 2]);
  const base64 = parts({ base64: true });
  expect(Buffer.from(base64.inner[1]?.only("content").content ?? []).toString()).toBe(DIGEST.toString("base64"));
  const bare = attributesOf(parts({ form: "attributes", omitAttributes: [ATTRIBUTE.messageDigest] }).infos[0]);
  expect(bare.types).toEqual([ATTRIBUTE.contentType, ATTRIBUTE.signingTime]);
  expect(nodeVerifiesSm2(signer.certificate, bare.set, bare.value)).toBe(true);
  const wrong = attributesOf(parts({ form: "attributes", signedTag: "context" }).infos[0]);
  expect(nodeVerifiesSm2(signer.certificate, wrong.set, wrong.value)).toBe(false);
  expect(
    parts({ deviations: ["raw-signature"] })
      .infos[0]?.children()
      .at(-1)?.content,
  ).toHaveLength(64);
});

test.each(["attached", "attributes", "bare"] as const)("signDocument adds a %s signature without a seal", (form) => {
  const request: SigningRequest = { signers: [signer], form, signedAt: NOW };
  const entries: Entries = signDocument(writeOfd({ title: "t", pages: [["a"]] }), request);
  const xml = entries.get("Doc_0/Signs/Sign_0/Signature.xml") ?? Buffer.of();
  const value = entries.get("Doc_0/Signs/Sign_0/SignedValue.dat") ?? Buffer.of();
  expect(Buffer.from(entries.get("Doc_0/Signs/Signatures.xml") ?? []).toString()).toContain('Type="Sign"');
  expect(Buffer.from(xml).toString()).not.toMatch(/Seal|StampAnnot/);
  if (form === "bare") expect(nodeVerifiesSm2(signer.certificate, xml, value)).toBe(true);
  else expect(Buffer.from(value).includes(hash("sm3", xml, "buffer"))).toBe(true);
});
