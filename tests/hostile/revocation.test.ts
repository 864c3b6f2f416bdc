import { describe, expect, it } from "vitest";
import { type Issued, issueCertificate, subjectOf } from "../../certs/issue/certificate.ts";
import { type CrlRequest, type RevokedRequest, issueCrl } from "../../certs/issue/crl.ts";
import { integer } from "../../certs/issue/der.ts";
import {
  type ExtensionRequest,
  crlDistributionPoints,
  generalNames,
  issuingDistributionPoint,
} from "../../certs/issue/extensions.ts";
import { EXTENSION } from "../../certs/x509/extensions.ts";
import { generateKey } from "../../certs/issue/keys.ts";
import { DAY, issueSigner } from "../../certs/issue/pki.ts";
import { type Asked, NOW, SIGNED, Scene } from "./scene.ts";

// Cases 82, 83, 86 and 87 of the hostile inputs: what a CRL says, and what it does not say.
const scene = new Scene();
const { pki } = scene;
const { anhui } = pki.authorities;

const later = "INDETERMINATE TRY_LATER TRY_LATER";
const revoked = "FAILED REVOKED REVOKED";
const unproven = "INDETERMINATE REVOKED_NO_POE REVOKED_NO_POE";

type Crl = Partial<CrlRequest>;
const crl = (request: Crl = {}): Uint8Array =>
  issueCrl({ issuer: pki.issuing, thisUpdate: NOW - DAY, nextUpdate: NOW + DAY, number: 5, revoked: [], ...request });
/** The scene's trust with these in place of the issuing authority's CRL. */
const crls = (...requests: readonly Crl[]): Asked => ({
  trust: scene.trust({
    "issuing.crl": null,
    ...Object.fromEntries(requests.map((request, n) => [`issuing-${n}.crl`, crl(request)])),
  }),
});
const sealed = () => scene.sealed();

describe("82: CRLs that are not current", () => {
  scene.expectAnswers([
    ["82 ended a day ago", later, sealed, crls({ thisUpdate: NOW - 9 * DAY, nextUpdate: NOW - DAY })],
    ["82 ended this very moment", later, sealed, crls({ nextUpdate: NOW })],
    [
      "82 does not say until when",
      later,
      sealed,
      { trust: scene.trust({ "issuing.crl": issueCrl({ issuer: pki.issuing, thisUpdate: NOW - DAY, revoked: [] }) }) },
    ],
    ["82 of tomorrow", later, sealed, crls({ thisUpdate: NOW + DAY, nextUpdate: NOW + 9 * DAY })],
    ["82 no CRL at all", later, sealed, crls()],
    ["82 near: current for one more second", "PASSED", sealed, crls({ nextUpdate: NOW + 1000 })],
    [
      "82 near: one ended, its successor is there",
      "PASSED",
      sealed,
      crls({ thisUpdate: NOW - 9 * DAY, nextUpdate: NOW - DAY }, {}),
    ],
    [
      "82 one that ended still speaks against a certificate",
      revoked,
      sealed,
      crls({ thisUpdate: NOW - 9 * DAY, nextUpdate: NOW - DAY, revoked: [entry(SIGNED - DAY)] }),
    ],
  ]);
});

function entry(at: number, reason?: number, extensions: readonly ExtensionRequest[] = []): RevokedRequest {
  return { serial: anhui.signer.certificate, at, ...(reason !== undefined && { reason }), extensions };
}

describe("83: CRLs that do not speak for the certificate", () => {
  const namesake = (issuer?: Issued): Issued =>
    issueCertificate({
      subject: [
        ["C", "CN"],
        ["O", "示例电子认证中心"],
        ["CN", "示例签发证书"],
      ],
      key: generateKey("SM2"),
      notBefore: NOW - 700 * DAY,
      notAfter: NOW + 700 * DAY,
      ca: true,
      ...(issuer !== undefined && { issuer }),
    });
  const point = "http://crl.example.cn/7.crl";
  const partition = (uri: string): Crl => ({ extensions: [issuingDistributionPoint({ uri })] });
  const pointed = issueSigner(pki, anhui, { extensions: [crlDistributionPoints(point)] });
  const delta = (base: number, request: Crl = {}): Crl => ({
    number: 9,
    ...request,
    extensions: [{ oid: EXTENSION.deltaCrlIndicator, critical: true, value: integer(base) }],
  });
  const indirect = (...entries: readonly RevokedRequest[]): Crl => ({
    extensions: [issuingDistributionPoint({ indirect: true })],
    revoked: entries,
  });
  const issuerIs = (certificate: Uint8Array): ExtensionRequest => ({
    oid: EXTENSION.certificateIssuer,
    critical: true,
    value: generalNames({ directory: subjectOf(certificate) }),
  });
  const unknown: ExtensionRequest = { oid: "1.2.3.4", critical: true, value: integer(1) };
  scene.expectAnswers([
    ["83 signed by another authority of the same name", later, sealed, crls({ issuer: namesake() })],
    ["83 the same, and that authority is below the same root", later, sealed, crls({ issuer: namesake(pki.root) })],
    [
      "83 signed by the root",
      later,
      sealed,
      crls({ issuer: pki.root, spoilt: { issuer: subjectOf(pki.issuing.certificate) } }),
    ],
    ["83 not signed at all", later, sealed, crls({ spoilt: { sign: () => Buffer.alloc(70) } })],
    [
      "83 of a partition that does not hold the certificate",
      later,
      () => scene.signedBy(pointed),
      crls(partition("http://crl.example.cn/8.crl")),
    ],
    ["83 of a partition, and the certificate names none", later, sealed, crls(partition(point))],
    [
      "83 for certificates of authorities only",
      later,
      sealed,
      crls({ extensions: [issuingDistributionPoint({ only: "ca" })] }),
    ],
    ["83 for some reasons only", later, sealed, crls({ extensions: [issuingDistributionPoint({ someReasons: [1] })] })],
    ["83 indirect, an entry without certificateIssuer", later, sealed, crls(indirect(entry(SIGNED - DAY)))],
    ["83 a delta without its base", later, sealed, crls(delta(5))],
    ["83 with an unknown critical extension", later, sealed, crls({ extensions: [unknown] })],
    [
      "83 with an unknown critical extension of an entry",
      later,
      sealed,
      crls({ revoked: [{ serial: 99n, at: NOW - DAY, extensions: [unknown] }] }),
    ],
    [
      "83 near: of the partition that the certificates name",
      "PASSED",
      () => scene.withSeal({ maker: pointed }, { signer: pointed }),
      crls(partition(point)),
    ],
    [
      "83 near: for certificates of users only",
      "PASSED",
      sealed,
      crls({ extensions: [issuingDistributionPoint({ only: "user" })] }),
    ],
    [
      "83 near: indirect, the entry is another issuer's",
      "PASSED",
      sealed,
      crls(indirect(entry(SIGNED - DAY, 1, [issuerIs(pki.root.certificate)]))),
    ],
    [
      "83 indirect, the entry is this issuer's",
      revoked,
      sealed,
      crls(indirect(entry(SIGNED - DAY, 1, [issuerIs(pki.issuing.certificate)]))),
    ],
    ["83 near: a delta on its base", "PASSED", sealed, crls({}, delta(5))],
    ["83 a delta on its base that revokes", revoked, sealed, crls({}, delta(5, { revoked: [entry(SIGNED - DAY)] }))],
    [
      "83 near: another serial number is revoked",
      "PASSED",
      sealed,
      crls({ revoked: [{ serial: 7n, at: SIGNED - DAY }] }),
    ],
  ]);
});

describe("86 and 87: revoked before and after, holds", () => {
  const KEY_COMPROMISE = 1;
  const SUPERSEDED = 4;
  const HOLD = 6;
  const REMOVED = 8;
  const said = (at: number, reason?: number, extra: Partial<RevokedRequest> = {}): Asked =>
    crls({ revoked: [{ ...entry(at, reason), ...extra }] });
  const maker: Asked = crls({ revoked: [{ serial: pki.maker.certificate, at: NOW - 400 * DAY }] });
  const makerSince: Asked = crls({ revoked: [{ serial: pki.maker.certificate, at: NOW - 300 * DAY }] });
  const authority = (at: number): Asked => ({
    trust: scene.trust({
      "root.crl": issueCrl({
        issuer: pki.root,
        thisUpdate: NOW - DAY,
        nextUpdate: NOW + DAY,
        revoked: [{ serial: pki.issuing.certificate, at }],
      }),
    }),
  });
  scene.expectAnswers([
    ["86 revoked before it was used", revoked, sealed, said(SIGNED - DAY)],
    ["86 revoked in the very second", revoked, sealed, said(SIGNED)],
    [
      "86 revoked after, but unsound since before (invalidityDate)",
      revoked,
      sealed,
      said(SIGNED + DAY, 0, { invalidFrom: SIGNED - DAY }),
    ],
    [
      "86 revoked twice, the earlier entry counts",
      revoked,
      sealed,
      crls({ revoked: [entry(SIGNED + DAY), entry(SIGNED - DAY)] }),
    ],
    ["86 revoked after, the key was compromised", unproven, sealed, said(SIGNED + DAY, KEY_COMPROMISE)],
    ["86 near: revoked after, for a harmless reason", "PASSED REVOKED_SINCE", sealed, said(SIGNED + DAY, SUPERSEDED)],
    ["86 the seal's maker was revoked before the seal was made", revoked, sealed, maker],
    ["86 near: the seal's maker was revoked since", "PASSED REVOKED_SINCE", sealed, makerSince],
    ["86 the issuing authority was revoked before", revoked, sealed, authority(SIGNED - DAY)],
    ["87 on hold when it was used", "INDETERMINATE ON_HOLD TRY_LATER", sealed, said(SIGNED - DAY, HOLD)],
    ["87 put on hold since", "INDETERMINATE ON_HOLD TRY_LATER", sealed, said(SIGNED + DAY, HOLD)],
    ["87 removeFromCRL in a complete CRL", "INDETERMINATE ON_HOLD TRY_LATER", sealed, said(SIGNED - DAY, REMOVED)],
    [
      "87 near: the hold is no longer listed",
      "PASSED",
      sealed,
      crls({ thisUpdate: NOW - 9 * DAY, revoked: [entry(SIGNED - DAY, HOLD)] }, {}),
    ],
  ]);

  it("86 the remark says which certificate was revoked, when and why", () => {
    const { remarks } = scene.report(scene.sealed(), said(SIGNED + DAY, SUPERSEDED));
    expect(remarks[0]?.detail).toBe(`certificate 1 of 3: superseded, ${new Date(SIGNED + DAY).toISOString()}`);
  });
});
