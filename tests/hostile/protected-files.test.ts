import { describe, expect, it } from "vitest";
import { type Entries, rewrite } from "../../certs/issue/ofd.ts";
import { sealDocument } from "../../certs/issue/seal.ts";
import type { SignatureOptions } from "../../certs/issue/signature-entry.ts";
import { writeZip } from "../../certs/issue/zip.ts";
import {
  DOCUMENT_XML,
  type Document,
  PAGE_XML,
  SIGNATURE_XML,
  SIGNED,
  SIGNED_VALUE,
  Scene,
  entryOf,
  put,
} from "./scene.ts";

// Cases 17 to 26 of the hostile inputs: which files a signature lists, and how.
const scene = new Scene();
const unlocked = { lockSignatures: false } as const;

const SECOND_PAGE = "Doc_0/Pages/Page_1/Content.xml";
const twoPages = (sealing: Partial<SignatureOptions> = {}): Entries =>
  scene.sealed(sealing, { morePages: [["附记", "第二页"]] });
const allBut =
  (...open: readonly string[]) =>
  (path: string): boolean =>
    !open.some((part) => path.includes(part));

const PAGE = (text: string, boundary = "120 100 40 40"): string =>
  `<ofd:Page xmlns:ofd="http://www.ofdspec.org/2016"><ofd:Content><ofd:Layer ID="70"><ofd:TextObject ID="71" Boundary="${boundary}" Font="9001" Size="5"><ofd:TextCode X="0" Y="6">${text}</ofd:TextCode></ofd:TextObject></ofd:Layer></ofd:Content></ofd:Page>`;
const addPage = (entries: Entries): Entries =>
  put(
    rewrite(entries, DOCUMENT_XML, (xml) =>
      xml.replace("</ofd:Pages>", '<ofd:Page ID="2" BaseLoc="Pages/Page_1/Content.xml"/></ofd:Pages>'),
    ),
    { [SECOND_PAGE]: PAGE("加页") },
  );

describe("17 to 21: what the list of protected files leaves out", () => {
  const NOTE = { "Doc_0/Attachs/note.txt": "note\n" };
  /** Document.xml names its annotations or attachments before they are there: it is signed like that. */
  const pointing = (element: string): Entries => {
    const document = scene.sealed();
    const unsigned = new Map([...document].filter(([path]) => !path.startsWith("Doc_0/Signs/")));
    const open = rewrite(unsigned, DOCUMENT_XML, (xml) => xml.replace("</ofd:Document>", `${element}</ofd:Document>`));
    const bare = rewrite(open, "OFD.xml", (xml) => xml.replace(/<ofd:Signatures>.*<\/ofd:Signatures>/, ""));
    const { signer, seals } = scene.pki.authorities.anhui;
    return sealDocument(bare, { seal: seals.V4, signer, signedAt: SIGNED });
  };

  scene.expectAnswers([
    ["17 References is empty", "FAILED NOTHING_SIGNED HASH_FAILURE", () => scene.sealed({ cover: () => false })],
    [
      "17 a digital signature over nothing",
      "FAILED NOTHING_SIGNED HASH_FAILURE",
      () => scene.card({ cover: () => false }),
    ],
    ["17 near: all files listed", "PASSED", () => scene.sealed()],
    ["17 near: all but Signatures.xml listed", "PASSED", () => scene.sealed(unlocked)],
    [
      "18 the second page is not listed",
      "INDETERMINATE COVERAGE_GAP SIGNED_DATA_NOT_FOUND",
      () => twoPages({ cover: allBut(SECOND_PAGE) }),
    ],
    [
      "18 the resources are not listed",
      "INDETERMINATE COVERAGE_GAP SIGNED_DATA_NOT_FOUND",
      () => scene.sealed({ cover: allBut("PublicRes") }),
    ],
    [
      "18 OFD.xml is not listed",
      "INDETERMINATE COVERAGE_GAP SIGNED_DATA_NOT_FOUND",
      () => scene.sealed({ cover: allBut("OFD.xml") }),
    ],
    ["18 near: both pages listed", "PASSED", () => twoPages()],
    [
      "19 a page added through Document.xml, which is not listed",
      "INDETERMINATE COVERAGE_GAP SIGNED_DATA_NOT_FOUND",
      () => addPage(scene.sealed({ cover: allBut(DOCUMENT_XML) })),
    ],
    [
      "19 a page added through Document.xml, which is listed",
      "FAILED HASH_MISMATCH HASH_FAILURE",
      () => addPage(scene.sealed()),
    ],
    [
      "19 an attachment list put where the signed Document.xml points to nothing",
      "INDETERMINATE COVERAGE_GAP SIGNED_DATA_NOT_FOUND",
      () =>
        put(pointing("<ofd:Attachments>Attachs/Attachments.xml</ofd:Attachments>"), {
          "Doc_0/Attachs/Attachments.xml": `<ofd:Attachments xmlns:ofd="http://www.ofdspec.org/2016"/>`,
        }),
    ],
    [
      "19 the same before the attacker has put it there",
      "INDETERMINATE COVERAGE_GAP SIGNED_DATA_NOT_FOUND",
      () => pointing("<ofd:Attachments>Attachs/Attachments.xml</ofd:Attachments>"),
    ],
    ["19 near: the second page was there when it was sealed", "PASSED", () => twoPages()],
    [
      "20 an entry that nothing references, national procedure",
      "PASSED UNREFERENCED_ENTRY",
      () => put(scene.sealed(), NOTE),
    ],
    [
      "20 near: the same entry, listed by the signature",
      "PASSED",
      () =>
        scene.sealed({}, { content: { attachments: [{ name: "note.txt", format: "txt", bytes: Buffer.from("x") }] } }),
    ],
    [
      "21 the page was changed",
      "FAILED HASH_MISMATCH HASH_FAILURE",
      () => rewrite(scene.sealed(), PAGE_XML, (xml) => xml.replace("张三", "王五")),
    ],
    [
      "21 only white space after the page's root was added",
      "FAILED HASH_MISMATCH HASH_FAILURE",
      () => rewrite(scene.sealed(), PAGE_XML, (xml) => `${xml}\n`),
    ],
    [
      "21 near: packed anew, stored, in another order",
      "PASSED",
      () =>
        writeZip([...scene.sealed()].toReversed().map(([name, bytes]) => ({ name, bytes, method: "store" as const }))),
    ],
  ]);

  it("18 the report names each uncovered entry and how it is reached", () => {
    const { coverage } = scene.report(twoPages({ cover: allBut(SECOND_PAGE) })).signatures[0] ?? {};
    expect(coverage).toEqual({
      complete: false,
      uncovered: [{ entry: `/${SECOND_PAGE}`, via: "OFD.xml → Doc_0/Document.xml → page 2" }],
    });
  });

  it("20 the remark names the entry", () => {
    const remark = scene.report(put(scene.sealed(), NOTE)).remarks[0];
    expect(remark?.detail).toBe("/Doc_0/Attachs/note.txt");
  });
});

describe("22: content added after sealing", () => {
  const over = { page: 0, box: [125, 110, 30, 20], text: "作废" } as const;
  const beside = { page: 0, box: [10, 250, 30, 20], text: "阅" } as const;
  const annotated = (annotation: typeof over | typeof beside, sealing: Partial<SignatureOptions>): Entries =>
    scene.sealed(sealing, { content: { annotations: [annotation] } });
  const template = (line: string, sealing: Partial<SignatureOptions>): Entries =>
    scene.sealed(sealing, { content: { template: Array.from({ length: 12 }, () => line) } });

  scene.expectAnswers([
    [
      "22 an annotation over the seal that no signature covers",
      "FAILED SEAL_OVERDRAWN SIG_CONSTRAINTS_FAILURE",
      () => annotated(over, { cover: allBut("Annot") }),
    ],
    [
      "22 the same when only its list is covered",
      "FAILED SEAL_OVERDRAWN SIG_CONSTRAINTS_FAILURE",
      () => annotated(over, { cover: allBut("Annots/") }),
    ],
    [
      "22 an annotation elsewhere",
      "INDETERMINATE COVERAGE_GAP SIGNED_DATA_NOT_FOUND",
      () => annotated(beside, { cover: allBut("Annot") }),
    ],
    [
      "22 a template that draws over the seal",
      "FAILED SEAL_OVERDRAWN SIG_CONSTRAINTS_FAILURE",
      () => template("底纹", { cover: allBut("Tpls/") }),
    ],
    [
      "22 an attachment",
      "INDETERMINATE COVERAGE_GAP SIGNED_DATA_NOT_FOUND",
      () =>
        scene.sealed(
          { cover: allBut("Attach") },
          { content: { attachments: [{ name: "a.txt", bytes: Buffer.from("a") }] } },
        ),
    ],
    ["22 near: the annotation over the seal was there when it was sealed", "PASSED", () => annotated(over, {})],
    ["22 near: the template too", "PASSED", () => template("底纹", {})],
  ]);
});

const reference = (path: string): RegExp =>
  new RegExp(`<ofd:Reference FileRef="/${path}"><ofd:CheckValue>(.*?)</ofd:CheckValue></ofd:Reference>`);
/** The licence with one line of References written anew by the signer himself. */
const relisted = (path: string, write: (value: string, line: string) => string, files: Entries = new Map()): Document =>
  new Map([
    ...scene.sealed({ rewriteXml: (xml) => xml.replace(reference(path), (line, value: string) => write(value, line)) }),
    ...files,
  ]);
const revalued = (write: (value: string) => string): Document =>
  relisted(PAGE_XML, (value, line) => line.replace(value, write(value)));
const refile = (fileRef: string, files?: Entries): Document =>
  relisted(PAGE_XML, (_, line) => line.replace(`FileRef="/${PAGE_XML}"`, `FileRef="${fileRef}"`), files);

describe("23 and 24: digests", () => {
  const method = (name: string, digest = "sm3"): Document => scene.sealed({ checkMethod: { name, digest } });
  const forbidden = "FAILED DIGEST_ALGORITHM CRYPTO_CONSTRAINTS_FAILURE";
  const broken = "FAILED HASH_MISMATCH HASH_FAILURE";
  const hex = (value: string): string => Buffer.from(value, "base64").toString("hex");
  scene.expectAnswers([
    ["23 MD5", forbidden, () => method("MD5", "md5")],
    ["23 SHA1", forbidden, () => method("SHA1", "sha1")],
    ["23 SHA256", forbidden, () => method("SHA256", "sha256")],
    ["23 an unknown OID", forbidden, () => method("1.2.3.4")],
    ["23 SM3 with a key, 1.2.156.10197.1.401.2", forbidden, () => method("1.2.156.10197.1.401.2")],
    ["23 SM3 hidden in a longer name", forbidden, () => method("SM3 ")],
    [
      "23 no CheckMethod: MD5 by default",
      forbidden,
      () => scene.sealed({ rewriteXml: (xml) => xml.replace(' CheckMethod="SM3"', "") }),
    ],
    ["23 near: SM3 by its OID", "PASSED", () => method("1.2.156.10197.1.401")],
    ["24 hexadecimal in place of base64", broken, () => revalued(hex)],
    [
      "24 cut short",
      broken,
      () => revalued((value) => Buffer.from(value, "base64").subarray(0, 16).toString("base64")),
    ],
    ["24 empty", broken, () => revalued(() => "")],
    [
      "24 one octet too long",
      broken,
      () => revalued((value) => Buffer.concat([Buffer.from(value, "base64"), Buffer.of(0)]).toString("base64")),
    ],
    ["24 a blank inside", broken, () => revalued((value) => `${value.slice(0, 20)} ${value.slice(20)}`)],
    ["24 a line break at the end", broken, () => revalued((value) => `${value}\n`)],
    ["24 without padding", broken, () => revalued((value) => value.replace("=", ""))],
    ["24 with loose bits before the padding", broken, () => revalued(loosened)],
    ["24 two values in one", broken, () => revalued((value) => value + value)],
    [
      "24 of another file",
      broken,
      () => relisted("OFD.xml", (_, line) => line.replace(/(?<=CheckValue>).*?(?=<)/, "A".repeat(43) + "=")),
    ],
    ["24 near: as it should be", "PASSED", () => revalued((value) => value)],
  ]);
});

/** The last character before the padding with a bit set that decodes to nothing. */
function loosened(value: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const last = alphabet.indexOf(value.at(-2) ?? "A");
  return `${value.slice(0, -2)}${alphabet[last | 1] ?? ""}=`;
}

describe("25 and 26: references", () => {
  const invalid = "FAILED REFERENCE_INVALID HASH_FAILURE";
  const own = (path: string): Document => relisted(PAGE_XML, (_, line) => line + line.replace(PAGE_XML, path));
  const twin = (path: string): Entries => new Map([[path, entryOf(scene.sealed(), PAGE_XML)]]);
  const unrooted = PAGE_XML.replace("Doc_0/", "");
  scene.expectAnswers([
    ["25 a path above the root", invalid, () => refile(`/../${PAGE_XML}`)],
    ["25 a path out of the package and back", invalid, () => refile(`/../../etc/passwd`)],
    ["25 a URL", invalid, () => refile("file:///etc/passwd")],
    ["25 the signature itself", invalid, () => own(SIGNATURE_XML)],
    ["25 its own value", invalid, () => own(SIGNED_VALUE)],
    ["25 a directory", invalid, () => refile("/Doc_0/Pages/")],
    ["25 a file that is not there", invalid, () => refile("/Doc_0/Pages/Page_9/Content.xml")],
    ["25 another case", invalid, () => refile(`/${PAGE_XML.toLowerCase()}`)],
    [
      "25 one file with two digests",
      invalid,
      () => relisted(PAGE_XML, (value, line) => line + line.replace(value, hexOf("other"))),
    ],
    [
      "25 the right digest second",
      invalid,
      () => relisted(PAGE_XML, (value, line) => line.replace(value, hexOf("other")) + line),
    ],
    [
      "25 one file twice by two spellings",
      invalid,
      () => relisted(PAGE_XML, (_, line) => line + line.replace("/Doc_0/", "/./Doc_0/")),
    ],
    [
      "25 two CheckValues in one Reference",
      invalid,
      () =>
        relisted(PAGE_XML, (value, line) =>
          line.replace("</ofd:Reference>", `<ofd:CheckValue>${value}</ofd:CheckValue></ofd:Reference>`),
        ),
    ],
    ["25 near: the same path with a dot in it", "PASSED", () => refile(`/./${PAGE_XML}`)],
    [
      "26 a relative path that two folders hold",
      invalid,
      () => refile(PAGE_XML, twin(`Doc_0/Signs/Sign_0/${PAGE_XML}`)),
    ],
    ["26 a relative path from another folder than the viewer's", invalid, () => refile(unrooted)],
    [
      "26 near: a relative path that only one folder holds",
      "PASSED LENIENT_RELATIVE_REFERENCE",
      () => refile(PAGE_XML),
    ],
    ["26 near: relative to Signature.xml", "PASSED LENIENT_RELATIVE_REFERENCE", () => refile(`../../${unrooted}`)],
  ]);
});

const hexOf = (text: string): string => Buffer.from(text.padEnd(32, ".")).toString("base64");
