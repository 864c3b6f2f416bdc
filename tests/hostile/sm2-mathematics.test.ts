import { createSign, generateKeyPairSync } from "node:crypto";
import { describe } from "vitest";
import { readDer } from "../../certs/bytes/der.ts";
import { CURVES } from "../../certs/crypto/curves.ts";
import { sm2Za } from "../../certs/crypto/sm2.ts";
import type { Issued, SpoiltCertificate } from "../../certs/issue/certificate.ts";
import { issueCrl } from "../../certs/issue/crl.ts";
import { bits, der, integer, oid, sequence } from "../../certs/issue/der.ts";
import { rawSignature } from "../../certs/issue/deviations.ts";
import { type SigningKey, generateKey, sm2Sign } from "../../certs/issue/keys.ts";
import type { Entries } from "../../certs/issue/ofd.ts";
import { DAY, issueSigner } from "../../certs/issue/pki.ts";
import { NOW, SIGNED, Scene, editValue } from "./scene.ts";

// Cases 60 to 67 of the hostile inputs: signature values, keys and user IDs, inside whole documents.
const scene = new Scene();
const { anhui } = scene.pki.authorities;
const { n } = CURVES.SM2;

const invalid = "FAILED SIGNATURE_INVALID SIG_CRYPTO_FAILURE";
const forged = "FAILED SEAL_FORGED SIG_CRYPTO_FAILURE";
const malformed = "FAILED CERTIFICATE_MALFORMED CHAIN_CONSTRAINTS_FAILURE";
const mismatch = "FAILED ALGORITHM_MISMATCH CRYPTO_CONSTRAINTS_FAILURE";

type Pair = readonly [r: bigint, s: bigint];
const pairOf = (value: Uint8Array): Pair => {
  const [r = 0n, s = 0n] = readDer(value)
    .children()
    .map((part) => part.integer("r or s"));
  return [r, s];
};
const valueOf = ([r, s]: Pair): Uint8Array => sequence(integer(r), integer(s));

/** The signer's value in the document replaced after signing. */
const valued = (edit: (value: Uint8Array) => Uint8Array): Entries =>
  editValue(scene.sealed(), (members) =>
    members.map((member, index) => (index === 3 ? bits(edit(readDer(member).bitOctets("signature"))) : member)),
  );
const paired = (edit: (pair: Pair) => Pair): Entries => valued((value) => valueOf(edit(pairOf(value))));
/** A signer or maker whose values come out otherwise. */
const signing = (issued: Issued, sign: (message: Uint8Array, key: SigningKey) => Uint8Array): Issued => ({
  ...issued,
  key: { ...issued.key, sign: (message) => sign(message, issued.key) },
});
const by = (sign: (message: Uint8Array, key: SigningKey) => Uint8Array): Entries =>
  scene.sealed({ signer: signing(anhui.signer, sign) });
const madeBy = (sign: (message: Uint8Array, key: SigningKey) => Uint8Array): Entries =>
  scene.withSeal({ maker: signing(scene.pki.maker, sign) });

describe("60: numbers out of range", () => {
  const PAIRS: readonly (readonly [string, (pair: Pair) => Pair])[] = [
    ["r = 0", ([, s]) => [0n, s]],
    ["s = 0", ([r]) => [r, 0n]],
    ["r = s = 0", () => [0n, 0n]],
    ["r = n", ([, s]) => [n, s]],
    ["s = n", ([r]) => [r, n]],
    ["r + n", ([r, s]) => [r + n, s]],
    ["s + n", ([r, s]) => [r, s + n]],
    ["r + s = n", ([r]) => [r, n - r]],
    ["-s", ([r, s]) => [r, -s]],
    ["r and s exchanged", ([r, s]) => [s, r]],
  ];
  scene.expectAnswers([
    ...PAIRS.map(([what, edit]) => [`60 ${what}`, invalid, () => paired(edit)] as const),
    ...PAIRS.map(([what, edit]) => {
      const sign = (message: Uint8Array, key: SigningKey): Uint8Array => valueOf(edit(pairOf(key.sign(message))));
      return [`60 ${what}, in the seal maker's value`, forged, () => madeBy(sign)] as const;
    }),
    ["60 near: r and s as they came", "PASSED", () => paired((pair) => pair)],
  ]);
});

describe("61: encodings of the value", () => {
  const ENCODINGS: readonly (readonly [string, (value: Uint8Array) => Uint8Array])[] = [
    ["an octet after it", (value) => Buffer.concat([value, Buffer.of(0)])],
    ["a third number", (value) => sequence(readDer(value).content, integer(1))],
    ["a long form of its length", (value) => Buffer.concat([Buffer.of(0x30, 0x81), value.subarray(1)])],
    [
      "a leading zero before r",
      (value) =>
        sequence(
          ...readDer(value)
            .children()
            .map(({ content }, index) => der(0x02, index === 0 ? Buffer.of(0) : Buffer.of(), content)),
        ),
    ],
    [
      "a negative r",
      (value) =>
        sequence(der(0x02, Buffer.from([0x80, ...Buffer.alloc(31, 1)])), readDer(value).children()[1]?.bytes ?? value),
    ],
    ["empty", () => Buffer.of()],
    ["SET in place of SEQUENCE", (value) => Buffer.concat([Buffer.of(0x31), value.subarray(1)])],
    ["65 raw octets", (value) => Buffer.concat([rawSignature(value), Buffer.of(0)])],
    [
      "64 raw octets, s and r",
      (value) => Buffer.concat([rawSignature(value).subarray(32), rawSignature(value).subarray(0, 32)]),
    ],
    ["64 raw zeros", () => Buffer.alloc(64)],
  ];
  const rawCertificate = (): Entries =>
    scene.signedBy(
      issueSigner(scene.pki, anhui, { spoilt: { sign: (tbs) => rawSignature(scene.pki.issuing.key.sign(tbs)) } }),
    );
  const rawCrl = issueCrl({
    issuer: scene.pki.issuing,
    thisUpdate: NOW - DAY,
    nextUpdate: NOW + DAY,
    revoked: [],
    spoilt: { sign: (tbs) => rawSignature(scene.pki.issuing.key.sign(tbs)) },
  });
  scene.expectAnswers([
    ...ENCODINGS.map(([what, edit]) => [`61 ${what}`, invalid, () => valued(edit)] as const),
    ["61 raw r and s in a certificate", "FAILED CHAIN_FORGED CHAIN_CONSTRAINTS_FAILURE", rawCertificate],
    [
      "61 raw r and s in a CRL",
      "INDETERMINATE TRY_LATER TRY_LATER",
      () => scene.sealed(),
      { trust: scene.trust({ "issuing.crl": rawCrl }) },
    ],
    [
      "61 near: raw r and s in a seal signature",
      "PASSED LENIENT_RAW_SIGNATURE",
      () => scene.sealed({ deviations: ["raw-signature"] }),
    ],
    [
      "61 near: raw r and s in the seal",
      "PASSED LENIENT_RAW_SIGNATURE",
      () => scene.withSeal({ deviations: ["raw-signature"] }),
    ],
    [
      "61 near: raw r and s under GB/T 35275",
      "PASSED LENIENT_RAW_SIGNATURE",
      () => scene.card({ deviations: ["raw-signature"] }),
    ],
  ]);
});

const EC = "1.2.840.10045.2.1";
const keyInfo = (curve: Uint8Array, point: Uint8Array): Uint8Array => sequence(sequence(oid(EC), curve), bits(point));
/** The licence sealed under a certificate whose key is written otherwise. */
const keyed = (spki: (point: Buffer) => Uint8Array, spoilt: SpoiltCertificate = {}): Entries => {
  const key = generateKey("SM2");
  const point = Buffer.from(key.spki.subarray(-65));
  return scene.signedBy(issueSigner(scene.pki, anhui, { key, spoilt: { ...spoilt, spki: spki(point) } }));
};

describe("62 and 66: public keys", () => {
  const SM2 = oid(CURVES.SM2.oid);
  const P256 = generateKey("P-256");
  const off = (point: Buffer): Buffer => Buffer.from([...point.subarray(0, 64), (point[64] ?? 0) ^ 1]);
  const compressed = (point: Buffer): Buffer => Buffer.from([2 + ((point[64] ?? 0) & 1), ...point.subarray(1, 33)]);
  scene.expectAnswers([
    ["62 a point off the curve", malformed, () => keyed((point) => keyInfo(SM2, off(point)))],
    ["62 the point (0, 0)", malformed, () => keyed(() => keyInfo(SM2, Buffer.from([4, ...Buffer.alloc(64)])))],
    ["62 the point at infinity", malformed, () => keyed(() => keyInfo(SM2, Buffer.of(0)))],
    ["62 compressed", malformed, () => keyed((point) => keyInfo(SM2, compressed(point)))],
    [
      "62 hybrid",
      malformed,
      () => keyed((point) => keyInfo(SM2, Buffer.from([6 + ((point[64] ?? 0) & 1), ...point.subarray(1)]))),
    ],
    ["62 the OID of another curve", malformed, () => keyed((point) => keyInfo(oid(CURVES["P-256"].oid), point))],
    ["62 a curve that is not accepted", malformed, () => keyed((point) => keyInfo(oid("1.3.132.0.10"), point))],
    ["62 explicit parameters", malformed, () => keyed((point) => keyInfo(sequence(integer(1)), point))],
    ["62 no parameters", malformed, () => keyed((point) => sequence(sequence(oid(EC)), bits(point)))],
    ["62 near: the key as it was made", "PASSED", () => keyed((point) => keyInfo(SM2, point))],
    [
      "66 a P-256 key relabelled as SM2",
      malformed,
      () =>
        scene.signedBy(
          issueSigner(scene.pki, anhui, { key: P256, spoilt: { spki: keyInfo(SM2, P256.spki.subarray(-65)) } }),
          { signatureOid: "1.2.156.10197.1.501" },
        ),
    ],
    [
      "66 near: a P-256 key under its own name",
      "PASSED",
      () => scene.signedBy(issueSigner(scene.pki, anhui, { key: P256 }), { signatureMethod: P256.signatureOid }),
    ],
  ]);
});

/** A key on the SM2 curve that makes ECDSA values with SHA-256: what node:crypto does with a key that it just made. */
function ecdsaKey(): SigningKey {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "SM2" });
  const spki = publicKey.export({ type: "spki", format: "der" });
  const sign = (message: Uint8Array): Uint8Array => createSign("sha256").update(message).sign(privateKey);
  return { ...generateKey("SM2"), spki, privateKey, sign };
}

describe("63 to 65: user IDs, foreign algorithms, messages without ZA", () => {
  const withId =
    (id: string) =>
    (message: Uint8Array, { privateKey, spki }: SigningKey): Uint8Array =>
      sm2Sign(privateKey, sm2Za(spki.subarray(-64), Buffer.from(id)), message);
  const bare = (message: Uint8Array, { privateKey }: SigningKey): Uint8Array =>
    createSign("sm3").update(message).sign(privateKey);
  const ecdsa = issueSigner(scene.pki, anhui, { key: ecdsaKey() });
  const p256 = issueSigner(scene.pki, anhui, { key: generateKey("P-256") });
  const ECDSA = "1.2.840.10045.4.3.2";
  const SM2_WITH_SM3 = "1.2.156.10197.1.501";
  scene.expectAnswers([
    ["63 an empty user ID", invalid, () => by(withId(""))],
    ["63 an e-mail address as user ID", invalid, () => by(withId("ALICE123@YAHOO.COM"))],
    ["63 the default one with a character more", invalid, () => by(withId("12345678123456780"))],
    ["63 the seal's maker with an empty user ID", forged, () => madeBy(withId(""))],
    ["63 near: the default user ID", "PASSED", () => by(withId("1234567812345678"))],
    ["64 an SM2 key that made an ECDSA value", invalid, () => scene.signedBy(ecdsa)],
    [
      "64 the same, and said so",
      mismatch,
      () => scene.signedBy(ecdsa, { signatureOid: ECDSA, signatureMethod: ECDSA }),
    ],
    ["64 a P-256 key under the OID of SM2", mismatch, () => scene.signedBy(p256, { signatureOid: SM2_WITH_SM3 })],
    ["64 near: a P-256 key with ECDSA throughout", "PASSED", () => scene.signedBy(p256, { signatureMethod: ECDSA })],
    ["65 the message hashed without ZA", invalid, () => by(bare)],
    ["65 the seal hashed without ZA", forged, () => madeBy(bare)],
    ["65 near: with ZA", "PASSED", () => by((message, key) => key.sign(message))],
  ]);
});

describe("67: the other certificate of a pair", () => {
  const used = (...keyUsage: readonly number[]): Entries => scene.signedBy(issueSigner(scene.pki, anhui, { keyUsage }));
  const wrongUse = "FAILED KEY_USAGE CHAIN_CONSTRAINTS_FAILURE";
  scene.expectAnswers([
    ["67 an encryption certificate", wrongUse, () => used(2, 3, 4)],
    ["67 a certificate for certificates and CRLs", wrongUse, () => used(5, 6)],
    [
      "67 an encryption certificate made the seal",
      wrongUse,
      () => scene.withSeal({ maker: issueSigner(scene.pki, anhui, { keyUsage: [2, 3, 4] }) }),
    ],
    ["67 near: digitalSignature alone", "PASSED", () => used(0)],
    ["67 near: nonRepudiation alone", "PASSED", () => used(1)],
    ["67 near: signing and encryption, as real signers have", "PASSED", () => used(0, 1, 2, 3)],
    ["67 near: no keyUsage", "PASSED", () => scene.signedBy(issueSigner(scene.pki, anhui, { omit: ["2.5.29.15"] }))],
  ]);
});

describe("an algorithm that ends: RSA of 2048 bits, with 2030", () => {
  const later = Date.UTC(2032, 0, 1);
  const rsa = issueSigner(scene.pki, scene.pki.authorities.anhui, {
    key: generateKey("RSA-2048"),
    notAfter: later + DAY,
  });
  const crl = issueCrl({ issuer: scene.pki.issuing, thisUpdate: later - DAY, nextUpdate: later + DAY, revoked: [] });
  const asked = { at: later, trust: scene.trust({ "issuing.crl": crl, "root.crl": null }) };
  const signed = (signedAt: number) =>
    scene.withSeal({ validTo: later }, { signer: rsa, signedAt, signatureMethod: rsa.key.signatureOid });
  scene.expectAnswers([
    [
      "used while it was good, asked about later",
      "PASSED CA_STATUS_UNKNOWN CERTIFICATE_ENDED_SINCE STATUS_AFTER_END",
      () => signed(SIGNED),
      asked,
    ],
    [
      "used after its end",
      "FAILED ALGORITHM_FORBIDDEN CRYPTO_CONSTRAINTS_FAILURE",
      () => signed(Date.UTC(2031, 5, 1)),
      asked,
    ],
  ]);
});
