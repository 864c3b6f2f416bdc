import { describe, expect, it } from "vitest";
import { type Entries, rewrite } from "../../certs/issue/ofd.ts";
import { DAY } from "../../certs/issue/pki.ts";
import { type SealingRequest, sealDocument } from "../../certs/issue/seal.ts";
import { licenceDocument } from "../../certs/issue/sealed-licence.ts";
import type { SignatureOptions } from "../../certs/issue/signature-entry.ts";
import {
  DOCUMENT_XML,
  NOW,
  PAGE_XML,
  SEAL_FILE,
  SIGNATURES_XML,
  SIGNATURE_XML,
  SIGNED,
  Scene,
  type Document,
  entryOf,
  flip,
  put,
} from "./scene.ts";

// Cases 27 to 40 of the hostile inputs: what a package says about its signatures, documents and seals.
const scene = new Scene();
const { anhui, guangdong } = scene.pki.authorities;
const unlocked = { lockSignatures: false } as const;
const NAMESPACE = "http://www.ofdspec.org/2016";

/** Seals a package that was changed before. */
const seal = (document: Entries, sealing: Partial<SealingRequest> = {}): Entries =>
  sealDocument(document, { seal: anhui.seals.V4, signer: anhui.signer, signedAt: SIGNED, ...sealing });
const unsealed = (): Entries => licenceDocument({ pki: scene.pki });

/** A second seal by another authority. */
const twoSeals = (first: Partial<SignatureOptions>, second: Partial<SignatureOptions> = {}): Entries =>
  sealDocument(scene.sealed(first), {
    seal: guangdong.seals.V4,
    signer: guangdong.signer,
    signedAt: NOW - 98 * DAY,
    ...second,
  });

describe("27 to 31: the place and the parts of a signature", () => {
  const inSigns = ([path]: readonly [string, Uint8Array]): boolean => path.startsWith("Doc_0/Signs/");
  const listed = (edit: (xml: string) => string, sealing: Partial<SignatureOptions> = unlocked): Entries =>
    rewrite(scene.sealed(sealing), SIGNATURES_XML, edit);
  const moved = (): Document => {
    const entries = scene.sealed(unlocked);
    const there = SIGNATURE_XML.replace("Sign_0", "Sign_7");
    const copied = put(entries, { [there]: entryOf(entries, SIGNATURE_XML), [SIGNATURE_XML]: null });
    return rewrite(copied, SIGNATURES_XML, (xml) => xml.replace("Sign_0", "Sign_7"));
  };
  scene.expectAnswers([
    [
      "27 Signature.xml was changed, dataHash was not",
      "FAILED HASH_MISMATCH HASH_FAILURE",
      () => rewrite(scene.sealed(), SIGNATURE_XML, (xml) => xml.replace("tongyan-issue", "tongyan-forge")),
    ],
    [
      "27 the digest of a changed page was put into Signature.xml",
      "FAILED HASH_MISMATCH HASH_FAILURE",
      () => {
        const other = rewrite(scene.sealed(), PAGE_XML, (xml) => xml.replace("张三", "王五"));
        const resealed = scene.sealed({}, { metadata: { CZZT: "王五" } });
        return put(other, { [SIGNATURE_XML]: entryOf(resealed, SIGNATURE_XML) });
      },
    ],
    [
      "27 the same for a digital signature",
      "FAILED HASH_MISMATCH HASH_FAILURE",
      () => rewrite(scene.card(), SIGNATURE_XML, (xml) => xml.replace("tongyan-issue", "tongyan-forge")),
    ],
    [
      "27 near: the same change made by the signer himself",
      "PASSED",
      () => scene.sealed({ rewriteXml: (xml) => xml.replace("tongyan-issue", "tongyan-forge") }),
    ],
    [
      "28 signed for another place",
      "FAILED SCOPE_MISMATCH HASH_FAILURE",
      () => scene.sealed({ propertyInfo: "/Doc_0/Signs/Sign_1/Signature.xml" }),
    ],
    ["28 moved to another place of its document", "FAILED SCOPE_MISMATCH HASH_FAILURE", moved],
    ["28 near: the place without its leading slash", "PASSED", () => scene.sealed({ propertyInfo: SIGNATURE_XML })],
    ["28 near: another folder from the start", "PASSED", () => scene.sealed({ folder: "Doc_0/Seals/S1" })],
    [
      "29 the Signs folder of another licence",
      "FAILED HASH_MISMATCH HASH_FAILURE",
      () =>
        new Map([
          ...[...scene.sealed({}, { serial: 5 })].filter((entry) => !inSigns(entry)),
          ...[...scene.sealed()].filter(inSigns),
        ]),
    ],
    ["29 near: another licence with a Signs folder of its own", "PASSED", () => scene.sealed({}, { serial: 5 })],
    [
      "30 the list is empty although a signature is there",
      "FAILED NOT_SIGNED",
      () => listed((xml) => xml.replace(/<ofd:Signature .*?\/>/, "")),
    ],
    [
      "30 one of two signatures was struck off the list",
      "FAILED SIGNATURE_LIST",
      () =>
        rewrite(twoSeals(unlocked, unlocked), SIGNATURES_XML, (xml) => xml.replace(/<ofd:Signature ID="1".*?\/>/, "")),
    ],
    [
      "30 one signature listed twice",
      "FAILED SIGNATURE_LIST",
      () =>
        listed((xml) =>
          xml
            .replace(/<ofd:Signature .*?\/>/, (row) => row + row.replace('ID="1"', 'ID="2"'))
            .replace(">1</ofd:MaxSignId>", ">2</ofd:MaxSignId>"),
        ),
    ],
    [
      "30 two signatures of one ID",
      "FAILED SIGNATURE_LIST",
      () => rewrite(twoSeals(unlocked, unlocked), SIGNATURES_XML, (xml) => xml.replace('ID="2"', 'ID="1"')),
    ],
    [
      "30 MaxSignId lies",
      "FAILED SIGNATURE_LIST",
      () => listed((xml) => xml.replace(">1</ofd:MaxSignId>", ">0</ofd:MaxSignId>")),
    ],
    [
      "30 near: MaxSignId is left out",
      "PASSED",
      () => listed((xml) => xml.replace(/<ofd:MaxSignId>.*<\/ofd:MaxSignId>/, "")),
    ],
    [
      "30 near: MaxSignId as a real system writes it",
      "PASSED",
      () => listed((xml) => xml.replace(">1</ofd:MaxSignId>", ">s006</ofd:MaxSignId>")),
    ],
    ["30 near: two signatures, both listed", "PASSED", () => twoSeals(unlocked)],
    [
      "31 Seal.esl is another seal of the same body",
      "FAILED SEAL_MISMATCH FORMAT_FAILURE",
      () => scene.sealed({ sealFile: scene.seal({ name: "示例市自然资源和规划局" }) }),
    ],
    [
      "31 one bit of Seal.esl",
      "FAILED SEAL_MISMATCH FORMAT_FAILURE",
      () => {
        const { V4 } = scene.pki.authorities.anhui.seals;
        return scene.sealed({ sealFile: flip(V4, V4.length - 1) });
      },
    ],
    [
      "31 Seal.esl was changed after sealing",
      "FAILED HASH_MISMATCH HASH_FAILURE",
      () => put(scene.sealed(), { [SEAL_FILE]: scene.pki.authorities.guangdong.seals.V4 }),
    ],
    ["31 near: no Seal.esl, which the standard allows", "PASSED", () => scene.sealed({ sealFile: null })],
  ]);
});

describe("32 to 35: kinds of signature, several signatures, none", () => {
  const mismatch = "FAILED KIND_MISMATCH FORMAT_FAILURE";
  const stamp = '<ofd:StampAnnot ID="1" PageRef="1" Boundary="120 100 40 40"/>';
  scene.expectAnswers([
    ["32 Type Sign over a seal's value", mismatch, () => scene.sealed({ declaredType: "Sign" })],
    [
      "32 Type Sign that shows a seal's place",
      mismatch,
      () => scene.card({ rewriteXml: (xml) => xml.replace("</ofd:SignedInfo>", `${stamp}</ofd:SignedInfo>`) }),
    ],
    ["32 a type that does not exist", mismatch, () => scene.sealed({ declaredType: "sign" })],
    ["32 near: Type Sign without a seal", "PASSED", () => scene.card()],
    ["33 Type missing over a signature without a seal", mismatch, () => scene.card({ declaredType: null })],
    ["33 near: Type missing over a seal's value", "PASSED", () => scene.sealed({ declaredType: null })],
    ["34 a second signature after one that locked the list", "FAILED HASH_MISMATCH HASH_FAILURE", () => twoSeals({})],
    ["34 near: a second signature after one that left it open", "PASSED", () => twoSeals(unlocked)],
    ["35 near: the same document, sealed", "PASSED", () => seal(unsealed())],
    ["35 no signature", "FAILED NOT_SIGNED", unsealed],
  ]);

  it("34 tells the broken signature from the good one, and the document fails", () => {
    const { verdict, signatures } = scene.report(twoSeals({}));
    expect(verdict).toBe("FAILED");
    expect(signatures.map(({ indication }) => indication)).toEqual(["TOTAL-FAILED", "TOTAL-PASSED"]);
  });

  it("35 nothing vouches for an unsigned document: neither answer is better than failed", () => {
    const { answers } = scene.report(unsealed());
    expect([answers.integrity.outcome, answers.authority.outcome]).toEqual(["failed", "failed"]);
  });
});

describe("36 and 37: several documents, several versions", () => {
  const gap = "INDETERMINATE COVERAGE_GAP SIGNED_DATA_NOT_FOUND";
  const BODY = /<ofd:DocBody>.*<\/ofd:DocBody>/;
  const open = { cover: (path: string): boolean => path !== "OFD.xml", ...unlocked };
  const another = (body: string): string =>
    body.replace(/<ofd:Signatures>.*<\/ofd:Signatures>/, "").replace("Doc_0/", "Doc_1/");
  const copyOfDocument = (entries: Entries): Entries =>
    new Map(
      [...entries].flatMap(([path, bytes]) =>
        /^Doc_0\/(?!Signs)/.test(path) ? [[path.replace("Doc_0", "Doc_1"), bytes]] : [],
      ),
    );
  const inFront = (entries: Entries): Entries =>
    new Map([
      ...rewrite(entries, "OFD.xml", (xml) => xml.replace(BODY, (body) => another(body) + body)),
      ...copyOfDocument(entries),
    ]);
  /** Both documents are there when it is sealed; `second` says which list of signatures the second one names. */
  const both = (second: string): Entries => {
    const one = unsealed();
    const two = rewrite(one, "OFD.xml", (xml) =>
      xml.replace(BODY, (body) => body + another(body).replace("</ofd:DocBody>", `${second}</ofd:DocBody>`)),
    );
    return seal(new Map([...two, ...copyOfDocument(one)]));
  };
  const VERSION = "Doc_0/Versions/V2.xml";
  const version = (current: string): string =>
    `<ofd:Versions><ofd:Version ID="2" Index="2" Current="${current}" BaseLoc="${VERSION}"/></ofd:Versions>`;
  const withVersion = (entries: Entries, current: string): Entries =>
    put(
      rewrite(new Map([...entries, ...copyOfDocument(entries)]), "OFD.xml", (xml) =>
        xml.replace("</ofd:DocBody>", `${version(current)}</ofd:DocBody>`),
      ),
      {
        [VERSION]: `<ofd:DocVersion xmlns:ofd="${NAMESPACE}" ID="2"><ofd:FileList/><ofd:DocRoot>/Doc_1/Document.xml</ofd:DocRoot></ofd:DocVersion>`,
      },
    );

  scene.expectAnswers([
    ["36 an unsigned document put before the signed one, OFD.xml not covered", gap, () => inFront(scene.sealed(open))],
    ["36 the same, OFD.xml covered", "FAILED HASH_MISMATCH HASH_FAILURE", () => inFront(scene.sealed())],
    ["36 an unsigned document beside the signed one from the start", "INDETERMINATE COVERAGE_GAP", () => both("")],
    [
      "36 near: both documents name the signature over all",
      "PASSED",
      () => both(`<ofd:Signatures>/${SIGNATURES_XML}</ofd:Signatures>`),
    ],
    ["37 a new current version, OFD.xml not covered", gap, () => withVersion(scene.sealed(open), "true")],
    ["37 an earlier version added afterwards", gap, () => withVersion(scene.sealed(open), "false")],
    ["37 the same, OFD.xml covered", "FAILED HASH_MISMATCH HASH_FAILURE", () => withVersion(scene.sealed(), "true")],
    ["37 near: the version was there when it was sealed", "PASSED", () => seal(withVersion(unsealed(), "true"))],
  ]);

  it("37 the report names the pages of the version that nobody signed", () => {
    const [signature] = scene.report(withVersion(scene.sealed(open), "true")).signatures;
    const entries = signature?.coverage.uncovered.map(({ entry }) => entry);
    expect(entries).toEqual([
      "/Doc_0/Versions/V2.xml",
      "/Doc_1/Document.xml",
      "/Doc_1/Pages/Page_0/Content.xml",
      "/Doc_1/PublicRes.xml",
      "/OFD.xml",
    ]);
  });
});

describe("38 and 39: hostile XML and foreign namespaces", () => {
  const FILES = ["OFD.xml", DOCUMENT_XML, "Doc_0/PublicRes.xml", PAGE_XML, SIGNATURES_XML, SIGNATURE_XML];
  const HOSTILE: readonly (readonly [string, (xml: string) => string])[] = [
    ["a second root", (xml) => `${xml}<ofd:OFD xmlns:ofd="${NAMESPACE}"/>`],
    ["a DOCTYPE", (xml) => xml.replace("?>", "?><!DOCTYPE x>")],
    ["an entity", (xml) => xml.replace("?>", '?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>')],
    ["an entity that nobody declared", (xml) => xml.replace(/<\/([^<]*)>$/, "&e;</$1>")],
    [
      "XInclude",
      (xml) =>
        xml.replace(/<\/([^<]*)>$/, '<x:include xmlns:x="http://www.w3.org/2001/XInclude" href="/etc/passwd"/></$1>'),
    ],
    ["a processing instruction", (xml) => xml.replace(/<\/([^<]*)>$/, "<?php x?></$1>")],
    ["an attribute twice", (xml) => xml.replace(/(xmlns:ofd="[^"]*")/, '$1 a="1" a="2"')],
  ];
  const rows = FILES.flatMap((path) => HOSTILE.map(([what, edit]) => [what, path, edit] as const));
  it.each(rows)("38 %s in %s → REFUSED XML_HOSTILE", (_, path, edit) => {
    expect(scene.answer(rewrite(scene.sealed(), path, edit))).toBe("REFUSED XML_HOSTILE");
  });

  const evil = (xml: string): string =>
    xml.replace("</ofd:Pages>", '<e:Page xmlns:e="urn:evil" ID="9" BaseLoc="Pages/Page_0/Content.xml"/></ofd:Pages>');
  const everywhere = (entries: Entries, edit: (xml: string) => string): Entries =>
    new Map(
      [...entries].map(([path, bytes]) => [
        path,
        path.endsWith(".xml") ? Buffer.from(edit(Buffer.from(bytes).toString())) : bytes,
      ]),
    );
  const renamed = (xml: string): string =>
    xml.replaceAll("<ofd:", "<").replaceAll("</ofd:", "</").replace("xmlns:ofd=", "xmlns=");
  scene.expectAnswers([
    [
      "38 a comment inside a digest",
      "REFUSED XML_HOSTILE",
      () => scene.sealed({ rewriteXml: (xml) => xml.replace("CheckValue>", "CheckValue><!-- -->") }),
    ],
    [
      "38 a digest in two pieces",
      "REFUSED XML_HOSTILE",
      () => scene.sealed({ rewriteXml: (xml) => xml.replace(/CheckValue>(.{9})/, "CheckValue>$1<x/>") }),
    ],
    [
      "38 near: a comment between elements",
      "PASSED",
      () => scene.sealed({ rewriteXml: (xml) => xml.replace("<ofd:SignedInfo>", "<!-- x --><ofd:SignedInfo>") }),
    ],
    [
      "38 near: no XML declaration, a byte order mark, line breaks",
      "PASSED",
      () =>
        scene.sealed({ rewriteXml: (xml) => `\ufeff${xml.replace(/<\?xml.*?\?>\n/, "").replaceAll("><", ">\r\n<")}` }),
    ],
    [
      "39 a page of a foreign namespace",
      "FAILED FOREIGN_NAMESPACE",
      () => seal(rewrite(unsealed(), DOCUMENT_XML, evil)),
    ],
    [
      "39 a signature of a foreign namespace",
      "FAILED FOREIGN_NAMESPACE",
      () =>
        rewrite(scene.sealed(unlocked), SIGNATURES_XML, (xml) =>
          xml.replace(
            "<ofd:MaxSignId",
            '<e:Signature xmlns:e="urn:evil" ID="7" BaseLoc="Sign_7/Signature.xml"/><ofd:MaxSignId',
          ),
        ),
    ],
    [
      "39 References of a foreign namespace before the real ones",
      "FAILED FOREIGN_NAMESPACE",
      () =>
        scene.sealed({
          rewriteXml: (xml) => xml.replace("<ofd:References", '<e:References xmlns:e="urn:evil"/><ofd:References'),
        }),
    ],
    [
      "39 the whole list in a foreign namespace",
      "FAILED NOT_SIGNED",
      () => rewrite(scene.sealed(unlocked), SIGNATURES_XML, (xml) => xml.replace(NAMESPACE, "urn:evil")),
    ],
    [
      "39 near: a foreign element of another name",
      "PASSED",
      () => seal(rewrite(unsealed(), DOCUMENT_XML, (xml) => evil(xml).replace("e:Page", "e:Note"))),
    ],
    [
      "39 near: the default namespace in place of a prefix",
      "PASSED",
      () =>
        seal(put(everywhere(unsealed(), renamed), { "OFD.xml": entryOf(unsealed(), "OFD.xml") }), {
          rewriteXml: renamed,
        }),
    ],
    [
      "39 near: the other namespace that real files use",
      "PASSED",
      () => seal(everywhere(unsealed(), (xml) => xml.replace(NAMESPACE, "http://www.ofdspec.org"))),
    ],
  ]);
});

describe("40: where the seal is shown, and what", () => {
  const place = "FAILED SEAL_PLACE SIG_CONSTRAINTS_FAILURE";
  const stamped = (page: number, box: readonly [number, number, number, number]): Entries =>
    scene.sealed({ stamp: { page, box } });
  const boundary = (text: string): Entries =>
    scene.sealed({ rewriteXml: (xml) => xml.replace('Boundary="120 100 40 40"', `Boundary="${text}"`) });
  const picture = (bytes: Uint8Array): Document =>
    seal(put(unsealed(), { "Doc_0/Signs/picture.png": bytes }), {
      seal: scene.seal({ picture: { type: "PNG", bytes: Buffer.from("the seal's picture"), width: 40, height: 40 } }),
      rewriteXml: (xml) =>
        xml.replace("</ofd:Seal>", "<ofd:ImageLoc>/Doc_0/Signs/picture.png</ofd:ImageLoc></ofd:Seal>"),
    });
  scene.expectAnswers([
    ["40 a page that is not there", place, () => stamped(3, [120, 100, 40, 40])],
    ["40 to the right of the page", place, () => stamped(0, [211, 100, 40, 40])],
    ["40 below the page", place, () => stamped(0, [120, 298, 40, 40])],
    ["40 left of and above the page", place, () => stamped(0, [-50, -50, 40, 40])],
    ["40 without extent", place, () => stamped(0, [120, 100, 0, 40])],
    ["40 a place that cannot be read", place, () => boundary("120 100 40")],
    [
      "40 moved after sealing",
      "FAILED HASH_MISMATCH HASH_FAILURE",
      () => rewrite(scene.sealed(), SIGNATURE_XML, (xml) => xml.replace('Boundary="120 100', 'Boundary="20 100')),
    ],
    [
      "40 another picture than the seal's is shown",
      "FAILED SEAL_MISMATCH FORMAT_FAILURE",
      () => picture(Buffer.from("another picture")),
    ],
    ["40 near: the seal's own picture is shown", "PASSED", () => picture(Buffer.from("the seal's picture"))],
    ["40 near: across the edge of the page", "PASSED", () => stamped(0, [190, 280, 40, 40])],
    [
      "40 near: on the second page",
      "PASSED",
      () => scene.sealed({ stamp: { page: 1, box: [120, 100, 40, 40] } }, { morePages: [["附记"]] }),
    ],
  ]);
});
