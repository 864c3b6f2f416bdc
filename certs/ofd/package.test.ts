import { expect, test } from "vitest";
import { type OfdBody, readOfd } from "./package.ts";
import { DEFAULT_LIMITS } from "../limits.ts";
import {
  type Files,
  NAMESPACE,
  PLAIN,
  SIGNED,
  archive,
  docBody,
  documentXml,
  only,
  read,
  refusalOf,
  signed,
  sm3,
} from "./test-package.ts";

const bodyOf = (files: Files): OfdBody => only(read(files).bodies);
const withDocument = (inside: string, common = ""): Files => ({
  ...PLAIN,
  "Doc_0/Document.xml": documentXml(inside, common),
});
const prefixed = (markup: string, namespace: string): string =>
  markup.replace(/<(\/?)(\w)/g, "<$1ofd:$2").replace(/^<([\w:]+)/, `<$1 xmlns:ofd="${namespace}"`);

test("a plain package: entries, digests, metadata, one page", () => {
  const ofd = read(PLAIN);
  expect([...ofd.entries.keys()]).toEqual(["/OFD.xml", "/Doc_0/Document.xml", "/Doc_0/Pages/Page_0/Content.xml"]);
  expect(Buffer.from(ofd.sm3("/Doc_0/Document.xml")).toString("base64")).toBe(sm3(documentXml()));
  expect(ofd.sm3("/OFD.xml")).toBe(ofd.sm3("/OFD.xml"));
  expect(ofd).toMatchObject({ encrypted: false, foreign: [], remarks: [] });
  const body = only(ofd.bodies);
  expect(body).toMatchObject({
    index: 0,
    root: "/Doc_0/Document.xml",
    signatures: [],
    listProblems: [],
    signatureList: null,
  });
  expect(body.metadata).toMatchObject({ path: "/OFD.xml", docId: "1", title: null });
  expect(body.pages.get("1")).toEqual({
    id: "1",
    path: "/Doc_0/Pages/Page_0/Content.xml",
    box: { x: 0, y: 0, width: 210, height: 297 },
    templates: [],
    annotations: [],
  });
});

test("entries in folders of their own are no files", () => {
  expect([...read({ ...PLAIN, "Doc_0/Res/": Buffer.alloc(0) }).entries.keys()]).not.toContain("/Doc_0/Res/");
});

test.each([
  ["2016 as default", (markup: string) => markup],
  ["the short one as default", (markup: string) => markup.replace(/^<(\w+)/, '<$1 xmlns="http://www.ofdspec.org"')],
  ["2016 with a prefix", (markup: string) => prefixed(markup, NAMESPACE)],
  ["the short one with a prefix", (markup: string) => prefixed(markup, "http://www.ofdspec.org")],
])("namespace %s is read", (_, dress) => {
  const files = signed({ ...PLAIN, "OFD.xml": `<OFD>${SIGNED}</OFD>` });
  const dressed = Object.fromEntries(
    Object.entries(files).map(([name, text]) => [name, typeof text === "string" ? dress(text) : text]),
  );
  const body = bodyOf(dressed);
  expect(only(body.signatures).problems).toEqual([]);
  expect([...body.reached.keys()]).toContain("/Doc_0/Pages/Page_0/Content.xml");
});

test.each<[string, Files, string]>([
  ["no OFD.xml", { "Doc_0/Document.xml": documentXml() }, "OFD_STRUCTURE"],
  ["ofd.xml in lower case", { ...PLAIN, "OFD.xml": "<OFD/>", "ofd/OFD.xml": "<OFD/>" }, "OFD_STRUCTURE"],
  ["another root element", { ...PLAIN, "OFD.xml": `<Ofd>${docBody()}</Ofd>` }, "OFD_STRUCTURE"],
  ["OFD in a foreign namespace", { ...PLAIN, "OFD.xml": `<OFD xmlns="urn:other">${docBody()}</OFD>` }, "OFD_STRUCTURE"],
  ["OFD in no namespace", { ...PLAIN, "OFD.xml": `<OFD xmlns="">${docBody()}</OFD>` }, "OFD_STRUCTURE"],
  ["no DocBody", { ...PLAIN, "OFD.xml": "<OFD/>" }, "OFD_STRUCTURE"],
  ["no DocRoot", { ...PLAIN, "OFD.xml": "<OFD><DocBody/></OFD>" }, "OFD_STRUCTURE"],
  [
    "two DocRoots",
    { ...PLAIN, "OFD.xml": `<OFD>${docBody("<DocRoot>Doc_0/Document.xml</DocRoot>")}</OFD>` },
    "OFD_STRUCTURE",
  ],
  [
    "two Signatures",
    { ...PLAIN, "OFD.xml": `<OFD>${docBody("<Signatures>a.xml</Signatures><Signatures>b.xml</Signatures>")}</OFD>` },
    "OFD_STRUCTURE",
  ],
  [
    "a DocRoot that is not there",
    { ...PLAIN, "OFD.xml": `<OFD>${docBody("", "Doc_1/Document.xml")}</OFD>` },
    "OFD_STRUCTURE",
  ],
  [
    "a DocRoot of another case",
    { ...PLAIN, "OFD.xml": `<OFD>${docBody("", "doc_0/Document.xml")}</OFD>` },
    "OFD_STRUCTURE",
  ],
  [
    "a DocRoot above the root",
    { ...PLAIN, "OFD.xml": `<OFD>${docBody("", "../Doc_0/Document.xml")}</OFD>` },
    "OFD_STRUCTURE",
  ],
  ["no Pages", { ...PLAIN, "Doc_0/Document.xml": "<Document><CommonData/></Document>" }, "OFD_STRUCTURE"],
  ["empty Pages", { ...PLAIN, "Doc_0/Document.xml": documentXml("", "", "") }, "OFD_STRUCTURE"],
  ["two Pages", withDocument('<Pages><Page ID="9" BaseLoc="a.xml"/></Pages>'), "OFD_STRUCTURE"],
  [
    "two pages of one ID",
    { ...PLAIN, "Doc_0/Document.xml": documentXml("", "", '<Page ID="1" BaseLoc="a"/><Page ID="01" BaseLoc="b"/>') },
    "OFD_STRUCTURE",
  ],
  [
    "a page without BaseLoc",
    { ...PLAIN, "Doc_0/Document.xml": documentXml("", "", '<Page ID="1"/>') },
    "OFD_STRUCTURE",
  ],
  ["a broken Document.xml", { ...PLAIN, "Doc_0/Document.xml": "<Document><Pages></Document>" }, "XML_MALFORMED"],
  [
    "DOCTYPE in a page",
    { ...PLAIN, "Doc_0/Pages/Page_0/Content.xml": Buffer.from("<!DOCTYPE Page><Page/>") },
    "XML_HOSTILE",
  ],
  ["33 documents", { ...PLAIN, "OFD.xml": `<OFD>${docBody().repeat(33)}</OFD>` }, "OFD_LIMIT"],
])("refused: %s", (_, files, code) => {
  expect(refusalOf(files)).toBe(code);
});

test("too many pages are refused, over all documents together", () => {
  const two = {
    ...PLAIN,
    "OFD.xml": `<OFD>${docBody()}${docBody("", "Doc_1/Document.xml")}</OFD>`,
    "Doc_1/Document.xml": documentXml(),
  };
  expect(refusalOf(two, { maxPages: 2 })).toBe("read");
  expect(refusalOf(two, { maxPages: 1 })).toBe("OFD_LIMIT");
});

test("a refusal names the file", () => {
  const page = archive({ ...PLAIN, "Doc_0/Pages/Page_0/Content.xml": "<Page>" });
  expect(() => readOfd(page, DEFAULT_LIMITS)).toThrow("/Doc_0/Pages/Page_0/Content.xml");
});

test("XML that nobody reaches is left alone", () => {
  expect(refusalOf({ ...PLAIN, "Doc_0/Other.xml": Buffer.from("<!DOCTYPE a>") })).toBe("read");
});

test("everything a document reaches, and how", () => {
  const files: Files = {
    ...PLAIN,
    "OFD.xml": `<OFD><DocBody><DocInfo><Cover>cover.png</Cover></DocInfo><DocRoot>/Doc_0/Document.xml</DocRoot></DocBody></OFD>`,
    "cover.png": Buffer.from("png"),
    "Doc_0/Document.xml": documentXml(
      `<Annotations>Annots/Annotations.xml</Annotations><Attachments>Attachs/Attachments.xml</Attachments>
       <CustomTags>Tags/CustomTags.xml</CustomTags><Extensions>Extensions.xml</Extensions>`,
      `<PublicRes>PublicRes.xml</PublicRes><DocumentRes>DocumentRes.xml</DocumentRes>
       <TemplatePage ID="5" BaseLoc="Tpls/Tpl_0/Content.xml"/><TemplatePage ID="6" BaseLoc="Tpls/Tpl_1/Content.xml"/>`,
    ),
    "Doc_0/Pages/Page_0/Content.xml": '<Page><Template TemplateID="5"/><PageRes>PageRes.xml</PageRes><Content/></Page>',
    "Doc_0/Pages/Page_0/PageRes.xml":
      '<Res BaseLoc="Res"><MultiMedias><MultiMedia ID="30"><MediaFile>a.png</MediaFile></MultiMedia></MultiMedias></Res>',
    "Doc_0/Pages/Page_0/Res/a.png": Buffer.from("png"),
    "Doc_0/Tpls/Tpl_0/Content.xml": "<Page><PageRes>TplRes.xml</PageRes></Page>",
    "Doc_0/Tpls/Tpl_0/TplRes.xml": '<Res><ColorSpaces><ColorSpace ID="40" Profile="a.icc"/></ColorSpaces></Res>',
    "Doc_0/Tpls/Tpl_0/a.icc": Buffer.from("icc"),
    "Doc_0/Tpls/Tpl_1/Content.xml": "<Page/>",
    "Doc_0/PublicRes.xml":
      '<Res BaseLoc="/Fonts"><Fonts><Font ID="2" FontName="A"><FontFile>a.ttf</FontFile></Font><Font ID="3" FontName="SimSun"/></Fonts></Res>',
    "Fonts/a.ttf": Buffer.from("ttf"),
    "Doc_0/DocumentRes.xml": "<Res BaseLoc='Res'/>",
    "Doc_0/Annots/Annotations.xml":
      '<Annotations><Page PageID="1"><FileLoc>Page_0/Annotation.xml</FileLoc></Page></Annotations>',
    "Doc_0/Annots/Page_0/Annotation.xml": "<PageAnnot/>",
    "Doc_0/Attachs/Attachments.xml":
      '<Attachments><Attachment ID="A1" Name="x"><FileLoc>original.xml</FileLoc></Attachment></Attachments>',
    "Doc_0/Attachs/original.xml": Buffer.from("<!DOCTYPE not-parsed>"),
    "Doc_0/Tags/CustomTags.xml":
      '<CustomTags><CustomTag TypeID=""><SchemaLoc>tag.xsd</SchemaLoc><FileLoc>CustomTag.xml</FileLoc></CustomTag></CustomTags>',
    "Doc_0/Tags/tag.xsd": Buffer.from("xsd"),
    "Doc_0/Tags/CustomTag.xml": "<any/>",
    "Doc_0/Extensions.xml":
      '<Extensions><Extension AppName="a"><ExtendData>extension.dat</ExtendData></Extension></Extensions>',
    "Doc_0/extension.dat": Buffer.from("data"),
  };
  const { reached, missing, pages } = bodyOf(files);
  expect([...missing]).toEqual([]);
  expect([...reached.keys()].sort()).toEqual(
    Object.keys(files)
      .map((name) => `/${name}`)
      .sort(),
  );
  expect(reached.get("/Doc_0/Pages/Page_0/Res/a.png")).toBe(
    "OFD.xml → Doc_0/Document.xml → page 1 → PageRes → medium 30",
  );
  expect(reached.get("/Doc_0/Tpls/Tpl_0/Content.xml")).toBe("OFD.xml → Doc_0/Document.xml → page 1 → template 5");
  expect(reached.get("/Doc_0/Tpls/Tpl_1/Content.xml")).toBe("OFD.xml → Doc_0/Document.xml → template 6");
  expect(reached.get("/Fonts/a.ttf")).toBe("OFD.xml → Doc_0/Document.xml → PublicRes → font 2");
  expect(reached.get("/Doc_0/Annots/Page_0/Annotation.xml")).toBe(
    "OFD.xml → Doc_0/Document.xml → page 1 → annotations",
  );
  expect(reached.get("/Doc_0/Attachs/original.xml")).toBe("OFD.xml → Doc_0/Document.xml → attachment A1");
  expect(pages.get("1")?.templates).toEqual(["/Doc_0/Tpls/Tpl_0/Content.xml"]);
});

test("what is referenced but absent, or no path at all, is missing", () => {
  const common =
    '<PublicRes>PublicRes.xml</PublicRes><DocumentRes>..\\DocumentRes.xml</DocumentRes><DocumentRes/><TemplatePage ID="5" BaseLoc="Tpl.xml"/>';
  const files = {
    ...withDocument("<Annotations>/../Annotations.xml</Annotations>", common),
    "Doc_0/Pages/Page_0/Content.xml": "<Page><PageRes>Res.xml</PageRes></Page>",
  };
  const body = bodyOf(files);
  expect([...body.missing.keys()].sort()).toEqual([
    "(no path) ..\\DocumentRes.xml",
    "(no path) /../Annotations.xml",
    "/Doc_0/Pages/Page_0/Res.xml",
    "/Doc_0/PublicRes.xml",
    "/Doc_0/Tpl.xml",
  ]);
  const absent = bodyOf({ "OFD.xml": `<OFD>${docBody()}</OFD>`, "Doc_0/Document.xml": documentXml() });
  expect([...absent.missing]).toEqual([["/Doc_0/Pages/Page_0/Content.xml", "OFD.xml → Doc_0/Document.xml → page 1"]]);
});

test("a resource that refers to itself, and a template within a template, end", () => {
  const body = bodyOf({
    ...withDocument("", '<PublicRes>Res.xml</PublicRes><TemplatePage ID="5" BaseLoc="Tpl.xml"/>'),
    "Doc_0/Res.xml":
      '<Res><MultiMedias><MultiMedia ID="1"><MediaFile>Res.xml</MediaFile></MultiMedia></MultiMedias></Res>',
    "Doc_0/Tpl.xml": '<Page><Template TemplateID="5"/></Page>',
  });
  expect(body.missing.size).toBe(0);
});

const area = (box: string): string => `<Area><PhysicalBox>${box}</PhysicalBox></Area>`;

const boxOf = (page: string, template: string): unknown =>
  bodyOf({
    ...withDocument("", '<TemplatePage ID="5" BaseLoc="Tpl.xml"/>'),
    "Doc_0/Tpl.xml": `<Page>${template}</Page>`,
    "Doc_0/Pages/Page_0/Content.xml": `<Page><Template TemplateID="05"/>${page}<Content/></Page>`,
  }).pages.get("1")?.box;

test("the area of a page, its template, its document", () => {
  expect(boxOf(area("0 0 10 20"), area("0 0 30 40"))).toMatchObject({ width: 10 });
  expect(boxOf("", area("0 0 30 40"))).toMatchObject({ width: 30 });
  expect(boxOf("", "")).toMatchObject({ width: 210 });
  expect(boxOf(area("all"), area("0 0 30 40"))).toBeNull();
  expect(boxOf(area("0 0 10 20") + area("0 0 999 999"), "")).toBeNull();
  expect(boxOf("<Content><PhysicalBox>0 0 10 20</PhysicalBox></Content>", "")).toMatchObject({ width: 210 });
});

test("several DocBodies are read each for itself", () => {
  const [first, second] = read(
    signed({
      ...PLAIN,
      "OFD.xml": `<OFD>${docBody("", "Doc_1/Document.xml")}${SIGNED}</OFD>`,
      "Doc_1/Document.xml": documentXml(),
      "Doc_1/Pages/Page_0/Content.xml": "<Page/>",
    }),
  ).bodies;
  expect(first).toMatchObject({ index: 0, root: "/Doc_1/Document.xml", signatures: [], listProblems: [] });
  expect(second).toMatchObject({ index: 1, root: "/Doc_0/Document.xml", listProblems: [] });
  expect(second?.signatures).toHaveLength(1);
  expect([...(first?.reached.keys() ?? [])]).not.toContain("/Doc_0/Document.xml");
});

const version = (id: string, root: string, files: string): string =>
  `<DocVersion ID="${id}"><FileList>${files}</FileList><DocRoot>${root}</DocRoot></DocVersion>`;

test("versions are reached; the pages of the current one count as shown", () => {
  const versions = `<Versions><Version ID="1" Index="1" BaseLoc="Doc_0/Versions/1.xml"/><Version ID="2" Index="2" Current="true" BaseLoc="Doc_0/Versions/2.xml"/></Versions>`;
  const files = {
    ...PLAIN,
    "OFD.xml": `<OFD>${docBody(versions)}</OFD>`,
    "Doc_0/Versions/1.xml": version("1", "../Document.xml", '<File ID="1">/Doc_0/Pages/Page_0/Content.xml</File>'),
    "Doc_0/Versions/2.xml": version("2", "../Document2.xml", '<File ID="1">/Doc_0/extra.dat</File>'),
    "Doc_0/Document2.xml": documentXml(
      "",
      "",
      '<Page ID="1" BaseLoc="Pages/Page_0/Content.xml"/><Page ID="2" BaseLoc="new.xml"/>',
    ),
    "Doc_0/new.xml": "<Page/>",
    "Doc_0/extra.dat": Buffer.from("extra"),
  };
  const { pages, reached } = bodyOf(files);
  expect([...pages.keys()]).toEqual(["1", "2"]);
  expect(reached.get("/Doc_0/new.xml")).toBe("OFD.xml → version 2 (current) → DocRoot → page 2");
  expect(reached.get("/Doc_0/extra.dat")).toBe("OFD.xml → version 2 (current) → file 1");
  const earlier = { ...files, "OFD.xml": files["OFD.xml"].replace(' Current="true"', "") };
  expect([...bodyOf(earlier).pages.keys()]).toEqual(["1"]);
  expect([...bodyOf(earlier).reached.keys()]).toContain("/Doc_0/new.xml");
  expect(refusalOf({ ...files, "OFD.xml": files["OFD.xml"].replace('Index="1"', 'Current="1"') })).toBe(
    "OFD_STRUCTURE",
  );
});

test("a page that two shown versions hold differently has no sure box", () => {
  const files = {
    ...PLAIN,
    "OFD.xml": `<OFD>${docBody('<Versions><Version ID="2" Current="true" BaseLoc="v2.xml"/></Versions>')}</OFD>`,
    "v2.xml": "<DocVersion><DocRoot>Doc_0/Document2.xml</DocRoot></DocVersion>",
    "Doc_0/Document2.xml": documentXml("", "", '<Page ID="1" BaseLoc="Pages/Page_0/Small.xml"/>'),
    "Doc_0/Pages/Page_0/Small.xml": "<Page><Area><PhysicalBox>0 0 10 10</PhysicalBox></Area></Page>",
  };
  expect(bodyOf(files).pages.get("1")?.box).toBeNull();
});

const customOf = (datas: string): OfdBody["metadata"] =>
  bodyOf({
    ...PLAIN,
    "OFD.xml": `<OFD><DocBody><DocInfo><Title> 证 </Title>${datas}</DocInfo><DocRoot>Doc_0/Document.xml</DocRoot></DocBody></OFD>`,
  }).metadata;

test("metadata: CustomDatas, a real misspelling, and names with two values", () => {
  const good = customOf(
    '<CustomDatas><CustomData Name="ZZMC">证</CustomData><CustomData Name="KZ_A"> 1 </CustomData></CustomDatas>',
  );
  expect(good).toMatchObject({ title: "证", ambiguous: [] });
  expect([...good.custom]).toEqual([
    ["ZZMC", "证"],
    ["KZ_A", "1"],
  ]);
  expect([...customOf('<CuslomDatas><CuslomData name="ZZMC">证</CuslomData></CuslomDatas>').custom]).toEqual([
    ["ZZMC", "证"],
  ]);
  const twice = customOf(
    '<CustomDatas><CustomData Name="A">1</CustomData><CustomData Name="A">2</CustomData><CustomData Name="B">3</CustomData><CustomData Name="B">3</CustomData></CustomDatas><CuslomDatas><CuslomData name="B ">4</CuslomData><CuslomData name="C">5</CuslomData></CuslomDatas>',
  );
  expect([...twice.custom]).toEqual([["C", "5"]]);
  expect(twice.ambiguous).toEqual(["A", "B"]);
  expect(customOf('<CustomDatas><CustomData Name="A"><b/></CustomData></CustomDatas>').ambiguous).toEqual(["A"]);
});

const evil = (markup: string): string => `<e:${markup} xmlns:e="urn:evil"`;

test("elements of a foreign namespace are not read, but noted", () => {
  const ofd = read({
    ...PLAIN,
    "OFD.xml": `<OFD>${docBody(`${evil("Signatures")}>Doc_0/Signs/Signatures.xml</e:Signatures>`)}</OFD>`,
    "Doc_0/Pages/Page_0/Content.xml": `<Page><Content>${evil("ImageObject")}/><x xmlns="urn:harmless"/></Content></Page>`,
    "Doc_0/Document.xml": documentXml(`${evil("Annotations")}>a.xml</e:Annotations>`),
  });
  expect(only(ofd.bodies).signatures).toEqual([]);
  expect([...ofd.foreign].sort()).toEqual([
    "/Doc_0/Document.xml: Annotations",
    "/Doc_0/Pages/Page_0/Content.xml: ImageObject",
    "/OFD.xml: Signatures",
  ]);
});

test("an encrypted package says so, whether its structure is legible or not", () => {
  const mark = { "Encryptions.xml": "<Encryptions/>" };
  expect(read({ ...PLAIN, ...mark })).toMatchObject({ encrypted: true, bodies: [{ index: 0 }] });
  expect(read({ ...mark, "a.dat": Buffer.from("x") })).toMatchObject({ encrypted: true, bodies: [] });
  expect(read({ ...PLAIN, ...mark, "Doc_0/Document.xml": Buffer.of(0x8f, 0x00, 0xc3) })).toMatchObject({
    encrypted: true,
    bodies: [],
  });
  expect(refusalOf({ ...PLAIN, ...mark, "OFD.xml": Buffer.from("<!DOCTYPE a><OFD/>") })).toBe("XML_HOSTILE");
  expect(read({ ...PLAIN, "Doc_0/Encryptions.xml": "<Encryptions/>" }).encrypted).toBe(false);
});
