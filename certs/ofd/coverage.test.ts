import { expect, test } from "vitest";
import { type Coverage, coverageOf } from "./coverage.ts";
import { type Files, PLAIN, SIGNED, docBody, documentXml, only, read, signatureList, signed } from "./test-package.ts";

const BASE: Files = { ...PLAIN, "OFD.xml": `<OFD>${SIGNED}</OFD>` };
const CONTENT = "Doc_0/Pages/Page_0/Content.xml";
const STAMP = '<StampAnnot ID="2" PageRef="1" Boundary="120 100 40 40"/>';

/** The coverage of the first signature of the last document. */
function coverage(files: Files): Coverage {
  const ofd = read(files);
  const body = ofd.bodies.at(-1);
  const signature = body?.signatures[0];
  if (body === undefined || signature === undefined) throw new Error("nothing signed");
  return coverageOf(ofd, body, signature);
}

test("a signature over all that the document reaches is complete", () => {
  const all = { complete: true, uncovered: [], unreferenced: [], overdrawn: [] };
  expect(coverage(signed(BASE))).toEqual(all);
  expect(coverage(signed(BASE, { covers: [...Object.keys(BASE), "Doc_0/Signs/Sign_0/Seal.esl"] }))).toEqual(all);
});

test.each(Object.keys(BASE))("%s left out is a gap that says how it is reached", (path) => {
  const covers = Object.keys(BASE).filter((name) => name !== path);
  const found = coverage(signed(BASE, { covers }));
  expect(found.complete).toBe(false);
  expect(only(found.uncovered).entry).toBe(`/${path}`);
  expect(only(found.uncovered).via).toMatch(/^OFD\.xml/);
});

test("a page added through Document.xml is a gap", () => {
  const added = {
    ...BASE,
    "Doc_0/Document.xml": documentXml(
      "",
      "",
      '<Page ID="1" BaseLoc="Pages/Page_0/Content.xml"/><Page ID="2" BaseLoc="new.xml"/>',
    ),
    "Doc_0/new.xml": "<Page/>",
  };
  const covers = ["OFD.xml", CONTENT];
  expect(coverage(signed(added, { covers })).uncovered).toEqual([
    { entry: "/Doc_0/Document.xml", via: "OFD.xml → Doc_0/Document.xml" },
    { entry: "/Doc_0/new.xml", via: "OFD.xml → Doc_0/Document.xml → page 2" },
  ]);
});

test("an image that is referenced but missing is a gap: somebody could put one there", () => {
  const files = {
    ...BASE,
    "Doc_0/Document.xml": documentXml("", "<DocumentRes>Res.xml</DocumentRes>"),
    "Doc_0/Res.xml":
      '<Res><MultiMedias><MultiMedia ID="9"><MediaFile>a.png</MediaFile></MultiMedia></MultiMedias></Res>',
  };
  expect(only(coverage(signed(files)).uncovered)).toEqual({
    entry: "/Doc_0/a.png",
    via: "OFD.xml → Doc_0/Document.xml → DocumentRes → medium 9",
  });
});

test("a stray file is unreferenced, unless it is covered", () => {
  const files = { ...BASE, "Doc_0/note.txt": Buffer.from("note") };
  const found = coverage(signed(files, { covers: Object.keys(BASE) }));
  expect(found).toMatchObject({ complete: true, uncovered: [], unreferenced: ["/Doc_0/note.txt"] });
  expect(coverage(signed(files)).unreferenced).toEqual([]);
});

test("files of other documents and of other signatures are no strays", () => {
  const second = signed(
    {
      ...BASE,
      "OFD.xml": `<OFD>${docBody("", "Doc_1/Document.xml")}${SIGNED}</OFD>`,
      "Doc_1/Document.xml": documentXml(),
      "Doc_1/Pages/Page_0/Content.xml": "<Page/>",
    },
    { covers: Object.keys(BASE) },
  );
  expect(coverage(second)).toMatchObject({ complete: true, unreferenced: [] });
});

test("a later signature adds files that the earlier one need not cover", () => {
  const list = '<Signature ID="1" BaseLoc="Sign_0/Signature.xml"/><Signature ID="3" BaseLoc="Sign_1/Signature.xml"/>';
  const once = signed(BASE);
  const twice = {
    ...signed(once, { folder: "Doc_0/Signs/Sign_1", covers: Object.keys(BASE) }),
    "Doc_0/Signs/Signatures.xml": signatureList(list),
  };
  const ofd = read(twice);
  const body = only(ofd.bodies);
  expect(body.listProblems).toEqual([]);
  for (const signature of body.signatures)
    expect(coverageOf(ofd, body, signature)).toEqual({
      complete: true,
      uncovered: [],
      unreferenced: [],
      overdrawn: [],
    });
});

test("a page that a later signature claims as its seal stays a gap", () => {
  const list = '<Signature ID="1" BaseLoc="Sign_0/Signature.xml"/><Signature ID="3" BaseLoc="Sign_1/Signature.xml"/>';
  const files = {
    ...signed(BASE, { covers: ["OFD.xml", "Doc_0/Document.xml"] }),
    "Doc_0/Signs/Signatures.xml": signatureList(list),
    "Doc_0/Signs/Sign_1/Signature.xml": `<Signature><SignedInfo><Seal><BaseLoc>/${CONTENT}</BaseLoc></Seal></SignedInfo><SignedValue>/${CONTENT}</SignedValue></Signature>`,
  };
  expect(only(coverage(files).uncovered).entry).toBe(`/${CONTENT}`);
});

test("the picture of the own seal must be covered", () => {
  const files = signed({ ...BASE, "Doc_0/Signs/Sign_0/seal.png": Buffer.from("png") }, { covers: Object.keys(BASE) });
  const path = "Doc_0/Signs/Sign_0/Signature.xml";
  const shown = {
    ...files,
    [path]: String(files[path]).replace("</BaseLoc>", "</BaseLoc><ImageLoc>seal.png</ImageLoc>"),
  };
  expect(coverage(shown)).toMatchObject({
    uncovered: [{ entry: "/Doc_0/Signs/Sign_0/seal.png", via: "signature → picture of the seal" }],
    unreferenced: [],
  });
  expect(coverage(files)).toMatchObject({ uncovered: [], unreferenced: ["/Doc_0/Signs/Sign_0/seal.png"] });
});

test("a signature over an old version only leaves the current one open", () => {
  const files = signed(
    {
      ...BASE,
      "OFD.xml": `<OFD>${docBody('<Versions><Version ID="1" BaseLoc="v1.xml"/></Versions><Signatures>Doc_0/Signs/Signatures.xml</Signatures>', "Doc_0/New.xml")}</OFD>`,
      "v1.xml": `<DocVersion><FileList><File ID="1">/${CONTENT}</File><File ID="2">/Doc_0/Signs/Sign_0/Signature.xml</File></FileList><DocRoot>Doc_0/Document.xml</DocRoot></DocVersion>`,
      "Doc_0/New.xml": documentXml("", "", '<Page ID="1" BaseLoc="new-page.xml"/>'),
      "Doc_0/new-page.xml": "<Page/>",
    },
    { covers: ["OFD.xml", "v1.xml", "Doc_0/Document.xml", CONTENT] },
  );
  expect(coverage(files).uncovered.map(({ entry }) => entry)).toEqual(["/Doc_0/New.xml", "/Doc_0/new-page.xml"]);
});

test("a signature on the second document says nothing of the first", () => {
  const [first, second] = read(
    signed({
      ...BASE,
      "OFD.xml": `<OFD>${docBody("", "Doc_1/Document.xml")}${SIGNED}</OFD>`,
      "Doc_1/Document.xml": documentXml(),
    }),
  ).bodies;
  expect(first?.signatures).toEqual([]);
  expect(second?.signatures).toHaveLength(1);
});

type Annotation = { readonly appearance: string; readonly page?: string; readonly covers?: readonly string[] };

function annotated({ appearance, page = "1", covers = [] }: Annotation): Coverage {
  const files = {
    ...BASE,
    "Doc_0/Document.xml": documentXml("<Annotations>Annotations.xml</Annotations>"),
    "Doc_0/Annotations.xml": `<Annotations><Page PageID="${page}"><FileLoc>Annotation.xml</FileLoc></Page></Annotations>`,
    "Doc_0/Annotation.xml": `<PageAnnot><Annot ID="5" Type="Stamp">${appearance}</Annot></PageAnnot>`,
  };
  return coverage(signed(files, { covers: [...Object.keys(BASE), ...covers], stamps: STAMP }));
}

const OBJECT = '<ImageObject ID="6" Boundary="0 0 30 30" ResourceID="7"/>';

test.each<[string, Annotation]>([
  ["its Appearance", { appearance: '<Appearance Boundary="110 90 30 30"/>' }],
  ["on a page named 01", { page: "01", appearance: '<Appearance Boundary="110 90 30 30"/>' }],
  [
    "an object inside, moved by the Appearance",
    { appearance: `<Appearance Boundary="100 90 1 1">${OBJECT}</Appearance>` },
  ],
  [
    "an object far outside its Appearance",
    { appearance: '<Appearance Boundary="0 0 1 1"><PathObject ID="6" Boundary="0 0 200 200"/></Appearance>' },
  ],
  ["an Appearance that cannot be read", { appearance: '<Appearance Boundary="here"/>' }],
  ["an object that cannot be read", { appearance: '<Appearance Boundary="0 0 1 1"><TextObject ID="6"/></Appearance>' }],
  [
    "a block of objects",
    { appearance: `<Appearance Boundary="110 100 1 1"><PageBlock>${OBJECT}</PageBlock></Appearance>` },
  ],
])("an annotation drawn over the seal: %s", (_, annotation) => {
  expect(annotated(annotation).overdrawn).toEqual(["/Doc_0/Annotation.xml"]);
});

test.each<[string, Annotation]>([
  ["beside it", { appearance: `<Appearance Boundary="10 10 30 30">${OBJECT}</Appearance>` }],
  ["sharing an edge", { appearance: '<Appearance Boundary="90 100 30 30"/>' }],
  ["on another page", { page: "2", appearance: '<Appearance Boundary="110 90 30 30"/>' }],
  [
    "inside the clipped object",
    {
      appearance: `<Appearance Boundary="10 10 30 30"><CompositeObject ID="8" Boundary="0 0 5 5"><ImageObject ID="9" Boundary="110 90 30 30"/></CompositeObject></Appearance>`,
    },
  ],
])("an annotation %s is a gap, not over the seal", (_, annotation) => {
  const found = annotated(annotation);
  expect(found.overdrawn).toEqual([]);
  expect(found.uncovered.map(({ entry }) => entry)).toEqual(["/Doc_0/Annotation.xml", "/Doc_0/Annotations.xml"]);
});

test("a covered annotation over the seal was there when it was sealed; one that an open list moved there was not", () => {
  const appearance = '<Appearance Boundary="110 90 30 30"/>';
  const both = annotated({ appearance, covers: ["Doc_0/Annotations.xml", "Doc_0/Annotation.xml"] });
  expect(both).toMatchObject({ complete: true, overdrawn: [] });
  expect(annotated({ appearance, covers: ["Doc_0/Annotation.xml"] }).overdrawn).toEqual(["/Doc_0/Annotations.xml"]);
});

function onTemplate(content: string, covers: readonly string[] = [], use = '<Template TemplateID="5"/>'): Coverage {
  const files = {
    ...BASE,
    [CONTENT]: `<Page>${use}<Content/></Page>`,
    "Doc_0/Document.xml": documentXml("", '<TemplatePage ID="5" BaseLoc="Tpl.xml"/>'),
    "Doc_0/Tpl.xml": `<Page><Content><Layer ID="3">${content}</Layer></Content></Page>`,
  };
  return coverage(signed(files, { covers: [...Object.keys(BASE), ...covers], stamps: STAMP }));
}

test("an open template with an object over the seal", () => {
  const over = '<TextObject ID="4" Boundary="0 110 200 5"/>';
  expect(onTemplate(over).overdrawn).toEqual(["/Doc_0/Tpl.xml"]);
  expect(onTemplate(`<PageBlock ID="7">${over}</PageBlock>`).overdrawn).toEqual(["/Doc_0/Tpl.xml"]);
  expect(onTemplate(over, ["Doc_0/Tpl.xml"]).overdrawn).toEqual([]);
  expect(onTemplate(over, [], "")).toMatchObject({ overdrawn: [], uncovered: [{ entry: "/Doc_0/Tpl.xml" }] });
  expect(onTemplate('<TextObject ID="4" Boundary="0 0 200 5"/>').overdrawn).toEqual([]);
  expect(onTemplate('<VideoObject ID="4"/>').overdrawn).toEqual(["/Doc_0/Tpl.xml"]);
});

test("a stamp without a readable place counts as touched", () => {
  const files = signed(
    {
      ...BASE,
      [CONTENT]: '<Page><Template TemplateID="5"/></Page>',
      "Doc_0/Document.xml": documentXml("", '<TemplatePage ID="5" BaseLoc="Tpl.xml"/>'),
      "Doc_0/Tpl.xml": '<Page><TextObject ID="4" Boundary="0 0 1 1"/></Page>',
    },
    { covers: Object.keys(BASE), stamps: '<StampAnnot ID="2" PageRef="1"/>' },
  );
  expect(coverage(files).overdrawn).toEqual(["/Doc_0/Tpl.xml"]);
});

test("a flood of stamps and boxes ends soon, and as touched", () => {
  const objects = Array.from({ length: 4000 }, (_, n) => `<TextObject ID="${n}" Boundary="0 0 1 1"/>`).join("");
  const files = signed(
    {
      ...BASE,
      [CONTENT]: '<Page><Template TemplateID="5"/></Page>',
      "Doc_0/Document.xml": documentXml("", '<TemplatePage ID="5" BaseLoc="Tpl.xml"/>'),
      "Doc_0/Tpl.xml": `<Page>${objects}</Page>`,
    },
    { covers: Object.keys(BASE), stamps: STAMP.repeat(12_000) },
  );
  expect(coverage(files).overdrawn).toEqual(["/Doc_0/Tpl.xml"]);
});
