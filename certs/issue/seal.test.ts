import { hash } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { type Der, TAG, constructed, readDer } from "../bytes/der.ts";
import { sequence } from "./der.ts";
import { nodeVerifiesSm2 } from "./node-check.ts";
import { type Entries, writeOfd } from "./ofd.ts";
import { DAY, type DemoPki, makePki } from "./pki.ts";
import { type SealRequest, type SealingRequest, digestsOf, makeSeal, sealDocument } from "./seal.ts";

const NOW = Date.UTC(2026, 10, 21, 1, 2, 3);
const VERSIONS = ["V1", "V4", "V5"] as const;
const DOCUMENT = writeOfd({ title: "t", metadata: { ZZMC: "t" }, pages: [["one"], ["two"]] });
const VALUE = "Doc_0/Signs/Sign_0/SignedValue.dat";
const XML = "Doc_0/Signs/Sign_0/Signature.xml";
let pki: DemoPki;

beforeAll(() => {
  pki = makePki(NOW);
});

const at = (value: Der | undefined, ...path: readonly number[]): Der => {
  let found = value;
  for (const n of path) found = found?.children()[n];
  if (found === undefined) throw new Error(`nothing at ${path.join(".")}`);
  return found;
};
const bytesOf = (entries: Entries, path: string): Uint8Array => entries.get(path) ?? Buffer.alloc(0);
const textOf = (entries: Entries, path: string): string => Buffer.from(bytesOf(entries, path)).toString("utf8");

function seal(change: Partial<SealRequest> = {}): Uint8Array {
  return makeSeal({
    version: "V4",
    id: "34000000000001",
    name: "示例专用章",
    maker: pki.maker,
    signers: { certificates: [pki.authorities.anhui.signer.certificate] },
    validFrom: NOW - 300 * DAY,
    validTo: NOW + 300 * DAY,
    ...change,
  });
}

function sealed(change: Partial<SealingRequest> = {}, entries: Entries = DOCUMENT): Entries {
  const { signer, seals } = pki.authorities.anhui;
  return sealDocument(entries, { seal: seals.V4, signer, signedAt: NOW - DAY, ...change });
}

/** FileRef and whether its CheckValue is the digest of that entry. */
function references(entries: Entries, path = XML): readonly (readonly [string, boolean])[] {
  const list = textOf(entries, path).matchAll(/FileRef="\/([^"]+)"><ofd:CheckValue>([^<]+)</g);
  return [...list].map(([, file = "", value = ""]) => {
    const digest = hash("sm3", bytesOf(entries, file), "buffer").toString("base64");
    return [file, digest === value];
  });
}

describe("makeSeal", () => {
  test.each(VERSIONS)("%s: the maker's signature is over what that standard says", (version) => {
    const made = readDer(seal({ version }));
    const info = at(made, 0);
    expect(at(info, 0, 1).number("version")).toBe(Number(version.slice(1)));
    const [certificate, algorithm, value] = version === "V1" ? at(made, 1).children() : made.children().slice(1);
    const message =
      version === "V1"
        ? sequence(info.bytes, certificate?.bytes ?? Buffer.of(), algorithm?.bytes ?? Buffer.of())
        : info.bytes;
    expect(algorithm?.oid("algorithm")).toBe("1.2.156.10197.1.501");
    expect(certificate?.content).toEqual(pki.maker.certificate);
    expect(nodeVerifiesSm2(pki.maker.certificate, message, value?.bitOctets("value") ?? Buffer.of())).toBe(true);
  });

  test("V1 has no certListType and UTCTime, V4 has both otherwise", () => {
    const older = at(readDer(seal({ version: "V1" })), 0, 2);
    const newer = at(readDer(seal()), 0, 2);
    expect(older.children().map((part) => part.tag)).toEqual([2, 0x0c, 0x30, 0x17, 0x17, 0x17]);
    expect(newer.children().map((part) => part.tag)).toEqual([2, 0x0c, 2, 0x30, 0x18, 0x18, 0x18]);
    expect(at(newer, 1).text("name")).toBe("示例专用章");
  });

  test("signers may be listed by digest", () => {
    const { certificate } = pki.authorities.anhui.signer;
    const property = at(readDer(seal({ signers: digestsOf(certificate) })), 0, 2);
    expect(at(property, 2).number("certListType")).toBe(2);
    expect(at(property, 3, 0, 0).text("type")).toBe("SM3");
    expect(Buffer.from(at(property, 3, 0, 1).content)).toEqual(hash("sm3", certificate, "buffer"));
  });

  test("extensions: a default FALSE is written only as a deviation", () => {
    const extensions = [{ oid: "1.2.3", value: Buffer.of(5, 0) }];
    const list = (change: Partial<SealRequest>): readonly Der[] =>
      at(readDer(seal({ extensions, ...change })), 0, 4, 0).children();
    expect(list({})).toHaveLength(2);
    expect(list({ deviations: ["explicit-false"] })[1]?.boolean("critical")).toBe(false);
  });

  test("a raw signature value is r and s of 32 octets", () => {
    const made = readDer(seal({ deviations: ["raw-signature"] }));
    expect(at(made, 3).bitOctets("value")).toHaveLength(64);
  });

  test("only V5 carries a time-stamp, over its value", () => {
    let stamped: Uint8Array = Buffer.of();
    const made = readDer(
      seal({
        version: "V5",
        timeStamp: (value) => {
          stamped = value;
          return Buffer.of(TAG.null, 0);
        },
      }),
    );
    expect(made.children()).toHaveLength(5);
    expect(at(made, 4).tag).toBe(constructed(0));
    expect(at(made, 3).bitOctets("value")).toEqual(stamped);
  });
});

describe("sealDocument", () => {
  test.each(VERSIONS)("%s: the signature is over TBS_Sign, which holds the digest of Signature.xml", (version) => {
    const { signer, seals } = pki.authorities.anhui;
    const entries = sealed({ seal: seals[version] });
    const parts = readDer(bytesOf(entries, VALUE)).children();
    const [toSign] = parts;
    const older = version === "V1";
    expect(parts).toHaveLength(older ? 2 : 4);
    expect(at(toSign).children()).toHaveLength(older ? 7 : 5);
    expect(at(toSign, 0).number("version")).toBe(Number(version.slice(1)));
    expect(at(toSign, 1).bytes).toEqual(seals[version]);
    expect(Buffer.from(at(toSign, 3).bitOctets("dataHash"))).toEqual(hash("sm3", bytesOf(entries, XML), "buffer"));
    expect(at(toSign, 4).text("propertyInfo")).toBe(`/${XML}`);
    expect((older ? at(toSign, 5) : at(parts[1])).content).toEqual(signer.certificate);
    const value = at(parts.at(-1)).bitOctets("signature");
    expect(nodeVerifiesSm2(signer.certificate, at(toSign).bytes, value)).toBe(true);
  });

  test("every entry but the signature's own two is referenced with its digest", () => {
    const entries = sealed();
    const listed = references(entries);
    expect(listed.every(([, right]) => right)).toBe(true);
    const own = new Set([XML, VALUE]);
    expect(listed.map(([file]) => file).toSorted()).toEqual(
      [...entries.keys()].filter((path) => !own.has(path)).toSorted(),
    );
    expect(textOf(entries, "OFD.xml")).toContain("<ofd:Signatures>/Doc_0/Signs/Signatures.xml</ofd:Signatures>");
    expect(bytesOf(entries, "Doc_0/Signs/Sign_0/Seal.esl")).toEqual(pki.authorities.anhui.seals.V4);
  });

  test("a second seal leaves a first one whole that did not lock Signatures.xml, and breaks one that did", () => {
    const open = sealed({}, sealed({ lockSignatures: false }));
    expect(references(open).every(([, right]) => right)).toBe(true);
    expect(references(open, "Doc_0/Signs/Sign_1/Signature.xml").map(([file]) => file)).toContain(VALUE);
    expect(
      [...textOf(open, "Doc_0/Signs/Signatures.xml").matchAll(/ID="(\d+)"|MaxSignId>(\d+)</g)].map((m) => m[1] ?? m[2]),
    ).toEqual(["1", "2", "2"]);
    const locked = references(sealed({}, sealed()));
    expect(locked.filter(([, right]) => !right)).toEqual([["Doc_0/Signs/Signatures.xml", false]]);
  });

  test("V1's vendors' deviations", () => {
    const { seals } = pki.authorities.anhui;
    const entries = sealed({ seal: seals.V1, deviations: ["octet-string", "wrapped-seal", "raw-signature"] });
    const [toSign, value] = readDer(bytesOf(entries, VALUE)).children();
    const tags = at(toSign)
      .children()
      .map((part) => part.tag);
    expect(tags).toEqual([2, 4, 4, 4, 0x16, 4, 6]);
    expect(at(toSign, 1).content).toEqual(seals.V1);
    expect(at(value).bitOctets("signature")).toHaveLength(64);
  });

  test("what a hostile test asks for is what it gets", () => {
    const path = "Doc_0/Pages/Page_1/Content.xml";
    const uncovered = sealed({ cover: (file) => file !== path });
    expect(references(uncovered).map(([file]) => file)).not.toContain(path);
    expect(references(sealed({ cover: () => false }))).toEqual([]);
    const scope = readDer(bytesOf(sealed({ propertyInfo: "/elsewhere" }), VALUE));
    expect(at(scope, 0, 4).text("propertyInfo")).toBe("/elsewhere");
    expect(sealed({ sealFile: null }).has("Doc_0/Signs/Sign_0/Seal.esl")).toBe(false);
    expect(textOf(sealed({ declaredType: null }), "Doc_0/Signs/Signatures.xml")).not.toContain("Type=");
    expect(textOf(sealed({ declaredType: "Sign" }), "Doc_0/Signs/Signatures.xml")).toContain('Type="Sign"');
    expect(sealed({ folder: "Doc_0/Signs/Other", id: "s006" }).has("Doc_0/Signs/Other/Signature.xml")).toBe(true);
    const weak = sealed({ checkMethod: { name: "MD5", digest: "md5" } });
    expect(textOf(weak, XML)).toMatch(/CheckMethod="MD5".*<ofd:CheckValue>[^<]{24}</);
  });

  test("Signature.xml and TBS_Sign can be changed before they are signed", () => {
    const { signer } = pki.authorities.anhui;
    const entries = sealed({
      rewriteXml: (xml) => xml.replace("SM3", "sm3"),
      beforeSigning: (toSign) => Buffer.concat([toSign, Buffer.of(5, 0)]),
    });
    const [toSign, extra] = readDer(bytesOf(entries, VALUE)).children();
    expect(extra?.tag).toBe(TAG.null);
    expect(Buffer.from(at(toSign, 3).bitOctets("dataHash"))).toEqual(hash("sm3", bytesOf(entries, XML), "buffer"));
    const value = at(readDer(bytesOf(entries, VALUE)).children().at(-1)).bitOctets("signature");
    const signed = Buffer.concat([at(toSign).bytes, Buffer.of(5, 0)]);
    expect(nodeVerifiesSm2(signer.certificate, signed, value)).toBe(true);
  });

  test("SignatureDateTime and V1's timeInfo take the forms seen in the field", () => {
    const written = (dateTime: NonNullable<SealingRequest["dateTime"]>): string | undefined =>
      /DateTime>([^<]+)</.exec(textOf(sealed({ dateTime, signedAt: NOW }), XML))?.[1];
    expect(written("utc")).toBe("20261121010203Z");
    expect(written("utc-millis")).toBe("20261121010203.000Z");
    expect(written("local")).toBe("20261121090203");
    expect(written("spaced")).toBe("2026-11-21 09:02:03");
    const older = sealed({ seal: pki.authorities.anhui.seals.V1, signedAt: NOW, timeInfo: "iso" });
    const time = at(readDer(bytesOf(older, VALUE)), 0, 2).bitOctets("timeInfo");
    expect(Buffer.from(time).toString()).toBe("2026-11-21T01:02:03.000Z");
    const token = sealed({ seal: pki.authorities.anhui.seals.V1, timeInfo: (digest) => digest });
    const toSign = at(readDer(bytesOf(token, VALUE)), 0);
    expect(at(toSign, 2).bitOctets("timeInfo")).toEqual(at(toSign, 3).bitOctets("dataHash"));
  });
});
