import { describe } from "vitest";
import { readDer } from "../../certs/bytes/der.ts";
import type { CertificateRequest, Issued } from "../../certs/issue/certificate.ts";
import { bits, explicit, sequence } from "../../certs/issue/der.ts";
import { EXTENSION } from "../../certs/x509/extensions.ts";
import { generateKey } from "../../certs/issue/keys.ts";
import type { Entries } from "../../certs/issue/ofd.ts";
import { DAY, issueLeaf, issueSigner, makePki, trustFiles } from "../../certs/issue/pki.ts";
import type { TimeStamper } from "../../certs/issue/seal.ts";
import { ATTRIBUTE } from "../../certs/seals/signed-data.ts";
import { type TimeStampRequest, makeTimeStamp, timeStamper } from "../../certs/issue/time-stamp.ts";
import { type Asked, HOUR, NOW, SIGNED, Scene, editValue, flip } from "./scene.ts";

// Cases 92 to 96 of the hostile inputs: time-stamps on signatures and on seals.
const scene = new Scene();
const { pki } = scene;
const { anhui } = pki.authorities;
const elsewhere = makePki(NOW, "别处电子认证中心");
const AFTER = SIGNED + 60_000;
const TIME_STAMPING = "1.3.6.1.5.5.7.3.8";
const CODE_SIGNING = "1.3.6.1.5.5.7.3.3";

const invalid = "FAILED TIME_STAMP_INVALID SIG_CRYPTO_FAILURE";
const untrusted = "INDETERMINATE TIME_STAMP_UNTRUSTED NO_POE";
const disorder = "INDETERMINATE TIMESTAMP_ORDER TIMESTAMP_ORDER_FAILURE";

const stamper = (change: Partial<TimeStampRequest> = {}): TimeStamper =>
  timeStamper({ authority: pki.tsa, at: AFTER, ...change });
const stamped = (change: Partial<TimeStampRequest> = {}): Entries => scene.sealed({ timeStamp: stamper(change) });
const token = (edit: (token: Uint8Array) => Uint8Array): Entries =>
  scene.sealed({ timeStamp: (value) => edit(stamper()(value)) });
/** A time-stamp put beside a finished signature: over its TBS, its value, or what `of` makes of the members. */
const added = (of: (members: readonly Uint8Array[]) => Uint8Array): Entries =>
  editValue(scene.sealed(), (members) => [...members, explicit(0, bits(stamper()(of(members))))]);
const authority = (change: Partial<CertificateRequest>): Issued =>
  issueLeaf(pki, {
    subject: [
      ["C", "CN"],
      ["CN", "时间戳"],
    ],
    keyUsage: [0],
    extendedKeyUsage: [TIME_STAMPING],
    ...change,
  });
const stampedBy = (change: Partial<CertificateRequest>): Entries => stamped({ authority: authority(change) });

describe("92, 93 and 96: what was stamped", () => {
  scene.expectAnswers([
    ["92 the time-stamp of another signature", invalid, () => added(() => Buffer.from("another value"))],
    ["92 near: the time-stamp of this signature", "PASSED", () => stamped()],
    ["93 over TBS_Sign in place of the value", invalid, () => added(([toSign]) => toSign ?? Buffer.of())],
    ["93 over the BIT STRING with its header", invalid, () => added((members) => members[3] ?? Buffer.of())],
    [
      "93 near: over the octets of the value",
      "PASSED",
      () => added((members) => readDer(members[3] ?? Buffer.of()).bitOctets("value")),
    ],
    ["96 an imprint by SHA-1", invalid, () => stamped({ imprint: "sha1" })],
    ["96 near: an imprint by SHA-256", "PASSED", () => stamped({ imprint: "sha256" })],
    ["96 near: an authority with a P-256 key", "PASSED", () => stampedBy({ key: generateKey("P-256") })],
    ["the token's own signature is spoilt", invalid, () => token((bytes) => flip(bytes, bytes.length - 1))],
    [
      "the token names another certificate of the authority",
      invalid,
      () =>
        stamped({
          authority: { ...pki.tsa, certificate: authority({ key: pki.tsa.key }).certificate },
          omitAttributes: [ATTRIBUTE.messageDigest],
        }),
    ],
    ["the token without messageDigest", invalid, () => stamped({ omitAttributes: [ATTRIBUTE.messageDigest] })],
    ["the token without contentType", invalid, () => stamped({ omitAttributes: [ATTRIBUTE.contentType] })],
    ["bytes that are no token", invalid, () => token(() => Buffer.from("token"))],
    ["a token of indefinite length", "REFUSED DER_HOSTILE", () => token(() => Buffer.from([0x30, 0x80, 5, 0, 0, 0]))],
    [
      "the same on a seal",
      "REFUSED DER_HOSTILE",
      () => scene.withSeal({ version: "V5", timeStamp: () => Buffer.from([0x30, 0x80, 5, 0, 0, 0]) }),
    ],
    [
      "near: nonce, serial number and ordering of the authority's own",
      "PASSED",
      () => stamped({ nonce: 7n, serial: 1n << 150n, ordering: true }),
    ],
  ]);
});

describe("94: who stamped", () => {
  const revoked: Asked = { trust: trustFiles(pki, [{ certificate: pki.tsa.certificate, at: SIGNED - DAY }]) };
  const restricted: Asked = {
    trust: scene.trustSettings({ anchors: { "root.cer": { uses: ["signer", "seal-maker"] } } }),
  };
  scene.expectAnswers([
    ["94 an authority that is not trusted", untrusted, () => stamped({ authority: elsewhere.tsa })],
    ["94 its root is not trusted for time-stamps", untrusted, () => stamped(), restricted],
    ["94 without the purpose time-stamping", untrusted, () => stampedBy({ omit: [EXTENSION.extendedKeyUsage] })],
    [
      "94 with the purpose, not critical",
      untrusted,
      () =>
        stampedBy({ extensions: [{ oid: EXTENSION.extendedKeyUsage, value: sequence(readDer(purpose()).content) }] }),
    ],
    ["94 with a second purpose", untrusted, () => stampedBy({ extendedKeyUsage: [TIME_STAMPING, CODE_SIGNING] })],
    ["94 the signer stamps himself", untrusted, () => stamped({ authority: anhui.signer })],
    ["94 before its certificate began", untrusted, () => stampedBy({ notBefore: AFTER + HOUR })],
    ["94 after its certificate had ended", untrusted, () => stampedBy({ notAfter: AFTER - HOUR })],
    ["94 its certificate had been revoked", untrusted, () => stamped(), revoked],
    ["94 its certificate is nowhere", untrusted, () => stamped({ authority: elsewhere.tsa, withCertificate: false })],
    ["94 near: its certificate has ended since", "PASSED", () => stampedBy({ notAfter: AFTER + HOUR })],
    [
      "94 near: its certificate stands in the trust directory",
      "PASSED",
      () => stamped({ withCertificate: false }),
      { trust: scene.trust({ "tsa.cer": pki.tsa.certificate }) },
    ],
  ]);
});

function purpose(): Uint8Array {
  return Buffer.from([0x30, 0x0a, 0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x08]);
}

describe("95: when it was stamped", () => {
  const young = issueSigner(pki, anhui, { notBefore: SIGNED - HOUR });
  const revoked = (reason: number): Asked => ({
    trust: trustFiles(pki, [{ certificate: anhui.signer.certificate, at: SIGNED + DAY, reason }]),
  });
  const COMPROMISED = revoked(1);
  scene.expectAnswers([
    ["95 before the time that the signer claims", disorder, () => stamped({ at: SIGNED - 9 * HOUR })],
    [
      "95 before the signer's certificate began",
      disorder,
      () => scene.signedBy(young, { timeStamp: stamper({ at: SIGNED - 10 * HOUR }) }),
    ],
    [
      "95 signed and stamped before the signer's certificate began",
      "FAILED CERTIFICATE_NOT_YET_VALID NOT_YET_VALID",
      () => scene.signedBy(young, { signedAt: SIGNED - DAY, timeStamp: stamper({ at: SIGNED - DAY + 1000 }) }),
    ],
    ["95 tomorrow", disorder, () => stamped({ at: NOW + DAY })],
    [
      "95 after the signer's key was compromised",
      "INDETERMINATE REVOKED_NO_POE REVOKED_NO_POE",
      () => stamped({ at: SIGNED + 2 * DAY }),
      COMPROMISED,
    ],
    ["95 near: before the signer's key was compromised", "PASSED REVOKED_SINCE", () => stamped(), COMPROMISED],
    ["95 near: within minutes", "PASSED", () => stamped({ at: SIGNED - 60_000 })],
    [
      "95 near: claimed in local time, stamped in UTC",
      "PASSED LENIENT_LOCAL_TIME",
      () => stamped({ at: SIGNED - 8 * HOUR }),
    ],
  ]);
});

describe("time-stamps on seals (V5), and inside timeInfo (V1)", () => {
  const seal = (timeStamp: TimeStamper): Entries => scene.withSeal({ version: "V5", timeStamp });
  const made = NOW - 365 * DAY + 60_000;
  const timeInfo = (stamp: TimeStamper): Entries => scene.sealed({ seal: anhui.seals.V1, timeInfo: stamp });
  scene.expectAnswers([
    [
      "92 the time-stamp of another seal",
      invalid,
      () => seal(() => makeTimeStamp(Buffer.from("x"), { authority: pki.tsa, at: made })),
    ],
    [
      "94 on a seal by an authority that is not trusted",
      untrusted,
      () => seal(stamper({ authority: elsewhere.tsa, at: made })),
    ],
    ["95 on a seal, before it was made", disorder, () => seal(stamper({ at: made - 9 * HOUR }))],
    ["near: on a seal, a minute after it was made", "PASSED", () => seal(stamper({ at: made }))],
    [
      "92 in timeInfo, over another digest",
      invalid,
      () => timeInfo(() => makeTimeStamp(Buffer.from("x"), { authority: pki.tsa, at: SIGNED })),
    ],
    [
      "94 in timeInfo, by an authority that is not trusted",
      untrusted,
      () => timeInfo(stamper({ authority: elsewhere.tsa })),
    ],
    ["near: in timeInfo, over the document's digest", "PASSED", () => timeInfo(stamper({ at: SIGNED }))],
  ]);
});
