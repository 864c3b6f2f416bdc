import { hash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { type Der, TAG, readDer } from "../../certs/bytes/der.ts";
import { bits, der, sequence } from "../../certs/issue/der.ts";
import type { Entries } from "../../certs/issue/ofd.ts";
import { DAY, issueLeaf, issueSigner, makePki } from "../../certs/issue/pki.ts";
import { type SealRequest, type SealingRequest, digestsOf, sealDocument } from "../../certs/issue/seal.ts";
import { writePng } from "../../certs/issue/picture.ts";
import { timeStamper } from "../../certs/issue/time-stamp.ts";
import { writeZip, zipOf } from "../../certs/issue/zip.ts";
import { HOUR, NOW, SIGNED, SIGNED_VALUE, Scene, editValue, entryOf, flip, swap } from "./scene.ts";

// Cases 45 to 59 of the hostile inputs: the seal inside a signature, its maker, its signers, its times.
const scene = new Scene();
const { anhui, guangdong } = scene.pki.authorities;
const { V1, V4, V5 } = anhui.seals;
const elsewhere = makePki(NOW, "别处电子认证中心");
const other = issueSigner(scene.pki, anhui);

const format = "FAILED FORMAT FORMAT_FAILURE";
const disorder = "INDETERMINATE TIMESTAMP_ORDER TIMESTAMP_ORDER_FAILURE";

describe("45 and 46: the maker of the seal", () => {
  const forged = "FAILED SEAL_FORGED SIG_CRYPTO_FAILURE";
  const untrusted = "INDETERMINATE NO_TRUST NO_CERTIFICATE_CHAIN_FOUND";
  const others = { anchors: { "root.cer": { uses: ["signer", "time-stamp"] } } };
  scene.expectAnswers([
    [
      "45 one bit of the seal's picture",
      forged,
      () => scene.sealed({ seal: flip(V4, Buffer.from(V4).indexOf("IDAT") + 9) }),
    ],
    ["45 one character of its name", forged, () => scene.sealed({ seal: swap(V4, "示例市", "伪例市") })],
    ["45 the same in V1", forged, () => scene.sealed({ seal: swap(V1, "示例市", "伪例市"), version: "V1" })],
    ["45 the same in V5", forged, () => scene.sealed({ seal: swap(V5, "示例市", "伪例市") })],
    [
      "45 the maker's certificate replaced by another trusted one",
      forged,
      () => {
        const [info, , ...rest] = readDer(V4).children();
        const certificate = der(TAG.octetString, scene.pki.tsa.certificate);
        return scene.sealed({ seal: sequence(bytesOf(info), certificate, ...rest.map(bytesOf)) });
      },
    ],
    ["45 near: the seal as it was made, in each version", "PASSED", () => scene.sealed({ seal: V5 })],
    ["46 a maker below a root that is not trusted", untrusted, () => scene.withSeal({ maker: elsewhere.maker })],
    [
      "46 a maker below a root that is trusted for other uses",
      untrusted,
      () => scene.withSeal({}),
      { trust: scene.trustSettings(others) },
    ],
    [
      "46 near: the root is trusted for seals and signers",
      "PASSED",
      () => scene.withSeal({}),
      { trust: scene.trustSettings({ anchors: { "root.cer": { uses: ["signer", "seal-maker"] } } }) },
    ],
    [
      "46 near: the maker signs for himself, as a real platform does",
      "PASSED",
      () => scene.withSeal({ maker: anhui.signer }),
    ],
    [
      "46 near: the maker's certificate ended after the seal was made",
      "PASSED CERTIFICATE_ENDED_SINCE STATUS_AFTER_END",
      () =>
        scene.withSeal({ maker: issueLeaf(scene.pki, { subject: [["CN", "旧制章人"]], notAfter: NOW - 200 * DAY }) }),
    ],
    [
      "46 the maker's certificate had ended when the seal was made",
      "FAILED CERTIFICATE_EXPIRED EXPIRED",
      () =>
        scene.withSeal({
          maker: issueLeaf(scene.pki, {
            subject: [["CN", "旧制章人"]],
            notBefore: NOW - 700 * DAY,
            notAfter: NOW - 366 * DAY,
          }),
        }),
    ],
  ]);
});

const bytesOf = (value: Der | undefined): Uint8Array => value?.bytes ?? new Uint8Array();

describe("47: validity of the seal", () => {
  const from = (validFrom: number, validTo: number, sealing: Partial<SealingRequest> = {}): Entries =>
    scene.withSeal({ createdAt: NOW - 300 * DAY, validFrom, validTo }, sealing);
  const old = { notBefore: Date.UTC(2019, 0), notAfter: NOW + 100 * DAY } as const;
  const lasting = issueSigner(scene.pki, anhui, old);
  scene.expectAnswers([
    ["47 ended before it was used", "FAILED SEAL_EXPIRED EXPIRED", () => from(NOW - 365 * DAY, SIGNED - 1000)],
    [
      "47 begins after it was used",
      "FAILED SEAL_NOT_YET_VALID NOT_YET_VALID",
      () => from(SIGNED + 9 * HOUR, NOW + DAY),
    ],
    [
      "47 a seal of 2020 to 2022 used in 2026",
      "FAILED SEAL_EXPIRED EXPIRED",
      () =>
        scene.withSeal(
          {
            validFrom: Date.UTC(2020, 0),
            validTo: Date.UTC(2022, 0),
            maker: issueLeaf(scene.pki, { ...old, subject: [["CN", "老制章人"]] }),
          },
          { signer: lasting },
        ),
    ],
    ["47 near: used in its last second", "PASSED SEAL_ENDED_SINCE", () => from(NOW - 365 * DAY, SIGNED)],
    ["47 near: used in its first second", "PASSED", () => from(SIGNED, NOW + DAY)],
    ["47 near: local time written as UTC", "PASSED LENIENT_LOCAL_TIME", () => from(SIGNED + 8 * HOUR, NOW + DAY)],
  ]);
});

describe("48 and 49: whom the seal lists", () => {
  const stranger = "FAILED SIGNER_NOT_IN_SEAL SIG_CONSTRAINTS_FAILURE";
  const { certificate } = anhui.signer;
  const digest = (type: string, value: Uint8Array): Entries =>
    scene.withSeal({ signers: { digests: [{ type, value }] } });
  const of = (name: string): Buffer => hash(name, certificate, "buffer");
  scene.expectAnswers([
    ["48 the signer is not among the certificates", stranger, () => scene.sealed({ signer: other })],
    [
      "48 nor among the digests",
      stranger,
      () => scene.withSeal({ signers: digestsOf(anhui.signer.certificate) }, { signer: other }),
    ],
    ["48 the list is empty", stranger, () => scene.withSeal({ signers: { certificates: [] } })],
    ["48 the same in V1", stranger, () => scene.sealed({ signer: other, seal: V1, version: "V1" })],
    [
      "48 a certificate for the listed key that is not the listed one",
      stranger,
      () => scene.sealed({ signer: issueSigner(scene.pki, anhui, { key: anhui.signer.key }) }),
    ],
    [
      "48 the certificate beside the signature replaced by another for the same key",
      stranger,
      () =>
        editValue(scene.sealed(), ([toSign, , ...rest]) => {
          const twin = issueSigner(scene.pki, anhui, { key: anhui.signer.key });
          return [toSign ?? new Uint8Array(), der(TAG.octetString, twin.certificate), ...rest];
        }),
    ],
    [
      "48 near: the second of two in the list",
      "PASSED",
      () => scene.withSeal({ signers: { certificates: [other.certificate, certificate] } }),
    ],
    [
      "48 near: the second of two digests",
      "PASSED",
      () => scene.withSeal({ signers: digestsOf(other.certificate, certificate) }),
    ],
    ["49 the first four octets of the digest", stranger, () => digest("SM3", of("sm3").subarray(0, 4))],
    ["49 an empty digest", stranger, () => digest("SM3", new Uint8Array())],
    ["49 the digest with an octet after it", stranger, () => digest("SM3", Buffer.concat([of("sm3"), Buffer.of(0)]))],
    ["49 SHA-256 called SM3", stranger, () => digest("SM3", of("sha256"))],
    ["49 SM3 called SHA-256", stranger, () => digest("SHA256", of("sm3"))],
    ["49 SHA-1", stranger, () => digest("SHA1", of("sha1"))],
    ["49 MD5", stranger, () => digest("MD5", of("md5"))],
    ["49 the certificate itself where its digest belongs", stranger, () => digest("SM3", certificate)],
    ["49 near: SM3 under a name of the maker's own", "PASSED", () => digest("cert", of("sm3"))],
    ["49 near: SHA-256 by its name", "PASSED", () => digest("SHA-256", of("sha256"))],
  ]);
});

describe("50: the signing time", () => {
  const stated = (at: number): Entries => {
    const text = new Date(at).toISOString();
    return scene.sealed({ rewriteXml: (xml) => xml.replace(/(SignatureDateTime>)[^<]*/, `$1${text}`) });
  };
  const stamped = (at: number): Entries => scene.sealed({ timeStamp: timeStamper({ authority: scene.pki.tsa, at }) });
  scene.expectAnswers([
    ["50 signed tomorrow", disorder, () => scene.sealed({ signedAt: NOW + DAY })],
    ["50 signed before the seal was made", disorder, () => scene.withSeal({ createdAt: SIGNED + 9 * HOUR })],
    ["50 SignatureDateTime is a day later than timeInfo", disorder, () => stated(SIGNED + DAY)],
    ["50 SignatureDateTime is an hour earlier", disorder, () => stated(SIGNED - HOUR)],
    [
      "50 SignatureDateTime that is no time",
      disorder,
      () => scene.sealed({ rewriteXml: (xml) => xml.replace(/(SignatureDateTime>)[^<]*/, "$1yesterday") }),
    ],
    ["50 timeInfo that is no time", disorder, () => unreadable("V4")],
    ["50 the same in V1", disorder, () => unreadable("V1")],
    ["50 the time-stamp is older than timeInfo", disorder, () => stamped(SIGNED - 9 * HOUR)],
    [
      "50 the seal was made tomorrow",
      disorder,
      () => scene.withSeal({ createdAt: NOW + DAY, validFrom: NOW - 365 * DAY }),
    ],
    ["50 near: a few minutes apart", "PASSED", () => stated(SIGNED + 5 * 60_000)],
    [
      "50 near: eight hours apart, local time written as UTC",
      "PASSED LENIENT_LOCAL_TIME",
      () => stated(SIGNED + 8 * HOUR),
    ],
    [
      "50 near: no SignatureDateTime",
      "PASSED",
      () =>
        scene.sealed({ rewriteXml: (xml) => xml.replace(/<ofd:SignatureDateTime>.*?<\/ofd:SignatureDateTime>/, "") }),
    ],
    ["50 near: the time-stamp is a minute younger", "PASSED", () => stamped(SIGNED + 60_000)],
  ]);
});

/** timeInfo of digits that are no date, over which the signature is right. */
function unreadable(version: "V1" | "V4"): Entries {
  const seal = version === "V1" ? V1 : V4;
  const digits = /20\d\d-?\d\d-?\d\d ?\d\d:?\d\d:?\d\d/;
  return scene.sealed({
    seal,
    beforeSigning: (toSign) => {
      const found = digits.exec(
        Buffer.from(toSign)
          .subarray(Buffer.from(toSign).indexOf(seal) + seal.length)
          .toString("latin1"),
      );
      const text = found?.[0] ?? "";
      const at = Buffer.from(toSign).indexOf(text, Buffer.from(toSign).indexOf(seal) + seal.length);
      return Buffer.concat([
        toSign.subarray(0, at),
        Buffer.from(text.replaceAll(/\d/g, "9")),
        toSign.subarray(at + text.length),
      ]);
    },
  });
}

describe("51: extensions", () => {
  const unknown = "INDETERMINATE CRITICAL_EXTENSION CERTIFICATE_CHAIN_GENERAL_FAILURE";
  const extension = { oid: "1.2.3.4.5", value: Buffer.from("x") };
  scene.expectAnswers([
    [
      "51 an unknown critical extension of the seal",
      unknown,
      () => scene.withSeal({ extensions: [{ ...extension, critical: true }] }),
    ],
    ["51 of the signature", unknown, () => scene.sealed({ extensions: [{ ...extension, critical: true }] })],
    ["51 near: not critical", "PASSED", () => scene.withSeal({ extensions: [extension] }, { extensions: [extension] })],
    [
      "51 near: a written-out FALSE, as in tax seals",
      "PASSED LENIENT_BOOLEAN_DEFAULT",
      () => scene.withSeal({ extensions: [extension], deviations: ["explicit-false"] }),
    ],
  ]);
});

describe("52 and 53: versions and encodings", () => {
  const seal = (change: Partial<SealRequest>, sealing: Partial<SealingRequest> = {}): Entries =>
    scene.withSeal(change, sealing);
  const stamp = { timeStamp: timeStamper({ authority: scene.pki.tsa, at: NOW - 364 * DAY }) };
  const value = (write: (bitString: Uint8Array) => Uint8Array): Entries =>
    editValue(scene.sealed(), (members) =>
      members.map((member, n) => (n === 3 ? write(readDer(member).bitOctets("value")) : member)),
    );
  const digestOf = (toSign: Uint8Array, write: (octets: Uint8Array) => Uint8Array): Uint8Array =>
    sequence(
      ...readDer(toSign)
        .children()
        .map((part, n) => (n === 3 ? write(part.bitOctets("dataHash")) : part.bytes)),
    );
  const tbs = (write: (octets: Uint8Array) => Uint8Array): Entries =>
    scene.sealed({ beforeSigning: (toSign) => digestOf(toSign, write) });
  scene.expectAnswers([
    ["52 a V1 structure with version 4", format, () => seal({ version: "V1", headerVersion: 4 }, { version: "V1" })],
    ["52 a V4 structure with version 1", format, () => seal({ headerVersion: 1 })],
    [
      "52 a V5 seal with its time-stamp under version 4",
      format,
      () => seal({ version: "V5", headerVersion: 4, ...stamp }),
    ],
    ["52 a V4 seal in a V5 signature", format, () => scene.sealed({ tbsVersion: 5 })],
    ["52 a V5 seal in a V4 signature", format, () => scene.sealed({ seal: V5, tbsVersion: 4 })],
    ["52 a V1 seal in a V4 signature", format, () => scene.sealed({ seal: V1, version: "V4" })],
    ["52 a V4 seal in a V1 signature", format, () => scene.sealed({ seal: V4, version: "V1" })],
    ["52 a signature of version 6", format, () => scene.sealed({ tbsVersion: 6 })],
    [
      "52 near: V1 with version 2, as implementations write it",
      "PASSED",
      () => seal({ version: "V1", headerVersion: 2 }, { version: "V1", tbsVersion: 2 }),
    ],
    ["52 near: V5 with and without time-stamp", "PASSED", () => seal({ version: "V5", ...stamp })],
    ["52 near: V5 without", "PASSED", () => seal({ version: "V5" })],
    ["53 unused bits in the signature value", format, () => value((octets) => bits(octets, 1))],
    [
      "53 an extra leading zero in it",
      "FAILED SIGNATURE_INVALID SIG_CRYPTO_FAILURE",
      () => value((octets) => bits(Buffer.concat([Buffer.of(0), octets]))),
    ],
    ["53 unused bits in dataHash", format, () => tbs((octets) => bits(octets, 4))],
    [
      "53 an extra leading zero in dataHash",
      "FAILED HASH_MISMATCH HASH_FAILURE",
      () => tbs((octets) => bits(Buffer.concat([Buffer.of(0), octets]))),
    ],
    ["53 near: as it should be", "PASSED", () => tbs((octets) => bits(octets))],
  ]);
});

describe("54 and 55: algorithms, and the bytes that were signed", () => {
  const mismatch = "FAILED ALGORITHM_MISMATCH CRYPTO_CONSTRAINTS_FAILURE";
  const ECDSA = "1.2.840.10045.4.3.2";
  /** The outermost length of TBS_Sign in one octet more than needed: BER, no longer DER. */
  const loose = (toSign: Uint8Array): Uint8Array => {
    const { content } = readDer(toSign);
    return Buffer.concat([Buffer.of(0x30, 0x83, 0, content.length >> 8, content.length & 0xff), content]);
  };
  const indefinite = (toSign: Uint8Array): Uint8Array =>
    Buffer.concat([Buffer.of(0x30, 0x80), readDer(toSign).content, Buffer.of(0, 0)]);
  const tbs = (write: (toSign: Uint8Array) => Uint8Array): Entries =>
    editValue(scene.sealed(), ([toSign, ...rest]) => [write(toSign ?? new Uint8Array()), ...rest]);
  scene.expectAnswers([
    ["54 signatureAlgID of ECDSA over an SM2 key", mismatch, () => scene.sealed({ signatureOid: ECDSA })],
    ["54 SignatureMethod of another algorithm", mismatch, () => scene.sealed({ signatureMethod: ECDSA })],
    ["54 SignatureMethod that is no algorithm", mismatch, () => scene.sealed({ signatureMethod: "none" })],
    ["54 the seal names ECDSA over an SM2 key", mismatch, () => scene.withSeal({ signatureOid: ECDSA })],
    [
      "54 signatureAlgID that nobody knows",
      "FAILED ALGORITHM_FORBIDDEN CRYPTO_CONSTRAINTS_FAILURE",
      () => scene.sealed({ signatureOid: "1.2.3" }),
    ],
    ["54 near: SM2 under its common name", "PASSED", () => scene.sealed({ signatureMethod: "SM3withSM2" })],
    ["55 TBS_Sign in BER, signed like that", format, () => scene.sealed({ beforeSigning: loose })],
    ["55 TBS_Sign in BER, signed as its DER", format, () => tbs(loose)],
    ["55 of indefinite length", "REFUSED DER_HOSTILE", () => tbs(indefinite)],
    [
      "55 near: not DER in a way that real seals are not, hashed as it stands",
      "PASSED LENIENT_BOOLEAN_DEFAULT",
      () => scene.sealed({ extensions: [{ oid: "1.2.3", value: Buffer.from("x") }], deviations: ["explicit-false"] }),
    ],
    [
      "55 the same with the FALSE taken out after signing",
      "FAILED SIGNATURE_INVALID SIG_CRYPTO_FAILURE",
      () => {
        const written = scene.sealed({
          extensions: [{ oid: "1.2.3", value: Buffer.from("x") }],
          deviations: ["explicit-false"],
        });
        const plain = scene.sealed({ extensions: [{ oid: "1.2.3", value: Buffer.from("x") }] });
        const [toSign] = readDer(entryOf(plain, SIGNED_VALUE)).children();
        return editValue(written, ([, ...rest]) => [bytesOf(toSign), ...rest]);
      },
    ],
  ]);
});

describe("56: pictures are bytes here: nothing decodes them", () => {
  const picture = (type: string, bytes: Uint8Array): Entries =>
    scene.withSeal({ picture: { type, bytes, width: 40, height: 40 } });
  const nested = writeZip([{ name: "OFD.xml", bytes: Buffer.alloc(60_000_000) }]);
  const vast = writePng(1, 1, () => [0, 0, 0, 0]).fill(0xff, 16, 24);
  scene.expectAnswers([
    ["56 a PNG of 2³² by 2³² pixels", "PASSED", () => picture("PNG", vast)],
    ["56 a GIF that says it is a PNG", "PASSED", () => picture("PNG", Buffer.from("GIF89a"))],
    ["56 an OFD that unpacks to 60 MB", "PASSED", () => picture("ofd", nested)],
    [
      "56 a picture that is far larger unpacked than packed meets the bound of the package itself",
      "REFUSED ZIP_BOMB",
      () => picture("PNG", Buffer.alloc(2_000_000)),
    ],
  ]);

  it("56 the nested package is not unpacked: memory stays as it was", () => {
    const document = zipOf(picture("ofd", nested));
    const before = process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed;
    expect(scene.answer(document)).toBe("PASSED");
    const after = process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed;
    expect(after - before).toBeLessThan(30_000_000);
  });
});

describe("57 to 59: the wrong organ, withdrawn seals, doubled numbers", () => {
  const foreign = "FAILED AUTHORITY";
  const wrong = (): Entries => scene.sealed({ signer: guangdong.signer, seal: guangdong.seals.V4 });
  const anchor = (settings: Readonly<Record<string, unknown>>) => ({
    trust: scene.trustSettings({ anchors: { "root.cer": settings } }),
  });
  const id = `${anhui.region}00000009`;
  const register = (...seals: readonly Readonly<Record<string, string>>[]) => ({
    trust: scene.trustSettings({ revokedSeals: seals }),
  });
  const at = (time: number): string => new Date(time).toISOString();
  const twice = (second: Uint8Array): Entries =>
    sealDocument(scene.sealed({ lockSignatures: false, seal: scene.seal() }), {
      seal: second,
      signer: anhui.signer,
      signedAt: SIGNED,
    });
  scene.expectAnswers([
    ["57 a good seal of another province", foreign, wrong],
    ["57 the anchor is trusted for another region", foreign, () => scene.sealed(), anchor({ regions: ["440000"] })],
    [
      "57 the anchor is trusted for another type of licence",
      foreign,
      () => scene.sealed(),
      anchor({ licenceTypes: ["11100000000013127D001"] }),
    ],
    ["57 near: the anchor is trusted for this region", "PASSED", () => scene.sealed(), anchor({ regions: ["340000"] })],
    [
      "57 near: the other province's seal on its own licence",
      "PASSED",
      () => scene.sealed({ signer: guangdong.signer, seal: guangdong.seals.V4 }, { authority: "guangdong" }),
    ],
    [
      "58 the seal was withdrawn before it was used",
      "FAILED SEAL_REVOKED REVOKED",
      () => scene.withSeal({}),
      register({ id, at: at(SIGNED - DAY) }),
    ],
    ["58 withdrawn, nobody says when", "FAILED SEAL_REVOKED REVOKED", () => scene.withSeal({}), register({ id })],
    [
      "58 near: withdrawn since",
      "PASSED REVOKED_SINCE",
      () => scene.withSeal({}),
      register({ id, at: at(SIGNED + DAY) }),
    ],
    ["58 near: another seal was withdrawn", "PASSED", () => scene.withSeal({}), register({ id: `${id}0` })],
    [
      "59 one number, two seals with other signers",
      "INDETERMINATE SEAL_DUPLICATE CUSTOM",
      () => twice(scene.seal({ signers: { certificates: [other.certificate, anhui.signer.certificate] } })),
    ],
    ["59 near: one seal used twice", "PASSED", () => twice(scene.seal())],
    ["59 near: two seals, two numbers", "PASSED", () => twice(scene.seal({ id: `${anhui.region}00000010` }))],
  ]);
});
