import { hash } from "node:crypto";
import { describe } from "vitest";
import { type Der, TAG, constructed, readDer } from "../../certs/bytes/der.ts";
import { der, explicit, integer, octets, oid, sequence } from "../../certs/issue/der.ts";
import type { Entries } from "../../certs/issue/ofd.ts";
import { issueSigner } from "../../certs/issue/pki.ts";
import { ATTRIBUTE } from "../../certs/seals/signed-data.ts";
import { signedAttributes } from "../../certs/issue/signed-data.ts";
import { SIGNATURE_XML, SIGNED, SIGNED_VALUE, Scene, entryOf, flip, put } from "./scene.ts";

// Cases 41 to 44 of the hostile inputs: signatures of GB/T 35275 in place of a seal.
const scene = new Scene();
const { shache, anhui } = scene.pki.authorities;
const other = issueSigner(scene.pki, shache);
const attributes = { form: "attributes" } as const;

/** The members of SignedData: version, digest algorithms, content, certificates, signers. */
function editSignedData(entries: Entries, edit: (members: readonly Der[]) => readonly Uint8Array[]): Entries {
  const [type, wrapped] = readDer(entryOf(entries, SIGNED_VALUE)).children();
  const members = wrapped?.only("SignedData").children() ?? [];
  const value = sequence(type?.bytes ?? new Uint8Array(), explicit(0, sequence(...edit(members))));
  return put(entries, { [SIGNED_VALUE]: value });
}

const bytesOf = (members: readonly Der[]): Uint8Array[] => members.map(({ bytes }) => bytes);
const version = (number: number): Entries =>
  editSignedData(scene.card(), ([, ...rest]) => [integer(number), ...bytesOf(rest)]);

/** SignerInfo whose signature value is one that nobody made. */
const garbled = (signer: Uint8Array): Uint8Array => flip(signer, signer.length - 1);
const signers = (order: (good: Uint8Array) => readonly Uint8Array[]): Entries =>
  editSignedData(scene.card(), (members) => {
    const good = members.at(-1)?.only("signerInfos").bytes ?? new Uint8Array();
    return [...bytesOf(members.slice(0, -1)), der(TAG.set, ...order(good))];
  });

/** An attribute added to the signed ones by the signer himself would change the value; here the whole entry is put in again. */
const doubled = (): Entries =>
  editSignedData(scene.card(attributes), (members) => {
    const parts = members.at(-1)?.only("signerInfos").children() ?? [];
    const changed = parts.map((part) =>
      part.is(constructed(0)) ? der(constructed(0), part.content, part.children()[0]?.bytes ?? part.bytes) : part.bytes,
    );
    return [...bytesOf(members.slice(0, -1)), der(TAG.set, sequence(...changed))];
  });

type Own = { readonly time?: string; readonly contentType?: Uint8Array };
/** The signed attributes written anew by the signer, with a signingTime or contentType of his own. */
const attributed = ({ time = "260814000000Z", contentType = oid("1.2.156.10197.6.1.4.2.1") }: Own): Entries =>
  editSignedData(scene.card(attributes), (members) => {
    const [version, identifier, digest, , algorithm] = bytesOf(members.at(-1)?.only("signerInfos").children() ?? []);
    const { hashed, written } = signedAttributes([
      { oid: ATTRIBUTE.contentType, value: contentType },
      { oid: ATTRIBUTE.signingTime, value: der(TAG.utcTime, Buffer.from(time)) },
      {
        oid: ATTRIBUTE.messageDigest,
        value: octets(hash("sm3", entryOf(scene.card(attributes), SIGNATURE_XML), "buffer")),
      },
    ]);
    const parts = [version, identifier, digest, written, algorithm].map((part) => part ?? new Uint8Array());
    const signer = sequence(...parts, octets(shache.signer.key.sign(hashed)));
    return [...bytesOf(members.slice(0, -1)), der(TAG.set, signer)];
  });

const format = "FAILED FORMAT FORMAT_FAILURE";
const broken = "FAILED HASH_MISMATCH HASH_FAILURE";
const unproven = "INDETERMINATE NO_CERTIFICATE NO_SIGNING_CERTIFICATE_FOUND";

describe("41 to 43: content and signers", () => {
  scene.expectAnswers([
    ["41 no signer, with the content's digest in place", format, () => scene.card({ signers: [] })],
    [
      "41 no signer, but a certificate",
      format,
      () => scene.card({ signers: [], certificates: [shache.signer.certificate] }),
    ],
    ["41 near: one signer", "PASSED", () => scene.card()],
    ["42 the digest as base64 text", broken, () => scene.card({ base64: true })],
    [
      "42 the digest of another Signature.xml",
      broken,
      () => put(scene.card(), { [SIGNED_VALUE]: entryOf(scene.card({ signedAt: SIGNED - 1000 }), SIGNED_VALUE) }),
    ],
    [
      "42 Signature.xml with one more line break",
      broken,
      () => put(scene.card(), { [SIGNATURE_XML]: `${entryOf(scene.card(), SIGNATURE_XML).toString()}\n` }),
    ],
    ["42 near: the digest as 32 octets", "PASSED", () => scene.card({ form: "attached" })],
    ["43 two signers, the second one garbage", format, () => signers((good) => [good, garbled(good)])],
    ["43 two signers, the first one garbage", format, () => signers((good) => [garbled(good), good])],
    ["43 two good signers", format, () => scene.card({ signers: [shache.signer, other] })],
    ["43 the same signer twice", "REFUSED DER_HOSTILE", () => signers((good) => [good, good])],
    ["43 one signer, garbage", "FAILED SIGNATURE_INVALID SIG_CRYPTO_FAILURE", () => signers((good) => [garbled(good)])],
    [
      "43 near: one signer, and the certificates above him",
      "PASSED",
      () =>
        scene.card({
          certificates: [shache.signer.certificate, scene.pki.issuing.certificate, scene.pki.root.certificate],
        }),
    ],
    [
      "43 near: one signer, and a certificate of somebody else before his",
      "PASSED",
      () => scene.card({ certificates: [anhui.signer.certificate, shache.signer.certificate] }),
    ],
  ]);
});

describe("44: signed attributes", () => {
  scene.expectAnswers([
    [
      "44 without messageDigest",
      format,
      () => scene.card({ ...attributes, omitAttributes: [ATTRIBUTE.messageDigest] }),
    ],
    ["44 without contentType", format, () => scene.card({ ...attributes, omitAttributes: [ATTRIBUTE.contentType] })],
    [
      "44 hashed under the tag [0]",
      "FAILED SIGNATURE_INVALID SIG_CRYPTO_FAILURE",
      () => scene.card({ ...attributes, signedTag: "context" }),
    ],
    ["44 an attribute twice", "REFUSED DER_HOSTILE", doubled],
    [
      "44 signingTime that is no time",
      "INDETERMINATE TIMESTAMP_ORDER TIMESTAMP_ORDER_FAILURE",
      () => attributed({ time: "999999999999Z" }),
    ],
    [
      "44 signingTime of another day than SignatureDateTime",
      "INDETERMINATE TIMESTAMP_ORDER TIMESTAMP_ORDER_FAILURE",
      () => attributed({ time: "260813000000Z" }),
    ],
    ["44 contentType of another type", format, () => attributed({ contentType: oid("1.2.3") })],
    [
      "44 contentType whose OID cannot be read",
      format,
      () => attributed({ contentType: der(TAG.oid, Buffer.of(0x80)) }),
    ],
    ["44 contentType that is no OID", format, () => attributed({ contentType: integer(1) })],
    ["44 near: the attributes written by hand", "PASSED", () => attributed({})],
    ["44 near: hashed as SET, all attributes", "PASSED", () => scene.card(attributes)],
    [
      "44 near: without signingTime, which Signature.xml states",
      "PASSED",
      () => scene.card({ ...attributes, omitAttributes: [ATTRIBUTE.signingTime] }),
    ],
    [
      "44 near: the inner content type of PKCS#7, as real files have it",
      "PASSED",
      () => scene.card({ ...attributes, innerType: "1.2.840.113549.1.7.1" }),
    ],
  ]);
});

describe("beyond the cases: who signed, and what kind of data", () => {
  scene.expectAnswers([
    ["the signer's certificate is left out", unproven, () => scene.card({ certificates: [] })],
    [
      "only somebody else's certificate is there",
      unproven,
      () => scene.card({ certificates: [anhui.signer.certificate] }),
    ],
    ["a bare signature value: nobody says whose", unproven, () => scene.card({ form: "bare" })],
    ["SignedData of version 3", format, () => version(3)],
    ["a content type that is no data", format, () => scene.card({ innerType: "1.2.156.10197.6.1.4.2.3" })],
    [
      "an algorithm that nobody knows",
      "FAILED ALGORITHM_FORBIDDEN CRYPTO_CONSTRAINTS_FAILURE",
      () => scene.card({ algorithmOid: "1.2.3.4" }),
    ],
    ["bytes that are no ASN.1", format, () => put(scene.card(), { [SIGNED_VALUE]: "not a signature" })],
    ["an empty value", format, () => put(scene.card(), { [SIGNED_VALUE]: "" })],
    ["the value is not there", "FAILED FORMAT FORMAT_FAILURE", () => put(scene.card(), { [SIGNED_VALUE]: null })],
    ["near: SM2 with SM3 by the other OID", "PASSED", () => scene.card({ algorithmOid: "1.2.156.10197.1.501" })],
    [
      "near: r and s as 64 raw octets",
      "PASSED LENIENT_RAW_SIGNATURE",
      () => scene.card({ deviations: ["raw-signature"] }),
    ],
  ]);
});
