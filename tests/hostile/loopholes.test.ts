import { describe, expect, it } from "vitest";
import { issueCrl } from "../../certs/issue/crl.ts";
import { rewrite } from "../../certs/issue/ofd.ts";
import { DAY, issueLeaf, issueSigner } from "../../certs/issue/pki.ts";
import { sealDocument } from "../../certs/issue/seal.ts";
import { licenceDocument } from "../../certs/issue/sealed-licence.ts";
import { timeStamper } from "../../certs/issue/time-stamp.ts";
import { NOW, SIGNED, Scene, put } from "./scene.ts";

// Ways to a verdict that the evidence does not bear, each found by an attack that once worked.
const scene = new Scene();
const { pki } = scene;
const { anhui } = pki.authorities;
const ENDED = NOW - 200 * DAY;
const old = issueSigner(pki, anhui, { notBefore: NOW - 500 * DAY, notAfter: ENDED });
const stamped = (at: number) => timeStamper({ authority: pki.tsa, at });
const before = { signedAt: NOW - 250 * DAY };

describe("a time-stamp of today on a signature that claims a time within an ended certificate", () => {
  /** A list of the certificate's lifetime stands beside the current one. */
  const archived = issueCrl({ issuer: pki.issuing, thisUpdate: ENDED - DAY, nextUpdate: ENDED, revoked: [] });
  const trust = scene.trust({ "archived.crl": archived });
  scene.expectAnswers([
    [
      "strict",
      "INDETERMINATE NO_POE NO_POE",
      () => scene.signedBy(old, { ...before, timeStamp: stamped(NOW - DAY) }),
      { policy: "strict", trust },
    ],
    [
      "the national procedure says that the time is only claimed",
      "PASSED CERTIFICATE_ENDED_SINCE TIME_CLAIMED",
      () => scene.signedBy(old, { ...before, timeStamp: stamped(NOW - DAY) }),
      { trust },
    ],
    [
      "near: stamped while the certificate was valid",
      "PASSED CERTIFICATE_ENDED_SINCE",
      () => scene.signedBy(old, { ...before, timeStamp: stamped(before.signedAt) }),
      { policy: "strict", trust },
    ],
    [
      "stamped after the seal's end",
      "INDETERMINATE NO_POE NO_POE",
      () => scene.withSeal({ validTo: ENDED }, { ...before, timeStamp: stamped(NOW - DAY) }),
      { policy: "strict" },
    ],
  ]);
});

describe("a revoked certificate that ended and left the list", () => {
  const list = (thisUpdate: number, nextUpdate: number, revoked: boolean) =>
    issueCrl({
      issuer: pki.issuing,
      thisUpdate,
      nextUpdate,
      revoked: revoked ? [{ serial: old.certificate, at: NOW - 300 * DAY, reason: 1 }] : [],
    });
  const latest = list(NOW - DAY, NOW + DAY, false);
  const trust = (first: Uint8Array) => scene.trust({ "issuing.crl": latest, "archived.crl": first });
  scene.expectAnswers([
    [
      "the last list of its lifetime speaks",
      "FAILED REVOKED REVOKED",
      () => scene.signedBy(old, before),
      { trust: trust(list(ENDED - 10 * DAY, ENDED - 3 * DAY, true)) },
    ],
    [
      "near: the last list of its lifetime names it no more",
      "PASSED CERTIFICATE_ENDED_SINCE TIME_CLAIMED",
      () => scene.signedBy(old, before),
      { trust: trust(list(ENDED - 10 * DAY, ENDED - 3 * DAY, false)) },
    ],
  ]);
});

describe("metadata and entries with two meanings", () => {
  const twice = (name: string) =>
    rewrite(licenceDocument({ pki, validTo: NOW - 10 * DAY }), "OFD.xml", (text) =>
      text.replace(`<ofd:CustomData Name="${name}">`, `<ofd:CustomData Name="${name}">2099-01-01</ofd:CustomData>$&`),
    );
  const sealing = { seal: anhui.seals.V4, signer: anhui.signer, signedAt: SIGNED };
  scene.expectAnswers([
    [
      "an end date with two values is not an absent one",
      "INDETERMINATE DATE_UNREADABLE",
      () => sealDocument(twice("ZZYXQJZRQ"), sealing),
    ],
    [
      "a stray page of the name of a shown one, for viewers that resolve paths their own way",
      "INDETERMINATE UNREFERENCED_ENTRY",
      () => put(scene.sealed(), { "Doc_0/Doc_0/Pages/Page_0/CONTENT.xml": "<x/>" }),
    ],
    [
      "near: a stray entry of another name",
      "PASSED UNREFERENCED_ENTRY",
      () => put(scene.sealed(), { "Doc_0/note.txt": "x" }),
    ],
  ]);
});

describe("a lawful second signer", () => {
  const open = () => scene.sealed({ lockSignatures: false });
  const { signer, seals } = pki.authorities.guangdong;
  const second = (box: readonly [number, number, number, number]) =>
    sealDocument(open(), { seal: seals.V4, signer, signedAt: SIGNED + DAY, stamp: { page: 0, box } });
  scene.expectAnswers([
    ["stretches a seal over the whole page", "INDETERMINATE SEAL_SIZE CUSTOM", () => second([0, 0, 210, 297])],
    ["stretches it one way", "INDETERMINATE SEAL_SIZE CUSTOM", () => second([10, 30, 180, 40])],
    ["near: shows it as large as it is", "PASSED", () => second([120, 160, 40, 40])],
    ["near: turned a little", "PASSED", () => second([120, 160, 48, 48])],
  ]);
});

describe("who issued a licence", () => {
  const person = issueLeaf(pki, {
    subject: [
      ["C", "CN"],
      ["CN", "李四"],
    ],
  });
  const sealing = { seal: anhui.seals.V4, signer: anhui.signer, signedAt: SIGNED };
  const bare = () =>
    rewrite(licenceDocument({ pki }), "OFD.xml", (text) => text.replace(/<ofd:CustomDatas>.*<\/ofd:CustomDatas>/s, ""));
  const anonymous = () => licenceDocument({ pki, metadata: { ZZBFJGDM: "", ZZBS: "" } });
  scene.expectAnswers([
    [
      "a private person's seal, named after the authority",
      "INDETERMINATE AUTHORITY_UNMATCHED",
      () => scene.signedBy(person),
    ],
    [
      "a private person's signature without a seal",
      "INDETERMINATE AUTHORITY_UNMATCHED",
      () => scene.card({ signers: [person] }),
    ],
    ["metadata that names no issuer", "INDETERMINATE AUTHORITY_UNMATCHED", () => sealDocument(anonymous(), sealing)],
    [
      "near: no metadata claims nothing, and that is said",
      "PASSED NO_LICENCE_METADATA",
      () => sealDocument(bare(), sealing),
    ],
  ]);

  it("is not said to have sealed when it only signed", () => {
    expect(scene.report(scene.card()).summary.en).toContain("without a seal");
    expect(scene.report(scene.sealed()).summary.en).toContain("sealed by");
  });
});

describe("a time-stamp in an encoding of attackers", () => {
  const hostile = () => Buffer.from("30800000", "hex");
  scene.expectAnswers([
    ["on the signature", "REFUSED DER_HOSTILE", () => scene.sealed({ timeStamp: hostile })],
    [
      "on the seal",
      "REFUSED DER_HOSTILE",
      () => scene.withSeal({ version: "V5", timeStamp: hostile }, {}, { version: "V5" }),
    ],
  ]);
});

describe("what a report repeats", () => {
  it("has no control or invisible character", () => {
    const report = scene.report(
      scene.sealed({ rewriteXml: (xml) => xml.replace('PageRef="1"', 'PageRef="&#x9b;31m&#x202e;&#x2028;&#x7f;"') }),
    );
    const detail = report.signatures[0]?.checks.find(({ code }) => code === "seal-place")?.detail ?? "";
    expect(detail).toContain("31m");
    expect(detail).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  });

  it("names an ended certificate by its place, not by its subject", () => {
    const report = scene.report(scene.signedBy(old, before));
    const detail = report.remarks.find(({ code }) => code === "CERTIFICATE_ENDED_SINCE")?.detail;
    expect(detail).toMatch(/^certificate 1 of 3, /);
  });

  it("keeps a field called __proto__ a field", () => {
    const document = rewrite(licenceDocument({ pki }), "OFD.xml", (text) =>
      text.replace("</ofd:CustomDatas>", '<ofd:CustomData Name="__proto__">x</ofd:CustomData></ofd:CustomDatas>'),
    );
    const report = scene.report(
      sealDocument(document, { seal: anhui.seals.V4, signer: anhui.signer, signedAt: SIGNED }),
    );
    expect(Object.keys(report.licence?.fields ?? {})).toContain("__proto__");
    expect(Object.getPrototypeOf(report.licence?.fields)).toBe(Object.prototype);
  });
});
