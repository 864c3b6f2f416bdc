import { describe, expect, it } from "vitest";
import { issueLeaf, issueSigner } from "../../certs/issue/pki.ts";
import type { DateTimeForm } from "../../certs/issue/signature-entry.ts";
import { NOW, HOUR, SIGNED, Scene } from "./scene.ts";

// Deviations that real files of real systems show (standards, 1.6): accepted by name, and the report says so.
const scene = new Scene();
const { pki } = scene;
const { anhui } = pki.authorities;
const { V1 } = anhui.seals;

describe("times", () => {
  const FORMS: readonly DateTimeForm[] = ["utc", "utc-millis", "local", "spaced", "iso"];
  scene.expectAnswers([
    ...FORMS.map(
      (dateTime) => [`SignatureDateTime in the form ${dateTime}`, "PASSED", () => scene.sealed({ dateTime })] as const,
    ),
    ...FORMS.map(
      (timeInfo) =>
        [`timeInfo of V1 in the form ${timeInfo}`, "PASSED", () => scene.sealed({ seal: V1, timeInfo })] as const,
    ),
    [
      "local time written with Z: timeInfo eight hours ahead of SignatureDateTime",
      "PASSED LENIENT_LOCAL_TIME",
      () =>
        scene.sealed({
          rewriteXml: (xml) =>
            xml.replace(/(SignatureDateTime>)[^<]*/, `$1${new Date(SIGNED - 8 * HOUR).toISOString()}`),
        }),
    ],
    [
      "local time written with Z: signed eight hours ahead of now",
      "PASSED LENIENT_LOCAL_TIME",
      () => scene.sealed({ signedAt: NOW + 8 * HOUR }),
    ],
    [
      "local time written with Z: sealed before the seal's own createDate",
      "PASSED LENIENT_LOCAL_TIME",
      () => scene.withSeal({ createdAt: SIGNED + 8 * HOUR }),
    ],
    [
      "createDate 13 hours after validStart",
      "PASSED",
      () => scene.withSeal({ createdAt: NOW - 365 * 24 * HOUR + 13 * HOUR }),
    ],
    ["validStart after createDate", "PASSED", () => scene.withSeal({ createdAt: NOW - 366 * 24 * HOUR })],
    [
      "seven hours ahead of now are taken as well",
      "PASSED LENIENT_LOCAL_TIME",
      () => scene.sealed({ signedAt: NOW + 7 * HOUR }),
    ],
    [
      "but nine are not",
      "INDETERMINATE TIMESTAMP_ORDER TIMESTAMP_ORDER_FAILURE",
      () => scene.sealed({ signedAt: NOW + 9 * HOUR }),
    ],
    [
      "UTCTime and GeneralizedTime exchanged, V1",
      "PASSED LENIENT_TIME_TYPE",
      () => scene.withSeal({ version: "V1", deviations: ["time-type"] }, { version: "V1" }),
    ],
    [
      "UTCTime and GeneralizedTime exchanged, V4",
      "PASSED LENIENT_TIME_TYPE",
      () => scene.withSeal({ deviations: ["time-type"] }),
    ],
  ]);
});

describe("structures", () => {
  const extension = [{ oid: "1.2.156.10197.6.7.2.2.1", value: Buffer.from("2.1") }];
  scene.expectAnswers([
    ["the seal's maker is its signer", "PASSED", () => scene.withSeal({ maker: anhui.signer })],
    ["no Seal.esl", "PASSED", () => scene.sealed({ sealFile: null })],
    [
      "no keyUsage in the maker's certificate",
      "PASSED",
      () => scene.withSeal({ maker: issueLeaf(pki, { subject: [["CN", "制章人"]], omit: ["2.5.29.15"] }) }),
    ],
    [
      "raw r and s in the seal signature",
      "PASSED LENIENT_RAW_SIGNATURE",
      () => scene.sealed({ deviations: ["raw-signature"] }),
    ],
    [
      "raw r and s in V1",
      "PASSED LENIENT_RAW_SIGNATURE",
      () => scene.sealed({ seal: V1, deviations: ["raw-signature"] }),
    ],
    [
      "OCTET STRING in place of BIT STRING (V1)",
      "PASSED LENIENT_OCTET_STRING",
      () => scene.sealed({ seal: V1, deviations: ["octet-string"] }),
    ],
    [
      "the seal wrapped in an OCTET STRING (V1)",
      "PASSED LENIENT_WRAPPED_SEAL",
      () => scene.sealed({ seal: V1, version: "V1", deviations: ["wrapped-seal"] }),
    ],
    [
      "FALSE written out in an extension of the seal",
      "PASSED LENIENT_BOOLEAN_DEFAULT",
      () => scene.withSeal({ extensions: extension, deviations: ["explicit-false"] }),
    ],
    [
      "three deviations of one file, each named",
      "PASSED LENIENT_OCTET_STRING LENIENT_WRAPPED_SEAL LENIENT_RAW_SIGNATURE",
      () => scene.sealed({ seal: V1, version: "V1", deviations: ["octet-string", "wrapped-seal", "raw-signature"] }),
    ],
    [
      "a picture type in lower case",
      "PASSED",
      () => scene.withSeal({ picture: { type: "png", bytes: Buffer.from("x"), width: 40, height: 40 } }),
    ],
    ["a business-defined type of seal", "PASSED", () => scene.withSeal({ type: 15 })],
  ]);

  it("a leniency does not loosen what it stands for: a wrapped seal that was changed fails", () => {
    const forged = Buffer.from(V1);
    forged.write("伪", forged.indexOf("示例市"), "utf8");
    const document = scene.sealed({ seal: forged, version: "V1", deviations: ["wrapped-seal"] });
    expect(scene.answer(document)).toBe("FAILED SEAL_FORGED SIG_CRYPTO_FAILURE");
  });
});

describe("names of bodies", () => {
  const called = (organisation: string) =>
    scene.signedBy(
      issueSigner(pki, anhui, {
        subject: [
          ["C", "CN"],
          ["O", organisation],
          ["CN", "0001"],
        ],
      }),
    );
  const twiceEncoded = Buffer.from(anhui.code + anhui.name, "utf8").toString("latin1");
  scene.expectAnswers([
    ["a name encoded twice in UTF-8", "PASSED", () => called(twiceEncoded)],
    [
      "no credit code in the certificate is too little to tell whose seal it is",
      "INDETERMINATE AUTHORITY_UNMATCHED",
      () => called(anhui.name),
    ],
  ]);

  it("the report shows the doubly encoded name as people read it", () => {
    expect(scene.report(called(twiceEncoded)).signatures[0]?.signer?.organisation).toBe(anhui.code + anhui.name);
  });
});
