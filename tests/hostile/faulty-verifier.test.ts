import { describe, expect, it } from "vitest";
import { DOCUMENT_CHECK_NAMES, SEAL_CHECK_NAMES } from "../../certs/checks/catalogue.ts";
import { guarded } from "../../certs/checks/run.ts";
import { readDer } from "../../certs/bytes/der.ts";
import { bits } from "../../certs/issue/der.ts";
import { rewrite } from "../../certs/issue/ofd.ts";
import { DAY, issueLeaf, issueSigner, trustFiles } from "../../certs/issue/pki.ts";
import { sealDocument } from "../../certs/issue/seal.ts";
import { licenceDocument } from "../../certs/issue/sealed-licence.ts";
import { makeTimeStamp, timeStamper } from "../../certs/issue/time-stamp.ts";
import { unsure } from "../../certs/reasons.ts";
import { type CheckName, verdictWith, verdictWithout } from "./faulty-verifier.ts";
import {
  type Asked,
  DOCUMENT_XML,
  type Document,
  HOUR,
  NOW,
  PAGE_XML,
  SIGNATURES_XML,
  SIGNATURE_XML,
  SIGNED,
  Scene,
  bytesOf,
  editValue,
  flip,
  put,
} from "./scene.ts";

// Case 131 of the hostile inputs, and a proof that no check is decorative: for each there is a document that only it stops.
const scene = new Scene();
const { pki } = scene;
const { anhui, guangdong } = pki.authorities;

/** `also`: checks that must be blind too before the document passes, and `because` why nothing isolates the one. */
type Guarded = {
  readonly document: () => Document;
  readonly asked?: Asked;
  readonly also?: readonly CheckName[];
  readonly because?: string;
};

const revoked = (certificate: Uint8Array, at: number): Asked => ({ trust: trustFiles(pki, [{ certificate, at }]) });
const line = new RegExp(`<ofd:Reference FileRef="/${PAGE_XML}">.*?</ofd:Reference>`);

const ONLY_GUARD: { readonly [Name in CheckName]: Guarded } = {
  format: { document: () => scene.card({ innerType: "1.2.156.10197.6.1.4.2.3" }) },
  kind: { document: () => scene.sealed({ declaredType: "Sign" }) },
  references: {
    document: () => scene.sealed({ rewriteXml: (xml) => xml.replace(line, (reference) => reference + reference) }),
  },
  "digest-method": { document: () => scene.sealed({ checkMethod: { name: "1.2.156.10197.1.401.2", digest: "sm3" } }) },
  "reference-digests": { document: () => rewrite(scene.sealed(), PAGE_XML, (xml) => xml.replace("张三", "王五")) },
  "document-digest": {
    document: () => rewrite(scene.sealed(), SIGNATURE_XML, (xml) => xml.replace("tongyan-issue", "tongyan-forge")),
  },
  algorithms: { document: () => scene.sealed({ signatureMethod: "1.2.840.10045.4.3.2" }) },
  "signature-value": {
    document: () =>
      editValue(scene.sealed(), (members) =>
        members.map((member, n) => (n === 3 ? bits(flip(readDer(member).bitOctets("value"), 40)) : member)),
      ),
  },
  scope: { document: () => scene.sealed({ propertyInfo: "/Doc_0/Signs/Sign_1/Signature.xml" }) },
  "seal-format": {
    document: () => scene.sealed({ tbsVersion: 5 }),
    also: [
      "seal-value",
      "seal-copy",
      "signer-in-seal",
      "seal-made",
      "seal-maker",
      "seal-maker-revocation",
      "seal-validity",
      "seal-status",
      "seal-extensions",
      "seal-time-stamp",
    ],
    because:
      "a seal that cannot be read leaves every check of the seal without anything to look at, and none of them passes then",
  },
  "seal-value": {
    document: () => scene.sealed({ seal: flip(anhui.seals.V4, Buffer.from(anhui.seals.V4).indexOf("IDAT") + 9) }),
  },
  "seal-copy": { document: () => scene.sealed({ sealFile: guangdong.seals.V4 }) },
  "signer-in-seal": { document: () => scene.sealed({ signer: issueSigner(pki, anhui) }) },
  "signer-key-usage": {
    document: () => scene.signedBy(issueSigner(pki, anhui, { keyUsage: [2, 3, 4] })),
    also: ["signer-certificate"],
    because: "path validation asks for the use of its leaf too, as it does for makers and time-stamp authorities",
  },
  "signer-certificate": { document: () => scene.signedBy(issueSigner(pki, anhui, { notAfter: SIGNED - DAY })) },
  "signer-revocation": { document: () => scene.sealed(), asked: revoked(anhui.signer.certificate, SIGNED - DAY) },
  "seal-made": { document: () => scene.withSeal({ createdAt: SIGNED + 2 * HOUR, validTo: SIGNED + HOUR }) },
  "seal-maker": {
    document: () =>
      scene.withSeal({ maker: issueLeaf(pki, { subject: [["CN", "制章人"]], notAfter: NOW - 366 * DAY }) }),
  },
  "seal-maker-revocation": { document: () => scene.sealed(), asked: revoked(pki.maker.certificate, NOW - 400 * DAY) },
  "seal-validity": { document: () => scene.withSeal({ validTo: SIGNED - DAY }) },
  "seal-status": {
    document: () => scene.withSeal({}),
    asked: { trust: scene.trustSettings({ revokedSeals: [{ id: `${anhui.region}00000009` }] }) },
  },
  "seal-extensions": {
    document: () => scene.withSeal({ extensions: [{ oid: "1.2.3", critical: true, value: Buffer.of(0) }] }),
  },
  "seal-time-stamp": {
    document: () =>
      scene.withSeal({
        version: "V5",
        timeStamp: () => makeTimeStamp(Buffer.from("x"), { authority: pki.tsa, at: SIGNED }),
      }),
  },
  "seal-place": { document: () => scene.sealed({ stamp: { page: 0, box: [211, 100, 40, 40] } }) },
  "signing-time": {
    document: () =>
      scene.sealed({ rewriteXml: (xml) => xml.replace(/(SignatureDateTime>)[^<]*/, "$120200101000000Z") }),
  },
  "signature-time-stamp": {
    document: () =>
      scene.sealed({ timeStamp: () => makeTimeStamp(Buffer.from("x"), { authority: pki.tsa, at: SIGNED }) }),
  },
  names: { document: () => scene.withSeal({ name: "国家税务\u200B总局" }) },
  coverage: { document: () => scene.sealed({ cover: (path) => path !== "Doc_0/PublicRes.xml" }) },
  signed: { document: () => licenceDocument({ pki }) },
  encryption: { document: () => put(scene.sealed(), { "Encryptions.xml": "<Encryptions/>" }) },
  namespaces: {
    document: () => {
      const evil = '<e:Page xmlns:e="urn:evil" ID="9" BaseLoc="Pages/Page_0/Content.xml"/></ofd:Pages>';
      const document = rewrite(licenceDocument({ pki }), DOCUMENT_XML, (xml) => xml.replace("</ofd:Pages>", evil));
      return sealDocument(document, { seal: anhui.seals.V4, signer: anhui.signer, signedAt: SIGNED });
    },
  },
  "signature-list": {
    document: () =>
      rewrite(scene.sealed({ lockSignatures: false }), SIGNATURES_XML, (xml) =>
        xml.replace(">1</ofd:MaxSignId>", ">0</ofd:MaxSignId>"),
      ),
  },
  entries: {
    document: () =>
      put(scene.sealed({ timeStamp: timeStamper({ authority: pki.tsa, at: SIGNED }) }), { "note.txt": "x" }),
    asked: { policy: "strict" },
  },
  "issuing-authority": { document: () => scene.sealed({ signer: guangdong.signer, seal: guangdong.seals.V4 }) },
  "licence-validity": { document: () => scene.sealed({}, { validTo: NOW - 2 * DAY }) },
};

const TABLE = [...SEAL_CHECK_NAMES, ...DOCUMENT_CHECK_NAMES].map((name) => [name, ONLY_GUARD[name]] as const);

describe("131: a verifier with one check planted to pass", () => {
  it.each(TABLE)("lets a document through that %s stops", (name, { document, asked, also = [] }) => {
    const [bytes, question] = [bytesOf(document()), scene.question(asked)];
    expect(verdictWithout([], bytes, question)).not.toBe("PASSED");
    expect(verdictWithout([name, ...also], bytes, question)).toBe("PASSED");
  });

  it.each(TABLE.filter(([, { also }]) => also !== undefined))(
    "%s shares its documents with others, and each of them stops them alone",
    (name, { document, asked, also = [] }) => {
      const [bytes, question] = [bytesOf(document()), scene.question(asked)];
      const all = [name, ...also];
      for (const seeing of all)
        expect(
          verdictWithout(
            all.filter((other) => other !== seeing),
            bytes,
            question,
          ),
          seeing,
        ).not.toBe("PASSED");
    },
  );

  it.each(TABLE)("is, with no check planted, the verifier that is used (%s)", (_, { document, asked }) => {
    const bytes = bytesOf(document());
    expect(verdictWithout([], bytes, scene.question(asked))).toBe(scene.report(bytes, asked).verdict);
  });
});

describe("131: an exception inside a check", () => {
  const good = { seal: bytesOf(scene.sealed()), signature: bytesOf(scene.card()) };

  it.each([...SEAL_CHECK_NAMES, ...DOCUMENT_CHECK_NAMES])("in %s: a good document does not pass", (name) => {
    const planted = { [name]: unsure("CHECK_ERROR", "TypeError") };
    expect(verdictWith(planted, good.seal, scene.question())).toBe("INDETERMINATE");
  });

  it("near: with nothing planted both good documents pass", () => {
    expect(verdictWith({}, good.seal, scene.question())).toBe("PASSED");
    expect(verdictWith({}, good.signature, scene.question())).toBe("PASSED");
  });

  it("is CHECK_ERROR of that check, and says nothing of what was thrown but its name", () => {
    const check = guarded(() => {
      throw new TypeError("身份证号 11010519491231002X");
    });
    expect(check).toEqual(unsure("CHECK_ERROR", "TypeError"));
  });
});
